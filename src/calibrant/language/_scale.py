"""A number as it is written x the scale that was asked for -> a probability, or why it is none."""

import re
from typing import Literal, TypeAlias

from calibrant.language._numbers import Stated

Scale: TypeAlias = Literal["auto", "percent", "unit"]
"""What was asked for: a number from 0 to 100, from 0 to 1, or neither is known."""

NamedScale: TypeAlias = Literal["unit", "ten", "percent", "other"]
"""A scale that a text itself names; ``other`` is one like 1 to 5, whose numbers are no probabilities."""

ScaleProblem: TypeAlias = Literal["out of range", "ambiguous scale"]

_NAMED = re.compile(
    r"(?<![\w.-])(?:"
    r"0(?:\.0+)?\s*(?:-|to|and)\s*(?P<unit>1(?:\.0+)?)(?!\s*\\?%)"
    r"|[01]\s*(?:-|to|and)\s*(?P<ten>10)(?!\s*\\?%)"
    r"|[01]\s*\\?%?\s*(?:-|to|and)\s*(?P<percent>100)(?:\s*\\?%)?"
    # Bare, "1 to 5" may be a statement: here it must be called a scale, or stand in brackets.
    r"|(?:(?<=\()|(?<=scale of )|(?<=scale from ))[01]\s*(?:-|to)\s*(?P<other>[2-9])(?!\s*\\?%)"
    r")(?![\w.]?[0-9])",
    re.IGNORECASE,
)


def find_scale(text: str) -> tuple[str, NamedScale | None]:
    """Blank out the scales that a text names, as "(0-100)", and say which the last of them is.

    Examples
    --------
    >>> find_scale("Confidence (0-100): 90")
    ('Confidence (     ): 90', 'percent')
    """
    named: NamedScale | None = None
    for found in _NAMED.finditer(text):
        named = "unit" if found["unit"] else "ten" if found["ten"] else "percent" if found["percent"] else "other"
    return _NAMED.sub(lambda found: " " * len(found[0]), text), named


def to_probability(number: Stated, scale: Scale | NamedScale) -> float | ScaleProblem:
    """Read a number as a probability in [0, 1], the middle of it if it is a range; or say why it is none.

    A percent sign and a fraction speak for themselves. A bare number above 1 can only be a percentage; up to 1, what
    was asked for decides, and where that leaves two readings there is none.

    Examples
    --------
    >>> one = Stated(0, 1, "decimal", 1.0, 1.0, has_point=False)
    >>> [to_probability(one, scale) for scale in ("auto", "percent", "unit", "ten")]
    ['ambiguous scale', 0.01, 1.0, 0.1]
    """
    # Rounded to what was meant: 99.9 / 100 is 0.9990000000000001 in binary.
    middle, hundredth, tenth = (round((number.low + number.high) / 2 / unit, 15) for unit in (1, 100, 10))
    if number.written == "fraction":
        return middle if 0 <= middle <= 1 else "out of range"
    if number.low < 0 or number.high > 100:
        return "out of range"
    if number.is_percent:
        return hundredth
    if scale == "other":
        return "ambiguous scale"
    if scale == "ten" and number.high <= 10:
        return tenth
    if number.high > 1:
        return hundredth
    if number.high == 0 or scale == "unit" or (scale == "auto" and number.has_point):
        return middle
    # Asked for 0 to 100, a model that answers 0.9 or 1.0 may mean either scale.
    return hundredth if scale == "percent" and not number.has_point else "ambiguous scale"
