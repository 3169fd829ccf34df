"""OpenAI's two dialects, chat and the older completions: what is sent for a conversation, and how a reply reads."""

import codecs
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from calibrant.models._generation import Completion, FinishReason
from calibrant.models._http import RequestError
from calibrant.models._protocol import Message
from calibrant.predictions._log import Record, as_dict, as_list
from calibrant.predictions._token_logprobs import Token, read_chat_tokens, read_completion_tokens

_FINISH: Mapping[str, FinishReason] = {"length": "length", "content_filter": "filter"}
"""Other words, and none, mean that the model ended its answer."""

_PLACE = "reply"


@dataclass(frozen=True, eq=False)
class Choice:
    """One answer of a reply."""

    text: str
    """As far as the first stop text, whether or not the server cut it there."""

    finish: FinishReason
    """Why it ended."""

    tokens: Sequence[Token] | None
    """None where no log-probabilities came, be it that an empty answer has no tokens that are told."""

    def completion(self, n_top: int, n_prompt_tokens: int | None) -> Completion:
        """Return the answer with its numbers and at most ``n_top`` likeliest tokens a place."""
        tokens = self.tokens
        if tokens is None:
            return Completion(self.text, self.finish, n_prompt_tokens=n_prompt_tokens)
        return Completion(
            self.text,
            self.finish,
            tokens=tuple(token.text for token in tokens),
            logprobs=np.array([token.logprob for token in tokens], dtype=np.float64),
            top=tuple(_likeliest(token, n_top) for token in tokens) if n_top else None,
            n_prompt_tokens=n_prompt_tokens,
        )


class Dialect(Protocol):
    """How a conversation is put, and how an answer is read."""

    path: str

    def content(self, messages: Sequence[Message]) -> dict[str, object]:
        """Return the fields that hold the conversation."""
        ...

    def ask_logprobs(self, n_top: int) -> dict[str, object]:
        """Return the fields that ask for log-probabilities, and for so many of the likeliest tokens."""
        ...

    def read(self, choice: Record) -> tuple[str, list[Token] | None]:
        """Return the text of an answer and its tokens."""
        ...


class Chat:
    """Chat completions: the server puts the conversation into the model's template."""

    path = "/chat/completions"

    def content(self, messages: Sequence[Message]) -> dict[str, object]:
        """Return the turns."""
        return {"messages": [{"role": message.role, "content": message.content} for message in messages]}

    def ask_logprobs(self, n_top: int) -> dict[str, object]:
        """Return both fields: some servers give nothing to ``logprobs`` alone."""
        return {"logprobs": True, "top_logprobs": n_top}

    def read(self, choice: Record) -> tuple[str, list[Token] | None]:
        """Return what the message says; a refusal is one way to answer."""
        message, logprobs = as_dict(choice.get("message")), as_dict(choice.get("logprobs"))
        content = message.get("content") or message.get("refusal")
        if isinstance(content, list):
            content = "".join(str(as_dict(part).get("text") or "") for part in content)
        entries = logprobs.get("content") if logprobs.get("content") is not None else logprobs.get("refusal")
        tokens = None
        if isinstance(entries, list):
            tokens = _respell(read_chat_tokens(entries, _PLACE), [as_dict(entry).get("bytes") for entry in entries])
        return content if isinstance(content, str) else "", tokens


class Completions:
    """The older completions: the conversation is put as Question and Answer lines, as for a model without template."""

    path = "/completions"

    def content(self, messages: Sequence[Message]) -> dict[str, object]:
        """Return the text that the answer is to follow."""
        form = {"system": "{}\n\n", "user": "Question: {}\nAnswer:", "assistant": " {}\n\n"}
        text = "".join(form[message.role].format(message.content) for message in messages)
        # What an assistant has begun to say is gone on with.
        return {"prompt": text.removesuffix("\n\n") if messages[-1].role == "assistant" else text}

    def ask_logprobs(self, n_top: int) -> dict[str, object]:
        """Return the one field that this dialect has."""
        return {"logprobs": n_top}

    def read(self, choice: Record) -> tuple[str, list[Token] | None]:
        """Return the text that follows."""
        text, logprobs = choice.get("text"), choice.get("logprobs")
        tokens = read_completion_tokens(as_dict(logprobs), _PLACE) if isinstance(logprobs, dict) else None
        return text if isinstance(text, str) else "", tokens


def read_choices(dialect: Dialect, reply: Record, stop: Sequence[str]) -> list[Choice]:
    """Return the answers of a reply, in the server's order.

    Raises
    ------
    RequestError
        If the reply is none that the dialect knows.
    """
    found = []
    choices = [as_dict(choice) for choice in as_list(reply.get("choices"))]
    for choice in sorted(choices, key=_index):
        if "message" not in choice and "text" not in choice:
            raise RequestError("unreadable")
        try:
            whole, tokens = dialect.read(choice)
        except ValueError:
            raise RequestError("unreadable") from None
        whole = whole_text(whole)
        cuts = [at for at in map(whole.find, stop) if at >= 0]
        finish = "stop" if cuts else _FINISH.get(str(choice.get("finish_reason")), "stop")
        text = whole[: min(cuts)] if cuts else whole
        found.append(Choice(text, finish, _within(tokens, text) if tokens else None))
    if not found:
        raise RequestError("unreadable")
    return found


def whole_text(text: str) -> str:
    r"""Return a text that can be written as UTF-8: halves of characters, which JSON may hold, show as broken.

    Examples
    --------
    >>> whole_text("caf\u00e9 \ud83d")
    'café �'
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def missing_mass(token: Token) -> float:
    """Return the probability of all tokens that were not told at a place."""
    return max(0.0, 1.0 - sum(map(math.exp, token.alternatives.values())))


def _index(choice: Record) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def _likeliest(token: Token, n_top: int) -> tuple[tuple[str, float], ...]:
    pairs = sorted(token.alternatives.items(), key=lambda pair: -pair[1])
    return tuple((whole_text(text), logprob) for text, logprob in pairs[:n_top])


def _respell(tokens: list[Token], spelled: Sequence[object]) -> list[Token]:
    """Give each token the text that it adds, by its bytes: the one that completes a character adds all of it."""
    data = [_as_bytes(numbers) for numbers in spelled]
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    if None in data:
        return [_named(token, token.text) for token in tokens]
    return [
        _named(token, decoder.decode(part or b"", final=place == len(tokens) - 1))
        for place, (token, part) in enumerate(zip(tokens, data, strict=True))
    ]


def _as_bytes(numbers: object) -> bytes | None:
    if not isinstance(numbers, list) or not all(type(number) is int and 0 <= number < 256 for number in numbers):
        return None
    return bytes(numbers)


def _named(token: Token, text: str) -> Token:
    return Token(whole_text(text), token.logprob, token.alternatives)


def _within(tokens: Sequence[Token], text: str) -> Sequence[Token]:
    r"""Return the tokens that begin within a text, and the one that ended it.

    Examples
    --------
    >>> tokens = [Token(word, -1.0, {}) for word in ("Yes", "!", "\n", "Q")]
    >>> [token.text for token in _within(tokens, "Yes!")]
    ['Yes', '!', '\n']
    """
    if not "".join(token.text for token in tokens).startswith(text):
        return tokens
    length = n = 0
    while n < len(tokens) and length < len(text):
        length += len(tokens[n].text)
        n += 1
    return tokens[: n + (length == len(text))]
