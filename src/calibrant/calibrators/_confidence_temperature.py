"""Temperature on a confidence: confidence in the answer given → the probability that it is right."""

from typing import ClassVar, Literal

import numpy.typing as npt
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_confidence, check_correctness, check_weight
from calibrant.calibrators._inverse_temperature import check_bounds, solve_temperature
from calibrant.calibrators._log_odds import clipped_expit, clipped_logit
from calibrant.types import FloatArray


class ConfidenceTemperature(BaseEstimator):
    """Probability that the answer is right after one temperature: σ(logit(confidence) / T).

    T minimises the mean cross-entropy. A T above 1 moves confidences towards 50 %, below 1 away from it. It never moves
    one across 50 %: where a model that says 60 % is right 40 % of the time, take Platt scaling. The order never
    changes, and as T = 1 is always allowed, the log loss on the data of the fit is never worse than that of the
    confidences as they came, clipped to [1e-6, 1 - 1e-6] as they are here on the way in and out.

    Parameters
    ----------
    bounds : tuple of two floats, default=(0.05, 1000.0)
        The least and the greatest temperature allowed: 0 < least <= 1 <= greatest. Where 50 % parts the right answers
        from the wrong, no finite T is best, and the least allowed is kept.

    Attributes
    ----------
    temperature_ : float
        The temperature, T. It is 1 where no temperature is better than another, as when all confidences are 0.5.
    at_bound_ : bool
        Whether T was held by one of the bounds. Then the fit says little more than "sharper" or "flatter".

    Raises
    ------
    InputError
        Where the bounds, confidences, correctness or weights cannot be used.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML, section 4.2, with the
    confidence as one of two options.

    Examples
    --------
    The model says 90 %, and 3 of 4 answers are right. At T = 2 the odds of 9 become 3, which says 75 %:

    >>> scaling = ConfidenceTemperature().fit([0.9] * 4, [1, 1, 1, 0])
    >>> round(scaling.temperature_, 6)
    2.0
    >>> scaling.predict([0.9, 0.5, 0.1]).round(6)
    array([0.75, 0.5 , 0.25])
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def __init__(self, bounds: tuple[float, float] = (0.05, 1000.0)) -> None:
        self.bounds = bounds

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "ConfidenceTemperature":
        """Find the temperature.

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
        ConfidenceTemperature
            This object, fitted.
        """
        check_bounds(self.bounds)
        confidence = check_confidence(y_prob)
        correctness = check_correctness(y_true, confidence.size)
        weight = check_weight(sample_weight, confidence.size)
        score = clipped_logit(confidence)
        share = weight / weight.sum()

        def derivatives(inverse: float) -> tuple[float, float]:
            # Of the mean cross-entropy of σ(score · inverse), first and second. Convex, so the first never decreases.
            p = expit(score * inverse)
            return float(share @ (score * (p - correctness))), float(share @ (score**2 * p * (1 - p)))

        self.temperature_, self.at_bound_ = solve_temperature(derivatives, self.bounds)
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
        return clipped_expit(clipped_logit(check_confidence(y_prob)) / self.temperature_)
