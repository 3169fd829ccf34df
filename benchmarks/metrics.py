"""Metrics against their peers: same rows, same work, same machine and run.

    .venv/bin/pip install -c constraints.txt -r benchmarks/requirements.txt
    .venv/bin/python benchmarks/metrics.py

Every system runs in a process of its own, in turn, several times. Printed are the best time of each, by how much its
peak memory exceeds what the imports and the rows take, its value, and its time over ours (the median over the rounds).

- ece: expected calibration error, 15 bins of equal width, one million rows. `bincount` is the bare version: the input
  checks of Calibrant, a search in the same borders, three `numpy.bincount`. `bincount-guess` has the same checks and
  puts a row in the bin int(p · 15), which misplaces values on an edge. netcal and torchmetrics as they are called.
- smooth: smooth calibration error, one million rows, against relplot's `smECE`, which errs where rows lie at 0 or 1: it
  counts them by half. `smooth-ends` has a tenth of its rows at each of them, so that the values differ. Also at 461
  rows, a size at which it is bootstrapped.
- auroc: one million rows, against scikit-learn's `roc_auc_score`.
- bootstrap: 1,000 resamples for the intervals of ECE, Brier score and accuracy together (ours adds mean confidence and
  log loss). calibstats holds a matrix of 8 bytes x resamples x rows; it is left out where that exceeds half of what is
  free.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

N_BINS = 15
N_BOOT = 1000
SYSTEMS = {
    "ece": ["calibrant", "bincount", "bincount-guess", "netcal", "torchmetrics"],
    "smooth": ["calibrant", "relplot"],
    "smooth-ends": ["calibrant", "relplot"],
    "auroc": ["calibrant", "sklearn"],
    "bootstrap": ["calibrant", "calibstats"],
}
Measure = Callable[[], list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="processes a system, in turn")
    parser.add_argument("--only", choices=list(SYSTEMS), help="a single one of the comparisons")
    parser.add_argument("--worker", nargs=3, metavar=("TASK", "SYSTEM", "ROWS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        task, system, n = arguments.worker
        print(json.dumps(run(task, system, int(n))))
        return
    sizes = {"smooth": [461, 10**6], "bootstrap": [10**5, 10**6]}
    for task in SYSTEMS:
        for n in sizes.get(task, [10**6]) if arguments.only in (None, task) else []:
            compare(task, n, arguments.rounds)


def compare(task: str, n: int, rounds: int) -> None:
    print(f"{task}, {n:,} rows")
    results: dict[str, list[dict]] = {system: [] for system in SYSTEMS[task]}
    if task == "bootstrap" and 8 * N_BOOT * n > 0.5 * available_bytes():
        print(f"  calibstats     left out: its matrix takes {8 * N_BOOT * n / 1e9:.0f} GB")
        del results["calibstats"]
    elif task == "bootstrap" and n > 10**5:
        print("  calibstats     once only: it takes minutes")
    for number in range(rounds):
        for system, runs in results.items():
            if system == "calibstats" and n > 10**5 and number:
                continue
            command = [sys.executable, __file__, "--worker", task, system, str(n)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            runs.append(json.loads(done.stdout.splitlines()[-1]))
    for system, runs in results.items():
        ratios = [other["seconds"] / own["seconds"] for own, other in zip(results["calibrant"], runs, strict=False)]
        best, peak = min(run["seconds"] for run in runs), max(run["grown_mb"] for run in runs)
        values = " ".join(f"{value:.6f}" for value in runs[0]["values"])
        print(
            f"  {system:14} {best * 1e3:10.1f} ms, {peak:6.0f} MB more, ratio median {statistics.median(ratios):6.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f})  {values}",
            flush=True,
        )


def run(task: str, system: str, n: int) -> dict:
    rng = np.random.default_rng(0)
    y_prob = rng.beta(4, 1.5, size=n)
    y_true = (rng.random(n) < y_prob**1.3).astype(np.float64)
    if task == "smooth-ends":
        y_prob[: n // 10], y_prob[n // 10 : n // 5] = 0, 1
    measures = {"ece": ece, "smooth": smooth, "smooth-ends": smooth, "auroc": auroc, "bootstrap": bootstrap}
    measure = measures[task](system, y_true, y_prob)
    before = peak_mb()
    # A call before the clock starts pays for lazy imports; the bootstraps are too long to be paid for twice.
    repeats = 1 if task == "bootstrap" else 7
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        values = measure()
        seconds.append(time.perf_counter() - started)
    return {"seconds": min(seconds), "grown_mb": peak_mb() - before, "values": values}


def ece(system: str, y_true: np.ndarray, y_prob: np.ndarray) -> Measure:
    if system == "calibrant":
        from calibrant.metrics import expected_calibration_error

        return lambda: [expected_calibration_error(y_true, y_prob, n_bins=N_BINS)]
    if system == "netcal":
        from netcal.metrics import ECE

        return lambda: [float(ECE(N_BINS).measure(y_prob, y_true))]
    if system == "torchmetrics":
        import torch
        from torchmetrics.functional.classification import binary_calibration_error

        prob, target = torch.from_numpy(y_prob), torch.from_numpy(y_true.astype(np.int64))
        return lambda: [float(binary_calibration_error(prob, target, n_bins=N_BINS))]
    from calibrant.metrics._check import check_binary

    inner = np.arange(1, N_BINS) / N_BINS

    def bare() -> list[float]:
        truth, prob, _ = check_binary(y_true, y_prob, None)
        if system == "bincount":
            index = np.searchsorted(inner, prob, side="left")
        else:
            index = np.minimum((prob * N_BINS).astype(np.int64), N_BINS - 1)
        size = np.bincount(index, minlength=N_BINS)
        gap = np.bincount(index, truth, N_BINS) - np.bincount(index, prob, N_BINS)
        return [float(np.abs(gap).sum() / size.sum())]

    return bare


def smooth(system: str, y_true: np.ndarray, y_prob: np.ndarray) -> Measure:
    if system == "relplot":
        import relplot

        return lambda: [float(relplot.smECE(y_prob, y_true))]
    from calibrant.metrics import smooth_calibration_error

    return lambda: [smooth_calibration_error(y_true, y_prob)]


def auroc(system: str, y_true: np.ndarray, y_prob: np.ndarray) -> Measure:
    if system == "sklearn":
        from sklearn.metrics import roc_auc_score

        return lambda: [float(roc_auc_score(y_true, y_prob))]
    from calibrant.metrics import auroc as own

    return lambda: [own(y_true, y_prob)]


def bootstrap(system: str, y_true: np.ndarray, y_prob: np.ndarray) -> Measure:
    if system == "calibrant":
        from calibrant.metrics import bootstrap_summary

        def summary() -> list[float]:
            found = bootstrap_summary(y_true, y_prob, n_bins=N_BINS, n_boot=N_BOOT)
            intervals = (found.expected_calibration_error, found.brier_score, found.accuracy)
            return [end for interval in intervals for end in (interval.low, interval.high)]

        return summary
    from functools import partial

    import calibstats

    def accuracy(probs: np.ndarray, labels: np.ndarray) -> float:
        return float(labels.mean())

    def intervals() -> list[float]:
        own = {"ece": partial(calibstats.ece, n_bins=N_BINS), "brier": calibstats.brier_score, "accuracy": accuracy}
        found = calibstats.bootstrap_metrics(y_prob, y_true.astype(np.int64), own, n_boot=N_BOOT)
        return [float(end) for interval in found.values() for end in (interval.low, interval.high)]

    return intervals


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes on Linux


def available_bytes() -> int:
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))


if __name__ == "__main__":
    main()
