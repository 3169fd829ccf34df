"""Pairs of numbers, one pair a model → Pearson's r with Fisher's interval."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtr

from calibrant.exceptions import InputError


@dataclass(frozen=True)
class Correlation:
    """How closely pairs lie to a line."""

    value: float
    """Pearson's r, in [-1, 1]; NaN where one side does not vary or there are fewer than three pairs."""

    low: float
    """Lower end of Fisher's interval; NaN with fewer than four pairs."""

    high: float
    """Upper end of it."""

    p_value: float
    """Two-tailed, of no correlation, by Student's t."""


def pearson(x: npt.ArrayLike, y: npt.ArrayLike, *, level: float = 0.95) -> Correlation:
    """Pearson's r with the interval of Fisher's transform; 1 and -1 are a line, 0 is none.

    Interval and p-value hold for pairs that are drawn independently from a joint normal distribution. Models of one
    family are not, so that both say more than there is.

    Parameters
    ----------
    x, y : array-like of shape (n,)
        The pairs.
    level : float, default=0.95
        Coverage of the interval, in (0, 1).

    Returns
    -------
    Correlation
        In [-1, 1].

    Raises
    ------
    InputError
        If the lengths differ, or a number is not finite.

    References
    ----------
    Fisher (1915), Frequency distribution of the values of the correlation coefficient, Biometrika 10.

    Examples
    --------
    >>> pearson([0.0, 1.0, 2.0], [3.0, 2.0, 1.0]).value
    -1.0
    >>> round(pearson([0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]).value, 6)
    0.0
    """
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or not np.isfinite([a, b]).all():
        raise InputError(f"x and y must be finite numbers, as many of one as of the other; got {a.shape} and {b.shape}")
    n = a.size
    if n < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return Correlation(math.nan, math.nan, math.nan, math.nan)
    first, second = a - a.mean(), b - b.mean()
    r = float(np.clip(first @ second / math.sqrt(first @ first * (second @ second)), -1, 1))
    t = math.inf if abs(r) == 1 else abs(r) * math.sqrt((n - 2) / (1 - r * r))
    p_value = 2 * float(stdtr(n - 2, -t))
    if n < 4:
        return Correlation(r, math.nan, math.nan, p_value)
    if abs(r) == 1:
        return Correlation(r, r, r, p_value)
    half = float(ndtri((1 + level) / 2)) / math.sqrt(n - 3)
    return Correlation(r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half), p_value)
