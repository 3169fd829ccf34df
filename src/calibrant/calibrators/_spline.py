"""Spline calibration: confidence in the answer given → the probability that it is right."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_confidence, check_correctness, check_weight
from calibrant.calibrators._log_odds import clipped_expit, clipped_logit
from calibrant.calibrators._logistic import (
    LEAST_SPREAD,
    cross_entropy,
    fit_logistic,
    minimise_cross_entropy,
    smoothed_targets,
)
from calibrant.exceptions import InputError
from calibrant.types import FloatArray

# From a curve that is straight for all purposes to one that follows its knots, in units of the range of the logits.
_PENALTIES = np.geomspace(1e-1, 1e-7, 13)
# Knots closer than this share of the range are one: the bend between them would be all noise.
_LEAST_GAP = 0.01


class SplineCalibration(BaseEstimator):
    """Probability that the answer is right: σ of a smooth curve of the logit of the confidence.

    The curve is a natural cubic spline: cubic between knots that hold equal shares of the answers, and straight beyond
    the first and the last. It minimises the cross-entropy to Platt's smoothed targets, (r + 1) / (r + 2) for a right
    answer and 1 / (w + 2) for a wrong one, with r right and w wrong answers (sums of weights), plus a penalty on how
    much it bends. Of 13 penalties the fit takes the one with the least expected loss on new answers, as the loss plus
    the number of parameters that the curve then amounts to estimates it (the unbiased risk estimator, which is
    generalised cross-validation where the variance is known, as it is for right and wrong). The strongest leaves Platt
    scaling, nearly.

    Confidences are clipped to [1e-6, 1 - 1e-6] before the logit, and so are the probabilities given. The curve may
    fall: ``is_monotone_`` says whether it never does; where it does, the ranking changes. With two distinct confidences
    it is Platt scaling, and with one, every answer gets the mean of the targets.

    Parameters
    ----------
    n_knots : int, default=8
        The greatest number of knots, at least 3.

    Attributes
    ----------
    knots_ : ndarray of shape (n_knots,)
        Logits of the confidences where the cubic pieces meet, increasing, at least 2.
    heights_ : ndarray of shape (n_knots,)
        Log-odds that the curve gives there.
    bends_ : ndarray of shape (n_knots,)
        Its second derivatives there, 0 at both ends.
    penalty_ : float
        The factor of the penalty that was chosen.
    is_monotone_ : bool
        Whether the curve never falls.

    Raises
    ------
    InputError
        Where the number of knots, the confidences, correctness or weights cannot be used.

    References
    ----------
    Lucena (2018), Spline-based probability calibration, arXiv 1809.07751, which penalises the squared coefficients of
    the probability's spline and chooses by cross-validation on drawn folds; Craven and Wahba (1979), Smoothing noisy
    data with spline functions, for penalty and estimator. Nothing is drawn here, so the order of rows does not matter.

    Examples
    --------
    Of 4 answers at 0.9, 3 are right; of 4 at 0.5, 1 is. The targets are 5/6 and 1/6, so their means are 2/3 and 1/3:

    >>> spline = SplineCalibration().fit([0.9] * 4 + [0.5] * 4, [1, 1, 1, 0, 1, 0, 0, 0])
    >>> spline.predict([0.9, 0.5]).round(6)
    array([0.666667, 0.333333])
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def __init__(self, n_knots: int = 8) -> None:
        self.n_knots = n_knots

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "SplineCalibration":
        """Find the curve, and how much it should bend.

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
        SplineCalibration
            This object, fitted.
        """
        if self.n_knots < 3 or self.n_knots % 1:
            raise InputError(f"n_knots must be a whole number of at least 3; got {self.n_knots!r}. Try 8.")
        confidence = check_confidence(y_prob)
        correctness = check_correctness(y_true, confidence.size)
        weight = check_weight(sample_weight, confidence.size)
        score = clipped_logit(confidence)
        line = fit_logistic(score[:, None], correctness, weight)
        counted = weight > 0
        self.knots_ = _choose_knots(score[counted], weight[counted], int(self.n_knots))
        self.heights_ = line.coefficients[0] * self.knots_ + line.intercept
        self.penalty_ = float(_PENALTIES[0])
        pieces = _Pieces.between(self.knots_)
        if self.knots_.size > 2:
            target = smoothed_targets(correctness, weight)
            self.penalty_, self.heights_ = _bend(
                pieces.design(score[counted]), target[counted], weight[counted], pieces, self.heights_
            )
        self.bends_ = pieces.bends @ self.heights_
        self.is_monotone_ = bool(_least_slope(self.knots_, self.heights_, self.bends_) >= 0)
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
            Probabilities in [1e-6, 1 - 1e-6].
        """
        check_is_fitted(self)
        score = clipped_logit(check_confidence(y_prob))
        knots, heights, bends = self.knots_, self.heights_, self.bends_
        i = _piece_of(score, knots)
        x = np.clip(score, knots[0], knots[-1])
        h = knots[i + 1] - knots[i]
        a, b = (knots[i + 1] - x) / h, (x - knots[i]) / h
        curve = a * heights[i] + b * heights[i + 1]
        curve += ((a * a * a - a) * bends[i] + (b * b * b - b) * bends[i + 1]) * (h * h) / 6
        first, last = end_slopes(knots, heights, bends)
        return clipped_expit(curve + (score - x) * np.where(score < knots[0], first, last))


def end_slopes(knots: FloatArray, heights: FloatArray, bends: FloatArray) -> tuple[float, float]:
    """Slopes of a natural spline at its first and last knot, which it keeps beyond them."""
    h_first, h_last = knots[1] - knots[0], knots[-1] - knots[-2]
    first = (heights[1] - heights[0]) / h_first - h_first * bends[1] / 6
    last = (heights[-1] - heights[-2]) / h_last + h_last * bends[-2] / 6
    return float(first), float(last)


@dataclass(frozen=True, eq=False)
class _Pieces:
    """What is linear in the heights of a natural spline."""

    knots: FloatArray
    bends: FloatArray
    """Heights → second derivatives at the knots, shape (n_knots, n_knots)."""
    penalty: FloatArray
    """heights · penalty · heights is the integral of the squared second derivative, the range being 1 long."""

    @classmethod
    def between(cls, knots: FloatArray) -> "_Pieces":
        n = knots.size
        gaps = np.diff(knots)
        inner = np.arange(n - 2)
        second = np.zeros((n - 2, n))  # differences of neighbouring slopes
        second[inner, inner] = 1 / gaps[:-1]
        second[inner, inner + 2] = 1 / gaps[1:]
        second[inner, inner + 1] = -1 / gaps[:-1] - 1 / gaps[1:]
        overlap = np.diag((gaps[:-1] + gaps[1:]) / 3) + np.diag(gaps[1:-1] / 6, 1) + np.diag(gaps[1:-1] / 6, -1)
        bends = np.zeros((n, n))
        bends[1:-1] = np.linalg.solve(overlap, second)
        return cls(knots, bends, (knots[-1] - knots[0]) ** 3 * (second.T @ bends[1:-1]))

    def design(self, score: FloatArray) -> FloatArray:
        """Matrix from the heights to the curve at scores between the first and the last knot."""
        rows, i = np.arange(score.size), _piece_of(score, self.knots)
        h = self.knots[i + 1] - self.knots[i]
        a, b = (self.knots[i + 1] - score) / h, (score - self.knots[i]) / h
        straight, bent = np.zeros((2, score.size, self.knots.size))
        straight[rows, i], straight[rows, i + 1] = a, b
        bent[rows, i], bent[rows, i + 1] = (a**3 - a) * h**2 / 6, (b**3 - b) * h**2 / 6
        return straight + bent @ self.bends


def _choose_knots(score: FloatArray, weight: FloatArray, n_knots: int) -> FloatArray:
    """Least and greatest score, and scores with equal mass between them that are not too close."""
    order = np.argsort(score, kind="stable")
    ranked, mass = score[order], np.cumsum(weight[order])
    least, greatest = ranked[0], ranked[-1]
    if greatest - least < LEAST_SPREAD:
        return np.array([least, least + 1])  # a level curve, which any second knot describes
    wanted = np.arange(1, n_knots - 1) * mass[-1] / (n_knots - 1)
    gap = _LEAST_GAP * (greatest - least)
    knots = [least]
    for knot in ranked[np.searchsorted(mass, wanted)]:
        if knots[-1] + gap < knot < greatest - gap:
            knots.append(knot)
    return np.array([*knots, greatest])


def _bend(
    design: FloatArray, target: FloatArray, weight: FloatArray, pieces: _Pieces, straight: FloatArray
) -> tuple[float, FloatArray]:
    """Choose the penalty, and give it with the heights that it leads to."""
    n = weight.sum()
    share = weight / n
    candidates: list[tuple[float, float, FloatArray]] = []
    heights = straight
    for factor in _PENALTIES.tolist():
        penalty = factor * pieces.penalty
        heights = minimise_cross_entropy(design, target, share, heights, penalty)
        p = expit(design @ heights)
        curvature = design.T @ (design * (share * p * (1 - p))[:, None])
        n_parameters = np.trace(np.linalg.solve(curvature + penalty, curvature))
        risk = float(n * cross_entropy(design @ heights, target, share) + n_parameters)
        candidates.append((risk, factor, heights))
    return min(candidates, key=lambda candidate: candidate[0])[1:]


def _piece_of(score: FloatArray, knots: FloatArray) -> npt.NDArray[np.int64]:
    return np.clip(np.searchsorted(knots, score, side="right") - 1, 0, knots.size - 2)


def _least_slope(knots: FloatArray, heights: FloatArray, bends: FloatArray) -> float:
    h, rise = np.diff(knots), np.diff(bends)
    slopes = np.diff(heights) / h - h * (2 * bends[:-1] + bends[1:]) / 6  # where each piece begins
    turns = (bends[:-1] < 0) & (bends[1:] > 0)  # the slope is least where the bend passes through 0
    lowest = slopes[turns] - bends[:-1][turns] ** 2 * h[turns] / (2 * rise[turns])
    return float(np.min(np.concatenate([slopes, lowest, end_slopes(knots, heights, bends)])))
