"""Centred isotonic calibration: confidence in the answer given → the probability that it is right."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_confidence, check_correctness, check_weight
from calibrant.calibrators._distinct import count_distinct
from calibrant.types import FloatArray


class CentredIsotonic(BaseEstimator):
    """Probability that the answer is right: the isotonic blocks, each a point at its mean confidence, joined by lines.

    Isotonic calibration is level over each block of pooled confidences and steep between two blocks. Here a block is
    one point, its share of right answers at its mean confidence, and the curve rises straight from point to point:
    strictly between the first and the last, so that it keeps the order of the answers there. Beyond them it is level.

    So that no probability is 0 or 1, two answers are added to the fit, as in `IsotonicCalibration`: a right one at the
    lowest confidence and a wrong one at the highest. A top block with m right answers out of m gives m / (m + 1), a
    bottom block with none right gives 1 / (m + 1), and a single confidence gives Laplace's rule, (right + 1) / (n + 2).

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_blocks,)
        Mean confidence of each block, increasing, in [0, 1].
    values_ : ndarray of shape (n_blocks,)
        Probability at each, increasing, strictly inside (0, 1).

    Raises
    ------
    InputError
        Where the confidences, correctness or weights cannot be used.

    References
    ----------
    Oron and Flournoy (2017), Centered isotonic regression: point and interval estimation for dose-response studies,
    Statistics in Biopharmaceutical Research 9. The two added answers are ours.

    Examples
    --------
    With the added answers 1 of 2 is right at 0, 1 of 1 at 0.2, 0 of 1 at 0.4 and 1 of 2 at 1: all pool to 1/2.

    >>> CentredIsotonic().fit([0.0, 0.2, 0.4, 1.0], [0, 1, 0, 1]).predict([0.0, 0.3, 1.0])
    array([0.5, 0.5, 0.5])

    With them 1 of 4 is right at 0.1, 1 of 2 over 0.4 and 0.6, which are out of order, and 3 of 4 at 0.9:

    >>> y_prob = [0.1, 0.1, 0.1, 0.4, 0.6, 0.9, 0.9, 0.9]
    >>> centred = CentredIsotonic().fit(y_prob, [0, 0, 0, 1, 0, 1, 1, 1])
    >>> centred.predict([0.0, 0.1, 0.3, 0.5, 0.6, 1.0])
    array([0.25  , 0.25  , 0.375 , 0.5   , 0.5625, 0.75  ])
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "CentredIsotonic":
        """Find the points of the curve.

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
        CentredIsotonic
            This object, fitted.
        """
        confidence = check_confidence(y_prob)
        correctness = check_correctness(y_true, confidence.size)
        weight = check_weight(sample_weight, confidence.size)
        distinct, mass, right = count_distinct(confidence, correctness, weight)
        right[0] += 1
        mass[0] += 1
        mass[-1] += 1
        starts = isotonic_regression(right / mass, weights=mass).blocks[:-1]
        share = np.add.reduceat(right, starts) / np.add.reduceat(mass, starts)
        starts = starts[np.append(True, np.diff(share) > 0)]  # equal blocks are one, against rounding
        block_mass = np.add.reduceat(mass, starts)
        self.values_: FloatArray = np.add.reduceat(right, starts) / block_mass
        centre = np.add.reduceat(mass * distinct, starts) / block_mass
        ends = np.append(starts[1:], distinct.size) - 1
        self.thresholds_: FloatArray = np.clip(centre, distinct[starts], distinct[ends])  # against rounding
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
