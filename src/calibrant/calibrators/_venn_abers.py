"""Venn-Abers calibration: confidence in the answer given → the probability that it is right, and an interval."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._cells import cell_of
from calibrant.calibrators._checks import check_confidence, check_correctness, check_weight
from calibrant.calibrators._distinct import count_distinct
from calibrant.types import FloatArray


class VennAbers(BaseEstimator):
    """Probability that the answer is right, p1 / (1 - p0 + p1), of two isotonic fits that the answer itself joins.

    p0 is what isotonic regression gives to the new answer's confidence when that answer is added to the fit as a wrong
    one, and p1 when it is added as a right one. If the answers of the fit and the new one are drawn alike, then one of
    the two, that of the label the answer turns out to have, is perfectly calibrated, whatever the distribution. The
    interval from p0 to p1 is narrow where there is much data; ``predict`` gives the one probability between them whose
    worst excess of log loss over the right one of the two is least. No probability is 0 or 1.

    Both fits are worked out once, for every confidence there is: a new answer costs one search, not two fits.

    Attributes
    ----------
    edges_ : ndarray of shape (n_cells + 1,)
        From 0 to 1: where p0 or p1 changes. A cell is (low, high], and 0 falls in the first.
    lower_ : ndarray of shape (n_cells,)
        p0 in each cell, never falling; 0 below the lowest confidence of the fit.
    upper_ : ndarray of shape (n_cells,)
        p1 in each cell, never falling; 1 above the highest confidence of the fit.

    Raises
    ------
    InputError
        Where the confidences, correctness or weights cannot be used.

    References
    ----------
    Vovk, Petej and Fedorova (2015), Large-scale probabilistic predictors with and without guarantees of validity,
    NeurIPS (the inductive predictor, algorithms 1 to 4).

    Examples
    --------
    Of 3 answers at 0.5, 2 are right. A fourth makes that 2 of 4 or 3 of 4, so 3/4 / (1 - 2/4 + 3/4):

    >>> venn_abers = VennAbers().fit([0.5, 0.5, 0.5], [1, 1, 0])
    >>> venn_abers.predict_interval([0.5])
    array([[0.5 , 0.75]])
    >>> venn_abers.predict([0.5])
    array([0.6])
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "VennAbers":
        """Work out both fits for every confidence.

        Parameters
        ----------
        y_prob : array-like of shape (n_answers,)
            Confidence in the answer given, in [0, 1].
        y_true : array-like of shape (n_answers,)
            Correctness of the answer given: 1 right, 0 wrong.
        sample_weight : array-like of shape (n_answers,), default=None
            How many times each answer counts; once where None. The answer that is added counts once.

        Returns
        -------
        VennAbers
            This object, fitted.
        """
        confidence = check_confidence(y_prob)
        correctness = check_correctness(y_true, confidence.size)
        weight = check_weight(sample_weight, confidence.size)
        distinct, mass, right = count_distinct(confidence, correctness, weight)
        # Between two confidences, a right answer that is added pools with those above it, and a wrong one with those
        # below. Seen from the other end, a wrong answer is a right one.
        upper = np.append(_with_a_right_one(mass, right), 1.0)
        lower = np.append(0.0, 1 - _with_a_right_one(mass[::-1], (mass - right)[::-1])[::-1])
        # p0 changes at a confidence, so just above the float before it, and p1 just above a confidence.
        ends = np.unique(np.concatenate([np.nextafter(distinct, 0.0), distinct, [1.0]]))
        p0 = lower[np.searchsorted(distinct, ends, side="right")]
        p1 = upper[np.searchsorted(distinct, ends, side="left")]
        changes = np.append((np.diff(p0) != 0) | (np.diff(p1) != 0), True)
        self.edges_ = np.append(0.0, ends[changes])
        self.lower_, self.upper_ = p0[changes], p1[changes]
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
        between: FloatArray = self.upper_ / (1 - self.lower_ + self.upper_)
        return between[cell_of(check_confidence(y_prob), self.edges_)]

    def predict_interval(self, y_prob: npt.ArrayLike) -> FloatArray:
        """Both probabilities of each answer; the closer they are, the more the fit says.

        Parameters
        ----------
        y_prob : array-like of shape (n_answers,)
            Confidence in the answer given, in [0, 1].

        Returns
        -------
        ndarray of shape (n_answers, 2)
            p0 in [0, 1) and p1 in (0, 1], p0 < p1.
        """
        check_is_fitted(self)
        return np.column_stack([self.lower_, self.upper_])[cell_of(check_confidence(y_prob), self.edges_)]


def _with_a_right_one(mass: FloatArray, right: FloatArray) -> FloatArray:
    """Value of isotonic regression at each distinct confidence when one more right answer has it.

    The regression is the slope of the lower convex hull of the points (answers up to here, right ones up to here). With
    the added answer first, its hull is built from the far end; then the added answer changes places with one distinct
    confidence after the other, which only moves the point between the two.
    """
    x = [-1.0, 0.0, *np.cumsum(mass).tolist()]
    y = [-1.0, 0.0, *np.cumsum(right).tolist()]
    hull_x: list[float] = []  # corners, the first one last
    hull_y: list[float] = []

    def add(new_x: float, new_y: float) -> None:
        # In front: corners that a straight line from here passes below or through are none any more.
        while len(hull_x) > 1 and (hull_y[-1] - new_y) * (hull_x[-2] - new_x) >= (hull_y[-2] - new_y) * (
            hull_x[-1] - new_x
        ):
            hull_x.pop()
            hull_y.pop()
        hull_x.append(new_x)
        hull_y.append(new_y)

    for corner_x, corner_y in zip(reversed(x), reversed(y), strict=True):
        add(corner_x, corner_y)
    slopes = np.empty(mass.size)
    for i in range(mass.size):
        run, rise = hull_x[-2] - hull_x[-1], hull_y[-2] - hull_y[-1]
        slopes[i] = rise / run
        # The point between the added answer and this confidence, once they have changed places.
        moved_x, moved_y = x[i + 2] - 1, y[i + 2] - 1
        if (moved_y - hull_y[-1]) * run < rise * (moved_x - hull_x[-1]):
            hull_x.pop()
            hull_y.pop()
            add(moved_x, moved_y)
    return slopes
