"""Two answers → whether a model says that they mean the same."""

import re
from collections.abc import Sequence

from calibrant.models import AnsweringModel, GenerationRequest, Message
from calibrant.readouts._converse import converse
from calibrant.scores._equivalence import PairwiseEquivalence

_PROMPT = """\
Two people answered the same question. Do both answers say the same thing, even if in other words?

Question: {question}
First answer: {one}
Second answer: {other}

Reply with one word: Yes if they say the same thing, No if they do not."""

_REPLY = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


def by_asking(model: AnsweringModel) -> PairwiseEquivalence:
    """Sort answers by asking a model of each pair whether both say the same.

    A reply that begins with neither yes nor no counts as no, and in ``undecided``.

    Parameters
    ----------
    model : AnsweringModel
        The model; it is asked greedily, the pairs of one set together.

    Examples
    --------
    >>> from calibrant.models import FakeModel
    >>> model = FakeModel(answers={"Second answer: Paree": "Yes.", "Second answer: Lyon": "No", "": "Perhaps"})
    >>> same = by_asking(model)
    >>> same("What is the capital of France?", ["Paris", "Paree", "Lyon", "PARIS", "Nice"])
    [0, 0, 1, 0, 2]
    >>> same.judged, same.undecided
    (4, 2)
    """
    request = GenerationRequest(max_tokens=8)

    def judge(question: str, pairs: Sequence[tuple[str, str]]) -> list[bool | None]:
        asked = [[Message("user", _PROMPT.format(question=question, one=one, other=other))] for one, other in pairs]
        return [_read(replies[0].text) for replies in converse(model, asked, [request])[0]]

    return PairwiseEquivalence(judge)


def _read(reply: str) -> bool | None:
    found = _REPLY.match(reply)
    return None if found is None else found[1].lower() == "yes"
