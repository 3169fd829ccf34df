"""Text -> every number in it that could state a confidence, with how it is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Written: TypeAlias = Literal["percent", "fraction", "range", "decimal"]

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORD_VALUE = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * tens for tens, word in enumerate(_TENS, start=2)
}
_WORDS = (
    rf"(?:an?|one)\s+hundred|(?:{'|'.join(_TENS)})(?:[\s-]+(?:{'|'.join(_SMALL[1:10])}))?"
    rf"|{'|'.join(_SMALL)}"
)
NUMBER = (
    rf"(?:(?<!\w)(?<![0-9][.,:])(?:[0-9]+(?:[.,][0-9]+)?(?:e-?[0-9]+)?|(?<!\.)\.[0-9]+)(?![.,:]?[0-9])"
    rf"|(?<![\w-])(?:{_WORDS}))(?!(?!percent|pct)[^\W_])"
)
_PERCENT = r"(?:[ \t]*\\?%|[ \t]*(?:percent|per[ \t]+cent|pct)(?![a-z]))"
_STATED = re.compile(
    rf"between[ \t]+(?P<from>{NUMBER})(?P<from_percent>{_PERCENT})?"
    rf"[ \t]*and[ \t]*(?P<till>{NUMBER})(?P<till_percent>{_PERCENT})?"
    rf"|(?P<low>{NUMBER})(?P<low_percent>{_PERCENT})?"
    rf"(?P<dash>[ \t]*-[ \t]*|[ \t]+to[ \t]+)(?P<high>{NUMBER})(?P<high_percent>{_PERCENT})?"
    # Not a part of a date; and "85 in 1990" is none of a year.
    rf"|(?<![0-9]/)(?P<part>{NUMBER})"
    rf"(?:[ \t]*/[ \t]*|[ \t]+out[ \t]+of[ \t]+|[ \t]+in[ \t]+(?!(?:1[0-9]|20)[0-9]{{2}}(?![0-9])))"
    rf"(?P<whole>{NUMBER})(?!/[0-9])"
    rf"|(?<![0-9]/)(?P<single>{NUMBER})(?!/[0-9])(?P<percent>{_PERCENT})?"
    rf"(?:[ \t]*(?:±|\+/-|plus[ \t]+or[ \t]+minus)[ \t]*{NUMBER}(?P<margin_percent>{_PERCENT})?)?",
    re.IGNORECASE,
)
_WIDEST_SPACED = 30
"""Points that may lie between the numbers of "60 - 70%"; further apart, "4 - 90%" is an answer and its confidence."""


@dataclass(frozen=True)
class Stated:
    """A number in a text."""

    start: int
    end: int
    written: Written
    low: float
    """As it is written; a fraction divided out."""
    high: float
    """The same number, but for a range."""
    has_point: bool
    """Whether it is written with decimals: "1.0", not "1"."""
    is_percent: bool = False
    """Whether a percent sign, or the word, stands with it."""
    whole: float = 0.0
    """What a fraction is out of."""


def find_numbers(text: str) -> Iterator[Stated]:
    """Yield numbers in their order: percentages, fractions, ranges and bare ones.

    Examples
    --------
    >>> [(n.written, n.low, n.high) for n in find_numbers("60-70%, nine out of ten, 1,5 %, .85")]
    [('range', 60.0, 70.0), ('fraction', 0.9, 0.9), ('percent', 1.5, 1.5), ('decimal', 0.85, 0.85)]
    """
    position = 0
    while found := _STATED.search(text, position):
        position = found.end()
        start = found.start()
        if found["single"]:
            value = _sign(text, start) * _value(found["single"])
            is_percent = bool(found["percent"] or found["margin_percent"])
            written: Written = "percent" if is_percent else "decimal"
            yield Stated(start, position, written, value, value, _has_point(found["single"]), is_percent)
        elif found["part"]:
            if (stated := _fraction(found)) is not None:
                yield stated
        elif (stated := _range(found)) is not None:
            yield stated
        else:  # not a range: its second number is looked at again
            position = found.end("low_percent" if found["low_percent"] else "low")
            if found["low_percent"]:
                value = _sign(text, start) * _value(found["low"])
                yield Stated(start, position, "percent", value, value, _has_point(found["low"]), is_percent=True)


def _range(found: re.Match[str]) -> Stated | None:
    names = ("from", "till") if found["from"] else ("low", "high")
    low, high = (_value(found[name]) for name in names)
    if found["from"] and low > high:
        low, high = high, low
    is_percent = bool(found[f"{names[0]}_percent"] or found[f"{names[1]}_percent"])
    is_spaced = (found["dash"] or "").strip() == "-" != found["dash"]
    if low > high or (is_spaced and high - low > _WIDEST_SPACED):
        return None
    has_point = any(_has_point(found[name]) for name in names)
    return Stated(found.start(), found.end(), "range", low, high, has_point, is_percent)


def _fraction(found: re.Match[str]) -> Stated | None:
    part, whole = _value(found["part"]), _value(found["whole"])
    if whole == 0:
        return None
    # "50/50" and "60/40" are shares of a hundred.
    value = part / 100 if part + whole == 100 else part / whole
    return Stated(found.start(), found.end(), "fraction", value, value, has_point=True, whole=whole)


def _sign(text: str, start: int) -> int:
    return -1 if re.search(r"(?:^|[\s(\[:=*\"'])-$", text[max(0, start - 2) : start]) else 1


def _has_point(number: str) -> bool:
    return bool(re.search(r"\.|[0-9]e|^0*,|,(?![0-9]{3}$)", number, re.IGNORECASE))


def _value(number: str) -> float:
    words = number.lower().replace("-", " ").split()
    if words[-1] == "hundred":
        return 100.0
    if words[0] in _WORD_VALUE:
        return float(sum(_WORD_VALUE[word] for word in words))
    if re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", number):
        return float(number.replace(",", ""))
    return float(number.replace(",", "."))
