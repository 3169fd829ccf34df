"""Correctness and confidence by several methods on the same questions → one panel of metrics for each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypedDict

import numpy as np

from calibrant.exceptions import InputError
from calibrant.metrics import (
    Interval,
    Metric,
    accuracy,
    aurc,
    auroc,
    bootstrap_interval,
    brier_score,
    calibration_curve,
    calibration_noise_floor,
    debiased_calibration_error,
    expected_calibration_error,
    log_loss,
    mean_confidence,
    resample_weights,
    risk_coverage_curve,
)
from calibrant.progress import progress
from calibrant.types import BinEdges, BinStrategy, FloatArray

Number = float | None
Content = dict[str, object]

_CURVE_POINTS = 200
"""A risk-coverage curve is thinned to about so many points: more cannot be seen."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What one method says of the same questions."""

    y_true: FloatArray
    """Correctness of its answers, 0 or 1, shape (n_questions,)."""

    y_prob: FloatArray
    """Its confidence in them, in [0, 1], shape (n_questions,)."""


class Bins(TypedDict):
    """The arguments of every binned metric."""

    n_bins: int
    strategy: BinStrategy
    edges: BinEdges


@dataclass(frozen=True)
class EvaluationSettings:
    """Every choice that the numbers depend on; all of it stands in the evaluation."""

    n_bins: int = 15
    """Bins of the calibration errors and the reliability diagram."""

    strategy: BinStrategy = "uniform"
    """Bins of equal width or of equal mass."""

    edges: BinEdges = "right"
    """Which edge belongs to a bin."""

    n_boot: int = 1000
    """Bootstrap resamples."""

    level: float = 0.95
    """Coverage of the intervals."""

    n_draws: int = 1000
    """Simulations of the noise floor."""

    seed: int = 0
    """Seed of the bootstrap and of the noise floor, not negative."""

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InputError(f"seed must not be negative; got {self.seed}")

    @property
    def bins(self) -> Bins:
        """The arguments of every binned metric."""
        return {"n_bins": self.n_bins, "strategy": self.strategy, "edges": self.edges}


def panel_metrics(settings: EvaluationSettings) -> dict[str, Metric]:
    """Return the panel: proper scores first, then calibration, ranking and the two means."""
    return {
        "log_loss": log_loss,
        "brier_score": brier_score,
        "expected_calibration_error": partial(expected_calibration_error, **settings.bins),
        "debiased_calibration_error": partial(debiased_calibration_error, norm="l1", **settings.bins),
        "auroc": auroc,
        "aurc": aurc,
        "accuracy": accuracy,
        "mean_confidence": mean_confidence,
    }


def compare_methods(
    methods: Mapping[str, Answers],
    *,
    groups: Sequence[str],
    subjects: Sequence[str],
    reference: str,
    settings: EvaluationSettings,
    quiet: bool = False,
) -> tuple[dict[str, Content], dict[str, Content]]:
    """Compute every metric of every method with its interval, and its paired difference to the reference method.

    All methods and metrics see the same resamples, so that differences are paired.

    Parameters
    ----------
    methods : mapping of str to Answers
        At least the reference, all on the same questions.
    groups : sequence of str
        The group of each question; whole groups are resampled.
    subjects : sequence of str
        What results are broken down by.
    reference : str
        The method that the others are compared with.
    settings : EvaluationSettings
        Bins, resamples and seed.
    quiet : bool
        Show no progress bar.

    Returns
    -------
    tuple of dict
        The panel of each method, and the differences of each method but the reference (method minus reference).

    Raises
    ------
    InputError
        If there is nothing to evaluate, or the methods' lengths differ.
    """
    n = len(groups)
    if n == 0:
        raise InputError("evaluation: the test part holds no answered questions")
    for name, answers in methods.items():
        if not len(answers.y_true) == len(answers.y_prob) == n:
            raise InputError(f"method {name!r} must have one answer a question, so {n}; got {len(answers.y_prob)}")
    metrics = panel_metrics(settings)
    draws: dict[tuple[str, str], list[float]] = defaultdict(list)
    resamples = resample_weights(n, groups=groups, n_boot=settings.n_boot, random_state=settings.seed)
    with progress("Bootstrapping the metrics", settings.n_boot, quiet=quiet) as advance:
        for weight in resamples:
            for method, answers in methods.items():
                for name, metric in metrics.items():
                    value = metric(answers.y_true, answers.y_prob, sample_weight=weight)
                    draws[method, name].append(value)
            advance(1)
    values = {
        (method, name): metric(answers.y_true, answers.y_prob)
        for method, answers in methods.items()
        for name, metric in metrics.items()
    }
    panels: dict[str, Content] = {}
    differences: dict[str, Content] = {}
    for method, answers in methods.items():
        intervals = {
            name: Interval.from_draws(values[method, name], draws[method, name], level=settings.level)
            for name in metrics
        }
        panels[method] = {
            "metrics": {
                name: as_content(interval) | _reason(name, interval, answers) for name, interval in intervals.items()
            },
            **_calibration(answers, intervals["expected_calibration_error"], settings),
            "risk_coverage": _risk_coverage(answers),
            "subjects": _subjects(answers, groups, subjects, settings),
        }
        if method != reference:
            differences[method] = {
                name: as_content(
                    Interval.from_draws(
                        values[method, name] - values[reference, name],
                        np.subtract(draws[method, name], draws[reference, name]),
                        level=settings.level,
                    )
                )
                for name in metrics
            }
    return panels, differences


