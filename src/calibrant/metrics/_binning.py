"""Confidence into bins: the one place where edges are decided and rows are added up."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from calibrant.metrics._check import Rows, check_choice, check_count
from calibrant.types import BinEdges, BinStrategy, FloatArray, IntArray, Norm

_BLOCK_ROWS = 1 << 14
"""How many rows are added up one after another: they stay in the cache, and the rounding of a long sum stays out."""


@dataclass(frozen=True)
class Binning:
    """How confidence is cut into bins; checked when made.

    Raises
    ------
    InputError
        If an option is not allowed.
    """

    n_bins: int
    """How many bins, at least 1; without effect on unique bins, of which there are as many as distinct values."""

    strategy: BinStrategy
    """Equal width, equal mass, or one a distinct value."""

    edges: BinEdges
    """Which end belongs to a bin."""

    def __post_init__(self) -> None:
        check_count("n_bins", self.n_bins)
        check_choice("strategy", self.strategy, BinStrategy)
        check_choice("edges", self.edges, BinEdges)

    def borders(self, prob: FloatArray, weight: FloatArray) -> FloatArray:
        """Where the bins end, from 0 to 1, shape (bins + 1,).

        Uniform borders are the floats nearest to k / n_bins: ``linspace`` and steps of 1 / n_bins round some of them
        to a neighbour, which moves values such as 0.3 into another bin.

        Quantile borders are values that occur. With ``right`` border k is the least value which, together with all
        below it, holds k / n_bins of the weight; ``left`` is the mirror image. Rows of equal value thus share a bin,
        and a value that holds more than a bin's share leaves empty bins beside it.

        Unique borders are all values that occur with a weight, but for the one at the end that stands for itself.
        """
        if self.strategy == "unique":
            distinct = np.unique(prob[weight > 0])
            return np.concatenate([[0.0], distinct[:-1] if self.edges == "right" else distinct[1:], [1.0]])
        steps = np.arange(self.n_bins + 1)
        if self.strategy == "uniform":
            return steps / self.n_bins
        order = np.argsort(prob)
        below = np.cumsum(weight[order])
        # Both sides are multiplied out, so that whole weights are compared without rounding.
        inner = np.searchsorted(
            below * self.n_bins, steps[1:-1] * below[-1], side="left" if self.edges == "right" else "right"
        )
        return np.concatenate([[0.0], prob[order][inner], [1.0]])

    def index(self, prob: FloatArray, borders: FloatArray) -> IntArray:
        """Bin of each row, counted from 0."""
        # The outer borders give way, so that 0 and 1 always count.
        cuts = np.concatenate([[-np.inf], borders[1:-1], [np.inf]])
        if self.strategy != "uniform":
            return np.searchsorted(cuts[1:-1], prob, side="left" if self.edges == "right" else "right")
        # The product is only used to find the nearest border; the border itself decides.
        nearest = np.rint(prob * self.n_bins).astype(np.int64)
        # No number of a border is out of range; "clip" only spares the check.
        beyond = cuts.take(nearest, mode="clip")
        nearest -= prob <= beyond if self.edges == "right" else prob < beyond
        return nearest


@dataclass(frozen=True, eq=False)
class Bins:
    """Rows sorted into bins, and their sums by bin, which are 0 where a bin is empty."""

    borders: FloatArray
    """Ends of the bins, shape (n_bins + 1,)."""

    index: IntArray
    """Bin of each row, shape (n_samples,)."""

    weight: FloatArray
    """Total weight, shape (n_bins,)."""

    prob: FloatArray
    """Weighted sum of the confidences, shape (n_bins,)."""

    correct: FloatArray
    """Weight of the correct rows, shape (n_bins,)."""

    @property
    def gap(self) -> FloatArray:
        """Accuracy minus mean confidence of each bin; 0 where it is empty."""
        return divide(self.correct - self.prob, self.weight, empty=0.0)


def bin_rows(rows: Rows, binning: Binning) -> Bins:
    """Rows sorted into bins, with weight, confidence and correctness added up.

    Parameters
    ----------
    rows : Rows
        Checked rows whose score is a probability.
    binning : Binning
        Where to cut.

    Returns
    -------
    Bins
        The bins in order of confidence.
    """
    borders = binning.borders(rows.y_score, rows.weight)
    n_bins = borders.size - 1
    index = np.empty(rows.y_score.size, np.int64)
    sums = []
    for start, (y_true, prob, weight) in _blocks(rows, n_bins):
        own = index[start : start + prob.size] = binning.index(prob, borders)
        sums.append([np.bincount(own, values, n_bins) for values in (weight, weight * prob, weight * y_true)])
    return Bins(borders, index, *np.sum(sums, axis=0))


def sum_gaps(rows: Rows, binning: Binning, *, weighted: bool) -> FloatArray:
    """Gaps of the bins times their weights, added up in half the time that `bin_rows` takes.

    Parameters
    ----------
    rows : Rows
        Checked rows whose score is a probability.
    binning : Binning
        Where to cut.
    weighted : bool
        False where all weights are 1, which then are not looked at.

    Returns
    -------
    ndarray of shape (n_bins,)
        Weight of the correct rows minus the weighted sum of the confidences; 0 where a bin is empty.
    """
    borders = binning.borders(rows.y_score, rows.weight)
    n_bins = borders.size - 1
    sums = []
    for _, (y_true, prob, weight) in _blocks(rows, n_bins):
        gap = y_true - prob
        if weighted:
            gap *= weight
        sums.append(np.bincount(binning.index(prob, borders), gap, n_bins))
    total: FloatArray = np.sum(sums, axis=0)
    return total


def _blocks(rows: Rows, n_bins: int) -> Iterator[tuple[int, Rows]]:
    """First row and rows of each block; many bins make larger ones, so that their sums never outgrow the rows."""
    step = max(_BLOCK_ROWS, 4 * n_bins)
    for start in range(0, rows.y_score.size, step):
        yield start, Rows(*(column[start : start + step] for column in rows))


def join_gaps(gap: FloatArray, weight: FloatArray, norm: Norm) -> FloatArray:
    """One calibration error from the gaps of the bins.

    Parameters
    ----------
    gap : ndarray of shape (..., n_bins)
        Accuracy minus mean confidence, 0 where a bin is empty.
    weight : ndarray of shape (n_bins,)
        Weight of each bin.
    norm : {'l1', 'l2', 'max'}
        Weighted mean of the absolute gaps, root of the weighted mean of their squares, or the largest.

    Returns
    -------
    ndarray of shape (...)
        The errors.
    """
    share = weight / weight.sum()
    error: FloatArray
    if norm == "l1":
        error = np.abs(gap) @ share
    elif norm == "l2":
        error = np.sqrt(gap**2 @ share)
    else:
        error = np.abs(gap).max(axis=-1)
    return error


def divide(numerator: FloatArray, denominator: FloatArray, *, empty: float) -> FloatArray:
    """Ratio, and ``empty`` where the denominator is 0."""
    ratio = np.full(denominator.shape, empty)
    np.divide(numerator, denominator, out=ratio, where=denominator > 0)
    return ratio
