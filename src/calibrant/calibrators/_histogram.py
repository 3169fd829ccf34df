"""Histogram binning: confidence in the answer given → the probability that it is right."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._cells import cell_of
from calibrant.calibrators._checks import check_confidence, check_correctness, check_weight
from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray


class HistogramBinning(BaseEstimator):
    """Probability that the answer is right: the smoothed accuracy of the bin that its confidence falls into.

    The bins hold equal shares of the answers, as nearly as ties allow: equal confidences are never split, each cut
    moves to the nearest gap between two confidences, and cuts that meet become one. So there may be fewer bins than
    asked for. A bin with r right answers out of m gives (r + 1) / (m + 2), Laplace's rule, which is never 0 or 1.

    All confidences of a bin get one probability, which costs ranking and log loss: binning looks best by a binned
    calibration error, and should not be chosen by it.

    Parameters
    ----------
    n_bins : int, default=10
        The greatest number of bins, at least 1.

    Attributes
    ----------
    edges_ : ndarray of shape (n_bins + 1,)
        From 0 to 1, increasing; inner edges lie halfway between two confidences of the fit. A bin is (low, high], and 0
        falls in the first.
    values_ : ndarray of shape (n_bins,)
        Probability that each bin gives, strictly inside (0, 1).

    Raises
    ------
    InputError
        Where the number of bins, the confidences, correctness or weights cannot be used.

    References
    ----------
    Zadrozny and Elkan (2001), Obtaining calibrated probability estimates from decision trees and naive Bayesian
    classifiers, ICML. They give the plain accuracy of the bin.

    Examples
    --------
    Two bins of two answers, none right and both right: 1/4 and 3/4.

    >>> binning = HistogramBinning(n_bins=2).fit([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    >>> binning.edges_
    array([0. , 0.5, 1. ])
    >>> binning.predict([0.0, 0.5, 0.51])
    array([0.25, 0.25, 0.75])
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def __init__(self, n_bins: int = 10) -> None:
        self.n_bins = n_bins

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "HistogramBinning":
        """Find the bins and their accuracies.

        Parameters
        ----------
        y_prob : array-like of shape (n_answers,)
            Confidence in the answer given, in [0, 1].
        y_true : array-like of shape (n_answers,)
            Correctness of the answer given: 1 right, 0 wrong.
        sample_weight : array-like of shape (n_answers,), default=None
            How many times each answer counts; once where None.

        Returns
        -------
        HistogramBinning
            This object, fitted.
        """
        check_n_bins(self.n_bins)
        confidence = check_confidence(y_prob)
        correctness = check_correctness(y_true, confidence.size)
        weight = check_weight(sample_weight, confidence.size)
        self.edges_ = equal_mass_edges(confidence, weight, self.n_bins)
        n_found = self.edges_.size - 1
        bins = cell_of(confidence, self.edges_)
        mass = np.bincount(bins, weight, n_found)
        right = np.bincount(bins, weight * correctness, n_found)
        self.values_ = (right + 1) / (mass + 2)
        return self

    def predict(self, y_prob: npt.ArrayLike) -> FloatArray:
        """Probability that each answer is right.

        Parameters
        ----------
        y_prob : array-like of shape (n_answers,)
            Confidence in the answer given, in [0, 1].

        Returns
        -------
        ndarray of shape (n_answers,)
            Probabilities strictly inside (0, 1).
        """
        check_is_fitted(self)
        return self.values_[cell_of(check_confidence(y_prob), self.edges_)]


def check_n_bins(n_bins: int) -> None:
    """Raise ``InputError`` unless this is a number of bins."""
    if n_bins < 1 or n_bins % 1:
        raise InputError(f"n_bins must be a whole number of at least 1; got {n_bins!r}. Try 10.")


def equal_mass_edges(confidence: FloatArray, weight: FloatArray, n_bins: int) -> FloatArray:
    """Edges, from 0 to 1, of at most ``n_bins`` bins of nearly equal mass, each inner one between two confidences."""
    distinct, where = np.unique(confidence[weight > 0], return_inverse=True)
    mass_below = np.append(0.0, np.cumsum(np.bincount(where, weight[weight > 0])))
    return edges_between(distinct, equal_mass_cuts(mass_below, n_bins))


def equal_mass_cuts(mass_below: FloatArray, n_bins: int) -> IntArray:
    """How many distinct confidences lie below each inner edge, increasing.

    ``mass_below[i]`` is the mass of the lowest i distinct confidences, shape (n_distinct + 1,).
    """
    n_distinct = mass_below.size - 1
    wanted = np.arange(1, n_bins) * mass_below[-1] / n_bins
    after = np.searchsorted(mass_below, wanted)
    before_is_nearer = wanted - mass_below[after - 1] <= mass_below[after] - wanted
    gaps = np.unique(after - before_is_nearer)
    return gaps[(gaps > 0) & (gaps < n_distinct)]  # the ends are no cuts


def edges_between(distinct: FloatArray, cuts: IntArray) -> FloatArray:
    """Edges from 0 to 1, the inner ones halfway between the distinct confidences on both sides of each cut."""
    low, high = distinct[cuts - 1], distinct[cuts]
    # The middle of two neighbouring floats may round up to the higher one, which belongs to the bin above.
    inner = np.minimum((low + high) / 2, np.nextafter(high, 0.0))
    return np.concatenate([[0.0], inner, [1.0]])