def as_content(interval: Interval) -> Content:
    """Turn an interval into what JSON can hold: NaN becomes null."""
    return {"value": number(interval.value), "low": number(interval.low), "high": number(interval.high)}


def _reason(metric: str, interval: Interval, answers: Answers) -> Content:
    """Say why a metric is undefined, where it is."""
    if not np.isnan(interval.value):
        return {}
    if metric == "auroc":
        return {"reason": f"all answers are {'right' if answers.y_true.all() else 'wrong'}, so none can be ranked"}
    return {"reason": "no bin holds more than one answer"}


def number(value: float) -> Number:
    """Turn a number into what JSON can hold.

    Examples
    --------
    >>> number(0.5), number(float("nan"))
    (0.5, None)
    """
    return float(value) if np.isfinite(value) else None


def _calibration(answers: Answers, error: Interval, settings: EvaluationSettings) -> Content:
    floor = calibration_noise_floor(
        answers.y_prob, n_draws=settings.n_draws, random_state=settings.seed, **settings.bins
    )
    other: BinEdges = "left" if settings.edges == "right" else "right"
    other_error = expected_calibration_error(answers.y_true, answers.y_prob, **replace(settings, edges=other).bins)
    curve = calibration_curve(answers.y_true, answers.y_prob, **settings.bins)
    columns = ("low", "high", "confidence", "accuracy", "accuracy_low", "accuracy_high")
    return {
        "noise_floor": {"mean": floor.mean, "limit": floor.limit, "p_value": floor.p_value(error.value)},
        "other_edges": {
            "edges": other,
            "value": other_error,
            # Two conventions that differ by a tenth of the spread tell different stories about the same answers.
            "differs": bool(abs(other_error - error.value) > 0.1 * (error.high - error.low)),
        },
        "curve": {
            "count": [int(count) for count in curve.count],
            **{name: [number(value) for value in getattr(curve, name)] for name in columns},
        },
    }


def _risk_coverage(answers: Answers) -> Content:
    curve = risk_coverage_curve(answers.y_true, answers.y_prob)
    n = len(curve.coverage)
    kept = np.unique(np.linspace(0, n - 1, min(n, _CURVE_POINTS)).round().astype(int))
    return {
        "coverage": [float(value) for value in curve.coverage[kept]],
        "risk": [float(value) for value in curve.risk[kept]],
    }


def _subjects(
    answers: Answers, groups: Sequence[str], subjects: Sequence[str], settings: EvaluationSettings
) -> list[Content]:
    results: list[Content] = []
    labels, own_groups = np.asarray(subjects), np.asarray(groups)
    for subject in sorted(set(subjects)):
        rows = np.flatnonzero(labels == subject)
        y_true, y_prob = answers.y_true[rows], answers.y_prob[rows]
        intervals = {
            name: as_content(
                bootstrap_interval(
                    metric,
                    y_true,
                    y_prob,
                    groups=own_groups[rows],
                    n_boot=settings.n_boot,
                    level=settings.level,
                    random_state=settings.seed,
                )
            )
            for name, metric in (("accuracy", accuracy), ("mean_confidence", mean_confidence))
        }
        error = expected_calibration_error(y_true, y_prob, **settings.bins)
        results.append({"subject": subject, "n": len(rows), **intervals, "expected_calibration_error": error})
    return results
