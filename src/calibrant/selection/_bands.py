"""Two thresholds at once: answer, hedge or abstain."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._check import check_prob
from calibrant.selection._counts import count
from calibrant.selection._threshold import Threshold, check_level, check_search, choose
from calibrant.selection._wording import answers, at_threshold, sample, stated

Band = Literal["answer", "hedge", "abstain"]


@dataclass(frozen=True)
class Bands:
    """The threshold for an answer and the lower one for a hedged answer."""

    answer: Threshold
    """From here on answers are given plainly."""

    hedge: Threshold
    """From here on answers are given, plainly or hedged; never above ``answer``."""

    confidence: float
    """How often, over samples like this one, both keep their targets."""

    @property
    def sentence(self) -> str:
        """What is promised of both, for a reader who was not there; or why nothing is."""
        both = f"with {stated(self.confidence)} confidence ({sample(self.hedge.n, self.hedge.n_rows)})"
        if self.hedge.threshold is None:
            return f"It always abstains. {self.hedge.sentence}"
        hedged = f"{answers(*self.hedge.coverage)}, at most {stated(self.hedge.target)} of them wrong"
        low = at_threshold(self.hedge.threshold)
        if self.answer.threshold is None:
            return (
                f"It never answers plainly, as no threshold is shown to keep {stated(self.answer.target)}. At "
                f"confidence {low} or more it hedges, {hedged}, {both}; below, it abstains."
            )
        plain = f"{answers(*self.answer.coverage)}, at most {stated(self.answer.target)} of them wrong"
        high = at_threshold(self.answer.threshold)
        if self.hedge.threshold == self.answer.threshold:
            return f"At confidence {high} or more it answers, {plain}, {both}; below, it abstains and never hedges."
        return (
            f"At confidence {high} or more it answers, {plain}. From {low} it hedges; answered or hedged are {hedged}. "
            f"Both hold together {both}. Below {low} it abstains."
        )

    def bands(self, y_prob: npt.ArrayLike) -> list[Band]:
        """Say what to do with each question.

        Parameters
        ----------
        y_prob : array-like of shape (n_samples,)
            Confidence, in [0, 1], from the same map.

        Returns
        -------
        list of {'answer', 'hedge', 'abstain'}
            One a question.
        """
        prob = check_prob(y_prob)
        reached = self.answer.answers(prob).astype(np.int64) + self.hedge.answers(prob)
        names: tuple[Band, Band, Band] = ("abstain", "hedge", "answer")
        return [names[level] for level in reached]


def select_bands(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    risk: float = 0.1,
    hedge_risk: float = 0.3,
    confidence: float = 0.95,
    groups: npt.ArrayLike | None = None,
    min_kept: int = 30,
    start: float | None = None,
    n_thresholds: int = 1000,
    random_state: int = 0,
) -> Bands:
    """Thresholds for answer, hedge and abstain: two stated risks that hold together with ``confidence``.

    Each threshold is that of `select_threshold` at half of 1 - ``confidence`` (Bonferroni), so that the chance that
    either promise is broken is at most the whole. The hedge risk is that of all that is answered, plainly or hedged:
    what a reader meets who takes both for an answer.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}, of rows that no map was fitted on and that are drawn like those to come.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    risk : float, default=0.1
        Share of wrong answers among those given plainly, in (0, 1).
    hedge_risk : float, default=0.3
        Share of wrong answers among those given plainly or hedged, above ``risk`` and below 1.
    confidence : float, default=0.95
        Chance, over draws of these rows, that both promises are kept, in (0.5, 1).
    groups : array-like of shape (n_samples,), optional
        Rows that belong together, of which one is used, as in `select_threshold`.
    min_kept, start, n_thresholds, random_state
        As in `select_threshold`.

    Returns
    -------
    Bands
        Both thresholds; either may be none.

    Raises
    ------
    InputError
        If an argument is out of range, the risks are not in order, or the lengths differ.

    References
    ----------
    Angelopoulos, Bates, Candès, Jordan, Lei (2021, Annals of Applied Statistics 2025), Learn then test: calibrating
    predictive algorithms to achieve risk control.

    Examples
    --------
    Of the 40 at 0.9 none is wrong, and of all 60 ten are:

    >>> bands = select_bands([1] * 40 + [0, 1] * 10, [0.9] * 40 + [0.5] * 20)
    >>> bands.answer.threshold, bands.hedge.threshold
    (0.9, 0.5)
    >>> bands.bands([0.95, 0.7, 0.3])
    ['answer', 'hedge', 'abstain']
    """
    check_level("risk", risk)
    check_level("hedge_risk", hedge_risk)
    if not risk < hedge_risk:
        raise InputError(f"hedge_risk must be above risk, which is {risk!r}; got {hedge_risk!r}.")
    check_search(confidence, min_kept, start)
    counts = count(y_true, y_prob, groups, n_thresholds=n_thresholds, random_state=random_state)
    each = 1 - (1 - confidence) / 2
    answer = choose(counts, risk, each, min_kept=min_kept, start=start)
    hedge = choose(counts, hedge_risk, each, min_kept=min_kept, start=start)
    if answer.chosen is not None and (hedge.threshold is None or hedge.threshold > answer.chosen.threshold):
        # The laxer risk needs fewer answers to start, and may stop there; what keeps the stricter one keeps it too.
        hedge = Threshold(answer.chosen, hedge.stopped_at, hedge_risk, each, counts.n, counts.n_rows)
    return Bands(answer, hedge, confidence)
