"""What chance adds to a binned calibration error, taken off it."""

from typing import Literal, TypeAlias

import numpy as np
from scipy.special import erf

from calibrant.metrics._binning import divide
from calibrant.types import FloatArray, Norm

DebiasedNorm: TypeAlias = Literal["l1", "l2"]
"""The norms of which the part of chance is known."""


def join_debiased(gap: FloatArray, weight: FloatArray, correct: FloatArray, norm: Norm) -> FloatArray:
    """One calibration error from the gaps of the bins, less what chance adds to it.

    Parameters
    ----------
    gap : ndarray of shape (..., n_bins)
        Accuracy minus mean confidence.
    weight : ndarray of shape (..., n_bins)
        Weight of each bin; one of at most 1 has no variance to estimate, and adds nothing but to the total.
    correct : ndarray of shape (..., n_bins)
        Weight of the correct rows.
    norm : {'l1', 'l2'}
        Mean of the absolute gaps, or root of the mean square; checked by the caller.

    Returns
    -------
    ndarray of shape (...)
        The errors, never below 0; NaN where no bin weighs more than 1.

    Examples
    --------
    One bin with accuracy 0.5 at confidence 0.9, so 0.4² = 0.16 less a variance of 0.25 / 3:

    >>> round(float(join_debiased(np.array([-0.4]), np.array([4.0]), np.array([2.0]), "l2")) ** 2, 4)
    0.0767
    """
    kept = weight > 1
    rate = divide(correct, weight, empty=0.0)
    # Rounding can put the rate of a bin without errors a hair above 1.
    variance = divide(np.maximum(rate * (1 - rate), 0.0), np.where(kept, weight - 1, 0.0), empty=0.0)
    share = np.where(kept, weight, 0.0) / weight.sum(axis=-1, keepdims=True)
    error: FloatArray
    if norm == "l2":
        error = np.sqrt(np.maximum(0.0, ((gap**2 - variance) * share).sum(axis=-1)))
    else:
        plug_in = np.abs(gap)
        bias = mean_absolute_normal(gap, np.sqrt(variance)) - plug_in
        error = np.maximum(0.0, ((plug_in - bias) * share).sum(axis=-1))
    return np.where(kept.any(axis=-1), error, np.nan)


def mean_absolute_normal(mean: FloatArray, deviation: FloatArray) -> FloatArray:
    """Mean of the absolute value of a normal variable (the folded normal); a deviation of 0 leaves the mean itself."""
    size = np.abs(mean)
    ratio = divide(size, deviation, empty=np.inf)
    folded: FloatArray = deviation * np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2) + size * erf(ratio / np.sqrt(2))
    return folded
