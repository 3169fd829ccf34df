"""Bootstrap of the metrics that are sums over rows or bins, fast enough for millions of rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import pdtr

from calibrant.metrics._binning import Binning, bin_rows
from calibrant.metrics._bootstrap import Interval, jackknife_weights, resample_weights
from calibrant.metrics._calibration_error import expected_calibration_error
from calibrant.metrics._check import Rows, check_between, check_binary, check_choice, check_count
from calibrant.metrics._proper import brier_score, log_loss
from calibrant.metrics._summary import accuracy, mean_confidence
from calibrant.types import BinEdges, FloatArray, IntArray

_BLOCK_ROWS = 1 << 12
"""Rows whose values stay in the cache while all resamples pass over them."""

_BLOCK_CELLS = 1 << 16
"""How many counts are held at a time (half a MiB)."""

_MARGIN = 6.0
"""By how many standard deviations the Poisson counts fall short of n rows."""

_UNSURE = 255
"""Marks a byte in which the Poisson distribution function steps."""


@dataclass(frozen=True)
class BootstrapSummary:
    """Metrics with their intervals, all of them on the same resamples."""

    accuracy: Interval
    """Share of correct answers."""

    mean_confidence: Interval
    """Mean confidence."""

    brier_score: Interval
    """Brier score."""

    log_loss: Interval
    """Log loss, in nats."""

    expected_calibration_error: Interval
    """Expected calibration error on uniform bins, l1; its interval is the spread and does not cover the truth."""


def bootstrap_summary(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    n_bins: int = 15,
    edges: BinEdges = "right",
    groups: npt.ArrayLike | None = None,
    method: Literal["percentile", "bca"] = "percentile",
    n_boot: int = 1000,
    level: float = 0.95,
    random_state: int = 0,
) -> BootstrapSummary:
    """Five metrics with their bootstrap intervals at once, in seconds for a million rows; narrow is best.

    Every resample is of n rows drawn with replacement, as in `bootstrap_interval`, and nothing is approximated: only
    what the metrics add up is kept of it, so that no array of n_boot x n exists. With groups the resamples are the very
    ones of `bootstrap_interval` with the same seed; without, they have the same distribution.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    n_bins : int, default=15
        How many bins of equal width the calibration error has.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.
    groups : array-like of shape (n_samples,), optional
        The group of each row, where rows of one are not independent; whole groups are drawn.
    method : {'percentile', 'bca'}, default='percentile'
        As in `bootstrap_interval`.
    n_boot : int, default=1000
        Resamples.
    level : float, default=0.95
        Coverage, in (0, 1).
    random_state : int, default=0
        Seed.

    Returns
    -------
    BootstrapSummary
        One interval a metric.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    Notes
    -----
    How often the rows of a resample occur is multinomial. Independent Poisson counts, given their sum m, are that for
    m draws; so counts with a mean of 1 - 6 / √n are drawn, which sum to m <= n but once in 10⁹ times (that resample is
    then drawn again), and n - m single draws are added. A Poisson count needs one random byte, and 53 more bits in the
    2 % of bytes in which the distribution function steps.

    References
    ----------
    Hanley, MacGibbon (2006), Creating non-parametric bootstrap samples using Poisson frequencies, Computer Methods and
    Programs in Biomedicine 83, for Poisson counts; here their sum is mended to n, which makes them exact.

    Examples
    --------
    All answers are correct at 0.5, and so they are in every resample:

    >>> summary = bootstrap_summary([1, 1], [0.5, 0.5], n_boot=100)
    >>> summary.brier_score
    Interval(value=0.25, low=0.25, high=0.25, level=0.95, n_boot=100, n_undefined=0)
    """
    rows = check_binary(y_true, y_prob, None)
    check_count("n_boot", n_boot)
    check_between("level", level, 0, 1)
    check_choice("method", method, Literal["percentile", "bca"])
    bins = bin_rows(rows, Binning(n_bins, "uniform", edges))
    order = np.argsort(bins.index.astype(np.min_scalar_type(n_bins)), kind="stable")
    starts = np.searchsorted(bins.index[order], np.arange(n_bins + 1))
    columns = _columns(rows)[order]
    if groups is None:
        sums = _resampled_sums(columns, starts, n_boot, np.random.default_rng(random_state))
    else:
        weights = resample_weights(order.size, groups=groups, n_boot=n_boot, random_state=random_state)
        sums = np.array([_bin_sums(weight[order].astype(np.float64), columns, starts) for weight in weights])
    left_out: list[npt.ArrayLike | None] = [None] * 5
    if method == "bca":
        weights = jackknife_weights(order.size, groups=groups, random_state=random_state)
        without = [_bin_sums(weight[order].astype(np.float64), columns, starts) for weight in weights]
        left_out = [*_values(np.reshape(without, (-1, *sums.shape[1:])))]
    values = (
        accuracy(*rows[:2]),
        mean_confidence(*rows[:2]),
        brier_score(*rows[:2]),
        log_loss(*rows[:2]),
        expected_calibration_error(*rows[:2], n_bins=n_bins, edges=edges),
    )
    return BootstrapSummary(
        *(
            Interval.from_draws(value, draws, jackknife=jackknife, level=level)
            for value, draws, jackknife in zip(values, _values(sums), left_out, strict=True)
        )
    )


def _values(sums: FloatArray) -> FloatArray:
    """Turn sums by bin into the metrics, in the order of the record; shape (5, n_boot)."""
    total = sums.sum(axis=1)
    errors = np.abs(sums[:, :, 1] - sums[:, :, 2]).sum(axis=1) / total[:, 0]
    return np.stack([*(total[:, 1:] / total[:, :1]).T, errors])


def _columns(rows: Rows) -> FloatArray:
    """Return what is added up: rows, correctness, confidence, squared error, surprise; shape (n_samples, 5)."""
    given = np.where(rows.y_true == 1, rows.y_score, 1 - rows.y_score)
    surprise = -np.log(np.maximum(given, 1e-15))
    return np.stack([rows.weight, rows.y_true, rows.y_score, (rows.y_true - rows.y_score) ** 2, surprise], axis=1)


def _bin_sums(weight: FloatArray, columns: FloatArray, starts: IntArray) -> FloatArray:
    return np.array([weight[start:stop] @ columns[start:stop] for start, stop in pairwise(starts)])


def _resampled_sums(columns: FloatArray, starts: IntArray, n_boot: int, rng: np.random.Generator) -> FloatArray:
    """Add up by bin what resamples hold of all rows, shape (n_boot, n_bins, n_columns); the first column holds ones."""
    n = len(columns)
    parts = []
    wanted = n_boot
    while wanted:
        sums = _poisson_sums(columns, starts, wanted, max(0.0, 1 - _MARGIN / np.sqrt(n)), rng)
        missing = n - sums[:, :, 0].sum(axis=1)
        parts.append(sums[missing >= 0])
        for part, size in zip(parts[-1], missing[missing >= 0].astype(np.int64), strict=True):
            drawn = rng.integers(n, size=size)
            index = np.searchsorted(starts, drawn, side="right") - 1
            part += np.stack([np.bincount(index, values, starts.size - 1) for values in columns[drawn].T], axis=1)
        wanted -= len(parts[-1])
    return np.concatenate(parts)


def _poisson_sums(
    columns: FloatArray, starts: IntArray, n_draws: int, rate: float, rng: np.random.Generator
) -> FloatArray:
    """Add up by bin, with each row counted a Poisson number of times, shape (n_draws, n_bins, n_columns)."""
    sums = np.zeros((n_draws, starts.size - 1, columns.shape[1]))
    draw = _PoissonCounts(rate, rng)
    for index, start, stop in _blocks(starts):
        step = max(1, _BLOCK_CELLS // (stop - start))
        for first in range(0, n_draws, step):
            part = sums[first : first + step, index]
            part += draw(len(part), stop - start) @ columns[start:stop]
    return sums


def _blocks(starts: IntArray) -> Iterator[tuple[int, int, int]]:
    """Bin, first row and end of pieces that lie in one bin each."""
    for index, (first, end) in enumerate(pairwise(starts.tolist())):
        for start in range(first, end, _BLOCK_ROWS):
            yield index, start, min(end, start + _BLOCK_ROWS)


class _PoissonCounts:
    """Independent Poisson counts, by inversion of the distribution function, a byte at a time."""

    def __init__(self, rate: float, rng: np.random.Generator) -> None:
        self._rng = rng
        cdf = pdtr(np.arange(64), rate)
        self._cdf = cdf[cdf < 1]
        ends = np.arange(257) / 256
        lowest = np.searchsorted(self._cdf, ends[:-1], side="right")
        highest = np.searchsorted(self._cdf, ends[1:], side="left")
        self._table = np.where(lowest == highest, lowest, _UNSURE).astype(np.uint8).tobytes()

    def __call__(self, n_draws: int, n_rows: int) -> FloatArray:
        """Draw counts of shape (n_draws, n_rows)."""
        random = self._rng.bytes(n_draws * n_rows)
        looked_up = np.frombuffer(random.translate(self._table), np.uint8)
        counts = looked_up.astype(np.float64)
        unsure = np.flatnonzero(looked_up == _UNSURE)
        position = (np.frombuffer(random, np.uint8)[unsure] + self._rng.random(unsure.size)) / 256
        counts[unsure] = np.searchsorted(self._cdf, position, side="right")
        return counts.reshape(n_draws, n_rows)
