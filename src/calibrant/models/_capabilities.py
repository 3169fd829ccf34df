"""What a server can do, found out by asking it once: which fields it takes, and what its log-probabilities mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from calibrant.exceptions import ModelError
from calibrant.models._http import RequestError, Server
from calibrant.models._openai_dialect import Choice, Dialect, read_choices
from calibrant.models._protocol import Message
from calibrant.predictions._log import as_dict, as_list
from calibrant.predictions._token_logprobs import Token

LogprobsMode: TypeAlias = Literal["raw", "processed", "unknown", "none"]
"""``raw``: before the sampling temperature; ``processed``: after it; ``none``: the server tells none."""

_ENGINES = {"vllm", "sglang", "llamacpp"}
"""What servers call the owner of their models where that is the engine."""

_TOP = (20, 5, 0)
"""Likeliest tokens asked for: what OpenAI gives at most to chats, and to completions; 0: no log-probabilities."""

_FIELDS: Mapping[str, frozenset[str]] = {
    "top_logprobs": frozenset({"logprobs", "top_logprobs"}),
    "n": frozenset({"n"}),
    "seed": frozenset({"seed"}),
    "stop": frozenset({"stop"}),
    "top_p": frozenset({"top_p"}),
    "limit": frozenset({"max_tokens"}),
}
"""What may be done without, most often refused first, and the names by which a server complains of it."""

_REFUSALS = ("bad request", "too long")
"""Causes that may lie in a field; a limit of tokens is easily taken for a text that is too long."""

_QUESTION = (Message("user", "Write a sentence about whatever comes to your mind."),)
_MAX_TOKENS = 16
_DRAWS = 3
"""Answers, besides the first, after which a server that always says the same is believed to draw none."""

_COLD, _HOT = 0.5, 1.5


@dataclass(frozen=True)
class Capabilities:
    """What a server takes and gives, as found out by asking."""

    engine: str = "openai"
    """``vllm``, ``sglang`` or ``llamacpp`` where the server says so, else ``openai``, the dialect."""

    top_logprobs: int = _TOP[0]
    """Likeliest tokens that it tells at each place, at most; 0: it gives no log-probabilities."""

    n: bool = True
    """Whether it gives several answers to one request."""

    seed: bool = True
    """Whether it takes a seed; whether it keeps to it is not known."""

    stop: bool = True
    """Whether it takes stop texts; else answers are cut here."""

    top_p: bool = True
    """Whether it can be told to draw from the whole distribution."""

    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What it calls the limit of an answer's length."""

    draws: bool = True
    """Whether answers at a temperature differ; some servers take the field and give the likeliest answer all the same.
    """

    mode: LogprobsMode = "unknown"
    """Whether its log-probabilities are those before the sampling temperature."""

    @property
    def logprobs(self) -> bool:
        """Whether it gives log-probabilities."""
        return self.top_logprobs > 0

    def fields(
        self, dialect: Dialect, *, max_tokens: int, temperature: float, n: int, seed: int, stop: tuple[str, ...]
    ) -> dict[str, object]:
        """Return how a conversation is to be answered, in fields that the server takes."""
        fields: dict[str, object] = {self.limit: max_tokens, "temperature": temperature}
        if self.n and n > 1:
            fields["n"] = n
        if self.seed:
            fields["seed"] = seed
        if self.stop and stop:
            # OpenAI takes no more than four; answers are cut here at any.
            fields["stop"] = list(stop[:4])
        if self.top_p and temperature:
            fields["top_p"] = 1
        if self.top_logprobs:
            fields |= dialect.ask_logprobs(self.top_logprobs)
        return fields


