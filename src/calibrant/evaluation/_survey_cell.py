"""Right or wrong, and how sure: the answers of one model to one set → what a survey says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from calibrant.evaluation._detail import Content, as_content, number
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.evaluation._welch import mean_interval, welch_test
from calibrant.metrics import (
    Interval,
    bootstrap_interval,
    calibration_noise_floor,
    expected_calibration_error,
    resample_weights,
    wilson_interval,
)
from calibrant.types import BoolArray, FloatArray

ConfidenceSource: TypeAlias = Literal["stated", "options"]
"""A number that the model wrote, or the probability of its most likely option."""


@dataclass(frozen=True, eq=False)
class Interview:
    """What one model answered to one set of questions, all of which have a known answer."""

    model: str
    """Name of the model."""

    data: str
    """Name of the set."""

    source: ConfidenceSource
    """Where its confidence comes from."""

    y_true: FloatArray
    """Correctness, 0 or 1, of shape (n_questions,); NaN where the answer could not be read."""

    y_prob: FloatArray
    """Confidence in [0, 1], of shape (n_questions,); NaN where it could not be read."""

    groups: Sequence[str]
    """The group of each question: those of one group depend on each other."""

    subjects: Sequence[str]
    """The subject of each question."""

    causes: Mapping[str, int]
    """Why answers or confidences could not be read, and how many."""

    facts: Mapping[str, object]
    """How they were asked."""

    @property
    def read(self) -> BoolArray:
        """Where both the answer and the confidence could be read: all that is measured."""
        both: BoolArray = ~np.isnan(self.y_true) & ~np.isnan(self.y_prob)
        return both


def survey_cell(interview: Interview, settings: EvaluationSettings) -> Content:
    """Return what is measured of one model on one set, as a dict that JSON can hold.

    Confidence in right answers minus that in wrong ones is tested by Welch's t-test, two-tailed. Where no two questions
    share a group, its interval is Welch's, that of accuracy Wilson's, and those of other means are Student's. Else
    whole groups are resampled; the t-test then takes answers for independent that are not.

    Parameters
    ----------
    interview : Interview
        What was said.
    settings : EvaluationSettings
        Bins, resamples, level and seed.

    Returns
    -------
    dict
        A ``SurveyCell`` without the p-value that holds for all cells together.

    Examples
    --------
    >>> y_true, y_prob = np.array([1.0, 1.0, 0.0, 0.0, np.nan]), np.array([0.9, 0.7, 0.6, 0.4, 0.5])
    >>> said = Interview("m", "d", "stated", y_true, y_prob, list("abcde"), ["all"] * 5, {"no option": 1}, {})
    >>> cell = survey_cell(said, EvaluationSettings(n_boot=20, n_draws=20))
    >>> cell["n"], cell["parsed"]["value"], cell["accuracy"]["value"], round(cell["gap"]["value"], 6)
    (4, 0.8, 0.5, 0.3)
    """
    read = interview.read
    n, n_read = len(read), int(read.sum())
    subjects = np.asarray(interview.subjects)
    names = sorted(set(interview.subjects))
    return {
        "model": interview.model,
        "data": interview.data,
        "source": interview.source,
        "n_asked": n,
        "causes": dict(interview.causes),
        "parsed": _share(n_read, n, settings.level),
        **_means(interview, read, settings),
        **_calibration(interview, read, settings),
        "subjects": [
            {"subject": name, **_means(interview, read & (subjects == name), settings)}
            for name in names
            if len(names) > 1 and (read & (subjects == name)).any()
        ],
        "asked": dict(interview.facts),
    }


def _means(interview: Interview, rows: BoolArray, settings: EvaluationSettings) -> Content:
    y_true, y_prob = interview.y_true[rows], interview.y_prob[rows]
    groups = np.asarray(interview.groups)[rows]
    right, wrong = y_prob[y_true == 1], y_prob[y_true == 0]
    level = settings.level
    welch = welch_test(right, wrong, level=level)
    grouped = len(set(groups.tolist())) < len(groups)
    if grouped:
        found = _resampled(y_true, y_prob, groups, settings)
    else:
        found = {
            "accuracy": _share(right.size, y_true.size, level),
            "mean_confidence": as_content(mean_interval(y_prob, level=level)),
            "overconfidence": as_content(mean_interval(y_prob - y_true, level=level)),
            "right": as_content(mean_interval(right, level=level)),
            "wrong": as_content(mean_interval(wrong, level=level)),
            "gap": {"value": number(welch.difference), "low": number(welch.low), "high": number(welch.high)},
        }
    sides = (("right", right), ("wrong", wrong))
    return {
        "n": y_true.size,
        "intervals": "bootstrap over groups" if grouped else "closed form",
        **{name: found[name] for name in ("accuracy", "mean_confidence", "overconfidence")},
        **{name: {"n": own.size, "sd": _deviation(own), "mean": found[name]} for name, own in sides},
        "gap": found["gap"] | _why_untested(right, wrong),
        "test": {"statistic": number(welch.statistic), "df": number(welch.df), "p_value": number(welch.p_value)},
    }


def _share(part: int, whole: int, level: float) -> Content:
    if not whole:
        return {"value": None, "low": None, "high": None, "reason": "no answer could be read"}
    interval = wilson_interval(part, whole, level=level)
    return {"value": part / whole, "low": float(interval.low), "high": float(interval.high)}


def _resampled(
    y_true: FloatArray,
    y_prob: FloatArray,
    groups: np.ndarray[tuple[int], np.dtype[np.str_]],
    settings: EvaluationSettings,
) -> dict[str, Content]:
    columns = np.stack([np.ones_like(y_true), y_true, y_prob, y_true * y_prob], axis=1)
    weights = resample_weights(len(y_true), groups=groups, n_boot=settings.n_boot, random_state=settings.seed)
    values = _from_sums(columns.sum(axis=0))
    draws = _from_sums(np.stack([weight @ columns for weight in weights]))
    return {
        name: as_content(Interval.from_draws(float(values[name]), draws[name], level=settings.level)) for name in values
    }


def _from_sums(sums: FloatArray) -> dict[str, FloatArray]:
    """Return the means that weights, correctness, confidence and their product sum to, along the last axis."""
    n, right, confidence, both = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        in_right, in_wrong = both / right, (confidence - both) / (n - right)
        return {
            "accuracy": right / n,
            "mean_confidence": confidence / n,
            "overconfidence": (confidence - right) / n,
            "right": np.where(right > 0, in_right, np.nan),
            "wrong": np.where(n > right, in_wrong, np.nan),
            "gap": np.where((right > 0) & (n > right), in_right - in_wrong, np.nan),
        }


def _deviation(sample: FloatArray) -> float | None:
    return float(sample.std(ddof=1)) if sample.size > 1 else None


def _why_untested(right: FloatArray, wrong: FloatArray) -> Content:
    if min(right.size, wrong.size) < 2:
        return {"reason": f"{right.size} right and {wrong.size} wrong: the test needs two of each"}
    if np.ptp(right) == 0 and np.ptp(wrong) == 0:
        return {"reason": "confidence varies neither in right answers nor in wrong ones"}
    return {}


def _calibration(interview: Interview, rows: BoolArray, settings: EvaluationSettings) -> Content:
    y_true, y_prob = interview.y_true[rows], interview.y_prob[rows]
    if not y_true.size:
        nothing = {"value": None, "low": None, "high": None, "reason": "no answer could be read"}
        return {
            "expected_calibration_error": nothing,
            "noise_floor": {"mean": None, "limit": None, "p_value": None},
        }
    error = bootstrap_interval(
        partial(expected_calibration_error, **settings.bins),
        y_true,
        y_prob,
        groups=np.asarray(interview.groups)[rows],
        n_boot=settings.n_boot,
        level=settings.level,
        random_state=settings.seed,
    )
    floor = calibration_noise_floor(y_prob, n_draws=settings.n_draws, random_state=settings.seed, **settings.bins)
    return {
        "expected_calibration_error": as_content(error),
        "noise_floor": {"mean": floor.mean, "limit": floor.limit, "p_value": floor.p_value(error.value)},
    }
