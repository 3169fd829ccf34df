"""The adapter for servers that speak OpenAI's dialect (OpenAI, vLLM, SGLang, llama.cpp ...): an ``AnsweringModel``."""

import math
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Literal

import httpx
import numpy as np

from calibrant.exceptions import DataError, InputError, ModelError
from calibrant.models._answer import answer_generator
from calibrant.models._capabilities import Capabilities, detect
from calibrant.models._generation import Completion, GenerationRequest
from calibrant.models._http import RequestError, Server
from calibrant.models._openai_dialect import Chat, Choice, Completions, Dialect, missing_mass, read_choices
from calibrant.models._option_answer import OptionAnswer
from calibrant.models._protocol import Message, ModelIdentity
from calibrant.models._tally import ServerStatistics, Tally
from calibrant.predictions._log import Record, as_dict
from calibrant.predictions._token_logprobs import Token
from calibrant.settings import settings
from calibrant.types import FloatArray

_DIALECTS: Mapping[str, type[Dialect]] = {"chat": Chat, "completions": Completions}

_PREFILLED: Mapping[str, Mapping[str, object]] = {
    "vllm": {"continue_final_message": True, "add_generation_prompt": False},
    "sglang": {"continue_final_message": True},
    "llamacpp": {},
}
"""What makes a chat go on with an assistant's turn, by engine; OpenAI's own dialect knows no such thing."""

_WORD = re.compile(r"\W*(\w+)\W*")


