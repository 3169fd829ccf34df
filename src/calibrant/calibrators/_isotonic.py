"""Isotonic calibration: confidence in the answer given → the probability that it is right."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_confidence, check_correctness, check_weight
from calibrant.types import FloatArray


class IsotonicCalibration(BaseEstimator):
    """Probability that the answer is right: the non-decreasing curve closest to the data.

    Equal confidences are pooled first, then neighbours that are out of order (pool adjacent violators). Between the
    blocks the curve is a straight line, and outside the confidences of the fit it is level.

    The plain method gives 0 and 1 at the ends, where one surprise makes the log loss infinite. So two answers are added
    to the fit: a right one at the lowest confidence and a wrong one at the highest. The curve then stays strictly
    inside (0, 1): a top block with m right answers out of m gives m / (m + 1), a bottom block with none right gives
    1 / (m + 1), and a single confidence gives Laplace's rule, (right + 1) / (n + 2).

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_knots,)
        Confidences at the knots of the curve, increasing, in [0, 1].
    values_ : ndarray of shape (n_knots,)
        Probabilities at the knots, non-decreasing, strictly inside (0, 1).

    Raises
    ------
    InputError
        Where the confidences, correctness or weights cannot be used.

    References
    ----------
    Zadrozny and Elkan (2002), Transforming classifier scores into accurate multiclass probability estimates, KDD. The
    two added answers are ours.

    Examples
    --------
    Right are 0 of 3 at 0.1, 1 of 2 at 0.5 and 3 of 3 at 0.9; with the added answers 1 of 4, 1 of 2 and 3 of 4:

    >>> y_prob = [0.1, 0.1, 0.1, 0.5, 0.5, 0.9, 0.9, 0.9]
    >>> isotonic = IsotonicCalibration().fit(y_prob, [0, 0, 0, 0, 1, 1, 1, 1])
    >>> isotonic.predict([0.0, 0.1, 0.3, 0.5, 0.9, 1.0])
    array([0.25 , 0.25 , 0.375, 0.5 , 0.75 , 0.75 ])
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "IsotonicCalibration":
        """Find the knots of the curve.

        Parameters
        ----------
        y_prob : array-like of shape (n_answers,)
            Confidence in the answer given, in [0, 1].
        y_true : array-like of shape (n_answers,)
            Correctness of the answer given: 1 right, 0 wrong.
        sample_weight : array-like of shape (n_answers,), default=None
            How many times each answer counts; once where None. The two added answers count once.

        Returns
        -------
        IsotonicCalibration
            This object, fitted.
        """
        confidence = check_confidence(y_prob)
        correctness = check_correctness(y_true, confidence.size)
        weight = check_weight(sample_weight, confidence.size)
        counted = confidence[weight > 0]
        curve = IsotonicRegression().fit(
            np.append(confidence, [counted.min(), counted.max()]),
            np.append(correctness, [1.0, 0.0]),
            sample_weight=np.append(weight, [1.0, 1.0]),
        )
        self.thresholds_: FloatArray = curve.X_thresholds_
        self.values_: FloatArray = curve.y_thresholds_
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
        return np.interp(check_confidence(y_prob), self.thresholds_, self.values_)
