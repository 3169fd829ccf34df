"""Answers before and after a change of the model → the share of the confidence gained that no accuracy matches."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from calibrant.evaluation._detail import Answers, Content, number
from calibrant.metrics import simultaneous_intervals
from calibrant.types import FloatArray

CELLS = ("both_right", "gained", "lost", "both_wrong")
"""What became of a question: right before and after, right only after, right only before, never right."""


def unmatched_share(confidence: npt.ArrayLike, accuracy: npt.ArrayLike) -> FloatArray:
    """Share of a rise in mean confidence that no rise in accuracy matches: 0 is best, and 1 is confidence for nothing.

    It is (rise in confidence - rise in accuracy) / rise in confidence. Above 1 accuracy fell, below 0 it rose by more
    than the confidence did. Where confidence did not rise there is nothing to take a share of, and it is NaN.

    Parameters
    ----------
    confidence : array-like of shape (n,)
        Mean confidence after minus mean confidence before.
    accuracy : array-like of shape (n,)
        Accuracy after minus accuracy before.

    Examples
    --------
    A rise by 20 points that 5 points of accuracy match; one that comes with a loss; no rise:

    >>> unmatched_share([0.2, 0.2, -0.1], [0.05, -0.05, 0.0]).round(6)
    array([0.75, 1.25,  nan])
    """
    rise, earned = np.asarray(confidence, dtype=np.float64), np.asarray(accuracy, dtype=np.float64)
    share: FloatArray = np.divide(rise - earned, rise, out=np.full(rise.shape, np.nan), where=rise > 0)
    return share


def confidence_gain(
    names: tuple[str, str],
    answers: Mapping[str, Answers],
    draws: Mapping[str, Mapping[str, FloatArray]],
    *,
    level: float,
) -> Content:
    """Say what was gained from the first method to the second in confidence and in accuracy, and where.

    Parameters
    ----------
    names : tuple of (str, str)
        The methods before and after.
    answers : mapping of str to Answers
        The answers of both to the same questions.
    draws : mapping of str to mapping
        Accuracy and mean confidence of both on the same resamples.
    level : float
        Coverage of the intervals, each of which stands alone.

    Examples
    --------
    >>> answers = {"A": Answers(np.array([1.0, 0.0]), np.full(2, 0.5)), "B": Answers(np.ones(2), np.full(2, 0.9))}
    >>> draws = {name: {"accuracy": np.zeros(40), "mean_confidence": np.zeros(40)} for name in "AB"}
    >>> gain = confidence_gain(("A", "B"), answers, draws, level=0.95)
    >>> [(cell["name"], cell["n"], round(cell["change"], 6)) for cell in gain["cells"]][:2]
    [('both_right', 1, 0.2), ('gained', 1, 0.2)]
    """
    a, b = (answers[name] for name in names)
    values = [float((b.y_prob - a.y_prob).mean()), float((b.y_true - a.y_true).mean())]
    table = np.stack([draws[names[1]][key] - draws[names[0]][key] for key in ("mean_confidence", "accuracy")], axis=1)
    changes = simultaneous_intervals(values, table, level=level)
    rise = changes[0]
    value = float(unmatched_share(values[0], values[1]))
    low, high = _ends(table, level)
    # A ratio whose denominator may be 0 can be anything: no interval holds it.
    shown = value == value and rise.pointwise_low > 0 and bool(np.isfinite([low, high]).all())
    share: Content = {"value": number(value), "low": low if shown else None, "high": high if shown else None}
    if value != value:
        share["reason"] = "mean confidence did not rise"
    elif not shown:
        share["reason"] = "the rise in mean confidence is not shown to differ from 0"
    return {
        "a": names[0],
        "b": names[1],
        "sentence": _sentence(names, values, share, level),
        "confidence": _change(values[0], rise.pointwise_low, rise.pointwise_high),
        "accuracy": _change(values[1], changes[1].pointwise_low, changes[1].pointwise_high),
        "share": share,
        "n_undefined": int((table[:, 0] <= 0).sum()),
        "cells": _cells(a, b),
    }


def _ends(draws: FloatArray, level: float) -> tuple[float, float]:
    """Return the percentile interval of the share, in which a resample without a rise lies beyond the end it is near.

    The share goes to infinity as the rise goes to 0, up where accuracy rose less than confidence did and down where it
    rose more; to leave such resamples out would make the interval the narrower the less there is to take a share of.
    """
    share = unmatched_share(draws[:, 0], draws[:, 1])
    beyond = np.copysign(np.inf, draws[:, 0] - draws[:, 1])
    ordered = np.sort(np.where(np.isnan(share), beyond, share))
    k = int((1 - level) / 2 * (ordered.size - 1))
    return float(ordered[k]), float(ordered[-1 - k])


def _change(value: float, low: float, high: float) -> Content:
    return {"value": number(value), "low": number(low), "high": number(high)}


def _cells(a: Answers, b: Answers) -> list[Content]:
    """Return the mean confidence in each cell, and what the cell adds to the change of the mean over all questions."""
    before, after = a.y_true == 1, b.y_true == 1
    masks = (before & after, ~before & after, before & ~after, ~before & ~after)
    return [
        {
            "name": name,
            "n": int(mask.sum()),
            "before": float(a.y_prob[mask].mean()) if mask.any() else None,
            "after": float(b.y_prob[mask].mean()) if mask.any() else None,
            "change": float((b.y_prob - a.y_prob)[mask].sum() / mask.size),
        }
        for name, mask in zip(CELLS, masks, strict=True)
    ]


def _sentence(names: tuple[str, str], values: list[float], share: Content, level: float) -> str:
    confidence, accuracy = (_points(value) for value in values)
    head = f"From {names[0]} to {names[1]} mean confidence changed by {confidence} points and accuracy by {accuracy}"
    if share["value"] is None:
        return f"{head}: no confidence was gained of which a share could be without accuracy."
    percent = f"{_percent(share['value'])} %"
    ends = "no interval, since the gain itself is not shown to differ from 0"
    if share["low"] is not None:
        ends = f"{100 * level:g} % interval {_percent(share['low'])} to {_percent(share['high'])} %"
    if values[1] < 0:
        return f"{head}: none of the confidence gained is matched by accuracy, which fell (share {percent}; {ends})."
    if values[1] > values[0]:
        return f"{head}: all of the confidence gained is matched by accuracy (share {percent}; {ends})."
    return f"{head}: of the confidence gained, {percent} is not matched by accuracy ({ends})."


def _points(value: float) -> str:
    text = f"{100 * value:+.1f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def _percent(value: object) -> str:
    text = f"{100 * float(str(value)):.0f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")
