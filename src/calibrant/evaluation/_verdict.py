"""Two methods on the same answers → the sentence that a user takes away."""

from dataclasses import dataclass

import numpy as np

from calibrant.evaluation._detail import Answers, Content
from calibrant.metrics import wilson_interval
from calibrant.types import BoolArray, FloatArray

LABELS = {
    "raw": "raw softmax",
    "context": "contextual calibration",
    "cyclic": "averaging over the orders of the options",
    "prior": "prior correction",
    "daca": "alignment to the base model",
    "temperature": "temperature scaling",
    "temperature-mix": "temperature scaling with a share of the uniform",
    "confidence-temperature": "temperature scaling of the confidence",
    "platt": "Platt scaling",
    "beta": "beta calibration",
    "quadratic": "quadratic scaling",
    "ensemble-temperature": "ensemble temperature scaling",
    "count-temperature": "temperature scaling by the number of options",
    "spline": "spline calibration",
    "centred-isotonic": "centred isotonic regression",
    "isotonic": "isotonic regression",
    "venn-abers": "Venn-Abers calibration",
    "scaling-binning": "scaling-binning",
    "histogram": "histogram binning",
    "bbq": "Bayesian binning into quantiles",
    "svs": "structured vector scaling",
    "vector": "vector scaling",
    "ovr-platt": "Platt scaling of each option",
    "sms": "structured matrix scaling",
    "dirichlet": "Dirichlet calibration",
    "matrix": "matrix scaling",
    "ats": "adaptive temperature scaling",
    "thermometer": "the Thermometer",
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


def verdict(raw: Answers, calibrated: Answers | None, label: str, errors: Errors) -> Content:
    """Say what the model's confidence is worth, before and after, on the answers around one stated level.

    Without a map to speak of (None), it says how large the error is; with raw itself, that no map made it better.

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
    levels = count_levels(raw)
    stated, chosen = _choose_level(levels)
    said = _opening(levels, stated, chosen)
    if calibrated is None:
        return said | {"sentence": f"{said['sentence']} {size_of(errors, len(raw.y_prob))}"}
    now = float(calibrated.y_prob[_near(raw.y_prob)[chosen]].mean())
    if calibrated is raw:
        closing = "No map that was tried made its confidence better."
    else:
        change = round(errors.calibrated, 3) - round(errors.raw, 3)
        direction = "falls" if change < 0 else "rises" if change > 0 else "goes"
        closing = (
            f"After {label} it says {_percent(now)} of the same answers, and over all {len(raw.y_prob):,} test answers "
            f"its calibration error {direction} from {100 * errors.raw:.1f} to {100 * errors.calibrated:.1f} points, "
            f"where chance alone shows {100 * errors.floor:.1f}."
        )
    return said | {"sentence": f"{said['sentence']} {closing}", "calibrated": now}


def count_levels(answers: Answers) -> FloatArray:
    """Return answers, right ones and total confidence near each level, and among all: three numbers a row, that add up.

    Examples
    --------
    >>> count_levels(Answers(np.array([1.0, 0.0]), np.array([0.9, 0.875]))).tolist()[0]
    [2.0, 1.0, 1.775]
    """
    rows = _near(answers.y_prob)
    return np.array([[n.sum(), answers.y_true[n].sum(), answers.y_prob[n].sum()] for n in rows])


def level_verdict(levels: FloatArray, errors: Errors) -> Content:
    """Say what `verdict` says without a map, from counts that were added up over a stream."""
    said = _opening(levels, *_choose_level(levels))
    return said | {"sentence": f"{said['sentence']} {size_of(errors, int(levels[-1, 0]))}"}


def size_of(errors: Errors, n: int) -> str:
    """Say how large a calibration error is."""
    return (
        f"Over all {n:,} answers its calibration error is {100 * errors.raw:.1f} points, where chance alone shows "
        f"{100 * errors.floor:.1f}."
    )


def _opening(levels: FloatArray, stated: float | None, chosen: int) -> Content:
    n, n_right, total = int(levels[chosen, 0]), float(levels[chosen, 1]), float(levels[chosen, 2])
    interval = wilson_interval(n_right, n)
    if stated is None:
        opening = f"This model is {_percent(total / n)} sure on average, and right"
    else:
        opening = f"When this model is {'more than 95 %' if stated == 1 else _percent(stated)} sure, it is right"
    sentence = (
        f"{opening} {_percent(n_right / n)} of the time (95 % interval {_percent(float(interval.low))} to "
        f"{_percent(float(interval.high))}, {n:,} {'answer' if n == 1 else 'answers'})."
    )
    return {
        "sentence": sentence,
        "stated": stated,
        "n": n,
        "accuracy": {"value": n_right / n, "low": float(interval.low), "high": float(interval.high)},
    }


def _near(y_prob: FloatArray) -> list[BoolArray]:
    """Say which answers are near each level, in the order of ``_STATED``, then near 1, then all of them."""
    # The hair keeps 0.85 within 5 points of 0.9, whatever its last digit.
    near: list[BoolArray] = [np.abs(y_prob - stated) <= _BAND + 1e-9 for stated in _STATED]
    return [*near, y_prob > 1 - _BAND, np.ones(y_prob.size, dtype=np.bool_)]


def _choose_level(levels: FloatArray) -> tuple[float | None, int]:
    """Choose the confidence to speak of, and its place in ``levels``; None and the last for all answers."""
    counts = levels[:-1, 0]
    chosen = 0 if counts[0] >= _ENOUGH else int(counts.argmax())
    return ((*_STATED, 1.0)[chosen], chosen) if counts[chosen] >= _FEW else (None, len(counts))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
