"""Platt scaling: confidence in the answer given → the probability that it is right."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_confidence, check_correctness, check_weight
from calibrant.calibrators._log_odds import clipped_expit, clipped_logit
from calibrant.calibrators._logistic import fit_logistic
from calibrant.types import FloatArray


class PlattScaling(BaseEstimator):
    """Probability that the answer is right: σ(slope · logit(confidence) + intercept).

    Slope and intercept minimise the cross-entropy to Platt's smoothed targets, (r + 1) / (r + 2) for a right answer and
    1 / (w + 2) for a wrong one, with r right and w wrong answers (sums of weights); so the map is finite even where all
    answers are right. Confidences are clipped to [1e-6, 1 - 1e-6] before the logit, and so are the probabilities given.

    As in the paper, the slope is free. Where it comes out negative, more confident answers were wrong more often, and
    the map reverses their order: look at ``slope_`` before you trust the ranking.

    Attributes
    ----------
    slope_ : float
        Factor of the logit; 1 leaves the spread of the confidences as it is. It is exactly 0 where the data cannot
        tell it, because all confidences are the same or all answers right (or wrong): every answer then gets the mean
        of the smoothed targets.
    intercept_ : float
        Added to the logit (natural log); below 0 for a model that claims too much.

    Raises
    ------
    InputError
        Where the confidences, correctness or weights cannot be used.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines and comparisons to regularized likelihood methods.
    The paper maps the margin of a classifier; here the logit of the confidence stands for it.

    Examples
    --------
    Of 4 answers at 0.9, 3 are right; of 4 at 0.5, 1 is. The targets are 5/6 and 1/6, so their means are 2/3 and 1/3:

    >>> platt = PlattScaling().fit([0.9] * 4 + [0.5] * 4, [1, 1, 1, 0, 1, 0, 0, 0])
    >>> platt.predict([0.9, 0.5]).round(6)
    array([0.666667, 0.333333])
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "PlattScaling":
        """Find slope and intercept.

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
        PlattScaling
            This object, fitted.
        """
        confidence = check_confidence(y_prob)
        correctness = check_correctness(y_true, confidence.size)
        weight = check_weight(sample_weight, confidence.size)
        self.slope_, self.intercept_ = fit_sigmoid(clipped_logit(confidence), correctness, weight).tolist()
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
        return clipped_expit(self.slope_ * clipped_logit(check_confidence(y_prob)) + self.intercept_)


def fit_sigmoid(y_score: FloatArray, y_true: FloatArray, weight: FloatArray) -> FloatArray:
    """Slope and intercept of the sigmoid of a score with Platt's smoothed targets, shape (2,)."""
    found = fit_logistic(y_score[:, None], y_true, weight)
    return np.append(found.coefficients, found.intercept)
