"""Reply → the number that it gives, and whether two numbers are the same."""

import math
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple


class Quantity(NamedTuple):
    """A number as it is written in a text."""

    value: float
    """The number; of a percentage, the number before the sign."""

    is_percent: bool
    """Whether a percent sign, or the word, stands with it."""


_GROUPED = (
    r"[0-9]{1,3}(?P<by>[ ,'_])[0-9]{3}(?:(?P=by)[0-9]{3})*(?![0-9])(?:\.[0-9]+)?"
    r"|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?![0-9])(?:\.[0-9]+)?"
)
_POINTED = r"[0-9]{1,3}(?:\.[0-9]{3}){2,}(?![0-9])(?:,[0-9]+)?|[0-9]{1,3}\.[0-9]{3},[0-9]+(?![0-9,])"
_DECIMAL_COMMA = r"(?<![0-9],)[0-9]+,[0-9]+(?!,?[0-9])"
_FRACTION = r"(?<!/)(?:(?P<whole>[0-9]{1,3}) {1,2})?(?P<part>[0-9]+) ?/ ?(?P<of>[0-9]+)(?! ?/|[0-9])"
_NUMBER = re.compile(
    r"(?<![\w^])(?<![0-9]\.)(?:(?<!\))(?P<minus>-)(?:[$€£¥] ?)?)?(?<![\w^])"
    rf"(?:{_FRACTION}"
    rf"|(?:(?P<pointed>{_POINTED})|(?P<grouped>{_GROUPED})|(?P<comma>{_DECIMAL_COMMA})"
    r"|(?P<plain>[0-9]+(?:\.[0-9]+)?|(?<![0-9])\.[0-9]+))"
    r"(?:e(?P<e>[-+]?[0-9]+)| ?[x×*·] ?10\^\{?(?P<power>[-+]?[0-9]+)\}?)?)"
    r"(?: (?P<scale>thousand|million|billion|trillion)\b)?"
    r"(?P<percent> ?\\?%| ?percent\b| per cent\b)?",
    re.IGNORECASE,
)
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_ANNOUNCED = re.compile(r"\banswer(?: is|:| =)|####|\\boxed\{", re.IGNORECASE)
_OPERATOR = re.compile(r"[ \t]*[-+*/×·=][ \t]*")
_SUPERSCRIPTS = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_CHARACTERS = dict.fromkeys(map(ord, "‐‑‒–−﹣－"), "-") | {
    ord("％"): "%", ord("﹪"): "%", ord("٪"): "%", ord("．"): ".", ord("，"): ",", ord("／"): "/", ord("⁄"): "/",
    ord("٫"): ".", ord("٬"): ",", ord("’"): "'", ord("\u202f"): " ", ord("\u00a0"): " ", ord("\u2009"): " ",
}  # fmt: skip


def read_number(text: str) -> Quantity | None:
    r"""Return the number that a reply gives, the one it announces as its answer or else its last; None without one.

    Announced is what follows "answer is", "answer:", "####" or "\\boxed{"; of a calculation that follows, its result.
    Understood are digits of all scripts; thousands set apart by commas, spaces, apostrophes or points; a decimal comma
    where it cannot part thousands, so 1,000 is a thousand and 1,5 is 1.5; fractions (3/4, ½, 2 1/2); powers of ten
    (1.5e3, 1.5 × 10^3); thousand to trillion after a number; and the percent sign. Number words are not. The last
    number is not always the answer: "in 1945, after 6 years" gives 6.

    Parameters
    ----------
    text : str
        The reply.

    Returns
    -------
    Quantity or None
        The number, and whether it is a percentage.

    Examples
    --------
    >>> [read_number(text).value for text in ("1,000", "1 000", "1.5e3", "2 ½", "It took 7 men 12 days.")]
    [1000.0, 1000.0, 1500.0, 2.5, 12.0]
    >>> read_number("The answer is 3 + 4 = 7, by rule 12."), read_number("about 30 %"), read_number("twelve")
    (Quantity(value=7.0, is_percent=False), Quantity(value=30.0, is_percent=True), None)
    """
    plain = _plain(text)
    announced = max((found.end() for found in _ANNOUNCED.finditer(plain)), default=None)
    if announced is not None and (number := _first(plain, announced)) is not None:
        return number
    every = [number for _, number in _numbers(plain, 0)]
    return every[-1] if every else None