def detect(server: Server, dialect: Dialect, model: str, extra: Mapping[str, object]) -> Capabilities:
    """Ask a server a harmless question until it takes it, and return what it takes and gives.

    Raises
    ------
    ModelError
        If it does not answer, or not even to the simplest request.
    """
    engine = _engine(server)

    def ask(can: Capabilities, temperature: float, seed: int = 0) -> list[Choice]:
        fields = can.fields(dialect, max_tokens=_MAX_TOKENS, temperature=temperature, n=2, seed=seed, stop=("\n\n\n",))
        body = {"model": model, **dialect.content(_QUESTION), **fields, **extra}
        return read_choices(dialect, server.post(dialect.path, body), ())

    can, choices = _negotiate(server, Capabilities(engine=engine), lambda can: ask(can, _COLD))
    can = replace(can, n=can.n and len(choices) > 1)
    cold = choices[0].tokens
    told = min(can.top_logprobs, len(cold[0].alternatives)) if cold else 0
    can = replace(can, top_logprobs=told, mode="unknown" if told else "none")
    texts = {choice.text for choice in choices}
    try:
        for seed in range(1, _DRAWS + 1):
            hot = ask(can, _HOT, seed)
            texts |= {choice.text for choice in hot}
            if cold and hot[0].tokens and can.mode == "unknown":
                can = replace(can, mode=_mode(cold[0], hot[0].tokens[0]))
            if len(texts) > 1:
                return can
    except RequestError:
        # What only failed to answer twice may still do all of it.
        return can
    return replace(can, draws=False)


def _engine(server: Server) -> str:
    try:
        models = as_list(server.get("/models").get("data"))
    except RequestError as error:
        if error.cause in ("connection", "timeout"):
            raise ModelError(_silent(server, error)) from None
        models = []
    owner = as_dict(models[0] if models else None).get("owned_by")
    return owner if isinstance(owner, str) and owner in _ENGINES else "openai"


def _negotiate(
    server: Server, best: Capabilities, ask: Callable[[Capabilities], list[Choice]]
) -> tuple[Capabilities, list[Choice]]:
    """Do without what the server names, or without one thing after the other if it names nothing."""
    can = best
    guessed: list[str] = []
    while True:
        try:
            choices = ask(can)
            break
        except RequestError as error:
            left = [name for name in _FIELDS if _lower(can, name) != can]
            # Some servers fail where they should refuse to give log-probabilities.
            failed = error.cause == "server error" and can.logprobs
            if not failed and not (left and error.cause in _REFUSALS):
                raise ModelError(_silent(server, error)) from None
            named = [name for name in left if _FIELDS[name] & error.fields]
            if failed:
                named, can = ["top_logprobs"], replace(can, top_logprobs=0)
            elif not named:
                guessed.append(left[0])
            for name in named or left[:1]:
                can = _lower(can, name)
    for name in dict.fromkeys(guessed[:-1]):
        wanted: dict[str, Any] = {name: getattr(best, name)}
        with_it = replace(can, **wanted)
        try:
            choices = ask(with_it)
            can = with_it
        except RequestError:
            continue
    return can, choices


def _lower(can: Capabilities, name: str) -> Capabilities:
    if name == "top_logprobs":
        return replace(can, top_logprobs=next((top for top in _TOP if top < can.top_logprobs), 0))
    if name == "limit":
        return replace(can, limit="max_completion_tokens")
    without: dict[str, Any] = {name: False}
    return replace(can, **without)


def _silent(server: Server, error: RequestError) -> str:
    if error.cause in _REFUSALS:
        return (
            f"the server at {server.url} refuses even the simplest request (status {error.status}); is it one that "
            "speaks OpenAI's dialect, and is the model's name right?"
        )
    return f"the server at {server.url} does not answer ({error}); is it running, and is the address right?"


def _mode(cold: Token, hot: Token) -> LogprobsMode:
    """Compare how far apart the same tokens lie at two temperatures: three times as far, if those are in the numbers.

    Examples
    --------
    >>> near, far = Token("red", -0.5, {"red": -0.5, "blue": -1.5}), Token("red", -0.1, {"red": -0.1, "blue": -3.1})
    >>> _mode(near, near), _mode(far, near)
    ('raw', 'processed')
    """
    both = [text for text in cold.alternatives if text in hot.alternatives]
    spreads = [float(np.std([token.alternatives[text] for text in both])) if both else 0.0 for token in (cold, hot)]
    if not (np.isfinite(spreads).all() and min(spreads) > 0.05):
        return "unknown"
    return "raw" if spreads[0] < 1.5 * spreads[1] else "processed"
