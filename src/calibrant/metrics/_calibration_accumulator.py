"""Calibration on bins of equal width, of more rows than fit in memory."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._bin_sums import BinSums
from calibrant.metrics._binning import Binning, bin_rows, divide
from calibrant.metrics._check import Rows, check_binary, holds_weight
from calibrant.metrics._curve import CalibrationCurve
from calibrant.metrics._decomposition import BrierDecomposition
from calibrant.metrics._exact_sum import ExactSum
from calibrant.metrics._stream import pieces, require_weight
from calibrant.types import BinEdges, Norm

_SUMS = ("count", "weight", "prob", "correct", "prob_square", "square_error")
"""What is added up by bin."""


class CalibrationAccumulator:
    """Binned calibration errors, calibration curve and Brier parts on bins of equal width, in pieces.

    The results are those of the batch functions on all rows at once, to 1e-12, whatever the pieces and the order of
    merging. Six numbers a bin are kept. Quantile bins depend on all rows: `QuantileCalibrationAccumulator` has them.

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
        self._sums = {name: ExactSum((n_bins,)) for name in _SUMS}

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
        for piece in pieces(rows.weight.size):
            own = Rows(*(column[piece] for column in rows))
            bins = bin_rows(own, self._binning)
            counted = bins.index if sample_weight is None else bins.index[own.weight > 0]
            values = (
                np.bincount(counted, minlength=self._binning.n_bins),
                bins.weight,
                bins.prob,
                bins.correct,
                np.bincount(bins.index, own.weight * own.y_score**2, self._binning.n_bins),
                np.bincount(bins.index, own.weight * (own.y_true - own.y_score) ** 2, self._binning.n_bins),
            )
            for total, value in zip(self._sums.values(), values, strict=True):
                total.add(value)

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
        for name, total in self._sums.items():
            total.merge(other._sums[name])

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
        return self._bins().error(norm)

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
        return self._bins().error(norm, debiased=True)

    def brier_decomposition(self) -> BrierDecomposition:
        """Value of `brier_decomposition` on all rows so far.

        Returns
        -------
        BrierDecomposition
            The score and its parts, each to 1e-12 of the score's range.

        Raises
        ------
        InputError
            If there were no rows of positive weight.
        """
        bins = self._bins()
        prob_square, square_error = self._sums["prob_square"].value, self._sums["square_error"].value
        # From (prob - correct)² = prob² - 2 prob correct + correct.
        product = (prob_square + bins.correct - square_error) / 2
        total = bins.weight.sum()
        rate, mean = divide(bins.correct, bins.weight, empty=0.0), divide(bins.prob, bins.weight, empty=0.0)
        accuracy = float(bins.correct.sum() / total)
        return BrierDecomposition(
            brier_score=float(square_error.sum() / total),
            reliability=float(bins.weight @ bins.gap**2 / total),
            resolution=float(bins.weight @ (rate - accuracy) ** 2 / total),
            uncertainty=accuracy * (1 - accuracy),
            within_variance=float(np.maximum(prob_square - mean * bins.prob, 0.0).sum() / total),
            within_covariance=float(2 * (product - rate * bins.prob).sum() / total),
        )

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
        return self._bins().curve()

    def state(self) -> dict[str, object]:
        """Everything that was added up, as plain numbers that JSON keeps exactly.

        Returns
        -------
        dict
            For `load_state`.
        """
        sums = {name: total.state() for name, total in self._sums.items()}
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
        loaded = {name: ExactSum((own.n_bins,)) for name in _SUMS}
        for name, total in loaded.items():
            total.load(name, state)
        self._sums = loaded

    def _bins(self) -> BinSums:
        count, weight, prob, correct = (self._sums[name].value for name in ("count", "weight", "prob", "correct"))
        require_weight(weight)
        n_bins = self._binning.n_bins
        return BinSums(np.arange(n_bins + 1) / n_bins, count, weight, prob, correct)
