"""The tokens of one answer → how likely the model found it, and how sure it was at each place.

What counts is what was generated: every token, the one that ended the answer included where it is known
(``drop_end_token`` leaves it out). An answer of which a number is missing, or that has no tokens, is NaN.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import FloatArray

TokenValues: TypeAlias = Sequence[npt.ArrayLike | None]
"""For each answer one number a token, shape (n_tokens,); None where they were not told."""

_ROUNDING = 1e-6


def sequence_logprob(logprobs: TokenValues) -> FloatArray:
    """Log-probability of the whole answer, in (-inf, 0]; higher = more confident.

    Its exponential is the probability of just this text, which falls with every token.

    Parameters
    ----------
    logprobs : sequence of array-like or None
        For each answer the natural-log probabilities of its tokens, shape (n_tokens,).

    Returns
    -------
    ndarray of shape (n_answers,)
        Their sums; NaN where a number is missing or there are no tokens.

    Raises
    ------
    InputError
        If a log-probability is above 0; it names the answer.

    Examples
    --------
    >>> sequence_logprob([np.log([0.5, 0.5]), None]).round(3).tolist()
    [-1.386, nan]
    """
    return _each(logprobs, np.sum, "logprobs")


def mean_logprob(logprobs: TokenValues) -> FloatArray:
    """Mean log-probability of the tokens of an answer, in (-inf, 0]; higher = more confident.

    Its exponential is the geometric mean of their probabilities, which does not fall with the length.

    Examples
    --------
    >>> np.exp(mean_logprob([np.log([0.9, 0.4])])).round(3).tolist()
    [0.6]
    """
    return _each(logprobs, np.mean, "logprobs")


def perplexity(logprobs: TokenValues) -> FloatArray:
    """Perplexity of an answer, in [1, inf): lower = more confident.

    It is the exponential of minus the mean log-probability. (lm-polygraph calls the logarithm of this ``Perplexity``.)

    Examples
    --------
    >>> perplexity([np.log([0.5, 0.5, 0.5])]).round(3).tolist()
    [2.0]
    """
    with np.errstate(over="ignore"):
        values: FloatArray = np.exp(-mean_logprob(logprobs))
    return values


def min_token_probability(logprobs: TokenValues) -> FloatArray:
    """Probability of the least likely token of an answer, in [0, 1]; higher = more confident.

    Examples
    --------
    >>> min_token_probability([np.log([0.9, 0.4])]).round(3).tolist()
    [0.4]
    """
    return np.exp(_each(logprobs, np.min, "logprobs"))


def mean_token_entropy(entropies: TokenValues) -> FloatArray:
    """Mean over the tokens of an answer of the entropy at their places, in nats: lower = more confident.

    Parameters
    ----------
    entropies : sequence of array-like or None
        For each answer the entropies of the next token's distribution, shape (n_tokens,).

    Raises
    ------
    InputError
        If an entropy is below 0; it names the answer.

    Examples
    --------
    >>> mean_token_entropy([[0.5, 1.5], []]).tolist()
    [1.0, nan]
    """
    return _each(entropies, np.mean, "entropies")


def max_token_entropy(entropies: TokenValues) -> FloatArray:
    """Largest entropy at a token of an answer, in nats: lower = more confident.

    Examples
    --------
    >>> max_token_entropy([[0.5, 1.5]]).tolist()
    [1.5]
    """
    return _each(entropies, np.max, "entropies")


def mean_token_margin(top_logprobs: Sequence[Sequence[npt.ArrayLike] | None]) -> FloatArray:
    """Mean over the places of an answer of how far the likeliest token leads, in [0, 1]; higher = more confident.

    The lead is the probability of the likeliest token minus that of the next, whichever of them was generated.

    Parameters
    ----------
    top_logprobs : sequence of (sequence of array-like) or None
        For each answer, at each of its places, the largest log-probabilities, at least two.

    Returns
    -------
    ndarray of shape (n_answers,)
        NaN where there are no places, or one of them tells of fewer than two tokens.

    Examples
    --------
    >>> mean_token_margin([[np.log([0.7, 0.2]), np.log([0.5, 0.4])], None]).round(3).tolist()
    [0.3, nan]
    """
    leads: list[FloatArray | None] = [
        None if places is None else np.array([*map(_lead, places)]) for places in top_logprobs
    ]
    return _each(leads, np.mean, "top_logprobs")


def drop_end_token(values: TokenValues, ended: npt.ArrayLike) -> list[FloatArray | None]:
    """Return the numbers without those of the tokens that ended the answers.

    Parameters
    ----------
    values : sequence of array-like or None
        For each answer one number a token, or one row a token.
    ended : array-like of bool, shape (n_answers,)
        Whether the last token of an answer is the one that ended it.

    Examples
    --------
    >>> [own.tolist() for own in drop_end_token([[-1.0, -0.1], [-2.0]], [True, False])]
    [[-1.0], [-2.0]]
    """
    return [
        None if own is None else np.asarray(own, dtype=np.float64)[: -1 if over else None]
        for own, over in zip(values, np.asarray(ended, dtype=bool).tolist(), strict=True)
    ]


def _lead(logprobs: npt.ArrayLike) -> float:
    values = np.asarray(logprobs, dtype=np.float64)
    if values.ndim != 1 or values.size < 2:
        return np.nan
    second, first = np.exp(np.sort(values)[-2:]).tolist()
    return float(first - second)


def _each(values: TokenValues, join: Callable[[FloatArray], float], name: str) -> FloatArray:
    return np.array([_join(own, join, name, row) for row, own in enumerate(values)], dtype=np.float64)


def _join(values: npt.ArrayLike | None, join: Callable[[FloatArray], float], name: str, row: int) -> float:
    own = np.asarray([] if values is None else values, dtype=np.float64)
    if own.ndim != 1:
        raise InputError(f"{name}[{row}]: one number a token is needed; got an array of shape {own.shape}")
    if own.size == 0:
        return np.nan
    if name == "logprobs":
        if (own > _ROUNDING).any():
            raise InputError(f"{name}[{row}]: a log-probability must not be above 0; got {np.nanmax(own):g}")
        own = np.minimum(own, 0.0)
    elif name == "entropies":
        if (own < -_ROUNDING).any():
            raise InputError(f"{name}[{row}]: an entropy must not be below 0; got {np.nanmin(own):g}")
        own = np.maximum(own, 0.0)
    return float(join(own))
