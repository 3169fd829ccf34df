"""Binned calibration error, as plugged in and freed of its bias."""

import numpy as np
import numpy.typing as npt

from calibrant.metrics._binning import Binning, bin_rows, join_gaps, sum_gaps
from calibrant.metrics._check import check_binary, check_choice
from calibrant.metrics._debias import DebiasedNorm, join_debiased
from calibrant.types import BinEdges, BinStrategy, Norm


def expected_calibration_error(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    n_bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    norm: Norm = "l1",
    sample_weight: npt.ArrayLike | None = None,
) -> float:
    """Gap between accuracy and mean confidence, joined over bins of confidence, in [0, 1]; 0 is best.

    Chance alone makes it positive, more so with many bins and few rows: read it beside `calibration_noise_floor`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1]. It is compared as float64, in which the float32 number 0.3 lies above 3/10.
    n_bins : int, default=15
        How many bins.
    strategy : {'uniform', 'quantile', 'unique'}, default='uniform'
        Bins of equal width, cut at exactly k / n_bins, of equal weight, or one a distinct value whatever ``n_bins``.
        Rows of equal confidence always share a bin, so that ties make quantile bins unequal or empty.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last. Confidence in round numbers falls on
        the edges, and then this choice can change the error several times over.
    norm : {'l1', 'l2', 'max'}, default='l1'
        Mean of the absolute gaps weighted by the rows of the bin (ECE), root of the mean square (RMSCE), or the largest
        gap (MCE).
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The error.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, ICML.

    Examples
    --------
    Two bins of two rows, both with accuracy 0.5 at mean confidence 0.25 and 1:

    >>> expected_calibration_error([0, 1, 0, 1], [0.25, 0.25, 1.0, 1.0], n_bins=2)
    0.375
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    check_choice("norm", norm, Norm)
    binning = Binning(n_bins, strategy, edges)
    if norm == "l1":
        # The weights of the bins cancel, and need not be known.
        weighted = sample_weight is not None
        total = rows.weight.sum() if weighted else rows.weight.size
        return float(np.abs(sum_gaps(rows, binning, weighted=weighted)).sum() / total)
    bins = bin_rows(rows, binning)
    return float(join_gaps(bins.gap, bins.weight, norm))


def debiased_calibration_error(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    n_bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    norm: DebiasedNorm = "l1",
    sample_weight: npt.ArrayLike | None = None,
) -> float:
    """Calibration error less what chance adds to it, in [0, 1]; 0 is best.

    The accuracy of a bin with n rows has the variance v = accuracy (1 - accuracy) / (n - 1), estimated without bias.
    ``l2`` takes v from each squared gap and then the root, as Kumar et al. do. ``l1`` treats the accuracy of each bin
    as normal with that variance, and takes from each gap by how much that raises its absolute value on average. Either
    is 0 where the correction exceeds the error. A bin with one row (a weight of at most 1) has no variance to estimate:
    it adds nothing, and is still counted in the total weight.

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
    norm : {'l1', 'l2'}, default='l1'
        Mean of the absolute gaps, or root of the mean square.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The error; NaN where no bin has more than one row.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Kumar, Liang, Ma (2019), Verified uncertainty calibration, NeurIPS.

    Examples
    --------
    One bin with accuracy 0.5 at confidence 0.9, so 0.4² = 0.16 less a variance of 0.25 / 3:

    >>> round(debiased_calibration_error([0, 1, 0, 1], [0.9] * 4, n_bins=1, norm="l2") ** 2, 4)
    0.0767
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    check_choice("norm", norm, DebiasedNorm)
    bins = bin_rows(rows, Binning(n_bins, strategy, edges))
    return float(join_debiased(bins.gap, bins.weight, bins.correct, norm))
