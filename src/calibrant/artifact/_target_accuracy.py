"""Graded answers with a confidence → the threshold that reaches a target accuracy, judged on answers not chosen on.

The way is that of jev-eval 1.2, whose ``thresholds.json`` the result goes into: the lowest threshold at which the
answers at or above it reach the target, and what it buys by the bootstrap: each resample chooses a threshold, and is
judged on the answers that it did not draw.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import BoolArray, FloatArray, IntArray

LEAST_ANSWERS = 50
"""Below so many answers no threshold is chosen."""


@dataclass(frozen=True)
class Gate:
    """Answers at or above the threshold may go through."""

    threshold: float
    """On the scale of the confidences given."""
    accuracy: float
    """Expected share of right answers among those that go through; higher is better."""
    coverage: float
    """Expected share of answers that go through; higher is better."""
    n: int
    """Answers that the threshold was chosen on."""


def find_gate(
    correct: npt.ArrayLike,
    confidence: npt.ArrayLike,
    target: float,
    *,
    n_resamples: int = 1000,
    random_state: int = 0,
) -> Gate | str:
    """Lowest threshold at which the answers that go through reach a target accuracy, or why there is none.

    There is no guarantee that later answers reach it: the threshold is the one that did on these. Its accuracy and
    coverage are means over bootstrap resamples, each judged on the answers that it did not draw, and so slightly
    pessimistic.

    Parameters
    ----------
    correct : array-like of shape (n_answers,)
        Correctness: 1 right, 0 wrong.
    confidence : array-like of shape (n_answers,)
        Confidence in the answer, on the scale on which the threshold will be used.
    target : float
        The accuracy to reach, in (0, 1].
    n_resamples : int
        Bootstrap resamples.
    random_state : int
        Seed of the resamples.

    Returns
    -------
    Gate or str
        The threshold, or the reason why there is none.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Examples
    --------
    The upper half is right and the lower half wrong; the lowest threshold with 80 % right lets 50 + 12 of 100 through:

    >>> gate = find_gate([1] * 50 + [0] * 50, np.linspace(1, 0.01, 100), 0.8)
    >>> round(gate.threshold, 2)
    0.39
    >>> find_gate([0] * 100, np.linspace(1, 0.01, 100), 0.8)
    'at no threshold are 80 % of the 100 answers right'
    """
    if not 0 < target <= 1:
        raise InputError(f"target must lie in (0, 1], as in 0.95 for 95 % right; got {target:g}")
    if n_resamples < 1:
        raise InputError(f"n_resamples must be at least 1; got {n_resamples}")
    right, score = np.asarray(correct, dtype=np.float64), np.asarray(confidence, dtype=np.float64)
    if right.ndim != 1 or right.shape != score.shape:
        raise InputError(f"correct and confidence must have one entry an answer; got {right.shape} and {score.shape}")
    if not np.isin(right, (0, 1)).all() or not np.isfinite(score).all():
        raise InputError("correct must hold 0 and 1, and confidence finite numbers; leave out what is unknown")
    n = right.size
    if n < LEAST_ANSWERS:
        return f"{n} graded answers are too few, {LEAST_ANSWERS} are needed"
    order = np.argsort(-score, kind="stable")
    right, score = right[order], score[order]
    ends = np.append(score[1:] != score[:-1], True)  # answers of one confidence go through together
    last = _choose(right, ends, np.ones(n), target)
    if last is None:
        return f"at no threshold are {100 * target:g} % of the {n} answers right"
    accuracy, coverage = _judge(right, ends, target, n_resamples, np.random.default_rng(random_state))
    if not accuracy:
        return f"in no resample of the {n} answers was there a threshold that could be judged"
    return Gate(float(score[last]), float(np.mean(accuracy)), float(np.mean(coverage)), n)


def _choose(right: FloatArray, ends: BoolArray, weight: FloatArray, target: float) -> int | None:
    """Return the last row that goes through, of rows in descending order that count ``weight`` times."""
    through, good = np.cumsum(weight), np.cumsum(weight * right)
    reached = np.flatnonzero(ends & (through > 0) & (good >= target * through - 1e-9))
    return int(reached[-1]) if reached.size else None


def _judge(
    right: FloatArray, ends: BoolArray, target: float, n_resamples: int, rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    """Accuracy and coverage among the answers not drawn, for every resample that let some of them through."""
    n = right.size
    groups: IntArray = np.cumsum(ends) - ends  # the number of the confidence that each answer has
    accuracy, coverage = [], []
    for _ in range(n_resamples):
        drawn = np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float64)
        # A threshold is one of the confidences drawn: it ends where the last of them does.
        present = np.bincount(groups, weights=drawn)[groups] > 0
        last = _choose(right, ends & present, drawn, target)
        if last is None:
            continue
        left = drawn == 0
        through = left[: last + 1]
        if through.any():
            accuracy.append(float(right[: last + 1][through].mean()))
            coverage.append(float(through.sum() / left.sum()))
    return accuracy, coverage
