"""A reply in lines -> what stands after a name, on its line or the one below."""

import re
from collections.abc import Iterator

from calibrant.language._phrases import PhraseTable
from calibrant.language._scale import Scale
from calibrant.language._stated import StatedConfidence, parse_confidence

LEAD = r"^[ \t>#*_`\"'-]*(?:[0-9]+[.)][ \t*_]*)?"
"""What may stand before a name at the beginning of a line: a quotation, a bullet, a number, markdown."""

END = r"[*_`\"']*\s*[:：=][ \t*_`\"']*"
"""What ends a name."""


def find_fields(text: str, name: re.Pattern[str], *others: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    r"""Yield where the value of each line of that name starts, and the value, which may stand on a line below.

    Examples
    --------
    >>> list(find_fields("Guess:\n Paris", re.compile("Guess:"), re.compile("Probability:")))
    [(8, 'Paris')]
    """
    for found in name.finditer(text):
        start = found.end()
        value = text[start : line_end(text, start)]
        if not value.strip(" \t\r*_`"):
            rest = text[start + len(value) :].lstrip()
            below = len(text) - len(rest)
            # The next name is no value of this one.
            if not any(pattern.match(text, below) for pattern in (name, *others)):
                start, value = below, text[below : line_end(text, below)]
        yield start, value


def read_field(start: int, value: str, scale: Scale, table: str | PhraseTable | None) -> StatedConfidence:
    """Read the value of a field that is named a confidence, which starts at this place of the text.

    Examples
    --------
    >>> read_field(12, "90 (since 1990)", "percent", None)
    StatedConfidence(value=0.9, kind='decimal', span=(12, 14), cause=None)
    """
    name = "Confidence: "
    stated = parse_confidence(name + value if value.strip() else value, scale=scale, table=table)
    if stated.span is None:
        return stated
    shift = start - len(name)
    return StatedConfidence(stated.value, stated.kind, (stated.span[0] + shift, stated.span[1] + shift), stated.cause)


def read_missing(text: str) -> StatedConfidence:
    """Say that a text has no such field, or is empty.

    Examples
    --------
    >>> read_missing("Guess: Paris").cause, read_missing(" ").cause
    ('none', 'empty')
    """
    return StatedConfidence(None, cause="none" if text.strip() else "empty")


def clean_answer(answer: str) -> str | None:
    """Take markdown and the brackets of a template off; None if nothing is left.

    Examples
    --------
    >>> clean_answer(" **[B]** "), clean_answer(" ** ")
    ('B', None)
    """
    bare = re.sub(r"^[\s*_`\"]+|[\s*_`\"]+$", "", answer)
    bracketed = re.fullmatch(r"\[([^\[\]]*)\]|<([^<>]*)>", bare)
    return (bracketed[1] or bracketed[2] if bracketed else bare) or None


def line_end(text: str, start: int) -> int:
    """Where the line ends that this place is on."""
    end = text.find("\n", start)
    return len(text) if end < 0 else end
