"""Intervals and p-values for many statistics at once, from their joint resamples."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._check import as_column, check_between
from calibrant.types import FloatArray

_HAIR = 1e-12
"""What moves less than this, relative to its size, moves by rounding only."""

_ROUNDING = 1e-9
"""Keeps 0.95 x 20 at 19, whatever its last digit."""


@dataclass(frozen=True)
class SimultaneousInterval:
    """One statistic of a family, with an interval that holds together with those of all others."""

    value: float
    """The statistic on the data themselves."""

    standard_error: float
    """Standard deviation of its draws; NaN where it is undefined."""

    low: float
    """Lower end of the simultaneous interval; NaN where the statistic is undefined."""

    high: float
    """Upper end of the simultaneous interval; NaN where the statistic is undefined."""

    p_value: float
    """Adjusted p-value of "it is 0": at most 1 - level exactly where the simultaneous interval excludes 0."""

    pointwise_low: float
    """Lower end of the interval that this statistic would have alone."""

    pointwise_high: float
    """Upper end of the interval that this statistic would have alone."""

    n_undefined: int
    """Draws left out because the statistic was NaN in them, as an AUROC is with one class."""

    reason: str | None = None
    """Why the statistic has no interval, where it has none."""


def simultaneous_intervals(
    values: npt.ArrayLike, draws: npt.ArrayLike, *, level: float = 0.95
) -> list[SimultaneousInterval]:
    """Intervals that cover all of m statistics at once, and p-values adjusted for there being m; narrow is best.

    Every statistic is measured in units of its own standard error, and the interval is as wide as the largest of the m
    goes astray in resamples. Statistics that move together cost little more than one, which Bonferroni does not see.

    Parameters
    ----------
    values : array-like of shape (m,)
        The statistics on the data themselves; NaN where undefined.
    draws : array-like of shape (n_boot, m)
        The statistics on each resample, all of a row on the same one; NaN where undefined.
    level : float, default=0.95
        Probability that all intervals cover, in (0, 1).

    Returns
    -------
    list of SimultaneousInterval
        One a statistic, in order. A statistic that no resample moves has the interval [value, value].

    Raises
    ------
    InputError
        If the shapes do not match, a draw is infinite, or there are too few draws for the level.

    Notes
    -----
    Single-step max-t: the half width is the standard error times the ⌈level (n_boot + 1)⌉-th smallest of the row maxima
    of |draw - value| / standard error, and the p-value is (1 + row maxima that reach |value| / standard error) /
    (n_boot + 1). A row in which some statistics are undefined counts with the largest of the others.

    References
    ----------
    Westfall, Young (1993), Resampling-based multiple testing; Romano, Wolf (2005), Exact and approximate stepdown
    methods for multiple hypothesis testing, JASA 100; Hothorn, Bretz, Westfall (2008), Simultaneous inference in
    general parametric models, Biometrical Journal 50. Here errors are those of the bootstrap and one step is made,
    since a step-down has no intervals.

    Examples
    --------
    Two statistics that move as one cost no more than one:

    >>> draws = np.repeat(np.linspace(-1, 1, 41)[:, None], 2, axis=1)
    >>> first, second = simultaneous_intervals([0.0, 2.0], draws + [0.0, 2.0], level=0.9)
    >>> round(first.low, 3), round(first.high, 3), round(second.low, 3)
    (-0.95, 0.95, 1.05)
    >>> first.p_value, round(second.p_value, 3)
    (1.0, 0.024)
    """
    check_between("level", level, 0, 1)
    value = as_column("values", values)
    table = _as_table(draws, value.size)
    n_needed = max(2, int(np.ceil(level / (1 - level) - _ROUNDING)))
    if len(table) < n_needed:
        raise InputError(f"draws must have at least {n_needed} rows for a level of {level:g}; got {len(table)}.")
    columns = [column[~np.isnan(column)] for column in table.T]
    usable = np.isfinite(value) & np.array([column.size >= n_needed for column in columns])
    errors = np.array(
        [column.std(ddof=1) if good else np.nan for column, good in zip(columns, usable, strict=True)], np.float64
    )
    moves = usable & (errors > _HAIR * (1 + np.abs(value)))
    largest = _largest((table[:, moves] - value[moves]) / errors[moves])
    found = []
    for column, here, error, good, moving in zip(columns, value.tolist(), errors.tolist(), usable, moves, strict=True):
        n_undefined = len(table) - column.size
        if moving:
            found.append(_moving(here, error, column, largest, level, n_undefined))
        elif good:
            # Nothing that chance does would move it off 0, or onto 0.
            p_value = 1.0 if abs(here) <= _HAIR else 1 / (1 + len(table))
            found.append(SimultaneousInterval(here, 0.0, here, here, p_value, here, here, n_undefined))
        else:
            reason = f"defined in only {column.size} of {len(table)} resamples"
            found.append(_undefined(here, n_undefined, reason if np.isfinite(here) else "undefined on these answers"))
    return found


def _largest(astray: FloatArray) -> FloatArray:
    """Return the largest of each row that holds a number, sorted."""
    known = ~np.isnan(astray)
    largest = np.max(np.abs(astray), axis=1, initial=0.0, where=known)
    return np.sort(largest[known.any(axis=1)])


def _moving(
    value: float, error: float, column: FloatArray, largest: FloatArray, level: float, n_undefined: int
) -> SimultaneousInterval:
    width = error * _critical(largest, level)
    alone = error * _critical(np.sort(np.abs((column - value) / error)), level)
    reached = largest.size - int(np.searchsorted(largest, abs(value) / error, side="left"))
    p_value = (1 + reached) / (1 + largest.size)
    return SimultaneousInterval(
        value, error, value - width, value + width, p_value, value - alone, value + alone, n_undefined
    )


def _undefined(value: float, n_undefined: int, reason: str) -> SimultaneousInterval:
    nan = float("nan")
    return SimultaneousInterval(value, nan, nan, nan, nan, nan, nan, n_undefined, reason)


def _as_table(draws: npt.ArrayLike, m: int) -> FloatArray:
    table = np.asarray(draws, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != m:
        raise InputError(f"draws must have one row a resample and one column a value, so {m}; got shape {table.shape}.")
    if np.isinf(table).any():
        row, column = np.argwhere(np.isinf(table))[0]
        raise InputError(f"draws must be finite, or NaN where undefined; row {row}, column {column} is infinite.")
    return table


def _critical(sorted_draws: FloatArray, level: float) -> float:
    """Return the end of an interval that excludes 0 exactly where the p-value is at most 1 - level."""
    return float(sorted_draws[int(np.ceil(level * (sorted_draws.size + 1) - _ROUNDING)) - 1])
