"""Probabilities of the options of a question → how badly each option would fit as its answer."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray

SetScore: TypeAlias = Literal["lac", "aps"]
"""``lac``: what the option lacks to probability 1. ``aps``: the probability of all that are at least as likely."""

OptionProbabilities: TypeAlias = Sequence[npt.ArrayLike] | FloatArray
"""One sequence a question, with sum 1; the lengths may differ between questions."""

_SUM_TOLERANCE = 1e-3
"""Probabilities written with four decimals, of up to 20 options, are let through."""


def check_probabilities(probabilities: OptionProbabilities) -> list[FloatArray]:
    """One array of probabilities a question, each with sum 1.

    Parameters
    ----------
    probabilities : sequence of n_questions array-likes of shape (n_options,)
        Probabilities of the options.

    Returns
    -------
    list of ndarray of shape (n_options,)
        The same as float64.

    Raises
    ------
    InputError
        If there is no question, or a row has no options, a number outside [0, 1] or another sum than 1.
    """
    try:
        given = list(probabilities)
    except TypeError as error:
        raise InputError(
            f"probabilities must be a sequence of rows; got {probabilities!r}. Give one row of options a question."
        ) from error
    if not given:
        raise InputError("probabilities must have at least one question; got none.")
    return [_check_row(row, options) for row, options in enumerate(given)]


def check_answers(labels: npt.ArrayLike, probabilities: list[FloatArray]) -> IntArray:
    """Index of the right option of each question.

    Parameters
    ----------
    labels : array-like of shape (n_questions,)
        0-based indices.
    probabilities : list of ndarray of shape (n_options,)
        The options that they point into.

    Returns
    -------
    ndarray of shape (n_questions,)
        The same as int64.

    Raises
    ------
    InputError
        If there is not one index a question, or one is not that of an option.
    """
    array = np.asarray(labels)
    if array.shape != (len(probabilities),) or array.dtype.kind not in "iu":
        raise InputError(
            f"labels must be one whole number a question, {len(probabilities)} in all; got shape {array.shape} of type "
            f"{array.dtype}. Give the 0-based index of the right option."
        )
    sizes = np.array([row.size for row in probabilities])
    valid = (array >= 0) & (array < sizes)
    if not valid.all():
        row = int(np.argmin(valid))
        raise InputError(
            f"labels must be the 0-based index of the right option; row {row} is {array[row]}, and its question has "
            f"{sizes[row]} options. Leave out questions whose right answer is not among the options."
        )
    return array.astype(np.int64)


def option_scores(probability: FloatArray, score: SetScore) -> FloatArray:
    """How badly each option would fit as the answer, in [0, 1]; options of equal probability score alike.

    Parameters
    ----------
    probability : ndarray of shape (n_options,)
        Probabilities of the options of one question.
    score : {'lac', 'aps'}
        Which score.

    Returns
    -------
    ndarray of shape (n_options,)
        The scores; low fits best.

    Examples
    --------
    >>> option_scores(np.array([0.25, 0.5, 0.25]), "lac")
    array([0.75, 0.5 , 0.75])
    >>> option_scores(np.array([0.25, 0.5, 0.25]), "aps")
    array([1. , 0.5, 1. ])
    """
    if score == "lac":
        return 1 - probability
    falling = np.sort(probability)[::-1]
    total = np.minimum(np.cumsum(falling), 1.0)
    total[-1] = 1.0  # whatever rounding left
    return total[np.searchsorted(-falling, -probability, side="right") - 1]


def _check_row(row: int, options: npt.ArrayLike) -> FloatArray:
    try:
        array = np.asarray(options)
    except ValueError as error:
        raise InputError(f"probabilities must have one number an option; row {row} is nested.") from error
    if array.ndim != 1 or not array.size or array.dtype.kind not in "iuf":
        raise InputError(
            f"probabilities must have one number an option, and an option at least; row {row} has shape {array.shape} "
            f"of type {array.dtype}."
        )
    value = array.astype(np.float64)
    if not ((value >= 0) & (value <= 1)).all() or abs(value.sum() - 1) > _SUM_TOLERANCE:  # NaN fails too
        raise InputError(
            f"probabilities must lie in [0, 1] and have sum 1; row {row} is {value.tolist()!r:.80}. Pass logits "
            "through a map or softmax first, and leave out questions without probabilities."
        )
    return value
