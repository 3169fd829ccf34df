"""Text that somebody wrote -> the confidence that it states, or why there is none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias, get_args

from calibrant.exceptions import InputError
from calibrant.language import _context as context
from calibrant.language._numbers import Stated, find_numbers
from calibrant.language._phrases import PhraseTable, find_table
from calibrant.language._scale import NamedScale, Scale, find_scale, to_probability
from calibrant.language._tags import find_confidence_tag

StatedKind: TypeAlias = Literal["percent", "fraction", "range", "decimal", "phrase"]
"""How a confidence is written: "90%", "9/10", "60-70%", "0.9" or "90", or "highly likely"."""

MissingCause: TypeAlias = Literal[
    "empty", "none", "out of range", "ambiguous scale", "several values", "negated", "unknown phrase"
]
"""Why there is no value.

``none``: nothing states one. ``ambiguous scale``: "1", where a percentage and a probability are both possible.
``several values``: different ones, none of them named a confidence. ``negated``: "not 100% sure", "5% chance that I am
wrong". ``unknown phrase``: "very likely", where the table has only "likely".
"""


@dataclass(frozen=True)
class StatedConfidence:
    """A confidence that a text states, or why it states none."""

    value: float | None
    """In [0, 1], higher = more confident; the middle of a range. None where it is missing."""

    kind: StatedKind | None = None
    """How it is written."""

    span: tuple[int, int] | None = None
    """Where in the text it stands: ``text[span[0]:span[1]]``; of what was refused, where something was."""

    cause: MissingCause | None = None
    """Why the value is missing; None where it is not."""


# One character for one, so that places stay what they were.
_PLAIN = str.maketrans(
    {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
    | dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
    | dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), " ")
    | dict.fromkeys(map(ord, "‘’ʼ"), "'")
    | {0xFE6A: "%"}
)
# What decides, the higher before the lower.
_LABELLED, _NAMED, _SHOWS_SCALE, _ALONE, _IN_A_SENTENCE, _REFUSED = 5, 4, 3, 2, 1, 0


@dataclass(frozen=True)
class _Candidate:
    rank: int
    result: StatedConfidence


def parse_confidence(
    text: str, *, scale: Scale = "auto", table: str | PhraseTable | None = "survey"
) -> StatedConfidence:
    """Read the confidence that a text states, in [0, 1], higher = more confident; what cannot be read is missing.

    The last ``<confidence>`` tag decides, if there is one. Else the first of these that there is, and the last of
    several: what follows a label ("Confidence: 90"); what is called a confidence ("90% sure"); what shows its scale
    ("90%", "9/10"), where all that do so agree; a number that is alone in the text; a phrase of the table. Other
    numbers, as years and quantities, are passed over.

    Parameters
    ----------
    text : str
        What the model wrote.
    scale : {"auto", "percent", "unit"}
        What it was asked for. It decides where a bare number can be read twice: 1 is 0.01 of ``percent``, 1 of ``unit``
        and missing under ``auto``. Asked for ``percent``, 0.9 is missing: it may be meant as 0.9 or as 0.9 %. Any other
        number up to 1 is a probability, and one above it a percentage. A scale that the text names, as "(0-100)" or
        "1 to 10", stands in for ``auto``.
    table : str, PhraseTable or None
        What phrases mean; None reads numbers only. The longest phrase counts. It is missing after "not", and after a
        word of degree ("very likely"), unless the table has the whole.

    Returns
    -------
    StatedConfidence
        The value, how it is written and where it stands; or the cause why there is none.

    Raises
    ------
    InputError
        If the scale or the table is unknown.

    Examples
    --------
    >>> [parse_confidence(t).value for t in ("I am 90% confident (9/10)", "between 60 and 70", "I'm almost certain")]
    [0.9, 0.65, 0.9204]
    >>> parse_confidence("It was founded in 1990. Confidence: 80").value
    0.8
    >>> parse_confidence("1").cause, parse_confidence("1", scale="unit").value
    ('ambiguous scale', 1.0)
    """
    if scale not in get_args(Scale):
        raise InputError(f"scale must be one of {', '.join(get_args(Scale))}; got {scale!r}")
    phrases = None if table is None else find_table(table)
    plain = text.translate(_PLAIN)
    tag = find_confidence_tag(plain)
    if tag is None:
        return _read(plain, scale, phrases, offset=0)
    return _read_tag(tag[1], scale, phrases, offset=tag[0])


def _read_tag(inside: str, scale: Scale, phrases: PhraseTable | None, offset: int) -> StatedConfidence:
    # A tag may hold more than it should, where the model closed it late: what stands first is what it meant.
    first = next(find_numbers(inside), None)
    if first is not None and not re.search(r"\w", inside[: first.start]):
        return _shift(_judge(first, scale), offset)
    return _read(inside, scale, phrases, offset)


def _read(text: str, scale: Scale, phrases: PhraseTable | None, offset: int) -> StatedConfidence:
    if not text.strip():
        return StatedConfidence(None, cause="empty")
    unscaled, named_scale = find_scale(text)
    candidates = list(_numeric(unscaled, named_scale if scale == "auto" and named_scale is not None else scale))
    if phrases is not None:
        candidates += _worded(text, phrases)
    best = max((candidate.rank for candidate in candidates), default=None)
    if best is None:
        return StatedConfidence(None, cause="none")
    results = [candidate.result for candidate in candidates if candidate.rank == best]
    result = max(results, key=lambda result: result.span or (0, 0))
    if best == _SHOWS_SCALE and len({other.value for other in results}) > 1:
        result = StatedConfidence(None, result.kind, result.span, "several values")
    return _shift(result, offset)


def _numeric(text: str, scale: Scale | NamedScale) -> Iterator[_Candidate]:
    for number in find_numbers(text):
        before, after = _around(text, number.start, number.end)
        # A fraction of anything else may well be part of a calculation.
        shows_scale = number.is_percent or (number.written == "fraction" and number.whole in (10, 100))
        # Between the name and a number that shows its scale other words may stand: "Confidence that it is so: 90%".
        is_labelled = context.is_labelled(before, loosely=shows_scale)
        is_named = is_labelled or context.is_named(before, after, loosely=shows_scale)
        if context.is_margin(before) or (context.is_quantity(after) and not is_named):
            continue
        if (is_named or shows_scale) and context.is_denied(before, after):
            yield _Candidate(_REFUSED, StatedConfidence(None, number.written, (number.start, number.end), "negated"))
        elif is_named:
            yield _Candidate(_LABELLED if is_labelled else _NAMED, _judge(number, scale))
        elif shows_scale:
            yield _Candidate(_SHOWS_SCALE, _judge(number, scale))
        elif context.is_alone(text, number.start, number.end):
            yield _Candidate(_ALONE, _judge(number, scale))


def _judge(number: Stated, scale: Scale | NamedScale) -> StatedConfidence:
    span = (number.start, number.end)
    probability = to_probability(number, scale)
    if isinstance(probability, str):
        return StatedConfidence(None, number.written, span, probability)
    return StatedConfidence(probability, number.written, span)


def _worded(text: str, table: PhraseTable) -> Iterator[_Candidate]:
    for found in _pattern(tuple(table.phrases)).finditer(text):
        span = found.span()
        before, after = _around(text, *span)
        if context.is_denied(before, after) or context.is_lessened(before):
            yield _Candidate(_REFUSED, StatedConfidence(None, "phrase", span, "negated"))
        elif context.is_graded(before):
            yield _Candidate(_REFUSED, StatedConfidence(None, "phrase", span, "unknown phrase"))
        else:
            value = table.phrases[" ".join(found[0].lower().split())]
            is_named = context.is_named(before, "")
            rank = _LABELLED if context.is_labelled(before) else _NAMED if is_named else _IN_A_SENTENCE
            yield _Candidate(rank, StatedConfidence(value, "phrase", span))


@lru_cache(maxsize=32)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    words = "|".join(r"\s+".join(re.escape(word) for word in phrase.split()) for phrase in longest_first)
    return re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE)


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    return text[max(0, start - context.WINDOW) : start], text[end : end + context.WINDOW]


def _shift(result: StatedConfidence, offset: int) -> StatedConfidence:
    if result.span is None or not offset:
        return result
    start, end = result.span
    return StatedConfidence(result.value, result.kind, (start + offset, end + offset), result.cause)
