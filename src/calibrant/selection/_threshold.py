"""The confidence from which answers may be given, so that at most a stated share of them is wrong."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics import clopper_pearson_interval
from calibrant.metrics._check import check_between, check_count, check_prob
from calibrant.selection._counts import Counts, count
from calibrant.selection._coverage import Coverage, coverage_of
from calibrant.selection._wording import answers, at_threshold, percent, sample, stated, supported
from calibrant.types import BoolArray, IntArray


@dataclass(frozen=True)
class Tested:
    """One threshold that was tested."""

    threshold: float
    """Answers are given where the confidence reaches it."""

    n_answered: int
    """Rows answered."""

    n_wrong: int
    """Wrong ones among those."""

    bound: float
    """Exact upper bound on the share of wrong answers among those given; NaN where none is."""

    @property
    def risk(self) -> float:
        """Share of wrong answers seen among those given; NaN where none is."""
        return self.n_wrong / self.n_answered if self.n_answered else math.nan


@dataclass(frozen=True)
class Threshold:
    """The threshold for a stated risk, or that there is none, and what was seen on the way."""

    chosen: Tested | None
    """What holds; None where no threshold can be promised."""

    stopped_at: Tested | None
    """The first threshold that failed its test; None where none failed, or none had enough answers to be tested."""

    target: float
    """The share of wrong answers among those given that must not be exceeded."""

    confidence: float
    """How often, over samples like this one, what was chosen keeps the target."""

    n: int
    """Independent rows: one a group."""

    n_rows: int
    """Rows that were given."""

    @property
    def threshold(self) -> float | None:
        """Answer where the confidence reaches this; None: never answer."""
        return None if self.chosen is None else self.chosen.threshold

    @property
    def n_answered(self) -> int:
        """Rows answered at the threshold; 0 where there is none."""
        return 0 if self.chosen is None else self.chosen.n_answered

    @property
    def risk(self) -> float:
        """Share of wrong answers among those given, as seen; NaN where there is no threshold."""
        return math.nan if self.chosen is None else self.chosen.risk

    @property
    def bound(self) -> float:
        """Upper bound on that share, at most the target; NaN where there is no threshold."""
        return math.nan if self.chosen is None else self.chosen.bound

    @property
    def coverage(self) -> Coverage:
        """Share of questions answered, with an interval at the level of the confidence."""
        return coverage_of(self.n_answered, self.n, level=self.confidence)

    @property
    def least_target(self) -> float:
        """The lowest target that so many rows can support: that with all of them answered, and all right."""
        return -math.expm1(math.log1p(-self.confidence) / self.n)

    @property
    def sentence(self) -> str:
        """What is promised, for a reader who was not there; or why nothing is."""
        if self.chosen is not None:
            return (
                f"At confidence {at_threshold(self.chosen.threshold)} or more it answers {answers(*self.coverage)}; at "
                f"most {stated(self.target)} of the answered ones are wrong, with {stated(self.confidence)} confidence "
                f"({sample(self.n, self.n_rows)})."
            )
        return (
            f"No threshold is shown to keep the wrong ones at or below {stated(self.target)} of the answered questions "
            f"with {stated(self.confidence)} confidence ({sample(self.n, self.n_rows)}): {self._why}"
        )

    @property
    def _why(self) -> str:
        if self.least_target > self.target:
            return f"so few support no target below {supported(self.least_target)}, even if all were right."
        stopped = self.stopped_at
        if stopped is None:
            return "at no threshold are enough of them answered to be tested."
        if not stopped.n_answered:
            return f"none is answered at confidence {at_threshold(stopped.threshold)}, where the tests start."
        are = "is" if stopped.n_wrong == 1 else "are"
        return (
            f"of the {stopped.n_answered:,} at confidence {at_threshold(stopped.threshold)} or more "
            f"{stopped.n_wrong:,} {are} wrong, which does not rule out {percent(stopped.bound)}. "
            f"So many questions, all answered and all right, would support {supported(self.least_target)}."
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


def select_threshold(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    risk: float = 0.1,
    confidence: float = 0.95,
    groups: npt.ArrayLike | None = None,
    min_kept: int = 30,
    start: float | None = None,
    n_thresholds: int = 1000,
    random_state: int = 0,
) -> Threshold:
    """Lowest threshold at which at most ``risk`` of the answers given are wrong, with ``confidence``; low answers more.

    Learn then Test with fixed-sequence testing. The thresholds k / n_thresholds are tested from the strictest down,
    each by the exact (Clopper-Pearson) upper bound on the share of wrong answers among those given; the last one before
    the first failure is chosen, and of the thresholds that answer the same rows the strictest. No correction for the
    number of tests is needed: a promise is broken only if the first threshold that breaks it passes its own test.

    The tests begin at the strictest threshold with at least ``min_kept`` answers and with enough for a pass without an
    error. That start looks at the confidences. The guarantee is then exact where a stricter threshold never has the
    higher risk; with a ``start`` that was fixed before these rows were seen (by the calibration part, say) it needs no
    such assumption. A late start risks missing the few answers that could be given, an early one stops at the first
    chance error: 30 does well with a few hundred rows, 60 to 90 with a thousand.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}, of rows that no map was fitted on and that are drawn like those to come.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    risk : float, default=0.1
        Share of wrong answers among those given that must not be exceeded, in (0, 1).
    confidence : float, default=0.95
        Chance, over draws of these rows, that the promise is kept, in (0.5, 1).
    groups : array-like of shape (n_samples,), optional
        Rows that belong together. They are not independent and the bound would be too low, so that one row of each
        group is used, drawn with ``random_state``; the promise is then on questions drawn by their group first.
    min_kept : int, default=30
        Fewest answers at the first test. Not used where ``start`` is given.
    start : float, optional
        Strictest threshold to test, in [0, 1], fixed before these rows were seen.
    n_thresholds : int, default=1000
        Steps of the grid. More are needed where all confidences lie close together, and cost nothing.
    random_state : int, default=0
        Seed of the choice within groups.

    Returns
    -------
    Threshold
        What was chosen, or that nothing can be promised; its ``sentence`` says either.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Angelopoulos, Bates, Candès, Jordan, Lei (2021, Annals of Applied Statistics 2025), Learn then test: calibrating
    predictive algorithms to achieve risk control; Clopper, Pearson (1934), Biometrika 26.

    Examples
    --------
    29 right answers are the fewest that show a risk of at most 0.1 with 95 % confidence, as 0.9 ** 29 = 0.047. Here the
    40 at 0.9 are all right, and their bound is 1 - 0.05 ** (1 / 40) = 0.072; with those at 0.5, all wrong, it fails:

    >>> found = select_threshold([1] * 40 + [0] * 10, [0.9] * 40 + [0.5] * 10)
    >>> found.threshold, found.n_answered, round(found.bound, 3), found.stopped_at.threshold
    (0.9, 40, 0.072, 0.5)
    >>> print(found.sentence)
    At confidence 0.9 or more it answers 80 % of questions (61 % to 99.2 %); at most 10 % of the answered ones are
    wrong, with 95 % confidence (n = 50 questions that no map was fitted on).
    """
    check_level("risk", risk)
    check_search(confidence, min_kept, start)
    counts = count(y_true, y_prob, groups, n_thresholds=n_thresholds, random_state=random_state)
    return choose(counts, risk, confidence, min_kept=min_kept, start=start)


def choose(counts: Counts, risk: float, confidence: float, *, min_kept: int, start: float | None) -> Threshold:
    """Test in order, and stop at the first failure; the arguments are those of `select_threshold`, checked."""
    sequence = _sequence(counts, risk, confidence, min_kept, start)
    answered, wrong = counts.answered[sequence], counts.wrong[sequence]
    # The upper end of a two-sided interval leaves half of what is outside above itself.
    bound = clopper_pearson_interval(wrong, answered, level=2 * confidence - 1).high
    failed = np.flatnonzero(~(bound <= risk))  # NaN, where nothing is answered, fails
    n_passed = int(failed[0]) if failed.size else sequence.size

    def tested(place: int) -> Tested:
        at = sequence[place]
        return Tested(float(counts.threshold[at]), int(answered[place]), int(wrong[place]), float(bound[place]))

    return Threshold(
        chosen=tested(n_passed - 1) if n_passed else None,
        stopped_at=tested(n_passed) if failed.size else None,
        target=risk,
        confidence=confidence,
        n=counts.n,
        n_rows=counts.n_rows,
    )


def check_level(name: str, value: float) -> None:
    """Refuse a share that is not strictly between 0 and 1."""
    check_between(name, value, 0, 1)


def check_search(confidence: float, min_kept: int, start: float | None) -> None:
    """Refuse settings of the search that are out of range; at a confidence of 1/2 a coin keeps the promise as well."""
    check_between("confidence", confidence, 0.5, 1)
    check_count("min_kept", min_kept)
    if start is not None and not 0 <= start <= 1:
        raise InputError(f"start must be at least 0 and at most 1; got {start!r}.")


def _sequence(counts: Counts, risk: float, confidence: float, min_kept: int, start: float | None) -> IntArray:
    """Places of the thresholds to test, in order: of those that answer the same rows only the strictest."""
    if start is not None:
        first = int(np.argmax(counts.threshold <= start))
        return first + np.flatnonzero(np.diff(counts.answered[first:], prepend=-1))
    fewest = max(min_kept, math.ceil(math.log1p(-confidence) / math.log1p(-risk) - 1e-9))
    return np.flatnonzero((np.diff(counts.answered, prepend=-1) > 0) & (counts.answered >= fewest))
