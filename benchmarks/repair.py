"""What a map brings on data held apart, at several label budgets, against the defaults of its peers.

    .venv/bin/pip install -c constraints.txt -r benchmarks/requirements.txt
    .venv/bin/python benchmarks/repair.py --refs ../shared/data/refs --readouts FOLDER... --out repair.json

- `--refs`: confidences in the answer given, and whether it was right: five image networks, stated confidences of RLCR
  on MATH-500 (5 methods), the SimpleQA probe; and the probabilities of all ten options by VGG-16 on CIFAR-10.
- `--readouts`: folders of `calibrant readout`, of which the answered questions are taken.

For each data set and label budget, `--seeds` random splits: so many rows are fitted on, all others are judged. Where
questions come in groups, the rows to fit on are drawn from random groups that hold half of all rows, or the budget, and
those of the other groups are judged. Budgets that leave fewer than 300 rows to judge are skipped. All systems see the
same splits; one that cannot be fitted leaves the confidence as it is, which is counted.

- Choosers of Calibrant: `AutoCalibration()` on the confidence; on the options, what `calibrant fit` chooses by default
  and `AutoOptionCalibration()`. Every map of `CALIBRATORS` by itself.
- scikit-learn: sigmoid on the logit, what `CalibratedClassifierCV` fits by default. netcal: `LogisticCalibration`.
  probmetrics: `get_calibrator("logistic")`. Where all questions have as many options, also netcal's
  `TemperatureScaling` and probmetrics' `ts-mix` and `logistic` (structured matrix scaling) on their probabilities.

Printed, once for the log loss of the confidence in the model's answer and once for that of the probabilities of all
options: means over splits; what each system loses to the best peer of a cell, by budget; for each chooser against each
peer and against doing nothing, the cells in which it is significantly worse (paired, groups kept together, first split
of each cell, one-sided, Holm over the cells at 5 %), and in how many by more than rounding; and its mean regret against
the best peer. At last, for `AutoCalibration` at 100 labels: Brier score, ECE with its spread and its noise floor, and
AUROC, with intervals, of the first split. `--out` gets all of it, and these measures of every system and cell.
"""

import argparse
import json
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from repair_data import Rows, read
from repair_systems import PEERS, Said, System, choosers, nothing, own_maps
from scipy.special import ndtr

BUDGETS = (25, 50, 100, 300, 1000)
LEAST_JUDGED = 300
NOTICEABLE = 1e-4
"""Nats. Two fits of one curve that stop at different digits differ by less, and significantly so: always alike."""
N_DRAWS = 200
"""Resamples of an interval, and draws of a noise floor."""


CONFIDENCE, OPTIONS = "log_loss", "option_log_loss"


