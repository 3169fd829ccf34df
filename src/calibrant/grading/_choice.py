"""Option log-probabilities x the right option → the option given, and whether it was right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray, OptionLogits


@dataclass(frozen=True, eq=False)
class GradedChoices:
    """The options that a model gave, and whether they were right."""

    answer: IntArray
    """0-based index of the most likely option, the first of them where several tie; shape (n_questions,)."""

    correct: FloatArray
    """1 where it is the right one, 0 where it is not, NaN where none is known to be right; shape (n_questions,)."""

    n_ties: int
    """Questions in which the most likely option was not alone."""


def grade_choices(logprobs: OptionLogits, right: Sequence[object] | npt.NDArray[np.integer]) -> GradedChoices:
    """Grade the most likely option of every question.

    Parameters
    ----------
    logprobs : sequence of n_questions array-likes of shape (n_options,)
        Log-probabilities of the options, normalised or not; the numbers of options may differ.
    right : sequence of int or None
        0-based index of the right option; None where it is unknown, or where the question has no answer.

    Returns
    -------
    GradedChoices
        Nothing is graded by a default: what is unknown is NaN.

    Raises
    ------
    InputError
        If the lengths differ, a log-probability is NaN, or a right option is no index of one; it names the row.

    Examples
    --------
    >>> graded = grade_choices([[-1.0, -3.0], [-2.0, -2.0, -9.0], [-1.0, -2.0]], [0, 1, None])
    >>> graded.answer.tolist(), graded.correct.tolist(), graded.n_ties
    ([0, 0, 0], [1.0, 0.0, nan], 1)
    """
    if len(logprobs) != len(right):
        raise InputError(f"right must have one entry a question, so {len(logprobs)}; got {len(right)}")
    answers, correct, n_ties = [], [], 0
    for row, (options, label) in enumerate(zip(logprobs, right, strict=True)):
        values = _as_numbers(options)
        if values.ndim != 1 or values.size == 0 or np.isnan(values).any():
            raise InputError(f"logprobs, row {row}: numbers for at least one option are needed, none of them NaN")
        answer = int(values.argmax())
        n_ties += int((values == values[answer]).sum() > 1)
        answers.append(answer)
        correct.append(np.nan if label is None else float(answer == _check_label(label, values.size, row)))
    return GradedChoices(np.array(answers, dtype=np.int64), np.array(correct, dtype=np.float64), n_ties)


def _as_numbers(options: npt.ArrayLike) -> FloatArray:
    try:
        return np.asarray(options, dtype=np.float64)
    except (TypeError, ValueError):
        return np.empty(0)  # refused by its row


def _check_label(label: object, n_options: int, row: int) -> int:
    # True is an int to Python, but somebody's correctness here.
    index = int(label) if isinstance(label, int | np.integer) and not isinstance(label, bool) else -1
    if not 0 <= index < n_options:
        raise InputError(f"right, row {row}: the index of one of {n_options} options is needed, or None; got {label!r}")
    return index
