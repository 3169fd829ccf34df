"""Quadratic scaling: confidence in the answer given → the probability that it is right."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_confidence, check_correctness, check_weight
from calibrant.calibrators._log_odds import clipped_expit, clipped_logit
from calibrant.calibrators._logistic import fit_logistic
from calibrant.types import FloatArray


class QuadraticScaling(BaseEstimator):
    """Probability that the answer is right: σ(curvature · s² + slope · s + intercept), with s = logit(confidence).

    The three numbers minimise the cross-entropy to Platt's smoothed targets, (r + 1) / (r + 2) for a right answer and
    1 / (w + 2) for a wrong one, with r right and w wrong answers (sums of weights); so the map is finite even where a
    threshold on the confidence parts the right from the wrong. Confidences are clipped to [1e-6, 1 - 1e-6] before the
    logit, and so are the probabilities given.

    A parabola turns somewhere, so a more confident answer can get a lower probability: ``is_monotone_`` says whether
    that happens between the confidences of the fit, and then the ranking changes. Outside them, where a parabola would
    turn on no evidence, the curve is level.

    With two distinct confidences the curvature is 0, which is Platt scaling; with one, the slope is 0 too, and every
    answer gets the mean of the targets.

    Attributes
    ----------
    curvature_ : float
        Factor of the squared logit; 0 is Platt scaling.
    slope_ : float
        Factor of the logit.
    intercept_ : float
        Added to the log-odds; below 0 for a model that claims too much.
    range_ : ndarray of shape (2,)
        The lowest and the highest logit of the fit.
    is_monotone_ : bool
        Whether the curve never falls between these two.

    Raises
    ------
    InputError
        Where the confidences, correctness or weights cannot be used.

    References
    ----------
    Berta, Holzmüller, Jordan and Bach (2025), Structured matrix scaling for multi-class calibration, arXiv 2511.03685
    (the binary case). No penalty, as there; the smoothed targets and the level ends are ours.

    Examples
    --------
    At 0.2, 0.5 and 0.8 the logits are -ln 4, 0 and ln 4; right are 1 of 4, 2 of 4 and 3 of 4. The targets are 7/8 and
    1/8, so their means are 5/16, 1/2 and 11/16, which three numbers can meet:

    >>> y_prob = [0.2] * 4 + [0.5] * 4 + [0.8] * 4
    >>> quadratic = QuadraticScaling().fit(y_prob, [1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0])
    >>> quadratic.predict([0.2, 0.5, 0.8, 0.99])
    array([0.3125, 0.5   , 0.6875, 0.6875])
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "QuadraticScaling":
        """Find curvature, slope and intercept.

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
        QuadraticScaling
            This object, fitted.
        """
        confidence = check_confidence(y_prob)
        correctness = check_correctness(y_true, confidence.size)
        weight = check_weight(sample_weight, confidence.size)
        score = clipped_logit(confidence)
        found = fit_logistic(np.column_stack([score, score**2]), correctness, weight)
        self.slope_, self.curvature_ = found.coefficients.tolist()
        self.intercept_ = found.intercept
        counted = score[weight > 0]
        self.range_ = np.array([counted.min(), counted.max()])
        self.is_monotone_ = bool((self.slope_ + 2 * self.curvature_ * self.range_ >= 0).all())
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
        score = np.clip(clipped_logit(check_confidence(y_prob)), *self.range_)
        return clipped_expit((self.curvature_ * score + self.slope_) * score + self.intercept_)
