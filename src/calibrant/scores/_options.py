"""Option log-probabilities → confidence in the most likely option."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import FloatArray, OptionLogits


def option_probabilities(logprobs: OptionLogits) -> list[FloatArray]:
    """Softmax over the options of each question.

    Parameters
    ----------
    logprobs : sequence of n_questions array-likes of shape (n_options,)
        Unnormalised log-probabilities (natural logarithm); the numbers of options may differ.

    Returns
    -------
    list of ndarray of shape (n_options,)
        Probabilities with sum 1.

    Raises
    ------
    InputError
        If a question has no options, or one of its numbers is not finite; it names the row.

    Examples
    --------
    >>> [p.round(2).tolist() for p in option_probabilities([[0.0, 0.0], [np.log(3), 0.0, 0.0]])]
    [[0.5, 0.5], [0.6, 0.2, 0.2]]
    """
    probabilities = []
    for row, options in enumerate(logprobs):
        values = _as_numbers(options)
        if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
            raise InputError(f"logprobs, row {row}: finite numbers for at least one option are needed")
        shifted: FloatArray = np.exp(values - values.max())
        probabilities.append(shifted / shifted.sum())
    return probabilities


def max_probability(logprobs: OptionLogits) -> FloatArray:
    """Probability of the most likely option, in [1/n_options, 1]; higher = more confident.

    Examples
    --------
    >>> max_probability([[0.0, 0.0], [np.log(3), 0.0]]).round(2).tolist()
    [0.5, 0.75]
    """
    return _each(logprobs, lambda p: float(p.max()))


def margin(logprobs: OptionLogits) -> FloatArray:
    """Probability of the most likely option minus that of the next, in [0, 1]; higher = more confident.

    A single option has no rival, and its margin is 1.

    Examples
    --------
    >>> margin([[0.0, 0.0], [np.log(3), 0.0]]).round(2).tolist()
    [0.0, 0.5]
    """
    return _each(logprobs, lambda p: float(np.diff(np.sort(p)[-2:])[0]) if p.size > 1 else 1.0)


def negative_entropy(logprobs: OptionLogits) -> FloatArray:
    """Minus the entropy of the options in nats, in [-ln n_options, 0]; higher = more confident.

    Examples
    --------
    >>> negative_entropy([[0.0, 0.0], [0.0, -1000.0]]).round(3).tolist()
    [-0.693, 0.0]
    """
    return _each(logprobs, lambda p: float((p * np.log(np.where(p > 0, p, 1.0))).sum()))


def _each(logprobs: OptionLogits, score: Callable[[FloatArray], float]) -> FloatArray:
    return np.array([score(probabilities) for probabilities in option_probabilities(logprobs)], dtype=np.float64)


def _as_numbers(options: npt.ArrayLike) -> FloatArray:
    try:
        return np.asarray(options, dtype=np.float64)
    except (TypeError, ValueError):
        return np.empty(0)  # refused by its row
