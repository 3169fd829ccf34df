"""Text → the form and the words in which a reply is compared with what is accepted."""

import re
import unicodedata

from calibrant.language import normalise_answer

_PLAIN_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "þ": "th", "ı": "i", "٫": ".", "٬": ","}
)
_UNACCENTED = ("LATIN", "GREEK")
# Russian writes ё as е, and marks the stressed vowel only in dictionaries.
_CYRILLIC_ACCENTS = {"\u0308": "е", "\u0301": "аеиоуыэюя"}
_APART = re.compile(r"[—…]|--+")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2}|\d{4,})(?![\d,]|\.\d)")
_SPACED_THOUSANDS = re.compile(r"(?<![\d.] )(?<![\w.,])\d{1,3}(?: \d{3})+(?!\d| \d)")
_POINTED_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:\.\d{3}){2,}(?![\w.])")
# Scripts that are written without spaces: each character counts as a word.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def normalise_text(text: str) -> str:
    """Return a text without what does not tell two answers apart: case, articles, punctuation, accents, white space.

    These are the rules of `calibrant.language.normalise_answer`, and further: accents of Latin and Greek letters go, as
    do Russian's stress marks and the dots of ё, while marks of other scripts stay, where they are letters or vowels;
    digits of all scripts are one; thousands may be set apart by spaces or points as well as by commas, and a comma
    before one or two digits, or more than three, is a decimal point; a long dash parts two words. Umlauts lose their
    dots: Müller is Muller, and not Mueller.

    Parameters
    ----------
    text : str
        A text in any script.

    Returns
    -------
    str
        The form to compare; normalising it once more changes nothing. Empty only where there is nothing but white
        space, accents and invisible characters.

    Examples
    --------
    >>> normalise_text(" The São  Paulo!"), normalise_text("Łódź"), normalise_text("Москва."), normalise_text("東京")
    ('sao paulo', 'lodz', 'москва', '東京')
    >>> normalise_text("1 000 000") == normalise_text("1,000,000") == normalise_text("1.000.000"), normalise_text("3,5")
    (True, '3.5')
    """
    # What one step takes away can bring together what another one joins.
    while (changed := _normalise_once(text)) != text:
        text = changed
    return text


def split_words(text: str) -> list[str]:
    """Return the words of a text, normalised; in scripts without spaces every character is one.

    Examples
    --------
    >>> split_words("The Eiffel Tower."), split_words("東京 Tower")
    (['eiffel', 'tower'], ['東', '京', 'tower'])
    """
    return _UNSPACED.sub(lambda found: f" {found[0]} ", normalise_text(text)).split()


def find_words(words: list[str], sought: list[str]) -> list[int]:
    """Return every place at which a run of words begins.

    Examples
    --------
    >>> find_words(["to", "be", "or", "not", "to", "be"], ["to", "be"])
    [0, 4]
    """
    size = len(sought)
    return [place for place in range(len(words) - size + 1) if words[place : place + size] == sought] if size else []


def _normalise_once(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = _APART.sub(" ", _without_accents(folded).translate(_PLAIN_LETTERS))
    plain = "".join(_digit(character) for character in " ".join(plain.split()))
    plain = _DECIMAL_COMMA.sub(r"\1.\2", plain)
    plain = _POINTED_THOUSANDS.sub(lambda found: found[0].replace(".", ""), plain)
    plain = _SPACED_THOUSANDS.sub(lambda found: found[0].replace(" ", ""), plain)
    return normalise_answer(plain)


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    letter = ""
    for character in unicodedata.normalize("NFD", text):
        category = unicodedata.category(character)
        if category[0] == "L":
            letter = character
        elif category == "Mn" and (not letter or _is_accent(character, letter)):
            continue
        if category != "Cf":
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def _is_accent(mark: str, letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(_UNACCENTED) or letter in _CYRILLIC_ACCENTS.get(mark, "")


def _digit(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character
