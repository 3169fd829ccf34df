"""Correctness and confidence by several methods on the same questions → one panel of metrics for each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from calibrant.evaluation._detail import (
    Answers,
    Content,
    as_content,
    calibration,
    findings_of,
    risk_coverage,
    subjects_of,
    why_undefined,
)
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.exceptions import InputError
from calibrant.metrics import (
    Interval,
    Metric,
    accuracy,
    augrc,
    auprc_of_errors,
    aurc,
    auroc,
    brier_score,
    brier_skill_score,
    debiased_calibration_error,
    excess_aurc,
    expected_calibration_error,
    jackknife_weights,
    log_loss,
    mean_confidence,
    recalibration_decomposition,
    resample_weights,
    smooth_calibration_error,
)
from calibrant.progress import progress

SPREAD = ("expected_calibration_error", "debiased_calibration_error", "smooth_calibration_error", "miscalibration")
"""What chance pushes upwards: its bootstrap shows how far it moves, and covers no truth, so it is not corrected."""

_MOST_VALUES = 200
"""At most so many bins of one distinct value: a person who says 0 to 100 % needs 101."""

_SLOW = {"smooth_calibration_error": 5}
"""What takes long gets so many times fewer resamples: a spread needs no more."""


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


def more_metrics() -> dict[str, Metric]:
    """Return the second row of the panel, for those who ask further."""
    return {
        "smooth_calibration_error": smooth_calibration_error,
        "miscalibration": _miscalibration,
        "brier_skill_score": brier_skill_score,
        "excess_aurc": excess_aurc,
        "augrc": augrc,
        "auprc_of_errors": auprc_of_errors,
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

    All methods and metrics see the same resamples, so that differences are paired. Intervals are BCa, but for what
    chance pushes upwards (`SPREAD`), which shows the quantiles of its resamples.

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
    _refuse_many_values(methods, settings)
    metrics = {**panel_metrics(settings), **more_metrics()}
    draws = _measure_all(methods, metrics, groups, settings, quiet=quiet)
    left_out = _measure_blocks(methods, metrics, groups, settings)
    panels: dict[str, Content] = {}
    differences: dict[str, Content] = {}

    def interval(value: float, drawn: npt.ArrayLike, name: str, jackknife: npt.ArrayLike) -> Interval:
        corrected = None if name in SPREAD else jackknife
        return Interval.from_draws(value, drawn, jackknife=corrected, level=settings.level)

    values = {method: _measure(metrics, answers, None) for method, answers in methods.items()}
    for method, answers in methods.items():
        intervals = {
            name: interval(value, draws[method, name], name, left_out[method, name])
            for name, value in values[method].items()
        }
        shown = {name: as_content(found) | why_undefined(name, found, answers) for name, found in intervals.items()}
        panels[method] = {
            "metrics": {name: shown[name] for name in panel_metrics(settings)},
            "more": {name: content for name, content in shown.items() if name not in panel_metrics(settings)},
            **calibration(answers, intervals["expected_calibration_error"], settings),
            "tests": findings_of(answers, settings),
            "risk_coverage": risk_coverage(answers),
            "subjects": subjects_of(answers, groups, subjects, settings),
        }
        if method != reference:
            differences[method] = {
                name: as_content(
                    interval(
                        values[method][name] - values[reference][name],
                        np.subtract(draws[method, name], draws[reference, name]),
                        name,
                        np.subtract(left_out[method, name], left_out[reference, name]),
                    )
                )
                for name in panel_metrics(settings)
            }
    return panels, differences


def _refuse_many_values(methods: Mapping[str, Answers], settings: EvaluationSettings) -> None:
    """Refuse a bin for each of very many values: each would hold an answer or two, and tell nothing."""
    for name, answers in methods.items() if settings.strategy == "unique" else ():
        n_values = len(np.unique(answers.y_prob))
        if n_values > _MOST_VALUES:
            raise InputError(
                f"strategy 'unique' is for confidences that take few values, at most {_MOST_VALUES}; method {name!r} "
                f"has {n_values:,}. Use 'uniform' or 'quantile'"
            )


Draws = dict[tuple[str, str], list[float]]


def _measure_all(
    methods: Mapping[str, Answers],
    metrics: Mapping[str, Metric],
    groups: Sequence[str],
    settings: EvaluationSettings,
    *,
    quiet: bool,
) -> Draws:
    """Measure every method on every resample."""
    draws: Draws = defaultdict(list)
    weights = resample_weights(len(groups), groups=groups, n_boot=settings.n_boot, random_state=settings.seed)
    with progress("Bootstrapping the metrics", settings.n_boot, quiet=quiet) as advance:
        for number, weight in enumerate(weights):
            due = {name: metric for name, metric in metrics.items() if number < settings.n_boot / _SLOW.get(name, 1)}
            for method, answers in methods.items():
                for name, value in _measure(due, answers, weight).items():
                    draws[method, name].append(value)
            advance(1)
    return draws


def _measure_blocks(
    methods: Mapping[str, Answers], metrics: Mapping[str, Metric], groups: Sequence[str], settings: EvaluationSettings
) -> Draws:
    """Measure every method without each block of rows."""
    left_out: Draws = defaultdict(list)
    quick = {name: metric for name, metric in metrics.items() if name not in SPREAD or name == "miscalibration"}
    for weight in jackknife_weights(len(groups), groups=groups, random_state=settings.seed):
        for method, answers in methods.items():
            for name, value in _measure(quick, answers, weight).items():
                left_out[method, name].append(value)
    return left_out


def _measure(metrics: Mapping[str, Metric], answers: Answers, weight: npt.ArrayLike | None) -> dict[str, float]:
    values = {name: metric(answers.y_true, answers.y_prob, sample_weight=weight) for name, metric in metrics.items()}
    if "miscalibration" in values:
        values["refinement"] = values["log_loss"] - values["miscalibration"]
    return values


def _miscalibration(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, /, *, sample_weight: npt.ArrayLike | None = None
) -> float:
    return recalibration_decomposition(y_true, y_prob, sample_weight=sample_weight).miscalibration
