"""Answer -> the form in which it is compared: what does not change what it says is taken away."""

import re
import unicodedata

_ARTICLES = frozenset({"a", "an", "the"})
_ASCII_SYMBOLS = frozenset("$+<=>^`|~")
_HEAD = re.compile(r"\W*")
_SIGN = re.compile(r"-[^\w\s.]?\.?$")
_POINT = re.compile(r"(?<!\.)\.$")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")


def normalise_answer(text: str) -> str:
    """Return an answer without case, articles, punctuation and surplus white space.

    The rules are those of SQuAD's evaluation (Rajpurkar et al. 2016: lower case, no punctuation, no ``a``, ``an``,
    ``the``, single spaces), with what they lack outside plain English: compatible forms of a character are one (NFKC),
    punctuation and currency signs of every script go, letters and marks of every script stay. Two things are kept that
    SQuAD's rules drop, because they change a number: a decimal point, and a minus sign before a number. Where nothing
    would be left, as of ``A`` or ``+``, the step that leaves nothing is not taken.

    Parameters
    ----------
    text : str
        An answer, in any script.

    Returns
    -------
    str
        The form to compare; normalising it once more changes nothing.

    Examples
    --------
    >>> normalise_answer("  The  Eiffel Tower. "), normalise_answer("$1,000"), normalise_answer("A")
    ('eiffel tower', '1000', 'a')
    >>> normalise_answer("-3.5"), normalise_answer("«Ёлка»!"), normalise_answer("東京。")
    ('-3.5', 'ёлка', '東京')
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).replace("\u2212", "-")
    whole = folded.split()
    words = [bare for word in whole if (bare := _strip(word))] or whole
    return " ".join([word for word in words if word not in _ARTICLES] or words)


def _strip(word: str) -> str:
    head = _HEAD.match(word)
    start = head.end() if head else 0
    before, rest = word[:start], word[start:]
    kept = _without_punctuation(before)
    if rest[:1].isdecimal():
        kept += ("-" if _SIGN.search(before) else "") + ("." if _POINT.search(before) else "")
    return kept + ".".join(_without_punctuation(part) for part in _DECIMAL.split(rest))


def _without_punctuation(text: str) -> str:
    return "".join(character for character in text if not _is_punctuation(character))


def _is_punctuation(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "P" or category in ("Sc", "Cf") or character in _ASCII_SYMBOLS
