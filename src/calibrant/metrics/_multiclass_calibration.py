"""Binned calibration error of the probabilities of K classes."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from calibrant.metrics._binning import Binning, Bins, bin_rows, join_gaps
from calibrant.metrics._check import Rows, check_choice
from calibrant.metrics._debias import DebiasedNorm, join_debiased
from calibrant.metrics._multiclass_check import check_classes
from calibrant.types import BinEdges, BinStrategy, Norm


def classwise_calibration_error(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    n_bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    norm: Norm = "l1",
    debiased: bool = False,
    sample_weight: npt.ArrayLike | None = None,
) -> float:
    """Calibration error of each class's probability, all classes alike, in [0, 1]; 0 is best.

    With the default norm it is the static calibration error: the mean over the classes of the
    `expected_calibration_error` of "this class is true". With many classes most probabilities are near 0, and so is
    the value.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The class that is true, from 0 to n_classes - 1.
    y_prob : array-like of shape (n_samples, n_classes)
        Probability of each class; rows sum to one.
    n_bins : int, default=15
        How many bins a class.
    strategy : {'uniform', 'quantile', 'unique'}, default='uniform'
        Bins of equal width, cut at exactly k / n_bins, of equal weight with ties kept together, or one a distinct
        value; the last two in each class anew.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.
    norm : {'l1', 'l2', 'max'}, default='l1'
        Over the bins of all classes: mean of the absolute gaps weighted by the rows of the bin, root of the mean
        square, or the largest gap.
    debiased : bool, default=False
        Take off what chance adds, as `debiased_calibration_error` does, once over the bins of all classes; for l1 and
        l2. A bin with one row adds nothing.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The error; NaN where it is debiased and no bin has more than one row.

    Raises
    ------
    InputError
        If an argument is out of range, a row does not sum to one, the lengths differ, or the largest gap is to be
        debiased.

    References
    ----------
    Nixon, Dusenberry, Zhang, Jerfel, Tran (2019), Measuring calibration in deep learning, CVPR workshops.
    Kull, Perello-Nieto, Kängsepp, Silva Filho, Song, Flach (2019), Beyond temperature scaling: obtaining
    well-calibrated multiclass probabilities with Dirichlet calibration, NeurIPS.
    Kumar, Liang, Ma (2019), Verified uncertainty calibration, NeurIPS, for the debiased l2 ("marginal").

    Examples
    --------
    Two classes at 0.75 and 0.25 where the first is always true, so both are off by 0.25:

    >>> classwise_calibration_error([0, 0], [[0.75, 0.25], [0.75, 0.25]])
    0.25

    Each class is stated at 0.5 and true in two of four rows: a gap of 0, and nothing for chance to add.

    >>> classwise_calibration_error([0, 0, 1, 1], [[0.5, 0.5]] * 4, norm="l2", debiased=True)
    0.0
    """
    rows = check_classes(y_true, y_prob, sample_weight)
    classes = (rows.of_class(k) for k in range(rows.prob.shape[1]))
    return _joined(classes, Binning(n_bins, strategy, edges), norm, debiased)


def top_label_calibration_error(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    n_bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    norm: Norm = "l1",
    debiased: bool = False,
    sample_weight: npt.ArrayLike | None = None,
) -> float:
    """Calibration error of the largest probability, binned for each predicted class on its own, in [0, 1]; 0 is best.

    A model that is too sure of one class and not sure enough of another can have no error when both share bins, as in
    `expected_calibration_error` of its confidence; here it has one.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The class that is true, from 0 to n_classes - 1.
    y_prob : array-like of shape (n_samples, n_classes)
        Probability of each class; rows sum to one. The predicted class is the one with the largest, the first of equal
        ones.
    n_bins : int, default=15
        How many bins a predicted class.
    strategy : {'uniform', 'quantile', 'unique'}, default='uniform'
        Bins of equal width, cut at exactly k / n_bins, of equal weight with ties kept together, or one a distinct
        value; the last two in each predicted class anew.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.
    norm : {'l1', 'l2', 'max'}, default='l1'
        Over the bins of all predicted classes: mean of the absolute gaps weighted by the rows of the bin, root of the
        mean square, or the largest gap.
    debiased : bool, default=False
        Take off what chance adds, as `debiased_calibration_error` does, once over the bins of all classes; for l1 and
        l2. A bin with one row adds nothing.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The error; NaN where it is debiased and no bin has more than one row.

    Raises
    ------
    InputError
        If an argument is out of range, a row does not sum to one, the lengths differ, or the largest gap is to be
        debiased.

    References
    ----------
    Gupta, Ramdas (2022), Top-label calibration and multiclass-to-binary reductions, ICLR.

    Examples
    --------
    Class 0 is predicted at 0.75 and always true, class 1 at 0.75 and true half the time. In shared bins the accuracy
    is 0.75 as well, which looks right:

    >>> first, second = [0.75, 0.25], [0.25, 0.75]
    >>> top_label_calibration_error([0, 0, 0, 1], [first, first, second, second])
    0.25
    """
    rows = check_classes(y_true, y_prob, sample_weight)
    predicted = rows.prob.argmax(axis=1)
    confidence = rows.prob.max(axis=1)
    correct = (predicted == rows.label).astype(np.float64)
    members = (predicted == k for k in np.unique(predicted))
    labels = (Rows(correct[member], confidence[member], rows.weight[member]) for member in members)
    return _joined((label for label in labels if label.weight.any()), Binning(n_bins, strategy, edges), norm, debiased)


def adaptive_calibration_error(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    n_bins: int = 15,
    edges: BinEdges = "right",
    sample_weight: npt.ArrayLike | None = None,
) -> float:
    """Calibration error of each class's probability in ranges of equal mass, all ranges alike, in [0, 1]; 0 is best.

    The mean over classes and ranges does not weight a range by its rows, as the paper has it. Ties stay in one range,
    so that ranges can be unequal, and an empty one is left out of the mean of its class. To weight by rows use
    `classwise_calibration_error` with quantile bins; the two agree where all ranges hold the same number of rows.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The class that is true, from 0 to n_classes - 1.
    y_prob : array-like of shape (n_samples, n_classes)
        Probability of each class; rows sum to one.
    n_bins : int, default=15
        How many ranges a class.
    edges : {'right', 'left'}, default='right'
        Ranges (low, high] with 0 in the first, or [low, high) with 1 in the last.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The error.

    Raises
    ------
    InputError
        If an argument is out of range, a row does not sum to one, or the lengths differ.

    References
    ----------
    Nixon, Dusenberry, Zhang, Jerfel, Tran (2019), Measuring calibration in deep learning, CVPR workshops.

    Examples
    --------
    In either class one range has a gap of 0.25, the other one of 0:

    >>> adaptive_calibration_error([0, 0], [[0.75, 0.25], [1.0, 0.0]], n_bins=2)
    0.125
    """
    rows = check_classes(y_true, y_prob, sample_weight)
    binning = Binning(n_bins, "quantile", edges)
    return float(np.mean([_unweighted(bin_rows(rows.of_class(k), binning)) for k in range(rows.prob.shape[1])]))


def _joined(parts: Iterable[Rows], binning: Binning, norm: Norm, debiased: bool) -> float:
    """One error from the bins of all parts, each part binned on its own."""
    check_choice("norm", norm, DebiasedNorm if debiased else Norm)
    bins = [bin_rows(part, binning) for part in parts]
    gap, weight, correct = (
        np.concatenate([getattr(part, name) for part in bins]) for name in ("gap", "weight", "correct")
    )
    return float(join_debiased(gap, weight, correct, norm) if debiased else join_gaps(gap, weight, norm))


def _unweighted(bins: Bins) -> float:
    return float(np.abs(bins.gap[bins.weight > 0]).mean())
