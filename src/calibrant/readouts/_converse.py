"""Conversations → answers, where one that cannot be had is an answer of its own kind and stops no other."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from calibrant.models import AnsweringModel, Completion, GenerationRequest, Message

TOO_LONG = "too long"
"""The cause where a conversation leaves no room in the model's context."""

NO_ANSWER = "no answer"
"""The cause where what was to be asked about has not come, or is empty."""


@runtime_checkable
class _Together(Protocol):
    """An engine that answers several requests in the same batches, so that prompts are read once."""

    def generate_each(
        self, conversations: Sequence[Sequence[Message]], requests: Sequence[GenerationRequest]
    ) -> list[list[list[Completion]]]: ...


@runtime_checkable
class _Measured(Protocol):
    """An engine that says how long a conversation is before it answers."""

    @property
    def context_length(self) -> int: ...

    def render(self, messages: Sequence[Message]) -> str: ...

    def encode(self, texts: Sequence[str]) -> list[list[int]]: ...


def converse(
    model: AnsweringModel, conversations: Sequence[Sequence[Message]], requests: Sequence[GenerationRequest]
) -> list[list[list[Completion]]]:
    """Return for each request, for each conversation, its answers.

    A conversation that is too long for the model is answered by an error with that cause; all others are asked.

    Examples
    --------
    >>> from calibrant.models import FakeModel
    >>> model = FakeModel(context_length=40, answers={"": "Yes"})
    >>> asked = [[Message("user", "Is ice cold?")], [Message("user", "Is ice colder than boiling water?")]]
    >>> [[first], [second]] = converse(model, asked, [GenerationRequest()])[0]
    >>> first.text, second.finish, second.error
    ('Yes', 'error', 'too long')
    """
    fitting = _fitting(model, conversations)
    answers: list[list[list[Completion]]] = [
        [[Completion("", "error", error=TOO_LONG)] * request.n for _ in conversations] for request in requests
    ]
    if not fitting:
        return answers
    asked = [conversations[place] for place in fitting]
    if isinstance(model, _Together):
        every = model.generate_each(asked, requests)
    else:
        every = [model.generate(asked, request) for request in requests]
    for own, came in zip(answers, every, strict=True):
        for place, completions in zip(fitting, came, strict=True):
            own[place] = completions
    return answers


def cause(completion: Completion) -> str | None:
    """Return why an answer did not come, or None where it did."""
    return (completion.error or "unknown") if completion.finish == "error" else None


def _fitting(model: AnsweringModel, conversations: Sequence[Sequence[Message]]) -> list[int]:
    if not conversations or not isinstance(model, _Measured):
        return list(range(len(conversations)))
    lengths = [len(tokens) for tokens in model.encode([model.render(messages) for messages in conversations])]
    return [place for place, length in enumerate(lengths) if length < model.context_length]