class OpenAIModel:
    """A model behind a server that speaks OpenAI's dialect.

    What the server can do is found out before the first question, not configured. A conversation that fails gives
    answers whose ``finish`` is error, with the cause; the others go on. A refused key or a model that is not there
    stops the run.

    Parameters
    ----------
    base_url : str
        Up to and with ``/v1``.
    model : str
        The server's name for it.
    api_key : str, optional
        Sent as bearer token, shown nowhere; by default the setting, ``""`` for none.
    api : {"chat", "completions"}
        The older completions get the conversation as Question and Answer lines, without a template.
    timeout : float
        Seconds for a whole reply.
    max_concurrency : int
        Requests under way at once, at most.
    retries : int
        Tries after the first where a later one may fare better.
    seed : int
        Of the jitter in the waits between tries; what is drawn depends on the request's own.
    first_wait : float
        Seconds before the second try; twice as long before each further one.
    extra : mapping, optional
        Fields sent along with every question that only this server knows, such as ``{"top_k": 0}``.
    transport : httpx.BaseTransport, optional
        What carries the requests, in tests.

    Examples
    --------
    >>> def reply(request):
    ...     choice = {"message": {"content": "Red"}, "finish_reason": "stop"}
    ...     return httpx.Response(200, json={"choices": [choice]})
    >>> model = OpenAIModel("http://test/v1", "tiny", api_key="", transport=httpx.MockTransport(reply))
    >>> model.generate([[Message("user", "Which colour?")]])[0][0].text
    'Red'
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str | None = None,
        api: Literal["chat", "completions"] = "chat",
        timeout: float = 120.0,
        max_concurrency: int = 8,
        retries: int = 4,
        seed: int = 0,
        first_wait: float = 0.5,
        extra: Mapping[str, object] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if api not in _DIALECTS:
            raise InputError(f"api must be one of {', '.join(_DIALECTS)}; got {api!r}")
        if not model:
            raise InputError("model must be the server's name for it; got an empty one")
        self.name = model
        self.api = api
        self._server = Server(
            base_url,
            api_key=settings().openai_api_key if api_key is None else api_key,
            timeout=timeout,
            max_concurrency=max_concurrency,
            retries=retries,
            seed=seed,
            first_wait=first_wait,
            transport=transport,
        )
        self._dialect = _DIALECTS[api]()
        self._extra = dict(extra or {})
        self._lock = threading.Lock()
        self._can: Capabilities | None = None

    def __repr__(self) -> str:
        return f"OpenAIModel({self._server.url!r}, {self.name!r})"

    @property
    def capabilities(self) -> Capabilities:
        """What the server takes and gives; the first look asks it."""
        with self._lock:
            if self._can is None:
                self._can = detect(self._server, self._dialect, self.name, self._extra)
                self._server.tally = Tally()
            return self._can

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is; its weights are whatever the server has under that name."""
        can = self.capabilities
        source = f"{self._server.url}#{self.name}"
        return ModelIdentity(
            name=self.name,
            source=source,
            weights=f"server:{source}",
            dtype="unknown",
            engine=can.engine,
            engine_version="unknown",
            device="unknown",
            logprobs=can.mode,
        )

    @property
    def statistics(self) -> ServerStatistics:
        """What asking has come to so far: requests, retries and errors by cause, tokens, missing mass.

        The requests that found out what the server can do are not among them.
        """
        return self._server.tally.statistics()

    def generate(
        self, conversations: Sequence[Sequence[Message]], request: GenerationRequest | None = None
    ) -> list[list[Completion]]:
        """Return ``request.n`` answers to each conversation, in the order of the conversations.

        Entropies need the whole distribution, which no server tells: they are None.

        Raises
        ------
        ModelError
            If the server does not answer at all, refuses the key, does not have the model, cannot go on with an
            assistant's turn, or draws no samples where some are wanted.
        InputError
            If hidden states are asked for.
        """
        request = request or GenerationRequest()
        if request.layers:
            raise InputError(f"layers: a server gives no hidden states; got {list(request.layers)}, use the weights")
        more = [self._prefilled(place, messages) for place, messages in enumerate(conversations)]
        if conversations and request.temperature and not self.capabilities.draws:
            raise ModelError(
                f"the server at {self._server.url} gives the same answer whatever the temperature and the seed, so "
                "several would be no samples; make it draw (extra takes fields that only it knows), or ask with "
                "temperature 0"
            )
        places = range(len(conversations))
        return self._server.map(lambda place: self._answer(conversations[place], request, more[place]), places)

    def letter_probabilities(
        self, conversations: Sequence[Sequence[Message]], letters: Sequence[str]
    ) -> list[OptionAnswer]:
        """Return how likely each letter is as the first token of the answer, over all its forms ("A", " A", "(A").

        Raises
        ------
        ModelError
            If the server gives no log-probabilities, or see ``generate``.
        """
        if not letters or len(set(letters)) < len(letters):
            raise InputError(f"letters must be at least one, no two the same; got {list(letters)}")
        more = [self._prefilled(place, messages) for place, messages in enumerate(conversations)]
        if not conversations:
            return []
        if not self.capabilities.logprobs:
            raise ModelError(
                f"the server at {self._server.url} gives no log-probabilities, so the letters of options cannot be "
                "read; fall back on P(True), on several samples, or on a stated number, in this order"
            )
        # Where the temperature is in the numbers, 1 leaves the model's own.
        request = GenerationRequest(max_tokens=1, temperature=0.0 if self.capabilities.mode == "raw" else 1.0)
        places = range(len(conversations))
        return self._server.map(
            lambda place: self._letters(conversations[place], request, more[place], letters), places
        )

    def _prefilled(self, place: int, messages: Sequence[Message]) -> Mapping[str, object]:
        if not messages:
            raise DataError(f"conversations[{place}]: it has no text; a conversation needs at least one turn")
        if messages[-1].role != "assistant" or self.api == "completions":
            return {}
        engine = self.capabilities.engine
        if engine not in _PREFILLED:
            raise ModelError(
                f"conversations[{place}] ends with an assistant's turn, and the server at {self._server.url} is not "
                "known to go on with one; ask over api='completions', or end with the user's turn"
            )
        return _PREFILLED[engine]

    def _answer(
        self, messages: Sequence[Message], request: GenerationRequest, more: Mapping[str, object]
    ) -> list[Completion]:
        # The likeliest answer is one answer, however often it is wanted.
        wanted = request.n if request.temperature else 1
        answers: list[Completion] = []
        while len(answers) < wanted:
            try:
                reply, choices = self._ask(messages, request, more, n=wanted - len(answers), index=len(answers))
            except RequestError as error:
                failed = Completion("", "filter" if error.cause == "refused" else "error", error=error.cause)
                answers += [failed] * (wanted - len(answers))
                break
            n_prompt = _count(reply, "prompt_tokens")
            answers += [choice.completion(request.top_logprobs, n_prompt) for choice in choices]
        return answers[:wanted] * (request.n // wanted)

    def _letters(
        self,
        messages: Sequence[Message],
        request: GenerationRequest,
        more: Mapping[str, object],
        letters: Sequence[str],
    ) -> OptionAnswer:
        try:
            _, choices = self._ask(messages, request, more, n=1, index=0)
        except RequestError as error:
            return OptionAnswer(None, error=error.cause)
        tokens = choices[0].tokens
        if not tokens or not tokens[0].alternatives:
            self._server.tally.count("errors", "no log-probs")
            return OptionAnswer(None, error="no log-probs")
        logprobs = read_letters(tokens[0], letters)
        mass = min(1.0, float(np.exp(logprobs).sum()))
        return OptionAnswer(logprobs, mass, missing_mass(tokens[0]))

    def _ask(
        self,
        messages: Sequence[Message],
        request: GenerationRequest,
        more: Mapping[str, object],
        *,
        n: int,
        index: int,
    ) -> tuple[Record, list[Choice]]:
        """Return a reply and its answers, counted; ``index`` is that of the first answer among those wanted."""
        can, dialect = self.capabilities, self._dialect
        content = dialect.content(messages)
        fields = can.fields(
            dialect,
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            n=n,
            seed=int(answer_generator(repr(content), index, request.seed).integers(1 << 31)),
            stop=request.stop,
        )
        reply = self._server.post(dialect.path, {"model": self.name, **content, **fields, **more, **self._extra})
        tally = self._server.tally
        try:
            choices = read_choices(dialect, reply, request.stop)
        except RequestError as error:
            tally.count("errors", error.cause)
            raise
        tokens = [token for choice in choices for token in choice.tokens or ()]
        tally.add(
            answers=len(choices),
            answers_without_logprobs=sum(choice.tokens is None for choice in choices),
            missing_tokens=sum(math.isnan(token.logprob) for token in tokens),
            prompt_tokens=_count(reply, "prompt_tokens") or 0,
            completion_tokens=_count(reply, "completion_tokens") or 0,
        )
        tally.add_mass([missing_mass(token) for token in tokens if token.alternatives])
        if isinstance(named := reply.get("model"), str):
            tally.count("models", named)
        return reply, choices


def read_letters(token: Token, letters: Sequence[str]) -> FloatArray:
    """Return the log-probability of each letter over all its forms; minus infinity where none was told.

    Examples
    --------
    >>> token = Token("A", -1.0, {"A": math.log(0.3), " A": math.log(0.2), "(B": math.log(0.1), "As": math.log(0.3)})
    >>> np.exp(read_letters(token, "ABC")).round(3)
    array([0.5, 0.1, 0. ])
    """
    weights = dict.fromkeys(letters, 0.0)
    for text, logprob in token.alternatives.items():
        word = _WORD.fullmatch(text)
        if word and word[1] in weights:
            weights[word[1]] += math.exp(logprob)
    return np.array([math.log(weight) if weight else -math.inf for weight in weights.values()])


def _count(reply: Record, name: str) -> int | None:
    value = as_dict(reply.get("usage")).get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
