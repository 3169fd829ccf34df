"""A tiny deterministic language model that needs no download: for tests, docs and trying the pipeline out."""

import hashlib
from collections.abc import Sequence

import numpy as np

from calibrant.models._protocol import HiddenArray, HiddenRequest, Message, ModelIdentity, Prompt, Reading
from calibrant.types import FloatArray

_VOCABULARY = 256
_WIDTH = 8
_N_LAYERS = 2


class FakeModel:
    """A byte-level model whose logits are a fixed pseudo-random function of all bytes before.

    It knows nothing, always says the same, sums to one, and obeys the whole ``LanguageModel`` protocol, hidden states
    included. ``sharpness`` scales its logits: a large one makes it sure of itself, and so overconfident.

    Parameters
    ----------
    sharpness : float
        Factor on the logits.
    context_length : int
        Longest path that it accepts.

    Examples
    --------
    >>> model = FakeModel()
    >>> tokens = tuple(model.encode(["Is it?"])[0])
    >>> reading = model.score([Prompt(tokens, tuple((byte,) for byte in range(256)))])[0]
    >>> round(float(sum(np.exp(logprob[0]) for logprob in reading.logprobs)), 6)
    1.0
    """

    answer_prefix = " "
    n_layers = _N_LAYERS

    def __init__(self, sharpness: float = 1.0, context_length: int = 4096) -> None:
        self.sharpness = sharpness
        self.context_length = context_length

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""
        return ModelIdentity(
            name="fake",
            source="fake",
            weights=f"fake:{self.sharpness:g}",
            dtype="float64",
            engine="calibrant",
            engine_version="1",
            device="cpu",
        )

    def render(self, messages: Sequence[Message]) -> str:
        """Return one line a message, then the name of who speaks next."""
        return "".join(f"{message.role}: {message.content}\n" for message in messages) + "assistant:"

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the UTF-8 bytes."""
        return [list(text.encode()) for text in texts]

    def token_forms(self, text: str) -> tuple[int, ...]:
        """Return the one byte that is the text, if it is one byte."""
        data = text.encode()
        return (data[0],) if len(data) == 1 else ()

    def score(self, prompts: Sequence[Prompt], *, head: int = 0, hidden: HiddenRequest | None = None) -> list[Reading]:
        """Return one ``Reading`` a prompt; ``head`` changes nothing here."""
        del head
        return [self._read(prompt, hidden) for prompt in prompts]

    def _read(self, prompt: Prompt, hidden: HiddenRequest | None) -> Reading:
        logprobs = tuple(
            np.array([self._logprobs((*prompt.tokens, *tokens[:i]))[token] for i, token in enumerate(tokens)])
            for tokens in prompt.continuations
        )
        if hidden is None:
            return Reading(logprobs)
        paths: list[tuple[int, ...]] = []
        for position in hidden.positions:
            options = prompt.continuations if position == "last_option" else ((),)
            paths += [(*prompt.tokens, *tokens) for tokens in options]
        states: HiddenArray = np.array(
            [[_noise(path, f"layer {layer}", _WIDTH) for layer in hidden.layers] for path in paths], dtype=np.float32
        )
        return Reading(logprobs, states)

    def _logprobs(self, path: Sequence[int]) -> FloatArray:
        logits: FloatArray = self.sharpness * _noise(path, "logits", _VOCABULARY)
        normaliser: float = np.logaddexp.reduce(logits)
        return logits - normaliser


def _noise(path: Sequence[int], salt: str, size: int) -> FloatArray:
    digest = hashlib.sha256(salt.encode() + b"\0" + bytes(path)).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16]))).standard_normal(size)
