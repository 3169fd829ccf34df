"""What a question is asked besides the usual reading: its options without it, and its options in other orders.

Maps that need no labels live on these. What a model prefers among options where nothing was asked is its bias towards
them (Zhao et al. 2021; for cloze, Holtzman et al. 2021), and a preference for a place is one that stays where it is
when the options move on.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from calibrant.data import Question
from calibrant.exceptions import DataError, InputError
from calibrant.models import LanguageModel, Prompt, Reading
from calibrant.readouts._prompts import Row, build_prompts, read_row
from calibrant.readouts._template import PromptTemplate
from calibrant.types import ReadoutKind

OptionOrders: TypeAlias = Literal["given", "cyclic"]
"""``given``: options are shown in their own order only. ``cyclic``: also moved on by 1, 2, … K - 1 places."""

CONTENT_FREE = "N/A"
"""Stands where a question, or an option that is read by its letter, says nothing."""


@dataclass(frozen=True)
class Extras:
    """Which readings are made of every question besides the usual one."""

    context: bool = False
    """Read the options where nothing is asked."""

    orders: OptionOrders = "given"
    """In which orders the options are shown."""

    def __bool__(self) -> bool:
        return self.context or self.orders != "given"

    @property
    def settings(self) -> dict[str, object]:
        """What a manifest must say; nothing by default, so that folders older than these readings stay good."""
        asked: dict[str, object] = {"context": True} if self.context else {}
        return asked | ({} if self.orders == "given" else {"orders": self.orders})

    def check(self, kind: str) -> None:
        """Refuse what cannot be read this way."""
        if self.orders not in get_args(OptionOrders):
            raise InputError(f"orders must be one of {', '.join(get_args(OptionOrders))}; got {self.orders!r}")
        if kind == "auto" and self.context:
            raise InputError("context log-probabilities need a fixed readout: name letter or cloze")
        if kind != "letter" and self.orders != "given":
            if kind == "auto":
                raise InputError("cyclic orders need a fixed readout: name letter")
            raise InputError(
                f"orders {self.orders} needs --readout letter: the {kind} readout shows the model one option at a "
                "time, so that there is no order to change"
            )

    def build(
        self, model: LanguageModel, questions: Sequence[Question], template: PromptTemplate, kind: ReadoutKind
    ) -> list[tuple[Prompt, ...]]:
        """Return what each question is asked besides; prompts that come to the same are equal."""
        prompts: list[tuple[Prompt, ...]] = [() for _ in questions]
        if self.context:
            with _named("context"):
                # Questions with the same options come to the same, and by letter those with as many.
                emptied = [empty(question, kind) for question in questions]
                distinct = {question.choices: question for question in emptied}
                built = build_prompts(model, list(distinct.values()), template, kind)
                own = dict(zip(distinct, built, strict=True))
            prompts = [(own[question.choices],) for question in emptied]
        if self.orders == "cyclic":
            with _named("orders"):
                counts = [len(question.choices or ()) for question in questions]
                moved = [move(question, s) for question, k in zip(questions, counts, strict=True) for s in range(1, k)]
                more = iter(build_prompts(model, moved, template, kind))
            prompts = [(*before, *(next(more) for _ in range(1, k))) for before, k in zip(prompts, counts, strict=True)]
        return prompts

    def columns(
        self, model: LanguageModel, question: Question, kind: ReadoutKind, usual: Row, readings: Sequence[Reading]
    ) -> Row:
        """Turn what the model said to these prompts, and to the usual one, into the columns that are kept of it."""
        name = f"{kind}_logprobs"
        rows = [np.asarray(read_row(model, question, kind, reading)[name]) for reading in readings]
        columns: Row = {}
        if self.context:
            columns["context_logprobs"] = rows.pop(0).tolist()
        if self.orders == "cyclic":
            columns["order_logprobs"] = own_order([np.asarray(usual[name]), *rows])
        return columns


def empty(question: Question, kind: ReadoutKind) -> Question:
    """Take away what a question asks, and what its options say where only their letters are read.

    Examples
    --------
    >>> question = Question(id="q", question="Is ice cold?", choices=("yes", "no"), answer=0)
    >>> empty(question, "cloze").question, empty(question, "cloze").choices
    ('N/A', ('yes', 'no'))
    >>> empty(question, "letter").choices
    ('N/A', 'N/A')
    """
    choices = question.choices or ()
    shown = choices if kind == "cloze" else (CONTENT_FREE,) * len(choices)
    return question.model_copy(update={"question": CONTENT_FREE, "choices": shown, "answer": None})


def move(question: Question, places: int) -> Question:
    """Move the options of a question on by so many places, the last ones to the front.

    Examples
    --------
    >>> question = Question(id="q", question="2 + 2 =", choices=("3", "4", "5"), answer=1)
    >>> move(question, 1).choices
    ('5', '3', '4')
    """
    choices = question.choices or ()
    cut = len(choices) - places
    return question.model_copy(update={"choices": choices[cut:] + choices[:cut], "answer": None})


def own_order(rows: Sequence[npt.ArrayLike]) -> list[list[float]]:
    """Put what was read in each cyclic order, row s with the options moved on by s places, back into their own order.

    Examples
    --------
    A model that looks at places only, and likes the first: it likes the option that stood there.

    >>> own_order([[-1.0, -5.0, -6.0]] * 3)
    [[-1.0, -5.0, -6.0], [-5.0, -6.0, -1.0], [-6.0, -1.0, -5.0]]
    """
    return [np.roll(np.asarray(row, dtype=np.float64), -places).tolist() for places, row in enumerate(rows)]


@contextmanager
def _named(reading: str) -> Iterator[None]:
    """Say in an error that it was not the usual reading that failed."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{reading}: {error}") from None
    except InputError as error:
        raise InputError(f"{reading}: {error}") from None
