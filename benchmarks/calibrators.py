"""Calibrators against their peers: same rows, same work, same machine and run.

    .venv/bin/pip install -c constraints.txt -r benchmarks/requirements.txt
    .venv/bin/python benchmarks/calibrators.py

Every system runs in a process of its own, in turn, several times. Printed are the best time of each, by how much its
peak memory exceeds what the imports and the rows take, its value, and its time over ours (the median over the rounds,
with the least and the greatest). The value is the mean log loss that the fitted map reaches on the rows it was fitted
on, so that a fit that stops short shows. Systems use as many threads as they do by default.

- temperature: fit of one temperature on 10,000 rows of 4, and of 100 options, against scikit-learn's
  `_TemperatureScaling` (what `CalibratedClassifierCV(method="temperature")` fits) and probmetrics' default, 30 steps of
  bisection. Each gets what it takes: logits, or their softmax.
- svs, sms: structured vector and matrix scaling on 10,000 rows of 4 options, against probmetrics, by the same authors.
- predict: the probabilities of 10,000 rows of 100 options by the fitted temperature.
- venn-abers: the probabilities of 10,000 confidences by the fitted map, against probmetrics' `ivap`.
- one-row: a single answer, in one process: the median over 2,000 of every compiled map of a confidence, of temperature
  on 4 options, and of scikit-learn's isotonic regression, each fitted on 2,000 rows.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy.special import softmax

N_ROWS = 10_000
SPEED = {
    # Task: the numbers of options, and the systems.
    "temperature": ([4, 100], ["calibrant", "sklearn", "probmetrics"]),
    "predict": ([100], ["calibrant", "sklearn", "probmetrics"]),
    "svs": ([4], ["calibrant", "probmetrics"]),
    "sms": ([4], ["calibrant", "probmetrics"]),
    "venn-abers": ([2], ["calibrant", "probmetrics"]),
}
ONE_ROW = "one-row"
N_FITTED = 2_000
Work = tuple[Callable[[], object], Callable[[object], np.ndarray]]
"""What is timed, and how its result gives the probabilities of the rows."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="processes a system, in turn")
    parser.add_argument("--only", choices=[*SPEED, ONE_ROW], help="a single one of the comparisons")
    parser.add_argument("--worker", nargs=3, metavar=("TASK", "SYSTEM", "OPTIONS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        task, system, n_options = arguments.worker
        print(json.dumps(time_once(task, system, int(n_options))))
        return
    for task, (sizes, systems) in SPEED.items():
        for n_options in sizes if arguments.only in (None, task) else []:
            compare_speed(task, n_options, systems, arguments.rounds)
    if arguments.only in (None, ONE_ROW):
        time_one_row()


def compare_speed(task: str, n_options: int, systems: list[str], rounds: int) -> None:
    print(f"{task}, {N_ROWS:,} rows of {n_options} options")
    results: dict[str, list[dict]] = {system: [] for system in systems}
    for _ in range(rounds):
        for system, runs in results.items():
            command = [sys.executable, __file__, "--worker", task, system, str(n_options)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            runs.append(json.loads(done.stdout.splitlines()[-1]))
    for system, runs in results.items():
        ratios = [other["seconds"] / own["seconds"] for own, other in zip(results["calibrant"], runs, strict=True)]
        best, peak = min(run["seconds"] for run in runs), max(run["grown_mb"] for run in runs)
        print(
            f"  {system:12} {best * 1e3:8.1f} ms, {peak:5.0f} MB more, ratio median {statistics.median(ratios):6.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f})  log loss {runs[0]['log_loss']:.6f}",
            flush=True,
        )


def time_one_row() -> None:
    from sklearn.isotonic import IsotonicRegression

    from calibrant.calibrators import CALIBRATORS, TemperatureScaling, compile_map

    rng = np.random.default_rng(0)
    logits = rng.normal(scale=3, size=(N_FITTED, 4))
    labels = (logits / 2.5 + rng.gumbel(size=logits.shape)).argmax(axis=1)
    confidence, correct = softmax(logits, axis=1).max(axis=1), (logits.argmax(axis=1) == labels).astype(float)
    answers = {
        name: (compile_map(cls().fit(confidence, correct)), confidence.tolist())
        for name, cls in CALIBRATORS.items()
        if cls.input_kind == "probabilities"
    }
    answers["temperature, 4 options"] = TemperatureScaling().fit(logits, labels).predict_proba, list(logits[:, None])
    answers["sklearn isotonic"] = (
        IsotonicRegression(out_of_bounds="clip").fit(confidence, correct).predict,
        [np.array([value]) for value in confidence],
    )
    print("one row")
    for name, (answer, rows) in answers.items():
        seconds = []
        for row in rows:
            started = time.perf_counter()
            answer(row)
            seconds.append(time.perf_counter() - started)
        print(f"  {name:24} median {statistics.median(seconds) * 1e6:7.2f} microseconds", flush=True)


def time_once(task: str, system: str, n_options: int) -> dict:
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=3, size=(N_ROWS, n_options))
    labels = (logits / 2.5 + np.linspace(-0.5, 0.5, n_options) + rng.gumbel(size=logits.shape)).argmax(axis=1)
    work, probabilities = WORK[system](task, logits, labels)
    before = peak_mb()
    seconds = []
    for _ in range(7):  # the first pays for lazy imports
        started = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - started)
    grown = peak_mb() - before
    loss = -np.log(np.asarray(probabilities(result))[np.arange(N_ROWS), labels]).mean()
    return {"seconds": min(seconds), "grown_mb": grown, "log_loss": float(loss)}


def calibrant(task: str, logits: np.ndarray, labels: np.ndarray) -> Work:
    from calibrant.calibrators import CALIBRATORS

    if task == "venn-abers":
        given, right = softmax(logits, axis=1)[:, 1], labels.astype(float)
        fitted = CALIBRATORS[task]().fit(given, right)
        return lambda: fitted.predict(given), lambda found: np.column_stack([1 - found, found])
    name = "temperature" if task == "predict" else task
    if task == "predict":
        fitted = CALIBRATORS[name]().fit(logits, labels)
        return lambda: fitted.predict_proba(logits), np.array
    return lambda: CALIBRATORS[name]().fit(logits, labels), lambda found: np.array(found.predict_proba(logits))


def sklearn(task: str, logits: np.ndarray, labels: np.ndarray) -> Work:
    from sklearn.calibration import _TemperatureScaling

    if task == "predict":
        fitted = _TemperatureScaling().fit(logits, labels)
        return lambda: fitted.predict(logits), np.asarray
    return lambda: _TemperatureScaling().fit(logits, labels), lambda found: found.predict(logits)


def probmetrics(task: str, logits: np.ndarray, labels: np.ndarray) -> Work:
    from probmetrics.calibrators import get_calibrator
    from probmetrics.calibrators.logistic import SMSCalibrator, SVSCalibrator

    given = softmax(logits, axis=1)
    makers = {"svs": SVSCalibrator, "sms": SMSCalibrator}
    make = makers.get(task, lambda: get_calibrator("ivap" if task == "venn-abers" else "temp-scaling"))
    if task in ("predict", "venn-abers"):
        fitted = make().fit(given, labels)
        return lambda: fitted.predict_proba(given), np.asarray
    return lambda: make().fit(given, labels), lambda found: found.predict_proba(given)


WORK: dict[str, Callable[[str, np.ndarray, np.ndarray], Work]] = {
    "calibrant": calibrant,
    "sklearn": sklearn,
    "probmetrics": probmetrics,
}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes on Linux


if __name__ == "__main__":
    main()
