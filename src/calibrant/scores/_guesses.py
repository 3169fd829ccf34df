"""Several guesses at one question, with stated confidences or ranks → confidence in one of them (Xiong et al. 2024)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import FloatArray

_MOST_STEPS = 10_000
_CLOSE = 1e-12


def average_confidence(
    answer_sets: Sequence[int | None],
    guess_sets: Sequence[Sequence[int]],
    confidences: Sequence[npt.ArrayLike],
) -> FloatArray:
    """Share of all stated confidence that goes to the answer (Avg-Conf), in [0, 1]; higher = more confident.

    Parameters
    ----------
    answer_sets : sequence of int or None
        For each question the set of the answer whose confidence is wanted; None where there is no answer.
    guess_sets : sequence of sequence of int
        For each question the set of every guess.
    confidences : sequence of array-like
        For each question the confidence stated with every guess, at least 0. A guess with NaN is left out.

    Returns
    -------
    ndarray of shape (n_questions,)
        NaN where there is no answer, or no confidence above 0 was stated.

    Examples
    --------
    >>> average_confidence([0, 0], [[0, 0, 1], [0, 1]], [[0.9, 0.6, 0.5], [0.0, np.nan]]).tolist()
    [0.75, nan]
    """
    shares = []
    for row, (answer, sets, own) in enumerate(zip(answer_sets, guess_sets, confidences, strict=True)):
        stated = np.asarray(own, dtype=np.float64)
        if stated.shape != (len(sets),) or (stated < 0).any():
            raise InputError(f"confidences[{row}]: one number from 0 up is needed for each of {len(sets)} guesses")
        total = float(np.nansum(stated))
        ours = float(np.nansum(stated[np.asarray(sets, dtype=np.int64) == answer]))
        shares.append(np.nan if answer is None or total == 0 else ours / total)
    return np.array(shares, dtype=np.float64)


def pair_rank(rankings: Sequence[Sequence[int]], *, prior: float = 0.5) -> dict[int, float]:
    """Probabilities of the candidates that best explain in which order they were ranked (Pair-Rank), with sum 1.

    A candidate beats those ranked below it and those that its list leaves out. The probabilities are those that make
    these outcomes likeliest where i beats j with the probability P_i / (P_i + P_j) (a Bradley-Terry model).

    Parameters
    ----------
    rankings : sequence of sequence of int
        The lists of one question, each the numbers of its candidates, the most likely first. Of a candidate that comes
        twice in a list the first place counts.
    prior : float
        So many outcomes are added to either side of every pair. Without any, a candidate that always comes first would
        be certain, however few the lists.

    Returns
    -------
    dict of int to float
        The probability of each candidate; empty where there is none.

    Raises
    ------
    InputError
        If ``prior`` is not above 0.

    Examples
    --------
    >>> {key: round(value, 3) for key, value in pair_rank([[0, 1], [0, 1], [0, 1], [1, 0]]).items()}
    {0: 0.7, 1: 0.3}
    """
    if not 0 < prior < np.inf:
        raise InputError(f"prior must be a number above 0; got {prior!r}")
    numbers = sorted({number for ranking in rankings for number in ranking})
    if len(numbers) < 2:
        return dict.fromkeys(numbers, 1.0)
    wins = np.full((len(numbers), len(numbers)), prior)
    np.fill_diagonal(wins, 0.0)
    for ranking in rankings:
        left = np.ones(len(numbers))
        for number in dict.fromkeys(ranking):
            winner = numbers.index(number)
            left[winner] = 0.0
            wins[winner] += left

    games = wins + wins.T
    shares = np.full(len(numbers), 1 / len(numbers))
    for _ in range(_MOST_STEPS):
        before = shares
        # Hunter's step (2004): it never makes the outcomes less likely, and ends at the one best point.
        shares = wins.sum(axis=1) / (games / (before[:, None] + before[None, :])).sum(axis=1)
        shares /= shares.sum()
        if np.abs(shares - before).max() < _CLOSE:
            break
    return dict(zip(numbers, shares.tolist(), strict=True))
