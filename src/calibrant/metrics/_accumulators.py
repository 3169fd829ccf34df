"""Metrics of more rows than fit in memory: update with pieces, merge across workers, read the result."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._binning import Binning, bin_rows, divide
from calibrant.metrics._calibration_error import debiased_calibration_error, expected_calibration_error
from calibrant.metrics._check import Rows, check_binary, check_scores, holds_weight
from calibrant.metrics._curve import CalibrationCurve, calibration_curve
from calibrant.metrics._exact_sum import ExactSum
from calibrant.metrics._metric import Metric
from calibrant.types import BinEdges, FloatArray, Norm

_PIECE_ROWS = 1 << 16
"""How many rows are handed to a batch function at a time; their sum is then added without rounding error."""


class MeanAccumulator:
    """A metric that is a mean over rows, such as accuracy, mean confidence, Brier score or log loss, in pieces.

    The result is that of the metric on all rows at once, to about 1e-15, whatever the pieces and the order of merging.
    Metrics that compare rows with each other are refused. AUROC and AURC are among them: without keeping every distinct
    score they can only be approximated, which is not offered.

    Parameters
    ----------
    metric : Metric
        Called as ``metric(y_true, y_prob, sample_weight=weight)``; set its options with `functools.partial`.

    Raises
    ------
    InputError
        If the metric is no mean over rows.

    Examples
    --------
    >>> from calibrant.metrics import brier_score
    >>> first, second = MeanAccumulator(brier_score), MeanAccumulator(brier_score)
    >>> first.update([1, 0, 1], [0.5, 0.5, 0.5])
    >>> second.update([0], [1.0])
    >>> first.merge(second)
    >>> first.result()  # (3 · 0.25 + 1) / 4
    0.4375
    """

    def __init__(self, metric: Metric) -> None:
        for y_true, y_prob in (([1, 0], [0.5, 0.5]), ([1, 0, 0, 1], [0.9, 0.6, 0.2, 0.3])):
            alone = [metric([truth], [prob]) for truth, prob in zip(y_true, y_prob, strict=True)]
            if not abs(metric(y_true, y_prob) - np.mean(alone)) < 1e-9:
                raise InputError(
                    f"metric must be a mean over rows, as accuracy, mean_confidence, brier_score and log_loss are; got "
                    f"{metric!r}. Use CalibrationAccumulator for binned calibration errors."
                )
        self.metric = metric
        self._sum = ExactSum(())
        self._weight = ExactSum(())

    def update(
        self, y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
    ) -> None:
        """Add rows; none, or rows that all weigh 0, add nothing.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            Correctness, in {0, 1}.
        y_prob : array-like of shape (n_samples,)
            Confidence, on the scale that the metric takes.
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts: a weight of 2 is the row twice.

        Raises
        ------
        InputError
            If an argument is out of range, or the lengths differ; then nothing was added.
        """
        if not holds_weight(y_true, y_prob, sample_weight):
            if np.size(y_true):
                self.metric(y_true, y_prob)
            return
        rows = check_scores(y_true, y_prob, sample_weight, name="y_prob")
        total, weights = ExactSum(()), ExactSum(())
        try:
            for piece in _pieces(rows):
                weight = float(piece.weight.sum())
                own = piece.weight if weight > 0 else None
                value = self.metric(piece.y_true, piece.y_score, sample_weight=own)
                total.add(value * weight)
                weights.add(weight)
        except InputError:
            # The whole is refused for the same reason, with the number that the row has in it.
            self.metric(*rows[:2], sample_weight=rows.weight)
            raise
        self._sum.merge(total)
        self._weight.merge(weights)

    def merge(self, other: object) -> None:
        """Add all that another accumulator of the same metric has seen.

        Parameters
        ----------
        other : MeanAccumulator
            It is left as it is.

        Raises
        ------
        InputError
            If it is no `MeanAccumulator`. That both have the same metric cannot be checked for one made by `partial`.
        """
        if not isinstance(other, MeanAccumulator):
            raise InputError(f"other must be a MeanAccumulator; got {type(other).__name__}.")
        self._sum.merge(other._sum)
        self._weight.merge(other._weight)

    def result(self) -> float:
        """Value of the metric on all rows so far.

        Returns
        -------
        float
            The mean.

        Raises
        ------
        InputError
            If there were no rows of positive weight.
        """
        _require_weight(self._weight)
        return float(self._sum.value / self._weight.value)

    def state(self) -> dict[str, object]:
        """Everything that was added up, as plain numbers that JSON keeps exactly.

        Returns
        -------
        dict
            For `load_state`. The metric is not in it.
        """
        return {"sum": self._sum.state(), "weight": self._weight.state()}

    def load_state(self, state: Mapping[str, object]) -> None:
        """Replace what was added up by what another accumulator had.

        Parameters
        ----------
        state : mapping
            What `state` returned.

        Raises
        ------
        InputError
            If it is something else.
        """
        total, weight = ExactSum(()), ExactSum(())
        total.load("sum", state)
        weight.load("weight", state)
        self._sum, self._weight = total, weight


class CalibrationAccumulator:
    """Binned calibration errors and the calibration curve on bins of equal width, in pieces.

    The results are those of the batch functions on all rows at once, to 1e-12, whatever the pieces and the order of
    merging. Four numbers a bin are kept. Quantile bins are not offered: their edges depend on all rows.

    Parameters
    ----------
    n_bins : int, default=15
        How many bins, cut at exactly k / n_bins.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.

    Raises
    ------
    InputError
        If an option is not allowed.

    Examples
    --------
    >>> bins = CalibrationAccumulator(n_bins=2)
    >>> bins.update([0, 1], [0.25, 0.25])
    >>> bins.update([0, 1], [1.0, 1.0])
    >>> bins.expected_calibration_error()
    0.375
    >>> bins.result().count
    array([2, 2])
    """

    def __init__(self, *, n_bins: int = 15, edges: BinEdges = "right") -> None:
        self._binning = Binning(n_bins, "uniform", edges)
        self._count = ExactSum((n_bins,))
        self._weight = ExactSum((n_bins,))
        self._prob = ExactSum((n_bins,))
        self._correct = ExactSum((n_bins,))

    def update(
        self, y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
    ) -> None:
        """Add rows; none, or rows that all weigh 0, add nothing.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            Correctness, in {0, 1}.
        y_prob : array-like of shape (n_samples,)
            Confidence, in [0, 1].
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts: a weight of 2 is the row twice.

        Raises
        ------
        InputError
            If an argument is out of range, or the lengths differ; then nothing was added.
        """
        if not holds_weight(y_true, y_prob, sample_weight):
            if np.size(y_true):
                check_binary(y_true, y_prob, None)
            return
        rows = check_binary(y_true, y_prob, sample_weight)
        for piece in _pieces(rows):
            bins = bin_rows(piece, self._binning)
            counted = bins.index if sample_weight is None else bins.index[piece.weight > 0]
            self._count.add(np.bincount(counted, minlength=self._binning.n_bins))
            self._weight.add(bins.weight)
            self._prob.add(bins.prob)
            self._correct.add(bins.correct)

    def merge(self, other: object) -> None:
        """Add all that another accumulator with the same bins has seen.

        Parameters
        ----------
        other : CalibrationAccumulator
            It is left as it is.

        Raises
        ------
        InputError
            If its bins are others.
        """
        if not isinstance(other, CalibrationAccumulator) or other._binning != self._binning:
            found = other._binning if isinstance(other, CalibrationAccumulator) else type(other).__name__
            raise InputError(f"other must be a CalibrationAccumulator with the bins {self._binning}; got {found}.")
        for name, total in self._sums().items():
            total.merge(other._sums()[name])

    def expected_calibration_error(self, *, norm: Norm = "l1") -> float:
        """Value of `expected_calibration_error` on all rows so far, in [0, 1]; 0 is best.

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
            If there were no rows of positive weight, or the norm is not allowed.
        """
        y_true, prob, weight = self._rows()
        n_bins, edges = self._binning.n_bins, self._binning.edges
        return expected_calibration_error(y_true, prob, n_bins=n_bins, edges=edges, norm=norm, sample_weight=weight)

    def debiased_calibration_error(self, *, norm: Literal["l1", "l2"] = "l1") -> float:
        """Value of `debiased_calibration_error` on all rows so far, in [0, 1]; 0 is best.

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
            If there were no rows of positive weight, or the norm is not allowed.
        """
        y_true, prob, weight = self._rows()
        n_bins, edges = self._binning.n_bins, self._binning.edges
        return debiased_calibration_error(y_true, prob, n_bins=n_bins, edges=edges, norm=norm, sample_weight=weight)

    def result(self) -> CalibrationCurve:
        """Value of `calibration_curve` on all rows so far.

        Returns
        -------
        CalibrationCurve
            The bins in order of confidence, the empty ones included.

        Raises
        ------
        InputError
            If there were no rows of positive weight.
        """
        y_true, prob, weight = self._rows()
        n_bins, edges = self._binning.n_bins, self._binning.edges
        curve = calibration_curve(y_true, prob, n_bins=n_bins, edges=edges, sample_weight=weight)
        return replace(curve, count=self._count.value.astype(np.int64))

    def state(self) -> dict[str, object]:
        """Everything that was added up, as plain numbers that JSON keeps exactly.

        Returns
        -------
        dict
            For `load_state`.
        """
        sums = {name: total.state() for name, total in self._sums().items()}
        return {"n_bins": self._binning.n_bins, "edges": self._binning.edges, **sums}

    def load_state(self, state: Mapping[str, object]) -> None:
        """Replace what was added up by what another accumulator had.

        Parameters
        ----------
        state : mapping
            What `state` returned.

        Raises
        ------
        InputError
            If it is something else, or its bins are others.
        """
        own = self._binning
        if (state.get("n_bins"), state.get("edges")) != (own.n_bins, own.edges):
            raise InputError(
                f"state must have n_bins={own.n_bins} and edges={own.edges!r}; got {state.get('n_bins')!r} and "
                f"{state.get('edges')!r}."
            )
        loaded = CalibrationAccumulator(n_bins=own.n_bins, edges=own.edges)
        for name, total in loaded._sums().items():
            total.load(name, state)
        self._count, self._weight, self._prob, self._correct = loaded._sums().values()

    def _sums(self) -> dict[str, ExactSum]:
        return {"count": self._count, "weight": self._weight, "prob": self._prob, "correct": self._correct}

    def _rows(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Two weighted rows a bin, right and wrong, that any metric on these bins measures as it would all rows."""
        _require_weight(self._weight)
        weight, correct = self._weight.value, self._correct.value
        borders = np.arange(self._binning.n_bins + 1) / self._binning.n_bins
        low, high = borders[:-1].copy(), borders[1:].copy()
        # Rounding of the mean must not move it over the edge that does not belong to the bin.
        if self._binning.edges == "right":
            low[1:] = np.nextafter(low[1:], 1)
        else:
            high[:-1] = np.nextafter(high[:-1], 0)
        prob = np.clip(divide(self._prob.value, weight, empty=0.0), low, high)
        y_true = np.repeat([1.0, 0.0], prob.size)
        return y_true, np.tile(prob, 2), np.concatenate([correct, np.maximum(weight - correct, 0.0)])


def _pieces(rows: Rows) -> Iterator[Rows]:
    for start in range(0, rows.weight.size, _PIECE_ROWS):
        yield Rows(*(column[start : start + _PIECE_ROWS] for column in rows))


def _require_weight(weight: ExactSum) -> None:
    if not (weight.value > 0).any():
        raise InputError("There must be a row of positive weight before the result; got none. Call update first.")
