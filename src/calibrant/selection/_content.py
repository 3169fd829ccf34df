"""Graded confidences → every guarantee that they support, as plain content for a file or a page."""

import math

import numpy.typing as npt

from calibrant.selection._bands import select_bands
from calibrant.selection._control import control_risk
from calibrant.selection._threshold import Tested, Threshold, select_threshold

Content = dict[str, object]


def as_content(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    risk: float = 0.1,
    hedge_risk: float = 0.3,
    confidence: float = 0.95,
    min_kept: int = 30,
    start: float | None = None,
    n_thresholds: int = 1000,
    random_state: int = 0,
) -> Content:
    """Threshold, bands and expected loss of the same rows, with their sentences, ready for JSON.

    Each promise holds by itself at its own confidence; only those of the bands hold together.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}, of rows that no map was fitted on and that are drawn like those to come.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    groups : array-like of shape (n_samples,), optional
        Rows that belong together, of which one is used.
    risk, hedge_risk, confidence, min_kept, start, n_thresholds, random_state
        As in `select_bands`; ``risk`` is also that of `control_risk`, and there a share of all questions.

    Returns
    -------
    dict
        Numbers, text, None and dicts of them only; what is undefined is None.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    Examples
    --------
    >>> content = as_content([1] * 40 + [0] * 10, [0.9] * 40 + [0.5] * 10)
    >>> content["threshold"]["threshold"], content["on_average"]["threshold"], content["n"]
    (0.9, 0.9, 50)
    """
    one = select_threshold(
        y_true,
        y_prob,
        risk=risk,
        confidence=confidence,
        groups=groups,
        min_kept=min_kept,
        start=start,
        n_thresholds=n_thresholds,
        random_state=random_state,
    )
    two = select_bands(
        y_true,
        y_prob,
        risk=risk,
        hedge_risk=hedge_risk,
        confidence=confidence,
        groups=groups,
        min_kept=min_kept,
        start=start,
        n_thresholds=n_thresholds,
        random_state=random_state,
    )
    average = control_risk(
        y_true, y_prob, risk=risk, groups=groups, n_thresholds=n_thresholds, random_state=random_state
    )
    return {
        "n": one.n,
        "n_rows": one.n_rows,
        "settings": {
            "risk": risk,
            "hedge_risk": hedge_risk,
            "confidence": confidence,
            "min_kept": min_kept,
            "start": start,
            "n_thresholds": n_thresholds,
            "random_state": random_state,
        },
        "threshold": _threshold(one),
        "bands": {"answer": _threshold(two.answer), "hedge": _threshold(two.hedge), "sentence": two.sentence},
        "on_average": {
            "threshold": average.threshold,
            "target": average.target,
            "n_answered": average.n_answered,
            "n_wrong": average.n_wrong,
            "loss": average.loss,
            "bound": average.bound,
            "coverage": average.coverage._asdict(),
            "least_target": average.least_target,
            "sentence": average.sentence,
        },
    }


def _threshold(found: Threshold) -> Content:
    return {
        "threshold": found.threshold,
        "target": found.target,
        "confidence": found.confidence,
        "coverage": found.coverage._asdict(),
        "chosen": _tested(found.chosen),
        "stopped_at": _tested(found.stopped_at),
        "least_target": found.least_target,
        "sentence": found.sentence,
    }


def _tested(one: Tested | None) -> Content | None:
    if one is None:
        return None
    return {
        "threshold": one.threshold,
        "n_answered": one.n_answered,
        "n_wrong": one.n_wrong,
        "risk": one.risk if one.n_answered else None,
        "bound": None if math.isnan(one.bound) else one.bound,
    }
