"""What maps bring that look at more than the option logits: no labels, a base model, hidden states, other tasks.

    .venv/bin/calibrant readout --readout cloze --context --hidden-layers 30 --out r/world-facts
    .venv/bin/python benchmarks/evidence.py --readouts r/world-facts [--base r/base] [--tasks r/other r/another]

Maps are fitted on train + calibration (the label-free ones look at no label there) and judged on test, of each folder:
accuracy, log loss of the options, log loss and ECE of the confidence in the answer given, and the paired difference of
the options' log loss to plain temperature scaling with its standard error over groups. What a folder does not hold is
left out. With `--tasks`, Thermometer and one pooled temperature are fitted on those folders, labels and all, and judged
on each of `--readouts`, of which they see no label.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from calibrant.artifact import gather_evidence
from calibrant.calibrators import CALIBRATORS, Evidence
from calibrant.exceptions import InputError
from calibrant.metrics import calibration_noise_floor, expected_calibration_error
from calibrant.readouts import Readouts, load_readouts
from calibrant.scores import option_probabilities

MAPS = ("temperature", "context", "cyclic", "prior", "daca", "ats")
NEEDS = ("context", "orders", "base", "states", "tasks")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readouts", type=Path, nargs="+", required=True)
    parser.add_argument("--base", type=Path, help="the base model's readouts of the same questions, for daca")
    parser.add_argument("--tasks", type=Path, nargs="+", help="readouts of other tasks, for thermometer")
    arguments = parser.parse_args()
    base = load_readouts(arguments.base) if arguments.base else None
    print("| data | test | map | right | options' log loss | to temperature | log loss | ECE | by chance |")
    print("|---|---|---|---|---|---|---|---|---|")
    for folder in arguments.readouts:
        said = load_readouts(folder)
        fitted, right = take(said, base, "train", "calibration")
        judged, labels = take(said, base, "test")
        groups = [said.questions[row].group for row in answered(said, "test")]
        found = {"raw": option_probabilities(judged.logprobs)}
        for name in MAPS:
            try:
                found[name] = CALIBRATORS[name]().fit(given(name, fitted), right).predict_proba(given(name, judged))
            except InputError as error:
                print(f"<!-- {folder.name}, {name}: {error} -->")
        found |= dict(across(arguments.tasks or [], judged))
        for name, probabilities in found.items():
            print(
                f"| {folder.name} | {len(labels)} | {name} | {row(probabilities, found, labels, groups)} |", flush=True
            )


def across(folders: list[Path], judged: Evidence) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Fit on other tasks, and give probabilities to questions of which no label is known."""
    if not folders or judged.states is None:
        return
    parts = [take(load_readouts(folder), None, "train", "calibration") for folder in folders]
    evidence = Evidence(
        [row for part, _ in parts for row in part.logprobs],
        states=np.concatenate([part.states for part, _ in parts]),
        tasks=[folder.name for folder, (part, _) in zip(folders, parts, strict=True) for _ in range(len(part))],
    )
    right = np.concatenate([labels for _, labels in parts])
    pooled = CALIBRATORS["temperature"]().fit(evidence.logprobs, right)
    yield "temperature of the other tasks", pooled.predict_proba(judged.logprobs)
    unlabelled = Evidence(judged.logprobs, states=judged.states, tasks=["judged"] * len(judged))
    yield "thermometer", CALIBRATORS["thermometer"]().fit(evidence, right).predict_proba(unlabelled)


def take(said: Readouts, base: Readouts | None, *parts: str) -> tuple[Evidence, np.ndarray]:
    rows = answered(said, *parts)
    return gather_evidence(said, NEEDS, base=base).take(rows), np.array([said.questions[r].answer for r in rows])


def answered(said: Readouts, *parts: str) -> list[int]:
    return [row for row in said.rows(*parts) if isinstance(said.questions[row].answer, int)]


def given(name: str, evidence: Evidence) -> Evidence | list[np.ndarray]:
    return evidence if CALIBRATORS[name].input_kind == "evidence" else evidence.logprobs


def row(
    probabilities: list[np.ndarray], found: dict[str, list[np.ndarray]], labels: np.ndarray, groups: list[str]
) -> str:
    loss, plain = losses(probabilities, labels), losses(found["temperature"], labels)
    answers = np.array([p.argmax() for p in probabilities])
    confidence, correct = np.array([p.max() for p in probabilities]), (answers == labels).astype(float)
    own = -np.log(np.maximum(np.where(correct == 1, confidence, 1 - confidence), 1e-15)).mean()
    error, chance = expected_calibration_error(correct, confidence), calibration_noise_floor(confidence).mean
    difference = loss - plain
    totals = np.bincount(np.unique(groups, return_inverse=True)[1], difference - difference.mean())
    spread = np.sqrt((totals**2).sum()) / difference.size
    return (
        f"{correct.mean():.3f} | {loss.mean():.4f} | {difference.mean():+.4f} ± {spread:.4f} | {own:.4f} | {error:.3f} "
        f"| {chance:.3f}"
    )


def losses(probabilities: list[np.ndarray], labels: np.ndarray) -> np.ndarray:
    return -np.log(np.maximum([p[label] for p, label in zip(probabilities, labels, strict=True)], 1e-15))


if __name__ == "__main__":
    main()
