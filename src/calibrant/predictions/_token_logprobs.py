"""Log-probabilities of generated tokens -> the probability of an answer: of its text, or of its option's letter."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from calibrant.exceptions import DataError
from calibrant.predictions._log import Record, as_dict, as_list, as_number
from calibrant.types import FloatArray

_MISSING = -9999.0
"""What OpenAI writes for a token outside the twenty most likely ones: no number."""

_ROUNDING = 1e-3
"""How far above 0 rounding may carry a log-probability."""

_LETTER = re.compile(r"\W*([A-Z])\W*")

Alternatives: TypeAlias = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Token:
    """A token that was generated, and what might have stood there instead."""

    text: str
    logprob: float
    """NaN where it is missing."""

    alternatives: Alternatives
    """Log-probabilities by text, the token itself included; only what is known."""


@dataclass(frozen=True, eq=False)
class LetterReading:
    """Probabilities of the options, by their letters at one position."""

    probs: FloatArray
    """Normalised over the letters that were seen; 0 where ``seen`` is false."""

    seen: Sequence[bool]
    """Whether a form of each letter is among the alternatives."""

    mass: float
    """Probability that the letters hold together, before it was normalised."""

    missing: float
    """Probability of all tokens that are not among the alternatives."""


def read_chat_tokens(content: object, place: str) -> list[Token]:
    """Read ``logprobs.content`` as OpenAI writes it.

    Raises
    ------
    DataError
        If a log-probability is above 0 or a token is no text.
    """
    tokens = []
    for entry in as_list(content):
        record = as_dict(entry)
        others = [as_dict(other) for other in as_list(record.get("top_logprobs"))]
        pairs = [(other.get("token"), other.get("logprob")) for other in others]
        tokens.append(_token(record.get("token"), record.get("logprob"), pairs, place))
    return tokens


def read_completion_tokens(logprobs: Record, place: str) -> list[Token]:
    """Read ``logprobs`` of the older completions: lists of tokens and numbers, and of maps of alternatives."""
    texts, numbers, tops = (as_list(logprobs.get(name)) for name in ("tokens", "token_logprobs", "top_logprobs"))
    if len(texts) != len(numbers) or (tops and len(tops) != len(texts)):
        raise DataError(f"{place}: logprobs must have as many tokens as token_logprobs; the log is damaged")
    return [
        _token(text, number, list(as_dict(tops[i] if tops else None).items()), place)
        for i, (text, number) in enumerate(zip(texts, numbers, strict=True))
    ]


def text_probability(tokens: Sequence[Token]) -> float:
    """Probability of the very text: exp of the sum of its tokens' log-probabilities; NaN where one is missing.

    Examples
    --------
    >>> half = Token("a", math.log(0.5), {})
    >>> text_probability([half, half])
    0.25
    """
    return math.exp(sum(token.logprob for token in tokens)) if tokens else math.nan


def letter_in(text: str) -> str | None:
    """Return the letter that a token is a form of; None if it is none.

    Examples
    --------
    >>> [letter_in(text) for text in ("A", " B", "(C", "Apple", "a")]
    ['A', 'B', 'C', None, None]
    """
    match = _LETTER.fullmatch(text)
    return match[1] if match else None


def read_letters(token: Token, n_options: int) -> LetterReading | None:
    """Normalise the forms of each letter over the letters of the options.

    Parameters
    ----------
    token : Token
        The first of the answer's letter.
    n_options : int
        How many options there are, from A on. Other letters may be likely too, and are no options.

    Returns
    -------
    LetterReading or None
        None if no letter was seen.

    Examples
    --------
    >>> token = Token(" B", math.log(0.6), {" B": math.log(0.6), "B": math.log(0.1), "A": math.log(0.2)})
    >>> reading = read_letters(token, 2)
    >>> reading.probs.round(3), round(reading.mass, 3), round(reading.missing, 3)
    (array([0.222, 0.778]), 0.9, 0.1)
    """
    weight: dict[str, float] = {}
    for text, logprob in token.alternatives.items():
        if letter := letter_in(text):
            weight[letter] = weight.get(letter, 0.0) + math.exp(logprob)
    letters = [chr(ord("A") + i) for i in range(min(n_options, 26))]
    mass = np.array([weight.get(letter, 0.0) for letter in letters])
    total = float(mass.sum())
    if total <= 0:
        return None
    known = sum(math.exp(logprob) for logprob in token.alternatives.values())
    return LetterReading(mass / total, [letter in weight for letter in letters], min(total, 1.0), max(0.0, 1.0 - known))


def _token(text: object, logprob: object, others: Sequence[tuple[object, object]], place: str) -> Token:
    if not isinstance(text, str):
        raise DataError(f"{place}: every token of logprobs must be a text; got {text!r:.60}")
    own = _logprob(logprob, place)
    alternatives: dict[str, float] = {}
    for name, value in others:
        number = _logprob(value, place)
        if isinstance(name, str) and not math.isnan(number):
            # Two tokens may read alike; both count.
            before = alternatives.get(name)
            alternatives[name] = number if before is None else float(np.logaddexp(before, number))
    if not math.isnan(own):
        alternatives.setdefault(text, own)
    return Token(text, own, alternatives)


def _logprob(value: object, place: str) -> float:
    number = as_number(value)
    if number > _ROUNDING:
        raise DataError(f"{place}: a log-probability must not be above 0; got {number:g}")
    return math.nan if number <= _MISSING and number != -math.inf else min(number, 0.0) if number == number else number
