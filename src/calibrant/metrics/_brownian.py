"""Tests on the running sum of correctness less confidence, which is Brownian motion under perfect calibration."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from calibrant.metrics._check import Rows, check_binary
from calibrant.metrics._hypothesis import CalibrationTest, standardised
from calibrant.types import FloatArray

_SERIES = np.arange(1, 21)
"""Terms of the series below: beyond 10 they are smaller than the precision of a float, wherever a series is used."""


def kolmogorov_smirnov_test(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> CalibrationTest:
    """Whether correctness drifts away from confidence anywhere on the scale; a small p-value = miscalibrated.

    Rows are sorted by confidence, correctness less confidence is summed up, and the largest distance of that sum from 0
    is divided by the standard deviation that its end has under perfect calibration. The p-value is that of the largest
    distance of Brownian motion, which holds for many rows. No bins are needed.

    Rows of equal confidence enter the sum together, so that the order of the rows never matters. The sum is then looked
    at less often than the distribution assumes, and the p-value is too large, by up to twice where all confidences are
    equal: false alarms stay below their rate. `bootstrap_consistency_test` has no such loss.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    CalibrationTest
        The distance in standard deviations (ECCE-MAD over its scale) and its p-value; NaN with a reason where at most
        one row (a weight of at most 1) has a probability strictly between 0 and 1.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Arrieta-Ibarra, Gujral, Tannen, Tygert, Xu (2022), Metrics of calibration for probabilistic predictions, JMLR 23.

    Examples
    --------
    The sum runs 0, -0.5, 1.5 over two answers at 0.25 and four at 0.5; its variance is 2 x 3/16 + 4 x 1/4 = 11/8:

    >>> test = kolmogorov_smirnov_test([0, 0, 1, 1, 1, 1], [0.25, 0.25, 0.5, 0.5, 0.5, 0.5])
    >>> round(test.statistic**2 * 11 / 8, 6), round(test.p_value, 6)
    (2.25, 0.401402)
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    return _conclude(rows, float(np.abs(_walk(rows)).max()), _tail_of_largest)


def kuiper_test(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> CalibrationTest:
    """Whether correctness drifts up or down over any stretch of confidence; a small p-value = miscalibrated.

    As `kolmogorov_smirnov_test`, but with the range of the running sum (its start at 0 included), which is the largest
    gap between correct answers and stated ones over any interval of confidence. It notices errors of opposite sign at
    the two ends of the scale, which the distance from 0 can miss. Ties make its p-value too large, as they do there, by
    up to four times where all confidences are equal.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    CalibrationTest
        The range in standard deviations (ECCE-R over its scale) and its p-value; NaN with a reason where at most one
        row (a weight of at most 1) has a probability strictly between 0 and 1.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Arrieta-Ibarra, Gujral, Tannen, Tygert, Xu (2022), Metrics of calibration for probabilistic predictions, JMLR 23.
    Feller (1951), The asymptotic distribution of the range of sums of independent random variables, Annals of
    Mathematical Statistics 22.

    Examples
    --------
    The sum runs 0, -0.5, 1.5 over two answers at 0.25 and four at 0.5; its variance is 2 x 3/16 + 4 x 1/4 = 11/8:

    >>> test = kuiper_test([0, 0, 1, 1, 1, 1], [0.25, 0.25, 0.5, 0.5, 0.5, 0.5])
    >>> round(test.statistic**2 * 11 / 8, 6), round(test.p_value, 6)
    (4.0, 0.347156)
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    return _conclude(rows, float(np.ptp(_walk(rows))), _tail_of_range)


def _conclude(rows: Rows, raw: float, tail: Callable[[float], float]) -> CalibrationTest:
    return standardised(rows, raw, rows.y_score * (1 - rows.y_score), "0 or 1", tail)


def _walk(rows: Rows) -> FloatArray:
    """Correctness less confidence, summed from the lowest confidence up: at the start, and after each distinct one."""
    order = np.argsort(rows.y_score)
    score = rows.y_score[order]
    last_of_tie = np.flatnonzero(np.append(score[1:] != score[:-1], True))
    total = np.cumsum(rows.weight[order] * (rows.y_true[order] - score))
    return np.append(0.0, total[last_of_tie])


def _tail_of_largest(x: float) -> float:
    """Probability that Brownian motion on [0, 1] leaves (-x, x), relatively exact in the tail."""
    odd = 2 * _SERIES - 1
    sign = np.where(_SERIES % 2, 1.0, -1.0)
    if x > 1:
        # By reflection at either border.
        return float(4 * (sign * ndtr(-odd * x)).sum())
    return 1 - float(4 / np.pi * (sign / odd * _heat(odd / 2, x)).sum())


def _tail_of_range(x: float) -> float:
    """Probability that Brownian motion on [0, 1] has a range of at least x, relatively exact in the tail."""
    if x > 1.5:
        # The integral of Feller's density, 8 sum of (-1)^(k - 1) k^2 phi(k r).
        return float(8 * (np.where(_SERIES % 2, 1.0, -1.0) * _SERIES * ndtr(-_SERIES * x)).sum())
    half = np.asarray(_SERIES - 0.5, np.float64)
    heat = _heat(2 * half, x)
    # Close to 0 the exponential vanishes long before 1 / x^2 grows large.
    scale = 8 / max(x, 1e-3) ** 2
    return 1 - float(((scale + 2 / (half * np.pi) ** 2) * heat).sum())


def _heat(k: FloatArray, x: float) -> FloatArray:
    """exp(-(k pi / x)^2 / 2), and its limit 0 at x = 0."""
    exponent: FloatArray = -((k * np.pi / max(x, 1e-3)) ** 2) / 2
    return np.exp(exponent)
