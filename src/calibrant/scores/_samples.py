"""Several answers to one question, sorted into sets that say the same → how far they agree.

The numbers of the sets mean nothing but same or different. A question without samples is NaN everywhere.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from calibrant.exceptions import InputError
from calibrant.types import FloatArray


def self_consistency(answer_sets: Sequence[int | None], sample_sets: Sequence[Sequence[int]]) -> FloatArray:
    """Share of the samples that say the same as the answer, in [0, 1]; higher = more confident (Wang et al. 2023).

    Parameters
    ----------
    answer_sets : sequence of int or None
        For each question the set of the answer whose confidence is wanted; None where there is no answer.
    sample_sets : sequence of sequence of int
        For each question the set of every sample.

    Returns
    -------
    ndarray of shape (n_questions,)
        NaN where there is no answer or no sample.

    Examples
    --------
    >>> self_consistency([0, None], [[0, 1, 0, 2], [0, 0]]).tolist()
    [0.5, nan]
    """
    return np.array(
        [
            np.nan if answer is None or not len(sets) else float(np.mean(np.asarray(sets) == answer))
            for answer, sets in zip(answer_sets, sample_sets, strict=True)
        ],
        dtype=np.float64,
    )


def n_semantic_sets(sample_sets: Sequence[Sequence[int]]) -> FloatArray:
    """Count the different things that the samples of each question say: fewer = more confident.

    Examples
    --------
    >>> n_semantic_sets([[0, 1, 0, 2], [0, 0], []]).tolist()
    [3.0, 1.0, nan]
    """
    return np.array([len(set(sets)) or np.nan for sets in sample_sets], dtype=np.float64)


def semantic_entropy(sample_sets: Sequence[Sequence[int]]) -> FloatArray:
    """Entropy of what the samples say, in nats, in [0, ln n_samples]: lower = more confident (Farquhar et al. 2024).

    The discrete one: the probability of a set is its share of the samples, so no likelihoods are needed.

    Parameters
    ----------
    sample_sets : sequence of sequence of int
        For each question the set of every sample.

    Examples
    --------
    >>> semantic_entropy([[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 2, 3]]).round(3).tolist()
    [0.0, 0.693, 1.386]
    """
    return np.array([_entropy(np.unique(sets, return_counts=True)[1]) for sets in sample_sets], dtype=np.float64)


def weighted_semantic_entropy(
    sample_sets: Sequence[Sequence[int]], logprobs: Sequence[npt.ArrayLike | None]
) -> FloatArray:
    """Entropy of what the samples say, weighted by their likelihoods, in [0, ln n_samples]: lower = more confident.

    The probability of a set is the likelihood of its samples, as a share of that of all samples (Farquhar et al. 2024,
    with ``mean_logprob`` of each sample as they do it, so that a short answer does not outweigh a long one).

    Parameters
    ----------
    sample_sets : sequence of sequence of int
        For each question the set of every sample.
    logprobs : sequence of array-like or None
        For each question the log-likelihood of every sample, shape (n_samples,).

    Returns
    -------
    ndarray of shape (n_questions,)
        NaN where a likelihood is missing, or all are 0.

    Examples
    --------
    >>> weighted_semantic_entropy([[0, 0, 1]], [np.log([0.2, 0.3, 0.5])]).round(3).tolist()
    [0.693]
    """
    entropies = []
    for row, (sets, own) in enumerate(zip(sample_sets, logprobs, strict=True)):
        weights = _likelihoods(sets, own, row)
        masses = np.array([])
        if weights.size and weights.max() > -np.inf:
            shares = np.exp(weights - logsumexp(weights))
            masses = np.bincount(np.unique(sets, return_inverse=True)[1], weights=shares)
        entropies.append(_entropy(masses))
    return np.array(entropies, dtype=np.float64)


def monte_carlo_semantic_entropy(
    sample_sets: Sequence[Sequence[int]], logprobs: Sequence[npt.ArrayLike | None]
) -> FloatArray:
    """Minus the mean over samples of the log-likelihood of what each says, in nats: lower = more confident.

    Kuhn et al. 2023, as lm-polygraph computes it: the likelihood of a set is the plain sum of its samples' sequence
    probabilities. It is not normalised, so it can be below 0 where the same text was drawn again and again.

    Parameters
    ----------
    sample_sets : sequence of sequence of int
        For each question the set of every sample.
    logprobs : sequence of array-like or None
        For each question the log-likelihood of every sample, shape (n_samples,), summed over its tokens.

    Examples
    --------
    >>> monte_carlo_semantic_entropy([[0, 0, 1]], [np.log([0.2, 0.3, 0.5])]).round(3).tolist()
    [0.693]
    """
    entropies = []
    for row, (sets, own) in enumerate(zip(sample_sets, logprobs, strict=True)):
        weights = _likelihoods(sets, own, row)
        of_set = (
            {number: logsumexp(weights[np.asarray(sets) == number]) for number in set(sets)} if weights.size else {}
        )
        entropies.append(-np.mean([of_set[number] for number in sets]) if of_set else np.nan)
    return np.array(entropies, dtype=np.float64)


def predictive_entropy(logprobs: Sequence[npt.ArrayLike | None]) -> FloatArray:
    """Minus the mean log-likelihood of the samples, in nats, in [0, inf): lower = more confident.

    It takes every wording for something else, so it needs no sets. With log-likelihoods divided by the numbers of
    tokens it is the length-normalised one (Malinin and Gales 2021).

    Examples
    --------
    >>> predictive_entropy([np.log([0.5, 0.125]), None]).round(3).tolist()
    [1.386, nan]
    """
    return np.array(
        [
            np.nan if own is None or np.size(own) == 0 else -np.mean(np.asarray(own, dtype=np.float64))
            for own in logprobs
        ],
        dtype=np.float64,
    )


def _entropy(masses: npt.ArrayLike) -> float:
    weights = np.asarray(masses, dtype=np.float64)
    if not weights.size:
        return np.nan
    shares = weights[weights > 0] / weights.sum()
    return float(max(0.0, -(shares * np.log(shares)).sum()))


def _likelihoods(sets: Sequence[int], logprobs: npt.ArrayLike | None, row: int) -> FloatArray:
    """Return the log-likelihoods, or an empty array where one of them is missing."""
    own = np.asarray([] if logprobs is None else logprobs, dtype=np.float64)
    if logprobs is not None and own.shape != (len(sets),):
        raise InputError(f"logprobs[{row}]: one number a sample is needed; got {own.size} for {len(sets)} samples")
    return np.array([]) if np.isnan(own).any() else own