@dataclass
class Cell:
    """One data set at one budget, and what each system made of it."""

    data: str
    labels: int
    groups: np.ndarray
    """Of the rows judged in the first split."""
    losses: dict[str, dict[str, np.ndarray]]
    """By measure and system: the log loss of each row of the first split."""
    systems: dict[str, dict]
    """What is kept of each."""

    def mean(self, system: str, measure: str) -> float:
        """Mean over the splits."""
        return self.systems[system][measure]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refs", type=Path, help="the folder of reference predictions")
    parser.add_argument("--readouts", type=Path, nargs="*", default=[], help="folders made by calibrant readout")
    parser.add_argument("--seeds", type=int, default=10, help="splits a cell")
    parser.add_argument("--only-choosers", action="store_true", help="leave out every map of ours on its own")
    parser.add_argument("--out", type=Path, help="a JSON file for all figures")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    chosen = choosers()
    singles = {} if arguments.only_choosers else own_maps()
    systems = {"nothing": System("confidence", nothing)} | chosen | PEERS | singles
    cells = []
    for name, rows in read(arguments.refs, arguments.readouts):
        budgets = [budget for budget in BUDGETS if split(rows.groups, budget, 0)[1].size >= LEAST_JUDGED]
        cells += [judge(name, rows, budget, systems, arguments.seeds) for budget in budgets]
        if not budgets:
            print(f"{name}: {rows.correct.size} rows, too few to judge 300 beside any budget\n")
    figures: dict = {"seeds": arguments.seeds}
    figures["cells"] = [{"data": cell.data, "labels": cell.labels, "systems": cell.systems} for cell in cells]
    for measure, title in ((CONFIDENCE, "confidence in the answer"), (OPTIONS, "probabilities of the options")):
        print(f"## Log loss of the {title}\n")
        figures[measure] = compare(
            [cell for cell in cells if cell.losses[measure]], measure, list(chosen), list(singles)
        )
    show_quality(cells, "AutoCalibration", 100)
    if arguments.out:
        arguments.out.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def split(groups: np.ndarray, budget: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to fit on and rows to judge, of other groups."""
    rng = np.random.default_rng(seed)
    place = np.argsort(rng.permutation(groups.max() + 1))[groups]
    order = np.argsort(place, kind="stable")
    if groups.max() + 1 == groups.size:
        return order[:budget], order[budget:]
    last = place[order][min(max(budget, groups.size // 2), groups.size) - 1]
    return rng.permutation(np.flatnonzero(place <= last))[:budget], np.flatnonzero(place > last)


def judge(name: str, rows: Rows, budget: int, systems: dict[str, System], seeds: int) -> Cell:
    print(f"{name}, {budget} labels", file=sys.stderr, flush=True)
    kept: dict[str, list[dict]] = defaultdict(list)
    first: dict[str, dict[str, np.ndarray]] = {CONFIDENCE: {}, OPTIONS: {}}
    for seed in range(seeds):
        fitted, judged = (rows.take(part) for part in split(rows.groups, budget, seed))
        for system, how in systems.items():
            if not how.suits(rows):
                continue
            said, failure = answers(how, fitted, judged)
            losses = log_losses(said, judged)
            facts: dict = {measure: float(loss.mean()) for measure, loss in losses.items()} | {"failure": failure}
            if said.options is not None:
                facts["option_accuracy"] = float(np.mean([row.argmax() for row in said.options] == judged.labels))
            if seed == 0:
                for measure, loss in losses.items():
                    first[measure][system] = loss
                facts["measures"] = measure_all(said, judged, losses[CONFIDENCE] - first[CONFIDENCE]["nothing"])
                groups = judged.groups
            kept[system].append(facts)
    return Cell(name, budget, groups, first, {system: summed(splits) for system, splits in kept.items()})


def answers(how: System, fitted: Rows, judged: Rows) -> tuple[Said, str | None]:
    failure = None
    try:
        with redirect_stdout(sys.stderr):  # netcal warns on it
            said = how.fit(fitted)(judged)
    except Exception as error:  # one that cannot fit, as with one class, leaves the confidence as it is
        said, failure = nothing(fitted)(judged), f"{type(error).__name__}: {error}"
    confidence = np.clip(np.nan_to_num(said.confidence, nan=0.5), 1e-15, 1 - 1e-15)
    return Said(confidence, said.options), failure


def log_losses(said: Said, judged: Rows) -> dict[str, np.ndarray]:
    losses = {CONFIDENCE: -np.log(np.where(judged.correct == 1, said.confidence, 1 - said.confidence))}
    if said.options is not None:
        given = np.array([row[label] for row, label in zip(said.options, judged.labels, strict=True)])
        losses[OPTIONS] = -np.log(np.maximum(given, 1e-15))
    return losses


def measure_all(said: Said, judged: Rows, difference: np.ndarray) -> dict:
    """Measure one split, each value with its 95 % interval; that of ECE is its spread."""
    from calibrant.metrics import auroc, bootstrap_interval, bootstrap_summary, calibration_noise_floor

    drawn = {"groups": judged.together, "n_boot": N_DRAWS}
    found = asdict(bootstrap_summary(judged.correct, said.confidence, **drawn))
    found["auroc"] = asdict(bootstrap_interval(auroc, judged.correct, said.confidence, **drawn))
    floor = calibration_noise_floor(said.confidence, n_draws=N_DRAWS)
    reach = 1.96 * standard_error(difference, judged.groups)
    return {name: [each["value"], each["low"], each["high"]] for name, each in found.items()} | {
        "noise_floor": {"mean": floor.mean, "limit": floor.limit},
        "log_loss_less_nothing": [float(difference.mean() + sign * reach) for sign in (0, -1, 1)],
        "n": judged.correct.size,
    }


def summed(splits: list[dict]) -> dict:
    """One system over the splits: means, the measures of the first, and why it could not be fitted."""
    means = {
        key: float(np.mean([facts[key] for facts in splits]))
        for key in (CONFIDENCE, OPTIONS, "option_accuracy")
        if all(key in facts for facts in splits)
    }
    failures = [facts["failure"] for facts in splits if facts["failure"]]
    return means | {"first_split": splits[0]["measures"], "failures": failures}


def compare(cells: list[Cell], measure: str, chosen: list[str], singles: list[str]) -> dict:
    """Print what the measure says of all systems; return the verdicts on the choosers."""
    known = {system for cell in cells for system in cell.losses[measure]}
    chosen, singles = ([each for each in systems if each in known] for systems in (chosen, singles))
    others = ["nothing", *(peer for peer in PEERS if peer in known)]
    show(cells, measure, [*others, *chosen])
    show(cells, measure, singles)
    show_regrets(cells, measure, [*others, *chosen, *singles])
    verdicts = [verdict(cells, measure, own, other) for own in chosen for other in others]
    for each in verdicts:
        by_much = sum(cell["own"] - cell["other"] > NOTICEABLE for cell in each["worse"])
        print(
            f"{each['system']} against {each['against']}: significantly worse in {len(each['worse'])} of "
            f"{each['cells']} cells, in {by_much} by more than {NOTICEABLE}; mean difference {each['difference']:+.4f}"
        )
        for cell in each["worse"]:
            print(f"  {cell['data']}, {cell['labels']} labels: {cell['own']:.5f} against {cell['other']:.5f}")
    regrets = {own: float(np.mean([lost for cell in cells for lost in regret(cell, measure, own)])) for own in chosen}
    for own, value in regrets.items():
        print(f"{own}: mean regret against the best peer of each cell {value:+.4f} nats")
    print()
    return {"verdicts": verdicts, "regrets": regrets}


def show(cells: list[Cell], measure: str, systems: list[str]) -> None:
    """Print the mean of each; in brackets in how many splits it could not be fitted."""
    if not systems:
        return
    print(row("data", "labels", "judged", *systems) + "\n|" + "---|" * (3 + len(systems)))
    for cell in cells:
        print(row(cell.data, cell.labels, cell.groups.size, *(text(cell, measure, system) for system in systems)))
    print()


def row(*texts: object) -> str:
    return "| " + " | ".join(map(str, texts)) + " |"


def text(cell: Cell, measure: str, system: str) -> str:
    if system not in cell.losses[measure]:
        return "–"
    failed = len(cell.systems[system]["failures"])
    return f"{cell.mean(system, measure):.4f}" + (f" ({failed})" if failed else "")


def show_regrets(cells: list[Cell], measure: str, systems: Iterable[str]) -> None:
    """Print by budget what each loses to the best peer of a cell, in thousandths of a nat, and in how many cells."""
    for title, options in (("confidences alone", False), ("options", True)):
        of_kind = [cell for cell in cells if bool(cell.losses[OPTIONS]) == options]
        if not of_kind:
            continue
        print(row(f"{title}: lost to the best peer, millinats (cells)", *BUDGETS) + "\n|" + "---|" * (1 + len(BUDGETS)))
        for system in systems:
            lost = [[r for c in of_kind if c.labels == b for r in regret(c, measure, system)] for b in BUDGETS]
            if any(lost):
                print(row(system, *(f"{1000 * np.mean(each):+.1f} ({len(each)})" if each else "–" for each in lost)))
        print()


def show_quality(cells: list[Cell], system: str, budget: int) -> None:
    """Print the measures of the first split, from doing nothing to the system, with the system's 95 % intervals."""
    names = ("log_loss", "brier_score", "expected_calibration_error", "auroc")
    print(
        row("data", "judged", "accuracy", *names, "log loss less nothing", "noise floor of ECE: mean, 95th percentile")
    )
    print("|" + "---|" * (5 + len(names)))
    for cell in cells:
        if cell.labels == budget:
            before, after = (cell.systems[each]["first_split"] for each in ("nothing", system))
            moved = ["{:.3f} → {:.3f} [{:.3f}, {:.3f}]".format(before[name][0], *after[name]) for name in names]
            gain = "{:+.3f} [{:+.3f}, {:+.3f}]".format(*after["log_loss_less_nothing"])
            floor = "{mean:.3f}, {limit:.3f}".format(**after["noise_floor"])
            print(row(cell.data, after["n"], f"{after['accuracy'][0]:.3f}", *moved, gain, floor))


def regret(cell: Cell, measure: str, system: str) -> list[float]:
    """Give what the system loses to the best peer, if both are there."""
    peers = [cell.mean(peer, measure) for peer in PEERS if peer in cell.losses[measure]]
    return [cell.mean(system, measure) - min(peers)] if peers and system in cell.losses[measure] else []


def verdict(cells: list[Cell], measure: str, own: str, other: str) -> dict:
    both = [cell for cell in cells if {own, other} <= cell.losses[measure].keys()]
    pairs = [(cell.losses[measure][own], cell.losses[measure][other]) for cell in both]
    worse = holm([worse_p(a - b, cell.groups) for (a, b), cell in zip(pairs, both, strict=True)])
    return {
        "system": own,
        "against": other,
        "cells": len(both),
        "difference": float(np.mean([cell.mean(own, measure) - cell.mean(other, measure) for cell in both])),
        "worse": [
            {
                "data": both[i].data,
                "labels": both[i].labels,
                "own": float(pairs[i][0].mean()),
                "other": float(pairs[i][1].mean()),
            }
            for i in worse
        ],
    }


def standard_error(values: np.ndarray, groups: np.ndarray) -> float:
    """Give the standard error of the mean, rows of one group sharing their luck."""
    excess = np.bincount(np.unique(groups, return_inverse=True)[1], values - values.mean())
    return float(np.sqrt(excess.size / (excess.size - 1) * (excess**2).sum()) / values.size)


def worse_p(difference: np.ndarray, groups: np.ndarray) -> float:
    error = standard_error(difference, groups)
    return float(ndtr(-difference.mean() / error)) if error > 0 else 1.0


def holm(p_values: list[float], level: float = 0.05) -> list[int]:
    """Places of the hypotheses that are rejected."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    kept = next((k for k, place in enumerate(order) if p_values[place] > level / (len(order) - k)), len(order))
    return order[:kept]


if __name__ == "__main__":
    main()
