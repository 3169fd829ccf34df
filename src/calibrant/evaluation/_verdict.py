"""Two methods on the same answers → the sentence that a user takes away."""

from dataclasses import dataclass

import numpy as np

from calibrant.evaluation._panel import Answers, Content
from calibrant.metrics import wilson_interval

LABELS = {
    "raw": "raw softmax",
    "temperature": "temperature scaling",
    "platt": "Platt scaling",
    "isotonic": "isotonic regression",
    "histogram": "histogram binning",
}
"""How methods are called in the middle of a sentence."""

_STATED = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Confidence levels to speak of, the best-known first."""

_BAND = 0.05
_ENOUGH = 30


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

    The level is 90 % if at least 30 answers lie within 5 points of it, else the level that has most answers.

    Examples
    --------
    >>> said, right = np.full(40, 0.9), np.repeat([1.0, 0.0], 20)
    >>> raw, after = Answers(right, said), Answers(right, np.full(40, 0.51))
    >>> print(verdict(raw, after, "Platt scaling", Errors(0.40, 0.01, 0.06))["sentence"])
    When this model is 90 % sure, it is right 50 % of the time (95 % interval 35 % to 65 %, 40 answers). After Platt
    scaling it says 51 % of the same answers, and over all 40 test answers its calibration error falls from 40.0 to
    1.0 points, where chance alone shows 6.0.
    """
    near = {stated: np.abs(raw.y_prob - stated) <= _BAND for stated in _STATED}
    most = max(_STATED, key=lambda stated: int(near[stated].sum()))
    stated = _STATED[0] if near[_STATED[0]].sum() >= min(_ENOUGH, near[most].sum()) else most
    rows = near[stated]
    n = int(rows.sum())
    if n == 0:
        return {"sentence": "No answer is near any usual level of confidence.", "stated": None, "n": 0}
    right = float(raw.y_true[rows].mean())
    interval = wilson_interval(float(raw.y_true[rows].sum()), n)
    now = float(calibrated.y_prob[rows].mean())
    sentence = (
        f"When this model is {_percent(stated)} sure, it is right {_percent(right)} of the time "
        f"(95 % interval {_percent(float(interval.low))} to {_percent(float(interval.high))}, {n} answers). "
    )
    if calibrated is raw:
        sentence += "No map that was tried made its confidence better."
    else:
        direction = "falls" if errors.calibrated < errors.raw else "goes"
        sentence += (
            f"After {label} it says {_percent(now)} of the same answers, and over all {len(raw.y_prob)} test answers "
            f"its calibration error {direction} from {100 * errors.raw:.1f} to {100 * errors.calibrated:.1f} points, "
            f"where chance alone shows {100 * errors.floor:.1f}."
        )
    return {
        "sentence": sentence,
        "stated": stated,
        "n": n,
        "accuracy": {"value": right, "low": float(interval.low), "high": float(interval.high)},
        "calibrated": now,
    }


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
