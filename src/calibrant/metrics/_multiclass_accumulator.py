"""Binned calibration of K classes, of more rows than fit in memory."""

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._bin_sums import BinSums
from calibrant.metrics._binning import Binning
from calibrant.metrics._check import check_count
from calibrant.metrics._exact_sum import ExactSum
from calibrant.metrics._multiclass_check import check_classes
from calibrant.metrics._stream import PIECE_ROWS, class_rows_hold_weight, require_weight
from calibrant.types import BinEdges, BoolArray, FloatArray, IntArray, Norm

_BLOCK_ROWS = PIECE_ROWS // 8
"""How many rows are added up one after another."""


class MulticlassCalibrationAccumulator:
    """Class-wise and top-label calibration errors on bins of equal width, in pieces.

    The results are those of the batch functions on all rows at once, to 1e-12, whatever the pieces and the order of
    merging. Six numbers a class and bin are kept.

    Parameters
    ----------
    n_classes : int
        How many classes.
    n_bins : int, default=15
        How many bins a class, cut at exactly k / n_bins.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.

    Raises
    ------
    InputError
        If an option is not allowed.

    Examples
    --------
    Two classes at 0.75 and 0.25 where the first is always true:

    >>> bins = MulticlassCalibrationAccumulator(n_classes=2)
    >>> bins.update([0], [[0.75, 0.25]])
    >>> bins.update([0], [[0.75, 0.25]])
    >>> bins.classwise_calibration_error(), bins.top_label_calibration_error()
    (0.25, 0.25)
    """

    def __init__(self, *, n_classes: int, n_bins: int = 15, edges: BinEdges = "right") -> None:
        check_count("n_classes - 1", n_classes - 1)
        self._n_classes = n_classes
        self._binning = Binning(n_bins, "uniform", edges)
        self._classwise = ExactSum((3, n_classes * n_bins))
        self._top_label = ExactSum((3, n_classes * n_bins))

    def update(
        self, y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
    ) -> None:
        """Add rows; none, or rows that all weigh 0, add nothing.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            The class that is true, from 0 to n_classes - 1.
        y_prob : array-like of shape (n_samples, n_classes)
            Probability of each class; rows sum to one. The predicted class is the one with the largest, the first of
            equal ones.
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts: a weight of 2 is the row twice.

        Raises
        ------
        InputError
            If an argument is out of range, or the lengths differ; then nothing was added.
        """
        if not class_rows_hold_weight(y_true, y_prob, sample_weight):
            if np.size(y_true):
                check_classes(y_true, y_prob, None)
            return
        rows = check_classes(y_true, y_prob, sample_weight)
        if rows.prob.shape[1] != self._n_classes:
            raise InputError(
                f"y_prob must have n_classes={self._n_classes} columns; got {rows.prob.shape[1]}. Pass the number of "
                "classes when the accumulator is made."
            )
        every = np.arange(self._n_classes)
        # Few classes make long blocks; with many the sums of a block must not outgrow its probabilities.
        step = max(_BLOCK_ROWS // self._n_classes, 4 * self._binning.n_bins)
        for start in range(0, rows.label.size, step):
            own = slice(start, start + step)
            label, prob, weight = rows.label[own], rows.prob[own], rows.weight[own]
            self._classwise.add(self._sums(every[None, :], label[:, None] == every, prob, weight[:, None]))
            predicted = prob.argmax(axis=1)
            self._top_label.add(self._sums(predicted, predicted == label, prob.max(axis=1), weight))

    def merge(self, other: object) -> None:
        """Add all that another accumulator with the same classes and bins has seen.

        Parameters
        ----------
        other : MulticlassCalibrationAccumulator
            It is left as it is.

        Raises
        ------
        InputError
            If its classes or bins are others.
        """
        if not isinstance(other, MulticlassCalibrationAccumulator):
            raise InputError(f"other must be a MulticlassCalibrationAccumulator; got {type(other).__name__}.")
        if (other._n_classes, other._binning) != (self._n_classes, self._binning):
            raise InputError(
                f"other must have {self._n_classes} classes and the bins {self._binning}; got {other._n_classes} and "
                f"{other._binning}."
            )
        self._classwise.merge(other._classwise)
        self._top_label.merge(other._top_label)

    def classwise_calibration_error(self, *, norm: Norm = "l1", debiased: bool = False) -> float:
        """Value of `classwise_calibration_error` on all rows so far, in [0, 1]; 0 is best.

        Parameters
        ----------
        norm : {'l1', 'l2', 'max'}, default='l1'
            How the gaps of the bins are joined.
        debiased : bool, default=False
            Take off what chance adds; for l1 and l2.

        Returns
        -------
        float
            The error; NaN where it is debiased and no bin has more than one row.

        Raises
        ------
        InputError
            If there were no rows of positive weight, or the norm is not allowed.
        """
        return self._error(self._classwise, norm, debiased)

    def top_label_calibration_error(self, *, norm: Norm = "l1", debiased: bool = False) -> float:
        """Value of `top_label_calibration_error` on all rows so far, in [0, 1]; 0 is best.

        Parameters
        ----------
        norm : {'l1', 'l2', 'max'}, default='l1'
            How the gaps of the bins are joined.
        debiased : bool, default=False
            Take off what chance adds; for l1 and l2.

        Returns
        -------
        float
            The error; NaN where it is debiased and no bin has more than one row.

        Raises
        ------
        InputError
            If there were no rows of positive weight, or the norm is not allowed.
        """
        return self._error(self._top_label, norm, debiased)

    def _sums(self, part: IntArray, correct: BoolArray, prob: FloatArray, weight: FloatArray) -> FloatArray:
        """Weight, confidence and correctness by class and bin, shape (3, n_classes * n_bins)."""
        n_bins = self._binning.n_bins
        uniform = np.arange(n_bins + 1) / n_bins
        index = (part * n_bins + self._binning.index(prob.ravel(), uniform).reshape(prob.shape)).ravel()
        values = (np.broadcast_to(weight, prob.shape), weight * prob, weight * correct)
        return np.array([np.bincount(index, value.ravel(), self._n_classes * n_bins) for value in values])

    def _error(self, total: ExactSum, norm: Norm, debiased: bool) -> float:
        weight, prob, correct = total.value
        require_weight(weight)
        bins = BinSums(np.empty(0), weight, weight, prob, correct)
        return bins.error(norm, debiased)
