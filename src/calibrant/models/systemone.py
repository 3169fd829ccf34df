"""The adapter for servers of typed decisions, System One and OpenAI Decisions: options in, their probabilities out.

Of each reply only the probabilities are read: what a server calls ``confidence`` is another thing with every vendor.
"""

from collections.abc import Mapping, Sequence
from string import ascii_uppercase

import httpx
import numpy as np

from calibrant.exceptions import InputError
from calibrant.models._http import RequestError, Server
from calibrant.models._option_answer import OptionAnswer
from calibrant.models._protocol import ModelIdentity
from calibrant.models._tally import ServerStatistics
from calibrant.predictions._log import Record, as_dict, as_list, as_number
from calibrant.settings import settings
from calibrant.types import FloatArray

FLOOR = 1e-6
"""Probability below which none is believed: servers round, and a rounded 0 is no certainty."""

MOST_OPTIONS = 255
"""What both dialects allow."""

_PATHS = ("systemone", "decisions")

_NAME = "answer"

_INSTRUCTIONS = "Which of the choices is the right answer to the question?"
"""The second dialect wants some; the first is asked without, in the words that transformers' own server uses."""

_SUM_TOLERANCE = 0.05
"""How far rounding may carry a sum from 1, by the contract of System One."""


class SystemOneModel:
    """A server that gives probabilities to the options of a question, without text.

    Parameters
    ----------
    url : str
        Up to and with ``/systemone`` or ``/decisions``, which says what it speaks.
    model : str
        The server's name for it; one that serves a single model takes any.
    api_key : str, optional
        Sent as bearer token, shown nowhere; by default the setting, ``""`` for none.
    timeout, max_concurrency, retries, seed, first_wait, transport
        As for ``OpenAIModel``.

    Examples
    --------
    >>> def reply(request):
    ...     answer = {"type": "choice", "choice": "Mars", "probabilities": {"Mars": 0.8, "Oak": 0.2}}
    ...     return httpx.Response(200, json={"answers": {"answer": answer}})
    >>> model = SystemOneModel("http://test/v1/systemone", api_key="", transport=httpx.MockTransport(reply))
    >>> np.exp(model.option_probabilities([("Which is a planet?", ["Oak", "Mars"])])[0].logprobs).round(3)
    array([0.2, 0.8])
    """

    def __init__(
        self,
        url: str,
        model: str = "jev-latest",
        *,
        api_key: str | None = None,
        timeout: float = 30.0,
        max_concurrency: int = 8,
        retries: int = 4,
        seed: int = 0,
        first_wait: float = 0.5,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._server = Server(
            url,
            api_key=settings().openai_api_key if api_key is None else api_key,
            timeout=timeout,
            max_concurrency=max_concurrency,
            retries=retries,
            seed=seed,
            first_wait=first_wait,
            transport=transport,
        )
        self.engine = self._server.url.rpartition("/")[2]
        if self.engine not in _PATHS:
            raise InputError(f"url must end in /{' or /'.join(_PATHS)}; got {self._server.url}")
        if not model:
            raise InputError("model must be the server's name for it; got an empty one")
        self.name = model

    def __repr__(self) -> str:
        return f"SystemOneModel({self._server.url!r}, {self.name!r})"

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is; its weights are whatever the server has under that name."""
        source = f"{self._server.url}#{self.name}"
        return ModelIdentity(
            name=self.name,
            source=source,
            weights=f"server:{source}",
            dtype="unknown",
            engine=self.engine,
            engine_version="unknown",
            device="unknown",
            logprobs="unknown",
        )

    @property
    def statistics(self) -> ServerStatistics:
        """What asking has come to so far: requests, retries and errors by cause, tokens, the models that answered."""
        return self._server.tally.statistics()

    def option_probabilities(self, questions: Sequence[tuple[str, Sequence[str]]]) -> list[OptionAnswer]:
        """Return the log-probabilities of each question's options, in their order, or the cause that there are none.

        They sum to one over the options; none is below ``FLOOR``. A question that fails does not keep the others.

        Raises
        ------
        ModelError
            If the server refuses the key, or has nothing at that address.
        InputError
            If a question has fewer than 2 options, or more than 255; its place is named.
        """
        for place, (_, options) in enumerate(questions):
            if not 2 <= len(options) <= MOST_OPTIONS:
                raise InputError(
                    f"questions[{place}]: a question needs 2 to {MOST_OPTIONS} options; got {len(options)}"
                )
        return self._server.map(lambda question: self._ask(*question), questions)

    def _ask(self, question: str, options: Sequence[str]) -> OptionAnswer:
        named = option_names(options)
        body = _systemone(question, named) if self.engine == "systemone" else _decisions(question, named)
        tally = self._server.tally
        try:
            reply = self._server.post("", {"model": self.name, **body})
        except RequestError as error:
            return OptionAnswer(None, error=error.cause)
        usage = as_dict(reply.get("usage"))
        tally.add(
            prompt_tokens=int(count) if isinstance(count := usage.get("input_tokens"), int) else 0,
            completion_tokens=int(count) if isinstance(count := usage.get("output_tokens"), int) else 0,
        )
        if isinstance(answered := reply.get("model"), str):
            tally.count("models", answered)
        try:
            logprobs = _read(reply, list(named))
        except RequestError as error:
            tally.count("errors", error.cause)
            return OptionAnswer(None, error=error.cause)
        tally.add(answers=1)
        return OptionAnswer(logprobs, mass=1.0, missing=0.0)


def option_names(options: Sequence[str]) -> dict[str, str | None]:
    """Return what each option is called, with its text where that is another thing.

    An option is called by its text; where two are alike or one is empty, all are called by letters or numbers.

    Examples
    --------
    >>> option_names(["Mars", "Oak"])
    {'Mars': None, 'Oak': None}
    >>> option_names(["one", "one"])
    {'A': 'one', 'B': 'one'}
    """
    if len(set(options)) == len(options) and all(option.strip() for option in options):
        return dict.fromkeys(options)
    letters = len(options) <= len(ascii_uppercase)
    return {ascii_uppercase[i] if letters else str(i + 1): option for i, option in enumerate(options)}


def _systemone(question: str, named: Mapping[str, str | None]) -> dict[str, object]:
    return {"state": question, "questions": {_NAME: {"type": "choice", "criteria": dict(named)}}}


def _decisions(question: str, named: Mapping[str, str | None]) -> dict[str, object]:
    choices = [{"value": name} | ({} if text is None else {"description": text}) for name, text in named.items()]
    asked = {"type": "choice", "name": _NAME, "instructions": _INSTRUCTIONS, "choices": choices}
    return {"input": question, "questions": [asked]}


def _read(reply: Record, names: Sequence[str]) -> FloatArray:
    answers = reply.get("answers")
    answer = as_dict(answers.get(_NAME) if isinstance(answers, dict) else next(iter(as_list(answers)), None))
    if answer.get("type") == "refusal":
        raise RequestError("refused")
    given = answer.get("probabilities")
    if not isinstance(given, dict):
        rows = [as_dict(row) for row in as_list(given)]
        given = {str(row.get("value")): row.get("probability") for row in rows}
    probs = np.array([as_number(given.get(name)) for name in names], dtype=np.float64)
    # An option that is absent is not a probability either.
    if not (((probs >= 0) & (probs <= 1)).all() and abs(probs.sum() - 1) <= _SUM_TOLERANCE):
        raise RequestError("unreadable")
    probs = np.maximum(probs, FLOOR)
    logprobs: FloatArray = np.log(probs / probs.sum())
    return logprobs
