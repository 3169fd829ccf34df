"""The same question twice, whatever its case, punctuation and order of options."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from calibrant.data._question import Question

DuplicateKey: TypeAlias = tuple[str, tuple[str, ...]]

# These signs are punctuation where they join words, and arithmetic elsewhere: '5 - 3' is not '5 / 3'.
_ARITHMETIC = frozenset("-*/%")
_JOINING_SIGN = re.compile(r"(?<=[^\W\d_])[-*/%](?=[^\W\d_])")


@dataclass(frozen=True)
class Deduplicated:
    """What `deduplicate` kept and what it dropped."""

    kept: tuple[Question, ...]
    """The first of each question, in the order given."""
    dropped: tuple[Question, ...]
    """The later ones, in the order given."""
    n_contradictions: int
    """How many of the dropped are labelled otherwise than the one kept; not to be waved through if it is large."""


def deduplicate(questions: Iterable[Question]) -> Deduplicated:
    """Keep the first of the questions that differ only in case, white space, punctuation or order of options.

    Examples
    --------
    >>> first = Question(id="a", question="Is ice cold?", choices=("no", "yes"), answer=1)
    >>> again = Question(id="b", question="is ICE cold", choices=("Yes", "No"), answer=1)
    >>> result = deduplicate([first, again])
    >>> [question.id for question in result.kept], result.n_contradictions
    (['a'], 1)
    """
    kept: dict[DuplicateKey, Question] = {}
    dropped: list[Question] = []
    n_contradictions = 0
    for question in questions:
        first = kept.setdefault(duplicate_key(question), question)
        if first is not question:
            dropped.append(question)
            n_contradictions += _contradict(first, question)
    return Deduplicated(tuple(kept.values()), tuple(dropped), n_contradictions)


def duplicate_key(question: Question) -> DuplicateKey:
    """Give what two questions share if and only if they count as the same."""
    return _squeeze(question.question), tuple(sorted(_squeeze(choice) for choice in question.choices or ()))


def _squeeze(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    spaced = "".join(
        " " if character not in _ARITHMETIC and unicodedata.category(character).startswith("P") else character
        for character in _JOINING_SIGN.sub(" ", folded)
    )
    # An option may be nothing but punctuation, and is then that.
    return " ".join(spaced.split()) or " ".join(folded.split())


def _contradict(first: Question, second: Question) -> bool:
    if not (first.labelled and second.labelled):
        return False
    if first.answerable and second.answerable:
        return _right(first).isdisjoint(_right(second))
    return first.answerable != second.answerable


def _right(question: Question) -> set[str]:
    if isinstance(question.answer, int):
        return {_squeeze((question.choices or ())[question.answer])}
    return {_squeeze(text) for text in question.answer or ()}
