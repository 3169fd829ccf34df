"""Signals on the test part, raw and after their maps → metrics with intervals, all from the same resamples."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from calibrant.evaluation._detail import Answers, Content, as_content, calibration, number, why_undefined
from calibrant.evaluation._panel import SPREAD
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.metrics import (
    Interval,
    Metric,
    accuracy,
    aurc,
    auroc,
    brier_score,
    expected_calibration_error,
    jackknife_weights,
    log_loss,
    mean_confidence,
    resample_weights,
    simultaneous_intervals,
)
from calibrant.progress import progress
from calibrant.types import FloatArray, IntArray

MIN_RIGHT = 100
MIN_WRONG = 100
"""Numbers of a signal count only from so many right and so many wrong test answers on."""


@dataclass(frozen=True, eq=False)
class MeasuredSignal:
    """What a signal says of the test answers that have it."""

    places: IntArray
    """Which test answers, shape (n_measured,)."""

    raw: Answers
    """As it says it."""

    is_probability: bool
    """Whether it may be scored as a probability as it is."""

    mapped: Answers | None
    """After its map; None where there is none."""


def measure_signals(
    signals: Mapping[str, MeasuredSignal],
    *,
    groups: Sequence[str],
    compared: Sequence[str],
    settings: EvaluationSettings,
    quiet: bool = False,
) -> tuple[dict[str, Content], dict[str, Content]]:
    """Return the metrics of every signal, and how far the AUROC of some is above that of the first of them.

    Whole groups of test answers are resampled, once for all signals. Intervals are BCa, but for the calibration error,
    which shows the quantiles of its resamples. The differences are measured on the answers that all compared signals
    have, and their intervals hold together.

    Parameters
    ----------
    signals : mapping of str to MeasuredSignal
        The signals that can be measured.
    groups : sequence of str
        The group of each test answer.
    compared : sequence of str
        Signals that speak of the same answers; the others are compared with the first.
    settings : EvaluationSettings
        Bins, resamples and seed.
    quiet : bool
        Show no progress bar.

    Returns
    -------
    tuple of dict
        For each signal ``accuracy``, ``raw`` and ``mapped``; and for each compared signal but the first its difference.
    """
    shared = _shared(signals, compared)
    draws: dict[tuple[str, str], list[float]] = defaultdict(list)
    weights = resample_weights(len(groups), groups=groups, n_boot=settings.n_boot, random_state=settings.seed)
    with progress("Bootstrapping the signals", settings.n_boot, quiet=quiet) as advance:
        for weight in weights if signals else ():
            for key, value in _measure(signals, shared, weight, settings):
                draws[key].append(value)
            advance(1)
    left_out: dict[tuple[str, str], list[float]] = defaultdict(list)
    for weight in jackknife_weights(len(groups), groups=groups, random_state=settings.seed) if signals else ():
        for key, value in _measure(signals, {}, weight, settings):
            left_out[key].append(value)
    values = dict(_measure(signals, shared, np.ones(len(groups)), settings))
    panels: dict[str, Content] = {}
    for name, signal in signals.items():
        intervals = {
            metric: Interval.from_draws(
                value,
                draws[own, metric],
                jackknife=None if metric.removeprefix("mapped ") in SPREAD else left_out[own, metric],
                level=settings.level,
            )
            for (own, metric), value in values.items()
            if own == name and metric != "shared auroc"
        }
        panels[name] = _panel(signal, intervals, settings)
    return panels, _differences(values, draws, list(shared), settings)


def _shared(signals: Mapping[str, MeasuredSignal], compared: Sequence[str]) -> dict[str, IntArray]:
    """Return for each compared signal which of its answers all of them have, where those can be measured."""
    if len(compared) < 2:
        return {}
    places = signals[compared[0]].places
    for name in compared:
        places = np.intersect1d(places, signals[name].places)
    shared = {name: np.flatnonzero(np.isin(signals[name].places, places)) for name in compared}
    right = signals[compared[0]].raw.y_true[shared[compared[0]]]
    return shared if right.sum() >= MIN_RIGHT and (1 - right).sum() >= MIN_WRONG else {}


def _measure(
    signals: Mapping[str, MeasuredSignal],
    shared: Mapping[str, IntArray],
    weight: npt.NDArray[np.int64] | FloatArray,
    settings: EvaluationSettings,
) -> Iterator[tuple[tuple[str, str], float]]:
    mapped: dict[str, Metric] = {
        "log_loss": log_loss,
        "brier_score": brier_score,
        "expected_calibration_error": partial(expected_calibration_error, **settings.bins),
        "mean_confidence": mean_confidence,
    }
    as_claimed: dict[str, Metric] = {"log_loss": log_loss, "brier_score": brier_score}
    for name, signal in signals.items():
        raw: dict[str, Metric] = {
            "accuracy": accuracy,
            "auroc": auroc,
            "aurc": aurc,
            "mean_confidence": mean_confidence,
        }
        own = weight[signal.places]
        found = {
            metric: _value(measure, signal.raw, own)
            for metric, measure in (raw | (as_claimed if signal.is_probability else {})).items()
        }
        for metric, value in found.items():
            yield (name, metric), value
        for metric, measure in mapped.items() if signal.mapped is not None else ():
            yield (name, f"mapped {metric}"), _value(measure, signal.mapped, own)
        if name in shared:
            rows = shared[name]
            common = Answers(signal.raw.y_true[rows], signal.raw.y_prob[rows])
            # Mostly all of them are shared, and the area is there already.
            area = found["auroc"] if rows.size == signal.places.size else _value(auroc, common, own[rows])
            yield (name, "shared auroc"), area


def _value(metric: Metric, answers: Answers | None, weight: npt.ArrayLike) -> float:
    # A resample may hold none of the answers that a signal has.
    if answers is None or not np.any(weight):
        return np.nan
    return metric(answers.y_true, answers.y_prob, sample_weight=weight)


def _panel(signal: MeasuredSignal, intervals: Mapping[str, Interval], settings: EvaluationSettings) -> Content:
    def shown(metric: str, answers: Answers) -> Content:
        return as_content(intervals[metric]) | why_undefined(metric, intervals[metric], answers)

    raw: Content = {name: shown(name, signal.raw) for name in ("auroc", "aurc", "mean_confidence")}
    for name in ("log_loss", "brier_score"):
        raw[name] = shown(name, signal.raw) if signal.is_probability else None
    mapped: Content | None = None
    if signal.mapped is not None:
        names = [name.removeprefix("mapped ") for name in intervals if name.startswith("mapped ")]
        error = intervals["mapped expected_calibration_error"]
        found = calibration(signal.mapped, error, settings)
        mapped = {name: shown(f"mapped {name}", signal.mapped) for name in names}
        mapped |= {name: found[name] for name in ("noise_floor", "curve")}
    return {"accuracy": as_content(intervals["accuracy"]), "raw": raw, "mapped": mapped}


def _differences(
    values: Mapping[tuple[str, str], float],
    draws: Mapping[tuple[str, str], Sequence[float]],
    names: Sequence[str],
    settings: EvaluationSettings,
) -> dict[str, Content]:
    if len(names) < 2:
        return {}
    first, *others = [(name, "shared auroc") for name in names]
    found = simultaneous_intervals(
        [values[key] - values[first] for key in others],
        np.stack([np.subtract(draws[key], draws[first]) for key in others], axis=1),
        level=settings.level,
    )
    return {
        name: {"value": number(own.value), "low": number(own.low), "high": number(own.high)}
        for (name, _), own in zip(others, found, strict=True)
    }
