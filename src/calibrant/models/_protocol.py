"""What a readout needs of a frozen language model, and nothing more."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import FloatArray

HiddenArray: TypeAlias = npt.NDArray[np.float32]

PositionName: TypeAlias = Literal["last_prompt", "last_option"]
"""Where a hidden state is read: at the last token of the prompt, or at the last token of each continuation."""


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    """Who speaks."""

    content: str
    """What is said."""


@dataclass(frozen=True)
class Prompt:
    """A text and its possible continuations: the model is asked how likely each of them is.

    A continuation is a sequence of tokens: the text of an option, or a single token such as the form of a letter.
    """

    tokens: tuple[int, ...]
    """The tokens of the text, at least one."""

    continuations: tuple[tuple[int, ...], ...]
    """The tokens of each continuation, at least one token each."""

    def __post_init__(self) -> None:
        # An empty continuation would be scored as certain.
        if not self.tokens or not all(self.continuations):
            raise InputError("a prompt and each of its continuations need at least one token")

    @property
    def length(self) -> int:
        """Tokens of the longest path, which must fit the context."""
        return len(self.tokens) + max((len(tokens) for tokens in self.continuations), default=0)


@dataclass(frozen=True)
class HiddenRequest:
    """Which hidden states to keep."""

    layers: tuple[int, ...]
    """0 is what enters the first block; l is what leaves block l (the residual stream, before the final norm)."""

    positions: tuple[PositionName, ...] = ("last_prompt",)
    """Kept in this order, all continuations under ``last_option``."""


@dataclass(frozen=True)
class Reading:
    """What the model says to one ``Prompt``."""

    logprobs: tuple[FloatArray, ...]
    """For each continuation the natural-log probability of each of its tokens, given all before it."""

    hidden: HiddenArray | None = None
    """The hidden states asked for, of shape (positions, layers, width)."""


@dataclass(frozen=True)
class ModelIdentity:
    """Which model, in which number format, on which engine: what a calibration map holds for."""

    name: str
    """A name to show: a hub id, or the name of a folder or file."""

    source: str
    """What loads it again: a hub id with its commit, a path, or ``embedded``."""

    weights: str
    """A hub commit, or ``sha256:`` and the hash of the files that make the model, its tokenizer included."""

    dtype: str
    """Number format of the weights in memory."""

    engine: str
    """The library that ran it."""

    engine_version: str
    """Its version; recorded, not compared."""

    device: str
    """Where it ran; recorded, not compared."""

    logprobs: str = "raw"
    """``raw``: log-probabilities before any sampling temperature, penalty or mask."""

    def binding(self) -> dict[str, str]:
        """Return the part that must be equal for a fitted map to hold."""
        return {key: value for key, value in asdict(self).items() if key in {"weights", "dtype", "engine", "logprobs"}}


class LanguageModel(Protocol):
    """A frozen language model, as small as the readouts need it."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""
        ...

    @property
    def context_length(self) -> int:
        """The longest path of tokens that it reads."""
        ...

    @property
    def n_layers(self) -> int:
        """The number of blocks; layers 0 to ``n_layers`` can be asked for."""
        ...

    @property
    def answer_prefix(self) -> str:
        """What stands between a rendered prompt and an answer: nothing after a chat template, else a space."""
        ...

    def render(self, messages: Sequence[Message]) -> str:
        """Return the conversation as the text after which the model would answer."""
        ...

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text, special tokens included."""
        ...

    def token_forms(self, text: str) -> tuple[int, ...]:
        """Return every token that reads as ``text`` once the white space around it is taken away."""
        ...

    def score(self, prompts: Sequence[Prompt], *, head: int = 0, hidden: HiddenRequest | None = None) -> list[Reading]:
        """Return one ``Reading`` a prompt, all computed in one batch.

        Parameters
        ----------
        prompts : sequence of Prompt
            The batch.
        head : int
            So many first tokens are the same in every prompt of the whole run, and none of these prompts is all head;
            an adapter may compute them once.
        hidden : HiddenRequest, optional
            Hidden states to keep.
        """
        ...
