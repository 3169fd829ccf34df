"""One answer while it grows token by token: its text, its numbers, and when it is over; the same for every engine."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

import numpy as np

from calibrant.exceptions import DataError
from calibrant.models._generation import AnswerPosition, Completion, FinishReason, GenerationRequest
from calibrant.models._protocol import HiddenArray, LanguageModel, Message

Spell: TypeAlias = Callable[[Sequence[int]], str]
"""Gives the text that some tokens add to a text before them."""

_BROKEN = "\N{REPLACEMENT CHARACTER}"
_LONGEST_CHARACTER = 4
"""Tokens that a character may be spread over: the bytes that UTF-8 takes at most."""


class Answer:
    """An answer that is being generated.

    A token that holds only a part of a character adds no text; the one that completes the character adds all of it.

    An answer that a stop text ends keeps the tokens that begin before that text and, as the one that ended it, the
    token with which the stop text begins, unless an earlier token has already reached into it.

    Parameters
    ----------
    request : GenerationRequest
        What was asked.
    spell : callable
        The text of tokens.
    ends : collection of int
        The tokens that end an answer.
    room : int
        Tokens that the context has left.

    Examples
    --------
    >>> answer = Answer(GenerationRequest(stop=("!",)), lambda ids: bytes(ids).decode(), ends=(), room=9)
    >>> for byte in b"Yes!":
    ...     answer.add(byte, -0.5, 1.0)
    >>> answer.text, answer.finish, answer.tokens, answer.n_text
    ('Yes', 'stop', ['Y', 'e', 's', '!'], 3)
    """

    def __init__(self, request: GenerationRequest, spell: Spell, *, ends: Collection[int], room: int) -> None:
        self.text = ""
        self.finish: FinishReason | None = None
        self.tokens: list[str] = []
        self.n_text = 0
        self.states: dict[int, HiddenArray] = {}
        self._request = request
        self._spell = spell
        self._ends = ends
        self.most = min(request.max_tokens, room)
        self._starts: list[int] = []
        self._pending: list[int] = []
        self._logprobs: list[float] = []
        self._entropies: list[float] = []
        self._top: list[tuple[tuple[str, float], ...]] = []

    def add(self, token: int, logprob: float, entropy: float, top: Sequence[tuple[int, float]] = ()) -> None:
        """Take the next token with its numbers; ``finish`` then says whether the answer is over."""
        self._logprobs.append(logprob)
        self._entropies.append(entropy)
        self._top.append(tuple((self._spell((other,)), value) for other, value in top))
        ended = token in self._ends
        if ended:
            self._flush()
        if self.finish is None:
            self._starts.append(len(self.text))
            self.n_text = len(self.tokens) + (not ended)
            if ended:
                self.tokens.append(self._spell((token,)))
                self.finish = "stop"
            else:
                self._spell_on(token)
        if self.finish is None and len(self.tokens) == self.most:
            self.finish = "length"
            self._flush()

    @property
    def first_needed(self) -> int:
        """The earliest token that may still turn out to be the last of the answer's text."""
        stops = self._request.stop
        begun = max((n for stop in stops for n in range(1, len(stop)) if self.text.endswith(stop[:n])), default=0)
        return self._count_before(len(self.text) - begun) - 1

    def positions(self) -> list[int | None]:
        """Return the token at each position asked for: -1 is the end of the prompt, None is where there is none."""
        last = self.n_text - 1
        place: dict[AnswerPosition, int | None] = {
            "last_prompt": -1,
            "first_answer": 0 if self.n_text else None,
            "last_answer": last if self.n_text else None,
        }
        return [place[name] for name in self._request.positions]

    def completion(self, n_prompt_tokens: int) -> Completion:
        """Return the finished answer; where it has no text, states that lie in it are NaN."""
        kept = len(self.tokens)
        hidden = None
        if self._request.layers:
            absent = np.full_like(self.states[-1], np.nan)
            hidden = np.stack([absent if at is None else self.states[at] for at in self.positions()])
        return Completion(
            text=self.text,
            finish=self.finish or "error",
            tokens=tuple(self.tokens),
            logprobs=np.array(self._logprobs[:kept], dtype=np.float64),
            entropies=np.array(self._entropies[:kept], dtype=np.float64),
            top=tuple(self._top[:kept]) if self._request.top_logprobs else None,
            hidden=hidden,
            n_prompt_tokens=n_prompt_tokens,
        )

    def _spell_on(self, token: int) -> None:
        self._pending.append(token)
        text = self._spell(self._pending)
        self.tokens.append("")
        if not text.endswith(_BROKEN) or len(self._pending) >= _LONGEST_CHARACTER:
            self._pending.clear()
            self._grow(text)

    def _flush(self) -> None:
        """Show what is there of a character that is not going to be completed, as broken."""
        if self._pending:
            text = self._spell(self._pending)
            self._pending.clear()
            self._grow(text)

    def _grow(self, text: str) -> None:
        self.tokens[-1] += text
        longest = max((len(stop) for stop in self._request.stop), default=1)
        seen = max(0, len(self.text) - longest + 1)
        self.text += text
        found = [at for stop in self._request.stop if (at := self.text.find(stop, seen)) >= 0]
        if not found:
            return
        self.finish = "stop"
        cut = min(found)
        self.n_text = self._count_before(cut)
        reached = self._starts[self.n_text] if self.n_text < len(self.tokens) else len(self.text)
        self.text = self.text[:cut]
        del self.tokens[self.n_text + (reached == cut) :]

    def _count_before(self, place: int) -> int:
        return int(np.searchsorted(self._starts, place))


def answer_generator(conversation: str, index: int, seed: int) -> np.random.Generator:
    """Return what the ``index``-th answer to a conversation is drawn with, whatever else is in the batch."""
    digest = hashlib.sha256(f"{seed} {index}\0{conversation}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16])))


def open_answer(model: LanguageModel, messages: Sequence[Message]) -> str:
    """Return the text that an answer is to follow: that of the turns, and what the assistant has begun to say."""
    if not messages or messages[-1].role != "assistant":
        return model.render(messages) if messages else ""
    begun = messages[-1].content
    return model.render(messages[:-1]) + (model.answer_prefix + begun if begun else "")


def check_room(lengths: Sequence[int], context: int) -> None:
    """Raise ``DataError`` unless every conversation has tokens, and leaves the context room for one more.

    Examples
    --------
    >>> check_room([3, 12], 12)
    Traceback (most recent call last):
    ...
    calibrant.exceptions.DataError: conversations[1]: 12 tokens leave no room for an answer in a context of 12...
    """
    for place, length in enumerate(lengths):
        if not length:
            raise DataError(f"conversations[{place}]: it has no text; a conversation needs at least one turn")
        if length >= context:
            raise DataError(
                f"conversations[{place}]: {length} tokens leave no room for an answer in a context of {context}; "
                "shorten it"
            )
