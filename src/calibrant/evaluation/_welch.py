"""Two samples of confidences → by how much their means differ; one sample → its mean. With intervals by Student's t."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from calibrant.metrics import Interval
from calibrant.types import FloatArray


@dataclass(frozen=True)
class WelchTest:
    """What Welch's test says of two means."""

    difference: float
    """Mean of the first sample minus that of the second; NaN where one is empty."""

    low: float
    """Lower end of the interval."""

    high: float
    """Upper end of the interval."""

    statistic: float
    """The difference in its standard errors: t."""

    df: float
    """Degrees of freedom, by Welch and Satterthwaite."""

    p_value: float
    """Two-tailed: how often equal means would give a t as far from 0."""


def welch_test(first: npt.ArrayLike, second: npt.ArrayLike, *, level: float = 0.95) -> WelchTest:
    """Difference of two means, first minus second, with Welch's interval and two-tailed p-value.

    The samples may have different variances, and their members must not depend on each other.

    Parameters
    ----------
    first, second : array-like of shape (n,)
        The samples. With fewer than two members in one, or where neither varies, only the difference is defined.
    level : float, default=0.95
        Coverage of the interval, in (0, 1).

    Returns
    -------
    WelchTest
        On the scale of the samples.

    References
    ----------
    Welch (1947), The generalization of Student's problem when several different population variances are involved,
    Biometrika 34.

    Examples
    --------
    Both have a variance of 2, so that the standard error is sqrt(2 / 2 + 2 / 2), and t is -6 / sqrt(2):

    >>> test = welch_test([0.0, 2.0], [6.0, 8.0])
    >>> test.difference, round(test.statistic, 3), round(test.df, 3)
    (-6.0, -4.243, 2.0)
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    difference = float(a.mean() - b.mean()) if a.size and b.size else math.nan
    squares = (_squared_error(a), _squared_error(b))
    error = math.sqrt(sum(squares))
    if not error > 0:  # NaN is not
        return WelchTest(difference, math.nan, math.nan, math.nan, math.nan, math.nan)
    df = sum(squares) ** 2 / (squares[0] ** 2 / (a.size - 1) + squares[1] ** 2 / (b.size - 1))
    half = float(stdtrit(df, (1 + level) / 2)) * error
    statistic = difference / error
    p_value = 2 * float(stdtr(df, -abs(statistic)))
    return WelchTest(difference, difference - half, difference + half, statistic, df, p_value)


def mean_interval(values: npt.ArrayLike, *, level: float = 0.95) -> Interval:
    """Mean of independent values with Student's interval, which is NaN where fewer than two are given.

    Examples
    --------
    >>> found = mean_interval([1.0, 3.0])
    >>> found.value, round(found.high, 3)
    (2.0, 14.706)
    """
    given = np.asarray(values, dtype=np.float64)
    mean = float(given.mean()) if given.size else math.nan
    squared = _squared_error(given)
    half = math.nan if math.isnan(squared) else float(stdtrit(given.size - 1, (1 + level) / 2)) * math.sqrt(squared)
    return Interval(mean, mean - half, mean + half, level, 0, 0)


def _squared_error(sample: FloatArray) -> float:
    """Return the square of the standard error of a mean."""
    if sample.size < 2:
        return math.nan
    # Of equal numbers the mean may be off by a rounding error, and their variance then not quite 0.
    return 0.0 if np.ptp(sample) == 0 else float(sample.var(ddof=1)) / sample.size
