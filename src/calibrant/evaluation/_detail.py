"""One method's answers → what an evaluation says of them beside the panel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from calibrant.evaluation._settings import EvaluationSettings
from calibrant.metrics import (
    CalibrationTest,
    Interval,
    accuracy,
    bootstrap_consistency_test,
    bootstrap_interval,
    calibration_curve,
    calibration_noise_floor,
    expected_calibration_error,
    hosmer_lemeshow_test,
    kolmogorov_smirnov_test,
    kuiper_test,
    mean_confidence,
    risk_coverage_curve,
    spiegelhalter_test,
)
from calibrant.types import BinEdges, FloatArray

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


def as_content(interval: Interval) -> Content:
    """Turn an interval into what JSON can hold: NaN becomes null."""
    return {"value": number(interval.value), "low": number(interval.low), "high": number(interval.high)}


def number(value: float) -> Number:
    """Turn a number into what JSON can hold.

    Examples
    --------
    >>> number(0.5), number(float("nan"))
    (0.5, None)
    """
    return float(value) if np.isfinite(value) else None


def why_undefined(metric: str, interval: Interval, answers: Answers) -> Content:
    """Say why a metric is undefined, where it is."""
    if not np.isnan(interval.value):
        return {}
    if metric == "debiased_calibration_error":
        return {"reason": "no bin holds more than one answer"}
    return {"reason": f"all answers are {'right' if answers.y_true.all() else 'wrong'}, so none can be ranked"}


def calibration(answers: Answers, error: Interval, settings: EvaluationSettings) -> Content:
    """Return the noise floor, the error by the other edges, and the bins."""
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


def risk_coverage(answers: Answers) -> Content:
    """Return the risk-coverage curve, thinned."""
    curve = risk_coverage_curve(answers.y_true, answers.y_prob)
    n = len(curve.coverage)
    kept = np.unique(np.linspace(0, n - 1, min(n, _CURVE_POINTS)).round().astype(int))
    return {
        "coverage": [float(value) for value in curve.coverage[kept]],
        "risk": [float(value) for value in curve.risk[kept]],
    }


def subjects_of(
    answers: Answers, groups: Sequence[str], subjects: Sequence[str], settings: EvaluationSettings
) -> list[Content]:
    """Return what is found in each subject."""
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


def findings_of(answers: Answers, settings: EvaluationSettings) -> list[Content]:
    """Return what each test makes of the hypothesis that these confidences are perfectly calibrated."""
    consistency = partial(
        bootstrap_consistency_test, n_draws=settings.n_draws, random_state=settings.seed, **settings.bins
    )
    tests: dict[str, Callable[[FloatArray, FloatArray], CalibrationTest]] = {
        "Spiegelhalter": spiegelhalter_test,
        "Kolmogorov-Smirnov": kolmogorov_smirnov_test,
        "Kuiper": kuiper_test,
        "Hosmer-Lemeshow": hosmer_lemeshow_test,
        "Bootstrap consistency of the ECE": consistency,
    }
    return [found_by(name, test(answers.y_true, answers.y_prob)) for name, test in tests.items()]


def found_by(name: str, test: CalibrationTest) -> Content:
    """Turn what a test found into what JSON can hold."""
    found: Content = {"name": name, "statistic": number(test.statistic), "p_value": number(test.p_value)}
    return found | ({"reason": test.reason} if test.reason else {})
