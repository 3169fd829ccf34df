"""A tiny deterministic language model that needs no download: for tests, docs and trying the pipeline out."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from calibrant.models._answer import Answer, answer_generator, check_room, open_answer
from calibrant.models._generation import Completion, GenerationRequest
from calibrant.models._protocol import HiddenArray, HiddenRequest, Message, ModelIdentity, Prompt, Reading
from calibrant.types import FloatArray

_VOCABULARY = 256
_WIDTH = 8
_N_LAYERS = 2
_END = 0
"""The byte that ends an answer."""

Script: TypeAlias = Mapping[str, str | Sequence[str]] | Callable[[Sequence[Message]], str | Sequence[str]]
"""What ``FakeModel`` answers: by a text that occurs in the last turn, or by a rule from the whole conversation."""

_UNSCRIPTED = ("Yes", "No", "I do not know", "42", "Paris")


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
    answers : mapping or callable, optional
        Its free answers: one text, or several of which the first is the greedy answer and all are drawn alike. A
        mapping is searched for the first of its texts that the last turn holds, and an empty text fits all; a callable
        is given the turns. What is not scripted gets one of a few short answers.

    Examples
    --------
    >>> model = FakeModel()
    >>> tokens = tuple(model.encode(["Is it?"])[0])
    >>> reading = model.score([Prompt(tokens, tuple((byte,) for byte in range(256)))])[0]
    >>> round(float(sum(np.exp(logprob[0]) for logprob in reading.logprobs)), 6)
    1.0
    >>> model = FakeModel(answers={"capital of France": ("Paris", "Lyon")})
    >>> [[answer]] = model.generate([[Message("user", "What is the capital of France?")]])
    >>> answer.text, answer.finish, answer.tokens
    ('Paris', 'stop', ('P', 'a', 'r', 'i', 's', '<end>'))
    """

    answer_prefix = " "
    n_layers = _N_LAYERS

    def __init__(self, sharpness: float = 1.0, context_length: int = 4096, answers: Script | None = None) -> None:
        self.sharpness = sharpness
        self.context_length = context_length
        self.answers: Script = {} if answers is None else answers

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

    def generate(
        self, conversations: Sequence[Sequence[Message]], request: GenerationRequest | None = None
    ) -> list[list[Completion]]:
        """Return the scripted answers; what is said of their tokens is what ``score`` says of the same bytes."""
        request = request or GenerationRequest()
        texts = [open_answer(self, messages) for messages in conversations]
        check_room([len(text.encode()) for text in texts], self.context_length)
        return [
            [self._answer(messages, text, index, request) for index in range(request.n)]
            for messages, text in zip(conversations, texts, strict=True)
        ]

    def _answer(self, messages: Sequence[Message], text: str, index: int, request: GenerationRequest) -> Completion:
        options = self._scripted(messages, text)
        choice = 0
        if request.temperature:
            choice = int(answer_generator(text, index, request.seed).integers(len(options)))
        path = list(text.encode())
        n_prompt = len(path)
        answer = Answer(request, _spell, ends=(_END,), room=self.context_length - n_prompt)
        for token in (*options[choice].encode(), _END):
            logprobs = self._logprobs(path)
            likeliest = np.argsort(-logprobs, kind="stable")[: request.top_logprobs].tolist()
            entropy = float(-(np.exp(logprobs) * logprobs).sum())
            top = [(other, float(logprobs[other])) for other in likeliest]
            path.append(token)
            answer.add(token, float(logprobs[token]), entropy, top)
            if answer.finish:
                break
        for at in range(-1, len(answer.tokens)):
            answer.states[at] = self._states(path[: n_prompt + at + 1], request.layers)
        return answer.completion(n_prompt)

    def _scripted(self, messages: Sequence[Message], text: str) -> Sequence[str]:
        """Return the greedy answer and those that are drawn beside it."""
        if callable(self.answers):
            found = self.answers(messages)
        else:
            last = messages[-1].content
            first = int(_noise(text.encode(), "answer", 1)[0] * 1e6) % len(_UNSCRIPTED)
            found = next(
                (answer for key, answer in self.answers.items() if key in last),
                (*_UNSCRIPTED[first:], *_UNSCRIPTED[:first]),
            )
        return (found,) if isinstance(found, str) else found

    def _states(self, path: Sequence[int], layers: Sequence[int]) -> HiddenArray:
        return np.array([_noise(path, f"layer {layer}", _WIDTH) for layer in layers], dtype=np.float32)

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
        return Reading(logprobs, np.array([self._states(path, hidden.layers) for path in paths], dtype=np.float32))

    def _logprobs(self, path: Sequence[int]) -> FloatArray:
        logits: FloatArray = self.sharpness * _noise(path, "logits", _VOCABULARY)
        normaliser: float = np.logaddexp.reduce(logits)
        return logits - normaliser


def _spell(tokens: Sequence[int]) -> str:
    return "<end>" if tuple(tokens) == (_END,) else bytes(tokens).decode(errors="replace")


def _noise(path: Sequence[int], salt: str, size: int) -> FloatArray:
    digest = hashlib.sha256(salt.encode() + b"\0" + bytes(path)).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16]))).standard_normal(size)
