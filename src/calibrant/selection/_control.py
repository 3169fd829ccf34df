"""The confidence from which answers may be given, so that on average few questions are answered wrongly."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibrant.metrics._check import check_prob
from calibrant.selection._counts import count
from calibrant.selection._coverage import Coverage, coverage_of
from calibrant.selection._rank import n_allowed
from calibrant.selection._threshold import check_level
from calibrant.selection._wording import answers, at_threshold, sample, stated, supported
from calibrant.types import BoolArray


@dataclass(frozen=True)
class ControlledRisk:
    """The threshold for an expected loss, or that nothing may be answered."""

    threshold: float | None
    """Answer where the confidence reaches this; None: never answer."""

    target: float
    """The share of all questions that may be answered wrongly, on average over samples like this one."""

    n: int
    """Independent rows: one a group."""

    n_rows: int
    """Rows that were given."""

    n_answered: int
    """Rows answered at the threshold."""

    n_wrong: int
    """Rows answered wrongly."""

    @property
    def loss(self) -> float:
        """Share of all rows that are answered wrongly, as seen."""
        return self.n_wrong / self.n

    @property
    def bound(self) -> float:
        """What that share would be with one wrong answer more, at most the target where there is a threshold."""
        return (self.n_wrong + 1) / (self.n + 1)

    @property
    def least_target(self) -> float:
        """The lowest target at which so many rows may support an answer."""
        return 1 / (self.n + 1)

    @property
    def coverage(self) -> Coverage:
        """Share of questions answered, with a 95 % interval."""
        return coverage_of(self.n_answered, self.n, level=0.95)

    @property
    def sentence(self) -> str:
        """What is promised, for a reader who was not there; or why nothing is."""
        if self.threshold is not None:
            return (
                f"At confidence {at_threshold(self.threshold)} or more it answers {answers(*self.coverage)}; on "
                f"average over such samples at most {stated(self.target)} of all questions are answered wrongly "
                f"({sample(self.n, self.n_rows)})."
            )
        few = self.least_target > self.target + 1e-12
        why = (
            f"so few support no target below {supported(self.least_target)}, even if all were right."
            if few
            else "too many are wrong even at confidence 1."
        )
        return (
            f"Only without any answer are at most {stated(self.target)} of all questions answered wrongly on average "
            f"({sample(self.n, self.n_rows)}): {why}"
        )

    def answers(self, y_prob: npt.ArrayLike) -> BoolArray:
        """Say which questions are answered.

        Parameters
        ----------
        y_prob : array-like of shape (n_samples,)
            Confidence, in [0, 1], from the same map.

        Returns
        -------
        ndarray of shape (n_samples,)
            True where the threshold is reached.
        """
        prob = check_prob(y_prob)
        return np.zeros(prob.size, bool) if self.threshold is None else prob >= self.threshold


def control_risk(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    risk: float = 0.1,
    groups: npt.ArrayLike | None = None,
    n_thresholds: int = 1000,
    random_state: int = 0,
) -> ControlledRisk:
    """Lowest threshold at which at most ``risk`` of all questions are answered wrongly on average; low answers more.

    Conformal risk control with the loss 1 where a question is answered wrongly and 0 elsewhere, which never rises with
    the threshold. With n rows of mean loss l the threshold is the lowest with n l / (n + 1) + 1 / (n + 1) <= ``risk``;
    of the thresholds that answer the same rows the strictest is taken. "On average" is over draws of these rows and of
    the next question: a single sample may exceed the target about half of the time. Where that is not enough, and
    where the share among the answers given matters, use `select_threshold`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}, of rows that no map was fitted on and that are drawn like those to come.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    risk : float, default=0.1
        Share of all questions, answered or not, that may be answered wrongly, in (0, 1).
    groups : array-like of shape (n_samples,), optional
        Rows that belong together, of which one is used, as in `select_threshold`.
    n_thresholds : int, default=1000
        Steps of the grid from 0 to 1.
    random_state : int, default=0
        Seed of the choice within groups.

    Returns
    -------
    ControlledRisk
        What was chosen, or that nothing may be answered; its ``sentence`` says either.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Angelopoulos, Bates, Fisch, Lei, Schuster (2024), Conformal risk control, ICLR.

    Examples
    --------
    Of 19 rows one may be wrong, as (1 + 1) / (19 + 1) = 0.1; the second wrong one is at 0.4:

    >>> found = control_risk([1] * 10 + [0] * 9, [0.9] * 10 + [0.6] + [0.4] * 8)
    >>> found.threshold, found.n_wrong, found.bound
    (0.6, 1, 0.1)
    """
    check_level("risk", risk)
    counts = count(y_true, y_prob, groups, n_thresholds=n_thresholds, random_state=random_state)
    kept = np.flatnonzero(counts.wrong + 1 <= n_allowed(risk, counts.n))
    if not kept.size:
        return ControlledRisk(None, risk, counts.n, counts.n_rows, 0, 0)
    # Losses never rise with the threshold, so that the last kept is the lowest; then the first that answers as many.
    place = int(np.searchsorted(counts.answered, counts.answered[kept[-1]]))
    return ControlledRisk(
        threshold=float(counts.threshold[place]),
        target=risk,
        n=counts.n,
        n_rows=counts.n_rows,
        n_answered=int(counts.answered[place]),
        n_wrong=int(counts.wrong[place]),
    )
