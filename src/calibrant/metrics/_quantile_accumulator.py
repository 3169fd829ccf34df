"""Calibration on bins of equal mass, of more rows than fit in memory: one pass to cut, one to add up."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._bin_sums import BinSums
from calibrant.metrics._binning import Binning
from calibrant.metrics._cells import N_CELLS, add_to_cells, cells_of
from calibrant.metrics._check import check_binary, check_prob, check_scores, holds_weight, require_rows
from calibrant.metrics._curve import CalibrationCurve
from calibrant.metrics._exact_sum import ExactSum
from calibrant.metrics._stream import pieces, require_weight
from calibrant.types import BinEdges, FloatArray, IntArray, Norm

_TABLE_ROWS = 1 << 16
"""How many rows of the cells with a border are gathered before equal ones are put together."""


class QuantileCalibrationAccumulator:
    """Binned calibration errors and the calibration curve on bins of equal mass, in two passes over the pieces.

    The first pass, `update_edges`, weighs the confidences in a million fine cells; so it is known which cells hold a
    border between bins. The second, `update`, sees the same rows again: it adds up what lies between those cells whole,
    and in them each distinct confidence. The borders are then the very ones of ``strategy="quantile"`` on all rows at
    once, ties kept together, and the results are those of the batch functions to 1e-12. (Where weights are not whole, a
    border that stands on the last digit of their sum may fall on either side of it, as it may in the batch.)

    In several workers: merge what they saw in the first pass, give each a copy (`copy.deepcopy` or pickle) of the
    merged one for the second, and merge those. A worker that has no rows left calls ``update([], [])``, which begins
    the second pass. It takes 13 MB for the cells, and as much as the distinct confidences in the at most n_bins - 1
    cells with a border.

    Parameters
    ----------
    n_bins : int, default=15
        How many bins.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.

    Raises
    ------
    InputError
        If an option is not allowed.

    Examples
    --------
    >>> bins = QuantileCalibrationAccumulator(n_bins=2)
    >>> y_true, y_prob = [0, 1, 1, 1], [0.1, 0.2, 0.3, 0.9]
    >>> bins.update_edges(y_prob)
    >>> bins.update(y_true, y_prob)
    >>> bins.result().high
    array([0.2, 1. ])
    """

    def __init__(self, *, n_bins: int = 15, edges: BinEdges = "right") -> None:
        self._binning = Binning(n_bins, "quantile", edges)
        self._first = np.zeros(N_CELLS)
        self._second: _SecondPass | None = None

    def update_edges(self, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> None:
        """Add rows to the first pass; none, or rows that all weigh 0, add nothing.

        Parameters
        ----------
        y_prob : array-like of shape (n_samples,)
            Confidence, in [0, 1].
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts.

        Raises
        ------
        InputError
            If an argument is out of range, the lengths differ, or the second pass has begun; then nothing was added.
        """
        if self._second is not None:
            raise InputError(
                "update_edges must be called with all rows before update; got it after. Begin anew with another "
                "QuantileCalibrationAccumulator."
            )
        if not np.size(y_prob) and (sample_weight is None or not np.size(sample_weight)):
            return
        prob = check_prob(y_prob)
        weight = None
        if sample_weight is not None:
            if not holds_weight(prob, prob, sample_weight):
                return
            weight = check_scores(np.zeros(prob.size), prob, sample_weight, name="y_prob").weight
        for piece in pieces(prob.size):
            add_to_cells(self._first, cells_of(prob[piece]), None if weight is None else weight[piece])

    def update(
        self, y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
    ) -> None:
        """Add rows to the second pass, in any order and pieces; none, or rows that all weigh 0, only begin it.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            Correctness, in {0, 1}.
        y_prob : array-like of shape (n_samples,)
            Confidence, in [0, 1].
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts, as in the first pass.

        Raises
        ------
        InputError
            If an argument is out of range, the lengths differ, or a row was certainly not in the first pass; then
            nothing was added.
        """
        if self._second is None and self._first.any():
            self._second = _SecondPass(self._first, self._binning)
        if not holds_weight(y_true, y_prob, sample_weight):
            if np.size(y_true):
                check_binary(y_true, y_prob, None)
            return
        rows = check_binary(y_true, y_prob, sample_weight)
        kept = rows.weight > 0
        cell = cells_of(rows.y_score)
        if self._second is None:
            raise InputError("update_edges must be called with all rows before update; got no row. Make two passes.")
        seen = (self._first[cell] > 0) | ~kept
        require_rows(seen, rows.y_score, "y_prob", "be rows of the first pass, update_edges")
        for piece in pieces(cell.size):
            own = kept[piece]
            self._second.add(cell[piece][own], *(column[piece][own] for column in rows))

    def merge(self, other: object) -> None:
        """Add all that another accumulator with the same bins has seen, in the pass that both are in.

        Parameters
        ----------
        other : QuantileCalibrationAccumulator
            It is left as it is.

        Raises
        ------
        InputError
            If its bins are others, or one is in its second pass and their first passes saw different rows.
        """
        if not isinstance(other, QuantileCalibrationAccumulator) or other._binning != self._binning:
            found = other._binning if isinstance(other, QuantileCalibrationAccumulator) else type(other).__name__
            raise InputError(
                f"other must be a QuantileCalibrationAccumulator with the bins {self._binning}; got {found}."
            )
        if self._second is None and other._second is None:
            self._first += other._first
            return
        if not np.array_equal(self._first, other._first):
            raise InputError(
                "other must have the same first pass once update was called; got another. Merge all after "
                "update_edges, and give each worker a copy of that for update."
            )
        if other._second is not None:
            self._second = self._second or _SecondPass(self._first, self._binning)
            self._second.merge(other._second)

    def expected_calibration_error(self, *, norm: Norm = "l1") -> float:
        """Value of `expected_calibration_error` with quantile bins on all rows, in [0, 1]; 0 is best.

        Parameters
        ----------
        norm : {'l1', 'l2', 'max'}, default='l1'
            How the gaps of the bins are joined.

        Returns
        -------
        float
            The error.

        Raises
        ------
        InputError
            If the two passes saw different rows, or none, or the norm is not allowed.
        """
        return self._bins().error(norm)

    def debiased_calibration_error(self, *, norm: Literal["l1", "l2"] = "l1") -> float:
        """Value of `debiased_calibration_error` with quantile bins on all rows, in [0, 1]; 0 is best.

        Parameters
        ----------
        norm : {'l1', 'l2'}, default='l1'
            How the gaps of the bins are joined.

        Returns
        -------
        float
            The error; NaN where no bin has more than one row.

        Raises
        ------
        InputError
            If the two passes saw different rows, or none, or the norm is not allowed.
        """
        return self._bins().error(norm, debiased=True)

    def result(self) -> CalibrationCurve:
        """Value of `calibration_curve` with quantile bins on all rows.

        Returns
        -------
        CalibrationCurve
            The bins in order of confidence, the empty ones included.

        Raises
        ------
        InputError
            If the two passes saw different rows, or none.
        """
        return self._bins().curve()

    def _bins(self) -> BinSums:
        require_weight(self._first)
        second = self._second or _SecondPass(self._first, self._binning)
        return second.bins()


class _SecondPass:
    """Sums of the stretches between the cells that hold a border, and of each distinct confidence in those cells."""

    def __init__(self, first: FloatArray, binning: Binning) -> None:
        self._binning = binning
        below = np.cumsum(first)
        self._border_cells = np.unique(_reach(below, binning))
        # Stretch s lies before the border cell of number s; what the first pass saw of each is what is due.
        self._position = np.searchsorted(self._border_cells, np.arange(N_CELLS)).astype(np.int32)
        self._is_border = np.zeros(N_CELLS, np.bool_)
        self._is_border[self._border_cells] = True
        n_stretches = self._border_cells.size + 1
        self._due = np.bincount(self._position, np.where(self._is_border, 0.0, first), n_stretches)
        self._due_in_cells = first[self._border_cells]
        self._stretches = ExactSum((4, n_stretches))
        self._values = np.empty(0)
        self._table = np.empty((4, 0))
        self._pending: list[tuple[FloatArray, FloatArray]] = []

    def add(self, cell: IntArray, y_true: FloatArray, prob: FloatArray, weight: FloatArray) -> None:
        """Add a piece of rows of positive weight."""
        position, inside = self._position[cell], self._is_border[cell]
        columns = np.stack([np.ones(prob.size), weight, weight * prob, weight * y_true])
        if inside.any():
            self._gather(prob[inside], columns[:, inside])
            position, columns = position[~inside], columns[:, ~inside]
        n_stretches = self._due.size
        for start in range(0, position.size, 1 << 13):
            own = slice(start, start + (1 << 13))
            self._stretches.add([np.bincount(position[own], column[own], n_stretches) for column in columns])

    def merge(self, other: "_SecondPass") -> None:
        """Add the rows of another with the same borders."""
        other._put_together()
        self._stretches.merge(other._stretches)
        self._pending.append((other._values, other._table))
        self._put_together()

    def bins(self) -> BinSums:
        """Cut at the borders, which are now known exactly."""
        self._put_together()
        in_cells = np.zeros(self._border_cells.size)
        at = np.searchsorted(self._border_cells, cells_of(self._values))
        np.add.at(in_cells, at, self._table[1])
        got = np.concatenate([self._stretches.value[1], in_cells])
        due = np.concatenate([self._due, self._due_in_cells])
        if not np.allclose(got, due, rtol=1e-9, atol=0):
            raise InputError(
                f"update must see the same rows and weights as update_edges before the result; got a weight of "
                f"{got.sum():g} in the second pass and of {due.sum():g} in the first."
            )
        # In order of confidence: stretch 0, the values of border cell 0, stretch 1, ...
        n_stretches = due.size - in_cells.size
        order = np.argsort(np.concatenate([np.arange(n_stretches) * 2, at * 2 + 1]), kind="stable")
        sums = np.concatenate([self._stretches.value, self._table], axis=1)[:, order]
        value = np.concatenate([np.full(n_stretches, np.nan), self._values])[order]
        is_value = np.flatnonzero(~np.isnan(value))
        reached = _reach(np.cumsum(sums[1]), self._binning)
        # Sums of weights that are not whole may differ in the last digit from the first pass, and miss the cell.
        border = (
            is_value[np.minimum(np.searchsorted(is_value, reached), is_value.size - 1)] if is_value.size else reached
        )
        side: Literal["left", "right"] = "left" if self._binning.edges == "right" else "right"
        index = np.searchsorted(border, np.arange(value.size), side=side)
        by_bin = np.array([np.bincount(index, column, self._binning.n_bins) for column in sums])
        return BinSums(np.concatenate([[0.0], value[border], [1.0]]), *by_bin)

    def _gather(self, prob: FloatArray, columns: FloatArray) -> None:
        values, position = np.unique(prob, return_inverse=True)
        self._pending.append((values, np.array([np.bincount(position, column) for column in columns])))
        if sum(values.size for values, _ in self._pending) > max(_TABLE_ROWS, self._values.size):
            self._put_together()

    def _put_together(self) -> None:
        if not self._pending:
            return
        parts = [(self._values, self._table), *self._pending]
        table = np.concatenate([columns for _, columns in parts], axis=1)
        self._values, position = np.unique(np.concatenate([values for values, _ in parts]), return_inverse=True)
        self._table = np.array([np.bincount(position, column, self._values.size) for column in table])
        self._pending = []


def _reach(below: FloatArray, binning: Binning) -> IntArray:
    """First entry at which each border lies, of cumulated weights; the rule of `Binning.borders`."""
    steps = np.arange(1, binning.n_bins)
    side: Literal["left", "right"] = "left" if binning.edges == "right" else "right"
    entries: IntArray = np.searchsorted(below * binning.n_bins, steps * below[-1], side=side)
    return entries
