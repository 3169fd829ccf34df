"""Proper scores taken apart, so that what calibration could mend is told from what it could not."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from calibrant.metrics._binning import Binning, bin_rows, divide
from calibrant.metrics._check import check_binary, check_choice
from calibrant.metrics._proper import brier_score, log_loss
from calibrant.types import BinEdges, BinStrategy, FloatArray

ProperScore: TypeAlias = Literal["log_loss", "brier_score"]
"""The scores that can be taken apart by recalibration."""


@dataclass(frozen=True)
class BrierDecomposition:
    """The Brier score as reliability - resolution + uncertainty + within_variance - within_covariance."""

    brier_score: float
    """The score that the parts sum to."""

    reliability: float
    """Weighted mean over the bins of (accuracy - mean confidence)²; 0 is best."""

    resolution: float
    """Weighted mean over the bins of (accuracy of the bin - accuracy of all)²; high is best."""

    uncertainty: float
    """accuracy (1 - accuracy) of all rows: the score of always stating the accuracy."""

    within_variance: float
    """Mean of (confidence - mean confidence of its bin)²; 0 where each bin holds one value."""

    within_covariance: float
    """Twice the mean of (correct - accuracy of its bin) (confidence - mean confidence of its bin)."""

    @property
    def generalized_resolution(self) -> float:
        """Resolution with what the bins hide: ``resolution - within_variance + within_covariance``; high is best.

        With it three parts suffice: the score is ``reliability - generalized_resolution + uncertainty``.
        """
        return self.resolution - self.within_variance + self.within_covariance


@dataclass(frozen=True)
class RecalibrationDecomposition:
    """A proper score as miscalibration - discrimination + uncertainty, or miscalibration + refinement."""

    score: float
    """The score that the parts sum to; 0 is best."""

    miscalibration: float
    """What the best rising map of the confidences would take off the score; 0 is best."""

    discrimination: float
    """By how much the confidences so mapped beat always stating the accuracy; high is best."""

    uncertainty: float
    """The score of always stating the accuracy of all rows."""

    @property
    def refinement(self) -> float:
        """The score that the mapped confidences still have, ``uncertainty - discrimination``; low is best."""
        return self.uncertainty - self.discrimination


def brier_decomposition(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    n_bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    sample_weight: npt.ArrayLike | None = None,
) -> BrierDecomposition:
    """Brier score in Murphy's three parts and the two that binning adds, which sum to it exactly.

    Without the parts within the bins the sum misses the score wherever a bin holds more than one value. The parts
    depend on the bins, their sum does not.

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
        value, which makes the parts within the bins 0.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    BrierDecomposition
        The score and its parts.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Murphy (1973), A new vector partition of the probability score, Journal of Applied Meteorology 12.
    Stephenson, Coelho, Jolliffe (2008), Two extra components in the Brier score decomposition, Weather and Forecasting
    23.

    Examples
    --------
    One bin with accuracy 0.5 at mean confidence 0.75, in which the confident answer is the correct one:

    >>> brier_decomposition([1, 0], [1.0, 0.5], n_bins=1)
    BrierDecomposition(brier_score=0.125, reliability=0.0625, resolution=0.0, uncertainty=0.25,
    within_variance=0.0625, within_covariance=0.25)
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    bins = bin_rows(rows, Binning(n_bins, strategy, edges))
    share = bins.weight / bins.weight.sum()
    rate = divide(bins.correct, bins.weight, empty=0.0)
    mean = divide(bins.prob, bins.weight, empty=0.0)
    row_share = rows.weight / rows.weight.sum()
    accuracy = float(row_share @ rows.y_true)
    from_mean, from_rate = rows.y_score - mean[bins.index], rows.y_true - rate[bins.index]
    return BrierDecomposition(
        brier_score=brier_score(rows.y_true, rows.y_score, sample_weight=rows.weight),
        reliability=float(share @ bins.gap**2),
        resolution=float(share @ (rate - accuracy) ** 2),
        uncertainty=accuracy * (1 - accuracy),
        within_variance=float(row_share @ from_mean**2),
        within_covariance=float(2 * row_share @ (from_mean * from_rate)),
    )


def recalibration_decomposition(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    score: ProperScore = "log_loss",
    sample_weight: npt.ArrayLike | None = None,
) -> RecalibrationDecomposition:
    """Proper score as what recalibration could take away and what it could not (CORP); exact, and without bins.

    The confidences are mapped by isotonic regression on these same rows, which no rising map beats. So the
    miscalibration is never below 0 but for rounding, and with few rows chance makes it larger.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    score : {'log_loss', 'brier_score'}, default='log_loss'
        The score to take apart; the log loss with its default ``eps``.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    RecalibrationDecomposition
        The score and its parts.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Dimitriadis, Gneiting, Jordan (2021), Stable reliability diagrams for probabilistic classifiers, PNAS 118.

    Examples
    --------
    The order is perfect, so that a rising map could state 0 and 1: all of the score is miscalibration.

    >>> recalibration_decomposition([0, 1], [0.5, 1.0], score="brier_score")
    RecalibrationDecomposition(score=0.125, miscalibration=0.125, discrimination=0.25, uncertainty=0.25)
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    check_choice("score", score, ProperScore)
    measure = log_loss if score == "log_loss" else brier_score
    kept = rows.weight > 0
    truth, prob, weight = rows.y_true[kept], rows.y_score[kept], rows.weight[kept]

    def score_of(stated: FloatArray) -> float:
        return measure(truth, stated, sample_weight=weight)

    accuracy = weight @ truth / weight.sum()
    given = score_of(prob)
    mapped = score_of(_isotonic(truth, prob, weight))
    # Rounding can put a mean of ones a hair above 1.
    constant = score_of(np.full(truth.size, min(accuracy, 1.0)))
    return RecalibrationDecomposition(
        score=given, miscalibration=given - mapped, discrimination=constant - mapped, uncertainty=constant
    )


def brier_skill_score(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Share of the Brier score of the base rate that confidence takes away, at most 1; 1 is best.

    0 is no better than always stating the accuracy of these same rows, below 0 is worse.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        ``1 - Brier score / (accuracy (1 - accuracy))``; NaN where all answers are correct or all are wrong, since then
        the base rate has a score of 0.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Murphy (1988), Skill scores based on the mean square error and their relationships to the correlation coefficient,
    Monthly Weather Review 116.

    Examples
    --------
    A Brier score of 0.125 against 0.25:

    >>> brier_skill_score([0, 1], [0.5, 1.0])
    0.5
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    correct = float(rows.weight @ rows.y_true)
    wrong = float(rows.weight @ (1 - rows.y_true))
    if correct == 0 or wrong == 0:
        return float("nan")
    base = correct * wrong / (correct + wrong) ** 2
    return 1 - brier_score(rows.y_true, rows.y_score, sample_weight=rows.weight) / base


def _isotonic(truth: FloatArray, prob: FloatArray, weight: FloatArray) -> FloatArray:
    """Confidence after the best rising map; rows of equal confidence are mapped alike."""
    _, index = np.unique(prob, return_inverse=True)
    total = np.bincount(index, weight)
    correct = np.bincount(index, weight * truth)
    fitted = isotonic_regression(correct / total, weights=total).x
    mapped: FloatArray = fitted[index]
    return mapped
