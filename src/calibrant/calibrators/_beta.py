"""Beta calibration: confidence in the answer given → the probability that it is right."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_confidence, check_correctness, check_weight
from calibrant.calibrators._log_odds import FLOOR, clipped_expit
from calibrant.calibrators._logistic import LogisticFit, fit_logistic
from calibrant.types import FloatArray


class BetaCalibration(BaseEstimator):
    """Probability that the answer is right: σ(a ln p - b ln(1 - p) + c) of the confidence p, never falling.

    It is the curve that repairs confidences which follow one beta distribution where the answer is right and another
    where it is wrong. With a = b it is Platt scaling with a slope that cannot be negative; with a ≠ b it bends the low
    and the high confidences by different amounts, and a = b = 1, c = 0 leaves them as they are.

    a, b >= 0 and c minimise the cross-entropy to Platt's smoothed targets, (r + 1) / (r + 2) for a right answer and
    1 / (w + 2) for a wrong one, with r right and w wrong answers (sums of weights); so the map is finite even where a
    threshold on the confidence parts the right from the wrong. Confidences are clipped to [1e-6, 1 - 1e-6] before the
    logarithms, and so are the probabilities given.

    Where the data cannot tell three numbers, fewer are fitted: with two distinct confidences a = b, and with one, or
    where more confident answers were wrong more often, a = b = 0, and every answer gets the mean of the targets.

    Attributes
    ----------
    a_ : float
        Factor of ln p, at least 0: how far low confidences are spread.
    b_ : float
        Factor of -ln(1 - p), at least 0: how far high confidences are spread.
    c_ : float
        Added to the log-odds; below 0 for a model that claims too much.

    Raises
    ------
    InputError
        Where the confidences, correctness or weights cannot be used.

    References
    ----------
    Kull, Silva Filho and Flach (2017), Beta calibration: a well-founded and easily implemented improvement on logistic
    calibration for binary classifiers, AISTATS. The paper has targets of 0 and 1, and where a factor comes out negative
    it sets that one to 0 and fits again; here both borders are fitted and the better is taken, which is the optimum.

    Examples
    --------
    Of 4 answers at 0.9, 3 are right; of 4 at 0.5, 1 is. The targets are 5/6 and 1/6, so their means are 2/3 and 1/3:

    >>> beta = BetaCalibration().fit([0.9] * 4 + [0.5] * 4, [1, 1, 1, 0, 1, 0, 0, 0])
    >>> beta.predict([0.9, 0.5]).round(6)
    array([0.666667, 0.333333])

    Two confidences cannot tell a from b, so that this is Platt scaling:

    >>> bool(beta.a_ == beta.b_)
    True
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "BetaCalibration":
        """Find a, b and c.

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
        BetaCalibration
            This object, fitted.
        """
        confidence = check_confidence(y_prob)
        correctness = check_correctness(y_true, confidence.size)
        weight = check_weight(sample_weight, confidence.size)
        low, high = _logarithms(confidence)
        # a low + b high = b (low + high) + (a - b) low: what is left without a second feature is a = b.
        free = fit_logistic(np.column_stack([low + high, low]), correctness, weight)
        b = float(free.coefficients[0])
        a = b + float(free.coefficients[1])
        self.a_, self.b_, self.c_ = a, b, free.intercept
        if min(a, b) < 0:
            # The loss is convex, so the least one allowed lies on the border, where a factor is 0.
            only_a = _fit_one(low, correctness, weight)
            only_b = _fit_one(high, correctness, weight)
            if only_a.loss <= only_b.loss:
                self.a_, self.b_, self.c_ = float(only_a.coefficients[0]), 0.0, only_a.intercept
            else:
                self.a_, self.b_, self.c_ = 0.0, float(only_b.coefficients[0]), only_b.intercept
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
        low, high = _logarithms(check_confidence(y_prob))
        return clipped_expit(self.a_ * low + self.b_ * high + self.c_)


def _logarithms(confidence: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give ln p and -ln(1 - p), both of which rise with p."""
    clipped = np.clip(confidence, FLOOR, 1 - FLOOR)
    return np.log(clipped), -np.log1p(-clipped)


def _fit_one(feature: FloatArray, y_true: FloatArray, weight: FloatArray) -> LogisticFit:
    found = fit_logistic(feature[:, None], y_true, weight)
    return found if found.coefficients[0] >= 0 else fit_logistic(np.zeros((feature.size, 1)), y_true, weight)
