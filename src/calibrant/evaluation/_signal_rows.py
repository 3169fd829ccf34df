"""A folder of answers → what each signal says of every answer, whether that is right, and why it says nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from calibrant.grading import AnswerRule, GradedTexts, grade_answers
from calibrant.readouts import STATED_FORMATS, Answers
from calibrant.scores import Equivalence, SignalCost, read_stated, signal_cost, signals
from calibrant.types import BoolArray, FloatArray

CLAIMS = frozenset({"likelihood", "consistency", "avg-conf", "pair-rank"})
"""Signals that are probabilities by their own claim, as all that are stated and P(True) are; the others are scores."""

NOT_TOLD = "not told"
"""Why a signal is missing where the folder does not hold what it needs."""

NOT_READ = "not read: {cause}"
"""Why a stated confidence is missing, with the cause that `calibrant.scores.read_stated` gives."""

_IN_WORDS = {"none": "no confidence"}
"""Causes that do not speak for themselves."""

_STATED = "stated-"


@dataclass(frozen=True, eq=False)
class SignalRows:
    """What one signal says of every answer of a folder."""

    name: str
    """Which signal."""

    confidence: FloatArray
    """In [0, 1]; NaN where it is missing; shape (n_answers,)."""

    correct: FloatArray
    """Correctness of what it speaks of; NaN where nobody can say; shape (n_answers,)."""

    causes: tuple[str | None, ...]
    """Why a row cannot be measured; None where it can."""

    own_guess: bool
    """Whether it speaks of a guess of its own, and not of the answer."""

    is_probability: bool
    """Whether it claims to be the probability that this is right."""

    cost: SignalCost
    """What it costs besides the answer."""

    @property
    def known(self) -> BoolArray:
        """Which rows can be measured."""
        known: BoolArray = ~np.isnan(self.confidence) & ~np.isnan(self.correct)
        return known

    def missing(self, rows: Sequence[int]) -> Counter[str]:
        """Count the causes for which some of these rows cannot be measured."""
        return Counter(cause for row in rows if (cause := self.causes[row]) is not None)


def read_signals(
    answers: Answers, graded: GradedTexts, rule: AnswerRule = "auto", equivalence: Equivalence | None = None
) -> list[SignalRows]:
    """Return every signal that a folder allows or was asked for, in the order in which `calibrant.scores` lists them.

    A stated confidence speaks of the guess that is named beside it, so that guess is graded, by the same rule. One that
    was asked for and never read is there too, with the causes.

    Parameters
    ----------
    answers : Answers
        The folder.
    graded : GradedTexts
        Its answers, graded.
    rule : {"auto", "exact", "contains", "f1", "number", "letter"}
        How guesses are graded.
    equivalence : Equivalence, optional
        What sorts answers into sets of those that say the same.
    """
    return list(_read(answers, graded, rule, equivalence))


def _read(
    answers: Answers, graded: GradedTexts, rule: AnswerRule, equivalence: Equivalence | None
) -> Iterator[SignalRows]:
    found = signals(answers, equivalence=equivalence)
    nothing = np.full(len(answers.questions), np.nan)
    # An empty answer and a refusal have causes too, and are wrong.
    ungraded = [
        cause if np.isnan(own) else None for cause, own in zip(graded.cause, graded.correct.tolist(), strict=True)
    ]
    for name, confidence in found.items():
        if name not in answers.p_true_variants and not name.startswith(_STATED):
            untold = [NOT_TOLD if np.isnan(value) else None for value in confidence]
            yield _rows(answers, name, confidence, graded.correct, _first(ungraded, untold), name in CLAIMS)
    for name in answers.p_true_variants:
        confidence = found.get(name, nothing)
        causes = _first(ungraded, _p_true_errors(answers, name, confidence))
        yield _rows(answers, name, confidence, graded.correct, causes, True)
    for form in answers.stated_formats:
        confidence = found.get(_STATED + form, nothing)
        if STATED_FORMATS[form].fresh:
            correct, own = graded.correct, ungraded
        else:
            guesses = _grade_guesses(answers, form, rule)
            correct = guesses.correct
            own = [
                cause if np.isnan(value) else None
                for cause, value in zip(guesses.cause, guesses.correct.tolist(), strict=True)
            ]
        causes = _first(_stated_errors(answers, form), own)
        yield _rows(answers, _STATED + form, confidence, correct, causes, True, not STATED_FORMATS[form].fresh)


def _rows(
    answers: Answers,
    name: str,
    confidence: FloatArray,
    correct: FloatArray,
    causes: Sequence[str | None],
    is_probability: bool,
    own_guess: bool = False,
) -> SignalRows:
    known = ~np.isnan(confidence) & ~np.isnan(correct)
    told = tuple(None if there else cause or NOT_TOLD for there, cause in zip(known.tolist(), causes, strict=True))
    return SignalRows(name, confidence, correct, told, own_guess, is_probability, signal_cost(answers, name))


def _grade_guesses(answers: Answers, form: str, rule: AnswerRule) -> GradedTexts:
    """Grade the guesses of a format as if they were the answers."""
    readings = [read_stated(form, reply["texts"]) for reply in answers.stated(form)]
    causes = _stated_errors(answers, form)
    told = {
        "answer": [guess or "" for guess, _, _ in readings],
        "finish": ["error" if guess is None else "stop" for guess, _, _ in readings],
        "error": [cause if reading[0] is None else None for reading, cause in zip(readings, causes, strict=True)],
    }
    table = answers.table
    for name, column in told.items():
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(column, pa.string()))
    return grade_answers(replace(answers, table=table), rule)


def _stated_errors(answers: Answers, form: str) -> list[str | None]:
    causes = [reply["error"] or read_stated(form, reply["texts"])[2] for reply in answers.stated(form)]
    errors = [reply["error"] for reply in answers.stated(form)]
    return [
        cause if cause is None or cause == error else NOT_READ.format(cause=_IN_WORDS.get(cause, cause))
        for cause, error in zip(causes, errors, strict=True)
    ]


def _p_true_errors(answers: Answers, variant: str, confidence: FloatArray) -> list[str | None]:
    every = answers.table.column("p_true").to_pylist()
    errors = [next((one["error"] for one in own or () if one["variant"] == variant), None) for own in every]
    return [(error or NOT_TOLD) if np.isnan(own) else None for error, own in zip(errors, confidence, strict=True)]


def _first(*causes: Sequence[str | None]) -> list[str | None]:
    """Return the first cause of each row."""
    return [next((cause for cause in own if cause is not None), None) for own in zip(*causes, strict=True)]