def is_number(text: str) -> bool:
    """Whether a text is a number and nothing else but a plus or a currency sign.

    Examples
    --------
    >>> [is_number(text) for text in ("1945", "-3.5", "$1,000", "½", "12 km", "twelve", "4 July")]
    [True, True, True, True, False, False, False]
    """
    plain = re.sub(r"^\+|^[$€£¥] ?| ?[$€£¥]$", "", _plain(text).strip())
    found = _NUMBER.fullmatch(plain)
    return found is not None and _quantity(found) is not None


def same_number(given: Quantity, right: Quantity, tolerance: float) -> bool:
    """Whether two numbers agree, within ``tolerance`` times the right one.

    A percentage is a hundredth. Where only one of the two has the sign, the other may have left it out if it is above
    1 in size; up to 1 it is read as a share.

    Examples
    --------
    >>> percent, share = Quantity(50, is_percent=True), Quantity(0.5, is_percent=False)
    >>> same_number(percent, share, 0), same_number(Quantity(50, False), percent, 0)
    (True, True)
    >>> same_number(Quantity(0.5, True), share, 0), same_number(Quantity(99, False), Quantity(100, False), 0.01)
    (False, True)
    """
    if given.is_percent == right.is_percent:
        return _close(given.value, right.value, tolerance)
    bare = right if given.is_percent else given
    if abs(bare.value) > 1 and _close(given.value, right.value, tolerance):
        return True
    return _close(_share(given), _share(right), tolerance)


def _share(number: Quantity) -> float:
    return number.value / 100 if number.is_percent else number.value


def _close(given: float, right: float, tolerance: float) -> bool:
    # 0.1 + 0.2 must not differ from 0.3.
    return math.isclose(given, right, rel_tol=1e-12) or abs(given - right) <= tolerance * abs(right) * (1 + 1e-12)


def _first(text: str, start: int) -> Quantity | None:
    first = None
    end = start
    for found, number in _numbers(text, start):
        if first is not None and not _OPERATOR.fullmatch(text, end, found.start()):
            break
        first, end = number, found.end()
    return first


def _numbers(text: str, start: int) -> Iterator[tuple[re.Match[str], Quantity]]:
    for found in _NUMBER.finditer(text, start):
        if (number := _quantity(found)) is not None:
            yield found, number


def _quantity(found: re.Match[str]) -> Quantity | None:
    if found["part"]:
        if not int(found["of"]):
            return None
        value = int(found["whole"] or 0) + int(found["part"]) / int(found["of"])
    else:
        value = float(f"{_digits(found)}e{found['e'] or found['power'] or 0}")
    value *= _SCALES.get((found["scale"] or "").lower(), 1.0)
    if not math.isfinite(value):
        return None
    return Quantity(-value if found["minus"] else value, found["percent"] is not None)


def _digits(found: re.Match[str]) -> str:
    if found["pointed"]:
        return found["pointed"].replace(".", "").replace(",", ".")
    if found["grouped"]:
        return re.sub("[ ,'_]", "", found["grouped"])
    return (found["comma"] or found["plain"]).replace(",", ".")


def _plain(text: str) -> str:
    powers = _SUPERSCRIPTS.sub(lambda found: "^" + unicodedata.normalize("NFKC", found[0]), text)
    return "".join(_spell(character) for character in powers).translate(_CHARACTERS)


def _spell(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    spelled = unicodedata.normalize("NFKC", character)
    return f" {spelled}" if len(spelled) > 2 and "\u2044" in spelled else character
