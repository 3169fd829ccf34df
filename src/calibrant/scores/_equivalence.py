"""Answers to one question → sets of those that say the same."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from calibrant.language import normalise_answer

PairJudge: TypeAlias = Callable[[str, Sequence[tuple[str, str]]], Sequence[bool | None]]
"""What says of pairs of answers to a question whether both mean the same; None where it cannot tell."""


class Equivalence(Protocol):
    """Sorts the answers to one question into sets of those that say the same."""

    def __call__(self, question: str, texts: Sequence[str]) -> list[int]:
        """Return the number of each text's set, counted from 0 in the order in which the sets first occur."""
        ...


def by_text(question: str, texts: Sequence[str]) -> list[int]:
    """Sort answers by their normalised text; see `normalise_answer`.

    Examples
    --------
    >>> by_text("What is the capital of France?", ["Paris", "Lyon", "paris.", "The city of Paris"])
    [0, 1, 0, 2]
    """
    del question
    return _number([normalise_answer(text) for text in texts])


class PairwiseEquivalence:
    """Sorts answers by judging pairs of them.

    The first answer opens a set and takes in all that are judged to mean the same as it; the first of those left over
    opens the next one. So an answer is compared with the openers of sets only, each pair once, a set's pairs together.
    Texts that are the same once they are normalised are the same without asking, and an empty text is like no other.

    Parameters
    ----------
    judge : callable
        Gets the question and pairs of answers, and returns for each pair True, False, or None where it cannot tell,
        which counts as False.

    Examples
    --------
    >>> same_initial = PairwiseEquivalence(lambda question, pairs: [one[0] == other[0] for one, other in pairs])
    >>> same_initial("?", ["Paris", "Lyon", "Prague", "London", "paris"]), same_initial.judged
    ([0, 1, 0, 1, 0], 4)
    """

    def __init__(self, judge: PairJudge) -> None:
        self.judge = judge
        self.judged = 0
        """Pairs that were judged."""
        self.undecided = 0
        """Those among them of which it could not be told."""
        self._known: dict[tuple[str, frozenset[str]], bool] = {}

    def __call__(self, question: str, texts: Sequence[str]) -> list[int]:
        """Return the number of each text's set, counted from 0 in the order in which the sets first occur."""
        forms = [normalise_answer(text) for text in texts]
        shown = dict(zip(reversed(forms), reversed(texts), strict=True))
        left = [form for form in dict.fromkeys(forms) if form]
        opener: dict[str, str] = {"": ""}
        while left:
            first, *others = left
            same = self._same(question, first, others, shown)
            opener |= dict.fromkeys((first, *same), first)
            left = [form for form in others if form not in same]
        return _number([opener[form] for form in forms])

    def _same(self, question: str, first: str, others: Sequence[str], shown: dict[str, str]) -> set[str]:
        """Return which of the others mean the same as the first."""
        keys = {other: (question, frozenset((first, other))) for other in others}
        unknown = [other for other in others if keys[other] not in self._known]
        if unknown:
            verdicts = self.judge(question, [(shown[first], shown[other]) for other in unknown])
            for other, verdict in zip(unknown, verdicts, strict=True):
                self.judged += 1
                self.undecided += verdict is None
                self._known[keys[other]] = bool(verdict)
        return {other for other in others if self._known[keys[other]]}


def _number(names: Sequence[str]) -> list[int]:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return [numbers[name] for name in names]
