"""Two methods on the same answers → the sentence that a user takes away."""

from dataclasses import dataclass

import numpy as np

from calibrant.evaluation._panel import Answers, Content
from calibrant.metrics import wilson_interval
from calibrant.types import BoolArray, FloatArray

LABELS = {
    "raw": "raw softmax",
    "temperature": "temperature scaling",
    "platt": "Platt scaling",
    "isotonic": "isotonic regression",
    "histogram": "histogram binning",
}
"""How methods are called in the middle of a sentence."""

_STATED = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Confidence levels to speak of, the best-known first; 1 stands for more than 95 %."""

_BAND = 0.05
_ENOUGH = 30
_FEW = 10


@dataclass(frozen=True)
class Errors:
    """The calibration errors that the sentence quotes."""

    raw: float
    """Of the raw confidence."""

    calibrated: float
    """After the map."""

    floor: float
    """What perfect calibration would show by chance after the map, on average."""


def verdict(raw: Answers, calibrated: Answers, label: str, errors: Errors) -> Content:
    """Say what the model's confidence is worth, before and after, on the answers around one stated level.

    The level is 90 % if at least 30 answers lie within 5 points of it, else the one that has most answers, where "more
    than 95 %" is one too. Where no level has 10, the sentence speaks of all answers on average.

    Examples
    --------
    >>> said, right = np.full(40, 0.9), np.repeat([1.0, 0.0], 20)
    >>> raw, after = Answers(right, said), Answers(right, np.full(40, 0.51))
    >>> print(verdict(raw, after, "Platt scaling", Errors(0.40, 0.01, 0.06))["sentence"])
    When this model is 90 % sure, it is right 50 % of the time (95 % interval 35 % to 65 %, 40 answers). After Platt
    scaling it says 51 % of the same answers, and over all 40 test answers its calibration error falls from 40.0 to
    1.0 points, where chance alone shows 6.0.
    """
    stated, rows = _choose_level(raw.y_prob)
    n, n_right = int(rows.sum()), float(raw.y_true[rows].sum())
    interval = wilson_interval(n_right, n)
    now = float(calibrated.y_prob[rows].mean())
    if stated is None:
        opening = f"This model is {_percent(float(raw.y_prob.mean()))} sure on average, and right"
    else:
        opening = f"When this model is {'more than 95 %' if stated == 1 else _percent(stated)} sure, it is right"
    sentence = (
        f"{opening} {_percent(n_right / n)} of the time (95 % interval {_percent(float(interval.low))} to "
        f"{_percent(float(interval.high))}, {n} {'answer' if n == 1 else 'answers'}). "
    )
    if calibrated is raw:
        sentence += "No map that was tried made its confidence better."
    else:
        change = round(errors.calibrated, 3) - round(errors.raw, 3)
        direction = "falls" if change < 0 else "rises" if change > 0 else "goes"
        sentence += (
            f"After {label} it says {_percent(now)} of the same answers, and over all {len(raw.y_prob)} test answers "
            f"its calibration error {direction} from {100 * errors.raw:.1f} to {100 * errors.calibrated:.1f} points, "
            f"where chance alone shows {100 * errors.floor:.1f}."
        )
    return {
        "sentence": sentence,
        "stated": stated,
        "n": n,
        "accuracy": {"value": n_right / n, "low": float(interval.low), "high": float(interval.high)},
        "calibrated": now,
    }


def _choose_level(y_prob: FloatArray) -> tuple[float | None, BoolArray]:
    """Choose the confidence to speak of, and the answers that have it; all of them where it is None."""
    # The hair keeps 0.85 within 5 points of 0.9, whatever its last digit.
    near: dict[float, BoolArray] = {stated: np.abs(y_prob - stated) <= _BAND + 1e-9 for stated in _STATED}
    near[1.0] = y_prob > 1 - _BAND
    counts = {stated: int(rows.sum()) for stated, rows in near.items()}
    stated = _STATED[0] if counts[_STATED[0]] >= _ENOUGH else max(counts, key=lambda stated: counts[stated])
    return (stated, near[stated]) if counts[stated] >= _FEW else (None, np.ones(y_prob.size, dtype=np.bool_))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
