"""The reliability curve as numbers; drawing it is the report's work."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibrant.metrics._binning import Binning, bin_rows, divide
from calibrant.metrics._check import check_binary
from calibrant.metrics._wilson import wilson_interval
from calibrant.types import BinEdges, BinStrategy, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class CalibrationCurve:
    """Accuracy against confidence, one entry a bin, arrays of shape (n_bins,)."""

    low: FloatArray
    """Lower ends of the bins, in [0, 1]."""

    high: FloatArray
    """Upper ends of the bins, in [0, 1]."""

    count: IntArray
    """Rows of positive weight."""

    weight: FloatArray
    """Total weight; equal to the count where no weights were given."""

    confidence: FloatArray
    """Mean confidence; NaN where the bin is empty."""

    accuracy: FloatArray
    """Share of correct answers; NaN where the bin is empty."""

    accuracy_low: FloatArray
    """Lower end of the 95 % Wilson interval of the accuracy; NaN where the bin is empty."""

    accuracy_high: FloatArray
    """Upper end of the 95 % Wilson interval of the accuracy; NaN where the bin is empty."""


def calibration_curve(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    n_bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    sample_weight: npt.ArrayLike | None = None,
) -> CalibrationCurve:
    """Accuracy and mean confidence in bins of confidence; best where they are equal.

    The bins are those of `expected_calibration_error` with the same options.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    n_bins : int, default=15
        How many bins.
    strategy : {'uniform', 'quantile', 'unique'}, default='uniform'
        Bins of equal width, cut at exactly k / n_bins, of equal weight with ties kept together, or one a distinct
        value whatever ``n_bins``.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice, in the intervals too.

    Returns
    -------
    CalibrationCurve
        The bins in order of confidence, the empty ones included.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    Examples
    --------
    >>> curve = calibration_curve([0, 1, 0, 1], [0.25, 0.25, 1.0, 1.0], n_bins=4)
    >>> curve.count
    array([2, 0, 0, 2])
    >>> curve.accuracy
    array([0.5, nan, nan, 0.5])
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    bins = bin_rows(rows, Binning(n_bins, strategy, edges))
    interval = wilson_interval(np.minimum(bins.correct, bins.weight), bins.weight)
    return CalibrationCurve(
        low=bins.borders[:-1],
        high=bins.borders[1:],
        count=np.bincount(bins.index[rows.weight > 0], minlength=bins.weight.size),
        weight=bins.weight,
        confidence=divide(bins.prob, bins.weight, empty=np.nan),
        accuracy=divide(bins.correct, bins.weight, empty=np.nan),
        accuracy_low=interval.low,
        accuracy_high=interval.high,
    )
