"""Bayesian binning into quantiles: confidence in the answer given → the probability that it is right."""

import math
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaln
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._cells import cell_of
from calibrant.calibrators._checks import check_confidence, check_correctness, check_weight
from calibrant.calibrators._distinct import count_distinct
from calibrant.calibrators._histogram import edges_between, equal_mass_cuts
from calibrant.calibrators._log_odds import FLOOR
from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray

_SPREAD = 10  # the paper's C: binnings of n^(1/3) / C to C n^(1/3) bins are averaged


class BBQ(BaseEstimator):
    """Probability that the answer is right: the mean over many binnings of what its bin says in each.

    Every binning of n^(1/3) / 10 to 10 n^(1/3) bins of equal mass is tried, and counts by how probable it makes the
    answers of the fit (its marginal likelihood, the BDeu score), so the number of bins need not be chosen. The accuracy
    of a bin has a beta prior with the middle of the bin as its mean: a bin with r right answers out of m gives
    (r + s · middle) / (m + s), with s the prior strength divided by the number of bins. That is never 0 or 1, but near
    it in small bins where all are right or wrong.

    A step curve costs log loss where the truth is smooth; it looks best by a binned calibration error, and should not
    be chosen by it. It can fall as well as rise, so the ranking can change.

    Parameters
    ----------
    prior_strength : float, default=2.0
        How many answers the prior of a whole binning counts as, above 0.

    Attributes
    ----------
    edges_ : ndarray of shape (n_cells + 1,)
        From 0 to 1, increasing: the edges of all binnings together. A cell is (low, high], and 0 falls in the first.
    values_ : ndarray of shape (n_cells,)
        Probability that each cell gives, strictly inside (0, 1).

    Raises
    ------
    InputError
        Where the prior strength, the confidences, correctness or weights cannot be used.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning, AAAI. All
    binnings that differ count once and are averaged, none is left out. Equal confidences are never split, so binnings
    of different numbers of bins can be the same one.

    Examples
    --------
    All confidences are alike, so there is one binning: one bin with its middle at 0.5. Its prior counts as 2 answers, 1
    of them right, and 2 of 3 are right: (2 + 1) / (3 + 2).

    >>> BBQ().fit([0.9, 0.9, 0.9], [1, 1, 0]).predict([0.9])
    array([0.6])
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def __init__(self, prior_strength: float = 2.0) -> None:
        self.prior_strength = prior_strength

    def fit(self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> "BBQ":
        """Score every binning and average them.

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
        BBQ
            This object, fitted.
        """
        if not 0 < self.prior_strength < math.inf:
            raise InputError(f"prior_strength must be finite and above 0; got {self.prior_strength!r}. Try 2.")
        confidence = check_confidence(y_prob)
        correctness = check_correctness(y_true, confidence.size)
        weight = check_weight(sample_weight, confidence.size)
        distinct, mass, right = count_distinct(confidence, correctness, weight)
        mass_below, right_below = np.append(0.0, np.cumsum(mass)), np.append(0.0, np.cumsum(right))
        binnings = _binnings(mass_below)
        scores, values = zip(*(self._judge(distinct, mass_below, right_below, cuts) for cuts in binnings), strict=True)
        odds = np.exp(np.array(scores) - max(scores))
        cuts = np.unique(np.concatenate(binnings))
        starts = np.append(0, cuts)
        total = np.zeros(starts.size)
        for of_binning, value, share in zip(binnings, values, odds / odds.sum(), strict=True):
            total += share * value[np.searchsorted(of_binning, starts, side="right")]
        self.edges_ = edges_between(distinct, cuts)
        self.values_: FloatArray = total
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

    def _judge(
        self, distinct: FloatArray, mass_below: FloatArray, right_below: FloatArray, cuts: IntArray
    ) -> tuple[float, FloatArray]:
        """Log marginal likelihood of a binning, and the probability that each of its bins gives."""
        ends = np.concatenate([[0], cuts, [distinct.size]])
        right = np.diff(right_below[ends])
        wrong = np.diff(mass_below[ends]) - right
        edges = edges_between(distinct, cuts)
        middle = np.clip((edges[:-1] + edges[1:]) / 2, FLOOR, 1 - FLOOR)
        strength = self.prior_strength / right.size
        a, b = strength * middle, strength * (1 - middle)
        return float(np.sum(betaln(right + a, wrong + b) - betaln(a, b))), (right + a) / (right + wrong + strength)


def _binnings(mass_below: FloatArray) -> list[IntArray]:
    """Cuts of every binning that differs from those of fewer bins."""
    root = float(mass_below[-1]) ** (1 / 3)
    numbers = range(max(1, math.floor(root / _SPREAD)), max(1, math.ceil(root * _SPREAD)) + 1)
    found = {cuts.tobytes(): cuts for cuts in (equal_mass_cuts(mass_below, n_bins) for n_bins in numbers)}
    return list(found.values())
