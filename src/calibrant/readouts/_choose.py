"""Which way of reading suits a model: chosen by accuracy, on questions that are not tested on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.readouts._prompts import Row
from calibrant.types import ReadoutKind


@dataclass(frozen=True)
class ReadoutChoice:
    """How ``auto`` chose."""

    kind: ReadoutKind
    """The readout that answered more of the train part correctly; cloze if they tie."""

    letter: float
    """Accuracy of the letter readout on the train part."""

    cloze: float
    """Accuracy of the cloze readout on the train part."""

    n: int
    """Questions of the train part that have a right answer."""


def choose_readout(rows: Sequence[Row], questions: Sequence[Question]) -> ReadoutChoice:
    """Choose the readout by accuracy on questions that are not tested on.

    Examples
    --------
    >>> question = Question(id="q", question="?", choices=("yes", "no"), answer=0)
    >>> row = {"letter_logprobs": [-2.0, -1.0], "cloze_logprobs": [-1.0, -3.0]}
    >>> choose_readout([row], [question])
    ReadoutChoice(kind='cloze', letter=0.0, cloze=1.0, n=1)
    """
    graded = [(row, question) for row, question in zip(rows, questions, strict=True) if question.answer is not None]
    if not graded:
        raise InputError("readout: auto chooses on answered questions of the train part, and there are none")
    hits = {
        kind: [int(np.argmax(np.asarray(row[f"{kind}_logprobs"]))) == question.answer for row, question in graded]
        for kind in ("letter", "cloze")
    }
    letter, cloze = (sum(hits[kind]) / len(graded) for kind in ("letter", "cloze"))
    return ReadoutChoice("letter" if letter > cloze else "cloze", letter, cloze, len(graded))
