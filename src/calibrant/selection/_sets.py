"""Probabilities of the options → the set of answers that holds the right one as often as stated."""

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.exceptions import InputError
from calibrant.metrics._check import check_choice
from calibrant.selection._groups import as_labels, one_a_group
from calibrant.selection._options import (
    OptionProbabilities,
    SetScore,
    check_answers,
    check_probabilities,
    option_scores,
)
from calibrant.selection._rank import n_allowed, n_needed
from calibrant.selection._threshold import check_level
from calibrant.selection._wording import sample, stated
from calibrant.types import BoolArray, FloatArray, IntArray


class ConformalSets(BaseEstimator):
    """Sets of options of which at least a share 1 - ``alpha`` holds the right one; small sets are best.

    Split conformal prediction. An option is in the set where its score is at most the
    ceil((n + 1) (1 - ``alpha``))-th smallest score that the right options of n questions had. Questions may have
    different numbers of options. The share holds on average over draws of the n questions and of the next one, not for
    every question by itself; with categories (Mondrian) it holds in each category, whose quantile is its own.

    A category with too few questions for the level (fewer than 1 / ``alpha`` - 1), or one that was never seen, gets all
    options, and so does everything where the whole sample is too small. The most likely option is always in the set
    (ties: the first), which can only add to the share.

    Parameters
    ----------
    alpha : float, default=0.1
        Share of the sets that may miss the right option, in (0, 1).
    score : {'lac', 'aps'}, default='lac'
        ``lac`` gives the smallest sets on average where the probabilities are right; ``aps`` larger ones on hard
        questions and smaller ones on easy ones. APS is not randomised here: an option counts with its whole
        probability, so that a question always gets the same set, and is covered more often than stated.
    random_state : int, default=0
        Seed of the choice of one question a group.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_categories,)
        Greatest score that is still in the set; infinite where the category is too small.
    counts_ : ndarray of shape (n_categories,)
        Independent questions of each category.
    categories_ : ndarray of shape (n_categories,)
        The categories, sorted; the single 0 where none were given.
    mondrian_ : bool
        Whether categories were given.
    n_rows_ : int
        Questions that were given, before one of each group was taken.

    Raises
    ------
    InputError
        Where a parameter or an argument cannot be used.

    References
    ----------
    Sadinle, Lei, Wasserman (2019), Least ambiguous set-valued classifiers with bounded error levels, JASA 114 (LAC);
    Romano, Sesia, Candès (2020), Classification with valid and adaptive coverage, NeurIPS (APS); Vovk, Gammerman,
    Shafer (2005), Algorithmic learning in a random world (split and Mondrian).

    Examples
    --------
    The scores of the right options are 0.1, 0.2 and 0.4; at alpha = 1/2 the 2nd smallest of them is the threshold:

    >>> given = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.2, 0.2]]
    >>> sets = ConformalSets(alpha=0.5).fit(given, [0, 1, 0])
    >>> sets.thresholds_
    array([0.2])
    >>> sets.predict([[0.85, 0.15], [0.3, 0.3, 0.4]])
    [array([ True, False]), array([False, False,  True])]
    """

    def __init__(self, alpha: float = 0.1, score: SetScore = "lac", random_state: int = 0) -> None:
        self.alpha = alpha
        self.score = score
        self.random_state = random_state

    def fit(
        self,
        probabilities: OptionProbabilities,
        labels: npt.ArrayLike,
        *,
        categories: npt.ArrayLike | None = None,
        groups: npt.ArrayLike | None = None,
    ) -> "ConformalSets":
        """Find the quantile of each category.

        Parameters
        ----------
        probabilities : sequence of n_questions array-likes of shape (n_options,)
            Probabilities of the options, of questions that no map was fitted on.
        labels : array-like of shape (n_questions,)
            0-based index of the right option.
        categories : array-like of shape (n_questions,), optional
            Text or whole numbers: the subject, or the number of options. Fixed without a look at the labels.
        groups : array-like of shape (n_questions,), optional
            Questions that belong together, of which one a group and category is used.

        Returns
        -------
        ConformalSets
            This object, fitted.
        """
        check_level("alpha", self.alpha)
        check_choice("score", self.score, SetScore)
        rows = check_probabilities(probabilities)
        right = check_answers(labels, rows)
        scores = np.array([option_scores(row, self.score)[k] for row, k in zip(rows, right, strict=True)])
        labelled = None if groups is None else np.array(as_labels("groups", groups, len(rows)))
        named, place = _categories(categories, len(rows))
        thresholds, counts = [], []
        for category in range(named.size):
            members = np.flatnonzero(place == category)
            # Within a category, so that a group that spans two keeps a question in each.
            own = None if labelled is None else labelled[members]
            kept = members[one_a_group(own, members.size, self.random_state)]
            thresholds.append(_quantile(scores[kept], self.alpha))
            counts.append(kept.size)
        self.thresholds_ = np.array(thresholds)
        self.counts_ = np.array(counts, np.int64)
        self.categories_ = named
        self.mondrian_ = categories is not None
        self.n_rows_ = len(rows)
        return self

    def predict(
        self, probabilities: OptionProbabilities, *, categories: npt.ArrayLike | None = None
    ) -> list[BoolArray]:
        """Give the set of each question.

        Parameters
        ----------
        probabilities : sequence of n_questions array-likes of shape (n_options,)
            Probabilities of the options, from the same map.
        categories : array-like of shape (n_questions,), optional
            The category of each question, if there were any at the fit.

        Returns
        -------
        list of ndarray of shape (n_options,)
            True for the options in the set.
        """
        check_is_fitted(self)
        rows = check_probabilities(probabilities)
        if (categories is not None) != self.mondrian_:
            raise InputError(
                f"categories must be given at predict if, and only if, they were at fit; fit had "
                f"{'some' if self.mondrian_ else 'none'}."
            )
        threshold_of = dict(zip(self.categories_.tolist(), self.thresholds_.tolist(), strict=True))
        of = [0] * len(rows) if categories is None else as_labels("categories", categories, len(rows))
        sets = []
        for row, category in zip(rows, of, strict=True):
            inside = option_scores(row, self.score) <= threshold_of.get(category, np.inf)
            inside[np.argmax(row)] = True
            sets.append(inside)
        return sets

    @property
    def n_too_small(self) -> int:
        """Categories with too few questions for the level, where all options are kept."""
        check_is_fitted(self)
        return int(np.isinf(self.thresholds_).sum())

    @property
    def sentence(self) -> str:
        """What is promised, for a reader who was not there."""
        check_is_fitted(self)
        small, needed = self.n_too_small, n_needed(self.alpha)
        where = " in each category" if self.mondrian_ else ""
        kept = f"Where there are fewer than {needed:,} questions all options are kept"
        if small and self.mondrian_:
            few = f" {kept}: so in {small:,} of {self.categories_.size:,} categories."
        else:
            few = f" {kept}, and so it is here." if small else ""
        return (
            f"On average over such samples, at least {stated(1 - self.alpha)} of the sets{where} hold the right option "
            f"({sample(int(self.counts_.sum()), self.n_rows_)}).{few}"
        )


def _categories(categories: npt.ArrayLike | None, n_rows: int) -> tuple[npt.NDArray[np.generic], IntArray]:
    """Sorted categories, and the place among them of each row."""
    if categories is None:
        return np.zeros(1, np.int64), np.zeros(n_rows, np.int64)
    named, place = np.unique(np.array(as_labels("categories", categories, n_rows)), return_inverse=True)
    return named, place.astype(np.int64)


def _quantile(scores: FloatArray, alpha: float) -> float:
    allowed = n_allowed(alpha, scores.size)
    return float(np.sort(scores)[scores.size - allowed]) if allowed else np.inf
