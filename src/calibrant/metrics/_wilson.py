"""Intervals for a share: Wilson's, and the exact one of Clopper and Pearson."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri

from calibrant.exceptions import InputError
from calibrant.metrics._binning import divide
from calibrant.metrics._check import check_between
from calibrant.types import FloatArray


@dataclass(frozen=True, eq=False)
class BinomialInterval:
    """The ends of intervals for shares, of the shape of what was given."""

    low: FloatArray
    """Lower ends, in [0, 1]."""

    high: FloatArray
    """Upper ends, in [0, 1]."""


WilsonInterval = BinomialInterval
"""The name under which `wilson_interval` first returned it."""


def wilson_interval(successes: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> BinomialInterval:
    """Interval for the probability behind ``successes`` out of ``n``; narrower with more trials.

    Unlike the share plus or minus its standard error it stays inside [0, 1], and has a width at 0 and at ``n``.

    Parameters
    ----------
    successes : array-like
        Successes, from 0 to ``n``; weights make them fractional.
    n : array-like
        Trials, of a shape that broadcasts; where it is 0, both ends are NaN.
    level : float, default=0.95
        Coverage, in (0, 1).

    Returns
    -------
    BinomialInterval
        The ends.

    Raises
    ------
    InputError
        If there are more successes than trials, a number is negative or not finite, or the level is out of range.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.

    Examples
    --------
    Nothing out of n reaches up to z² / (n + z²), here 3.84 / 13.84:

    >>> interval = wilson_interval(0, 10)
    >>> float(interval.low), round(float(interval.high), 4)
    (0.0, 0.2775)
    """
    hits, trials = _check_counts(successes, n, level)
    z = float(ndtri((1 + level) / 2))
    share = divide(hits, trials, empty=np.nan)
    centre = hits + z**2 / 2
    spread = z * np.sqrt(trials * np.maximum(share * (1 - share), 0.0) + z**2 / 4)
    # Rounding can put an end a hair outside.
    return BinomialInterval(
        low=np.clip((centre - spread) / (trials + z**2), 0, 1), high=np.clip((centre + spread) / (trials + z**2), 0, 1)
    )


def clopper_pearson_interval(successes: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95) -> BinomialInterval:
    """Interval for the probability behind ``successes`` out of ``n`` that never covers less often than ``level``.

    Each end is the probability at which so many successes, or more extreme numbers of them, have the chance
    (1 - level) / 2. It is wider than Wilson's, which covers as often as it says on average over the probabilities.

    Parameters
    ----------
    successes : array-like
        Successes, from 0 to ``n``; weights make them fractional, and then the cover is no longer guaranteed.
    n : array-like
        Trials, of a shape that broadcasts; where it is 0, both ends are NaN.
    level : float, default=0.95
        Coverage, in (0, 1).

    Returns
    -------
    BinomialInterval
        The ends.

    Raises
    ------
    InputError
        If there are more successes than trials, a number is negative or not finite, or the level is out of range.

    References
    ----------
    Clopper, Pearson (1934), The use of confidence or fiducial limits illustrated in the case of the binomial,
    Biometrika 26.

    Examples
    --------
    Nothing out of 10 has the chance 0.025 where a trial fails with the chance 0.025 ** (1 / 10) = 0.6915:

    >>> interval = clopper_pearson_interval(0, 10)
    >>> float(interval.low), round(float(interval.high), 4)
    (0.0, 0.3085)
    """
    hits, trials = _check_counts(successes, n, level)
    tail = (1 - level) / 2
    misses = trials - hits
    # The beta quantile does not exist where a parameter is 0; the end is then the end of the scale.
    low = np.where(hits > 0, betaincinv(np.maximum(hits, 1e-300), misses + 1, tail), 0.0)
    high = np.where(misses > 0, betaincinv(hits + 1, np.maximum(misses, 1e-300), 1 - tail), 1.0)
    empty = trials == 0
    return BinomialInterval(low=np.where(empty, np.nan, low), high=np.where(empty, np.nan, high))


def _check_counts(successes: npt.ArrayLike, n: npt.ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
    hits, trials = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(n, np.float64))
    if not ((hits >= 0) & (hits <= trials) & (trials < np.inf)).all():
        raise InputError(f"successes must lie between 0 and n, which must be finite; got {successes!r} out of {n!r}.")
    check_between("level", level, 0, 1)
    return hits, trials
