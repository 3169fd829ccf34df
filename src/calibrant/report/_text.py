"""Numbers as text: an undefined one is a dash, never 0 or NaN."""

import re
from collections.abc import Iterable, Sequence
from unicodedata import category

from calibrant.evaluation._record import Estimate

DASH = "–"
_SPACE = "\N{NO-BREAK SPACE}"
_PERCENT = re.compile(r"(?<=\d) %")


def number(value: float | None, digits: int = 3) -> str:
    """Decimal text of a number, with a true minus sign.

    Examples
    --------
    >>> number(-0.12345), number(None)
    ('−0.123', '–')
    """
    if value is None:
        return DASH
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def percent(value: float | None, digits: int = 1) -> str:
    """Share as a percentage; what is not quite all, or not quite nothing, is not rounded to it.

    Examples
    --------
    >>> percent(0.7144).split(), percent(0.99999).split(), percent(1.0).split()
    (['71.4', '%'], ['>', '99.9', '%'], ['100.0', '%'])
    """
    if value is None:
        return DASH
    step = 10.0**-digits
    if 1 - step / 200 <= value < 1:
        return f">{_SPACE}{number(100 - step, digits)}{_SPACE}%"
    if 0 < value < step / 200:
        return f"<{_SPACE}{number(step, digits)}{_SPACE}%"
    return f"{number(100 * value, digits)}{_SPACE}%"


def p_value(value: float | None) -> str:
    """P-value, with the bound where it is too small to print.

    Examples
    --------
    >>> p_value(0.04321), p_value(0.0002).split()
    ('0.043', ['<', '0.001'])
    """
    return f"<{_SPACE}0.001" if value is not None and value < 0.001 else number(value)


def count(value: int, one: str, many: str | None = None) -> str:
    """Count with its noun.

    Examples
    --------
    >>> count(1, "question"), count(1095, "question"), count(0, "entity", "entities")
    ('1 question', '1,095 questions', '0 entities')
    """
    return f"{value:,} {one if value == 1 else many or f'{one}s'}"


def interval(estimate: Estimate, *, share: bool = False) -> str:
    """Both ends of an interval; empty where there is none.

    Examples
    --------
    >>> interval(Estimate(value=0.5, low=0.25, high=0.75)), interval(Estimate(value=0.5, low=None, high=None))
    ('0.250 to 0.750', '')
    """
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    if share:
        return f"{number(100 * estimate.low, 1)} to {percent(estimate.high)}"
    return f"{number(estimate.low)} to {number(estimate.high)}"


def shorten(text: str, longest: int) -> str:
    """Text, cut to ``longest`` characters with an ellipsis for the rest.

    Examples
    --------
    >>> shorten("a long question", 7)
    'a long…'
    """
    text = text.strip()
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def one_line(text: str) -> str:
    r"""Text on one line, without what cannot stand in XML: control characters and lone surrogates.

    Examples
    --------
    >>> one_line("two\nlines\x00")
    'two lines'
    """
    return " ".join("".join(" " if category(letter) in ("Cc", "Cs") else letter for letter in text).split())


def keep_units(text: str) -> str:
    """Text whose percent signs stay on the line of their number.

    Examples
    --------
    >>> keep_units("right 71 % of the time").split(" ")
    ['right', '71...%', 'of', 'the', 'time']
    """
    return _PERCENT.sub(f"{_SPACE}%", text)


def listing(parts: Iterable[str]) -> str:
    """Parts that are not empty, joined by commas.

    Examples
    --------
    >>> listing(["float32", "", "cpu"])
    'float32, cpu'
    """
    return ", ".join(part for part in parts if part)


def ranges(numbers: Sequence[int]) -> str:
    """Whole numbers, those that follow each other as a range.

    Examples
    --------
    >>> ranges([5, 2, 4, 6]), ranges([3]), ranges([])
    ('2, 4 to 6', '3', '')
    """
    runs: list[list[int]] = []
    for value in sorted(set(numbers)):
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return listing(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)
