"""Spiegelhalter's test: whether the Brier score is what these confidences predict of it."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from calibrant.metrics._check import check_binary
from calibrant.metrics._hypothesis import CalibrationTest, standardised


def spiegelhalter_test(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> CalibrationTest:
    """Whether the Brier score differs from what the confidences predict of it; a small p-value = miscalibrated.

    The statistic is normal under perfect calibration with many rows; it is positive where confidence is too extreme,
    and negative where it is too timid. The p-value is two-sided, so that it finds both. Errors that cancel in the
    Brier score stay hidden: confidence that is too high above 0.5 and too high below it as well can pass.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1]. Rows at 0, 0.5 and 1 add nothing to the variance.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    CalibrationTest
        The z-score and its two-sided p-value; NaN with a reason where at most one row (a weight of at most 1) has a
        probability other than 0, 0.5 and 1.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Spiegelhalter (1986), Probabilistic prediction in patient management and clinical trials, Statistics in Medicine 5.

    Examples
    --------
    Each of four wrong answers at 0.8 adds 0.48 to a sum with a variance of 4 x 0.0576:

    >>> test = spiegelhalter_test([0, 0, 0, 0], [0.8] * 4)
    >>> round(test.statistic, 6), round(test.p_value, 6)
    (4.0, 6.3e-05)
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    slope = 1 - 2 * rows.y_score
    excess = float(rows.weight @ ((rows.y_true - rows.y_score) * slope))
    variance = slope**2 * rows.y_score * (1 - rows.y_score)
    return standardised(rows, excess, variance, "0, 0.5 or 1", lambda z: float(2 * ndtr(-np.abs(z))))
