"""What is asked of a model that answers in its own words, and what comes back: the same for weights and for servers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from calibrant.exceptions import InputError
from calibrant.models._protocol import HiddenArray, Message, ModelIdentity
from calibrant.types import FloatArray

AnswerPosition: TypeAlias = Literal["last_prompt", "first_answer", "last_answer"]
"""Where a hidden state of an answer is read: the token before the answer, its first token, its last one."""

FinishReason: TypeAlias = Literal["stop", "length", "filter", "error"]
"""The model ended its answer, it was cut off, a server held it back, or none came."""


@dataclass(frozen=True)
class GenerationRequest:
    """How to answer: greedily, or by drawing several answers."""

    max_tokens: int = 64
    """An answer is cut off after so many tokens."""

    n: int = 1
    """Answers drawn for each conversation."""

    temperature: float = 0.0
    """0 takes the most likely token each time (then all ``n`` are alike); 1 draws from the model's own distribution."""

    seed: int = 0
    """Of the draws. The answers to a conversation depend on it and on the conversation, not on the batch."""

    stop: tuple[str, ...] = ()
    """An answer ends before the first of these texts."""

    top_logprobs: int = 0
    """So many of the likeliest tokens are kept at every place."""

    layers: tuple[int, ...] = ()
    """Hidden states of these layers are kept, counted as in `HiddenRequest`."""

    positions: tuple[AnswerPosition, ...] = ("last_prompt", "last_answer")
    """Where, in this order."""

    def __post_init__(self) -> None:
        if self.max_tokens < 1 or self.n < 1:
            raise InputError(f"max_tokens and n must be at least 1; got {self.max_tokens} and {self.n}")
        if not 0 <= self.temperature <= 10:
            raise InputError(f"temperature must lie in 0 to 10; got {self.temperature:g}")
        if self.top_logprobs < 0:
            raise InputError(f"top_logprobs must be at least 0; got {self.top_logprobs}")
        if not all(self.stop):
            raise InputError("stop: an empty text would end every answer before it began")


@dataclass(frozen=True, eq=False)
class Completion:
    """One answer in the model's own words.

    Log-probabilities are the model's own, before any temperature. What a server does not tell is None.
    """

    text: str
    """The answer, without what ended it; may be empty."""

    finish: FinishReason
    """Why it ended."""

    tokens: tuple[str, ...] | None = None
    """The text of each token generated, the one that ended the answer included where it is known."""

    logprobs: FloatArray | None = None
    """Natural-log probability of each of these tokens, shape (n_tokens,); NaN where it was not told."""

    entropies: FloatArray | None = None
    """Entropy of the distribution at each of these places, in nats, shape (n_tokens,); of all tokens or not known."""

    top: tuple[tuple[tuple[str, float], ...], ...] | None = None
    """At each place the likeliest tokens, as text and log-probability, the likeliest first."""

    hidden: HiddenArray | None = None
    """The hidden states asked for, shape (positions, layers, width)."""

    n_prompt_tokens: int | None = None
    """Tokens of the conversation."""

    error: str | None = None
    """Where ``finish`` is error: its cause, in a word that can be counted."""


class AnsweringModel(Protocol):
    """A model that answers a conversation in its own words."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""
        ...

    def generate(
        self, conversations: Sequence[Sequence[Message]], request: GenerationRequest | None = None
    ) -> list[list[Completion]]:
        """Return ``request.n`` answers to each conversation.

        A conversation that ends with an assistant's turn is gone on with: the answer continues that turn.
        """
        ...
