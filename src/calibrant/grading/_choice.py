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


def grade_choices(logprobs: OptionLogits, right: Sequence[object]) -> GradedChoices:
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
        If the lengths differ, or a log-probability is NaN; it names the row.

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
        values: npt.NDArray[np.float64] = np.asarray(options, dtype=np.float64)
        if values.ndim != 1 or values.size == 0 or np.isnan(values).any():
            raise InputError(f"logprobs, row {row}: numbers for at least one option are needed, none of them NaN")
        answer = int(values.argmax())
        n_ties += int((values == values[answer]).sum() > 1)
        answers.append(answer)
        correct.append(float(answer == label) if isinstance(label, int) else np.nan)
    return GradedChoices(np.array(answers, dtype=np.int64), np.array(correct, dtype=np.float64), n_ties)
