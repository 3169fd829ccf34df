"""How many labels a wanted precision needs, before they are paid for."""

import math
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from calibrant.exceptions import InputError
from calibrant.metrics._check import check_between, check_binary, check_choice, check_prob
from calibrant.types import FloatArray

LabelledQuantity = Literal["accuracy", "mean_confidence", "brier_score", "calibration_gap"]


def labels_needed(
    half_width: float,
    *,
    quantity: Literal["accuracy", "mean_confidence", "brier_score", "calibration_gap"] = "accuracy",
    y_true: npt.ArrayLike | None = None,
    y_prob: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> int:
    """Independent labelled answers after which an interval is expected to reach ``half_width`` to either side.

    With the variance v of what is averaged and z standard errors on either side, n = z² v / half_width². What is known
    beforehand sets v:

    - nothing: the largest possible, 1/4 for a mean in [0, 1] and 1 for the gap, which lies in [-1, 1];
    - ``y_prob``, the confidence of unlabelled answers: their own variance for the mean confidence; otherwise v as it is
      if the confidence is calibrated, which with q = p (1 - p) is m (1 - m) for the accuracy (m the mean of p),
      mean(q (1 - 3 q)) - mean(q)² for Brier, and mean(q) for the gap;
    - ``y_true`` and ``y_prob`` of a pilot: the variance found there, and for the accuracy its share of correct answers.

    For the accuracy the half-width is that of `wilson_interval`, also in closed form, so that a pilot without a single
    error still asks for labels. A binned calibration error has no such number, as it is biased; ask for the gap.

    Parameters
    ----------
    half_width : float
        Half the width of the interval, in (0, 0.5).
    quantity : {'accuracy', 'mean_confidence', 'brier_score', 'calibration_gap'}, default='accuracy'
        What is to be known. The calibration gap is accuracy minus mean confidence.
    y_true : array-like of shape (n_samples,), optional
        Correctness of a pilot, in {0, 1}; needs its ``y_prob`` too.
    y_prob : array-like of shape (n_samples,), optional
        Confidence, in [0, 1], of a pilot or of unlabelled answers.
    level : float, default=0.95
        Coverage, in (0, 1).

    Returns
    -------
    int
        Labels, at least 1. Rows that share a group count for less than one each.

    Raises
    ------
    InputError
        If an argument is out of range, the pilot has labels without confidence or a single row, or its rows do not
        vary, which says nothing of the variance.

    References
    ----------
    Cochran (1977), Sampling techniques, chapter 4; Wilson (1927), JASA 22.

    Examples
    --------
    The gap to 5 points takes at most (1.96 / 0.05)² = 1536.6 labels; answers at 0.9 that are calibrated need the share
    0.9 · 0.1 of it, 138.3:

    >>> labels_needed(0.05, quantity="calibration_gap")
    1537
    >>> labels_needed(0.05, quantity="calibration_gap", y_prob=[0.9, 0.9])
    139
    """
    check_between("half_width", half_width, 0, 0.5)
    check_between("level", level, 0, 1)
    check_choice("quantity", quantity, LabelledQuantity)
    z = float(ndtri((1 + level) / 2))
    variance = _variance(quantity, y_true, y_prob)
    if quantity == "accuracy":
        # Wilson's half-width is z √(n v + z²/4) / (n + z²); squared, this is a quadratic equation in n + z².
        root = math.sqrt(variance**2 + 4 * half_width**2 * (0.25 - variance))
        needed = z**2 * ((variance + root) / (2 * half_width**2) - 1)
    elif variance > 0:
        needed = z**2 * variance / half_width**2
    else:
        raise InputError(f"y_prob must vary for quantity {quantity!r}; all its rows give the same. Leave it out.")
    return max(1, math.ceil(needed))


def _variance(quantity: LabelledQuantity, y_true: npt.ArrayLike | None, y_prob: npt.ArrayLike | None) -> float:
    if y_prob is None:
        if y_true is not None:
            raise InputError("y_prob must be given with y_true; got labels alone. Pass the confidence of the pilot.")
        return 1.0 if quantity == "calibration_gap" else 0.25
    if y_true is None:
        prob = check_prob(y_prob)
        return _own_variance(prob) if quantity == "mean_confidence" else _calibrated_variance(quantity, prob)
    rows = check_binary(y_true, y_prob, None)
    if quantity == "accuracy":
        share = float(rows.y_true.mean())
        return share * (1 - share)
    if quantity == "mean_confidence":
        return _own_variance(rows.y_score)
    gap = rows.y_true - rows.y_score
    return _own_variance(gap if quantity == "calibration_gap" else gap**2)


def _calibrated_variance(quantity: LabelledQuantity, prob: FloatArray) -> float:
    spread = prob * (1 - prob)
    if quantity == "accuracy":
        return float(prob.mean() * (1 - prob.mean()))
    if quantity == "calibration_gap":
        return float(spread.mean())
    return float(np.mean(spread * (1 - 3 * spread)) - spread.mean() ** 2)


def _own_variance(values: FloatArray) -> float:
    if values.size < 2:
        raise InputError("y_prob must have at least two rows to have a variance; got one.")
    # Equal values have a variance of rounding only.
    return float(values.var(ddof=1)) if np.ptp(values) > 0 else 0.0
