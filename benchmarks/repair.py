"""What a map brings on data held apart, at several label budgets, against the defaults of its peers.

    .venv/bin/pip install -c constraints.txt -r benchmarks/requirements.txt
    .venv/bin/python benchmarks/repair.py --refs ../shared/data/refs

Confidences in the answer given, and whether it was right: five image networks, stated confidences of RLCR on MATH-500
(5 methods), the SimpleQA probe. For each data set and label budget, `--seeds` random splits: so many rows are fitted
on, all others are judged; budgets that leave fewer than 300 rows to judge are skipped. All systems see the same splits.

- calibrant: `AutoCalibration()`.
- scikit-learn: sigmoid on the logit, what `CalibratedClassifierCV` fits by default. netcal: `LogisticCalibration`.
  probmetrics: `get_calibrator("logistic")`.

Printed: mean log loss of each over splits; then against each peer and against doing nothing, the cells in which
Calibrant is significantly worse in log loss (rows paired, first split of each cell, one-sided, Holm over the cells at
5 %), and the mean regret against the best peer.
"""

import argparse
import csv
import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.special import logit, ndtr

BUDGETS = (25, 50, 100, 300, 1000)
LEAST_JUDGED = 300
Data = tuple[np.ndarray, np.ndarray]
Fit = Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refs", type=Path, required=True, help="the folder of reference predictions")
    parser.add_argument("--seeds", type=int, default=10, help="splits a cell")
    parser.add_argument("--all-maps", action="store_true", help="also every map of ours on its own")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    systems = SYSTEMS | (own_maps() if arguments.all_maps else {})
    print("| data | labels | judged | " + " | ".join(systems) + " |\n|" + "---|" * (3 + len(systems)))
    means, firsts = [], []
    for name, (y_prob, y_true) in read(arguments.refs):
        for budget in BUDGETS:
            if y_true.size - budget < LEAST_JUDGED:
                continue
            losses = [measure(systems, y_prob, y_true, budget, seed) for seed in range(arguments.seeds)]
            mean = {system: np.mean([loss[system].mean() for loss in losses]) for system in systems}
            means.append(mean)
            firsts.append(losses[0])
            cells = " | ".join(f"{value:.4f}" for value in mean.values())
            print(f"| {name} | {budget} | {y_true.size - budget} | {cells} |", flush=True)
    print()
    for peer in ("nothing", "scikit-learn", "netcal", "probmetrics"):
        worse = holm([worse_p(first["calibrant"], first[peer]) for first in firsts])
        change = np.mean([mean["calibrant"] - mean[peer] for mean in means])
        print(
            f"against {peer}: significantly worse in {worse} of {len(firsts)} cells; mean difference {change:+.4f} nats"
        )
    best = [min(mean[peer] for peer in ("scikit-learn", "netcal", "probmetrics")) for mean in means]
    regret = np.mean([mean["calibrant"] - other for mean, other in zip(means, best, strict=True)])
    print(f"mean regret against the best peer of each cell: {regret:+.4f} nats")


def read(refs: Path) -> Iterator[tuple[str, Data]]:
    for network in ("resnet110_c10", "resnet110_c100", "densenet40_c10", "densenet40_c100", "resnet50_birds"):
        rows = list(csv.DictReader((refs / f"top1_{network}.csv").open(newline="")))
        right = np.array([row["true_label"] == row["pred_label"] for row in rows], float)
        yield network, (np.array([float(row["confidence"]) for row in rows]), right)
    lines = [json.loads(line) for line in (refs / "rlcr_math500.jsonl").read_text().splitlines()]
    for method in ("Base", "RLVR", "RLVR-Classifier", "Answer-Prob", "RLCR"):
        said = [line[method] for line in lines]
        yield (
            f"math500 {method}",
            (np.array([row["confidence"] for row in said], float), np.array([row["correct"] for row in said], float)),
        )
    rows = list(csv.DictReader((refs / "pingkit_simpleqa_probe.csv").open(newline="")))
    yield "SimpleQA probe", tuple(np.array([float(row[key]) for row in rows]) for key in ("prob_1", "correct"))


def measure(
    systems: dict[str, Fit], y_prob: np.ndarray, y_true: np.ndarray, budget: int, seed: int
) -> dict[str, np.ndarray]:
    order = np.random.default_rng(seed).permutation(y_true.size)
    fitted, judged = order[:budget], order[budget:]
    losses = {}
    for name, fit in systems.items():
        try:
            said = fit(y_prob[fitted], y_true[fitted])(y_prob[judged])
        except Exception:  # a peer that cannot fit, as with one class, leaves the confidence as it is
            said = y_prob[judged]
        said = np.clip(np.nan_to_num(np.asarray(said, float), nan=0.5), 1e-15, 1 - 1e-15)
        losses[name] = -np.where(y_true[judged] == 1, np.log(said), np.log(1 - said))
    return losses


def calibrant(y_prob: np.ndarray, y_true: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    from calibrant.calibrators import AutoCalibration

    return AutoCalibration().fit(y_prob, y_true).predict


def nothing(_: np.ndarray, __: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda new: new


def scikit_learn(y_prob: np.ndarray, y_true: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    from sklearn.calibration import _SigmoidCalibration

    fitted = _SigmoidCalibration().fit(log_odds(y_prob), y_true)
    return lambda new: fitted.predict(log_odds(new))


def netcal(y_prob: np.ndarray, y_true: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    from netcal.scaling import LogisticCalibration

    fitted = LogisticCalibration()
    fitted.fit(y_prob, y_true.astype(int))
    return fitted.transform


def probmetrics(y_prob: np.ndarray, y_true: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    from probmetrics.calibrators import get_calibrator

    fitted = get_calibrator("logistic").fit(np.column_stack([1 - y_prob, y_prob]), y_true.astype(int))
    return lambda new: fitted.predict_proba(np.column_stack([1 - new, new]))[:, 1]


SYSTEMS: dict[str, Fit] = {
    "nothing": nothing,
    "calibrant": calibrant,
    "scikit-learn": scikit_learn,
    "netcal": netcal,
    "probmetrics": probmetrics,
}


def own_maps() -> dict[str, Fit]:
    from calibrant.calibrators import CALIBRATORS

    return {
        name: lambda y_prob, y_true, cls=cls: cls().fit(y_prob, y_true).predict
        for name, cls in CALIBRATORS.items()
        if cls.input_kind == "probabilities"
    }


def log_odds(y_prob: np.ndarray) -> np.ndarray:
    return logit(np.clip(y_prob, 1e-6, 1 - 1e-6))


def worse_p(own: np.ndarray, other: np.ndarray) -> float:
    difference = own - other
    error = difference.std(ddof=1) / np.sqrt(difference.size)
    return float(ndtr(-difference.mean() / error)) if error > 0 else 1.0


def holm(p_values: list[float], level: float = 0.05) -> int:
    ordered = sorted(p_values)
    return next((k for k, p in enumerate(ordered) if p > level / (len(ordered) - k)), len(ordered))


if __name__ == "__main__":
    main()
