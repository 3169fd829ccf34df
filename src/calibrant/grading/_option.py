"""Reply x options → the option that it names, by its letter or by its text."""

import re
from collections.abc import Iterator, Sequence
from string import ascii_uppercase
from typing import Literal, TypeAlias

from calibrant.grading._normalise import find_words, normalise_text, split_words

OptionCause: TypeAlias = Literal["no option", "several options"]
"""Why no option can be told."""

_HEDGES = r"[\s*_`\"'“(\[{<]*"
_MARKUP = "*_`\"'“”()[]{}<> \n\t.:,"
# After a letter: the end, punctuation, or a word that gives the reason; not the rest of a word or of a sentence.
_AFTER = (
    r"(?![\w'’+#]|-\w)(?=\s*$|\s*\n|\s*[^\w\s]|\s+(?:because|since|as|for|and|or|is|which|due)\b|\s+(?P<rest>\S[^\n]*))"
)
_ANNOUNCED = re.compile(
    r"(?i:\banswer(?:\s+to\s+[^.\n]{0,80}?)?|\bchoose|\bpick|\bchoice|\bcorrect\s+(?:option|letter)|\\boxed)"
    r"(?i:(?:\s+(?:is|would\s+be|should\s+be|must\s+be))?\s*[:=]?\s*(?:the\s+)?(?:(?:option|letter|choice)\s+)?)"
    rf"{_HEDGES}(?P<letter>[A-Z]|[a-z](?=[\s.)\]}}*_`\"']*(?:\n|$))){_AFTER}",
)
_HEAD = re.compile(
    rf"\s*(?i:option\s+)?{_HEDGES}(?P<letter>[A-Z]|[a-z](?=[).:](?:\s|$)))(?![\w'’+#]|-\w)"
    r"(?=\s*$|[\s*_`\"']*[.):\]}*,/](?!\w)|\s*\n|\s+[-–—]\s|\s+(?:or|and|because|since|as|is)\b)"
)
_LABEL = re.compile(r"\(([A-Z])\)|\[([A-Z])\]|\*\*([A-Z])\*\*|\b[Oo]ption ([A-Z])\b")
_ENUMERATED = re.compile(r"(?:^|(?<=[\s(]))([A-Z])[.)](?=\s|$)")
_ALSO = re.compile(
    rf"\s*[)\]]?\s*(?:,|/|&|\bor\b|\band\b|,\s*or\b)\s*(?:or\s+|and\s+)?(?:option\s+)?{_HEDGES}([A-Z])(?![\w'’])"
)
_NEGATIONS = frozenset({"not", "isnt", "arent", "wasnt", "never", "neither", "nor"})


def read_option(text: str, choices: Sequence[str]) -> tuple[int | None, OptionCause | None]:
    """Return the option that a reply names; None with the cause where it names none, or more than one.

    The first of these that there is: the reply is an option's text, or nothing but a letter; the letter that it
    announces ("the answer is (B)"); the letter that it begins with ("B. Paris"), or the only one that it writes as a
    label; the only option whose text it holds as whole words, where what follows "not" does not count and a name inside
    a longer option's name does not either. A letter that comes with another option's text tells nothing. Denials in
    other words do: "Paris can be ruled out" names Paris.

    Parameters
    ----------
    text : str
        The reply.
    choices : sequence of str
        The options, in the order of their letters.

    Returns
    -------
    tuple of (int or None, str or None)
        0-based index of the option, and None; or None and why.

    Examples
    --------
    >>> cities = ["Lyon", "Paris", "Nice"]
    >>> replies = ("B", "(b)", "The answer is B.", "B) Paris", "It is Paris, not Lyon.")
    >>> [read_option(reply, cities)[0] for reply in replies]
    [1, 1, 1, 1, 1]
    >>> read_option("A or B", cities), read_option("E", cities), read_option("A nice city", ["Rome", "Bonn"])
    ((None, 'several options'), (None, 'no option'), (None, 'no option'))
    """
    return _decide(_candidates(text, choices), len(choices))


def _candidates(text: str, choices: Sequence[str]) -> set[int]:
    whole = _same_text(text, choices)
    bare = text.strip(_MARKUP)
    if len(bare) == 1 and bare.isascii() and bare.isalpha():
        # Where an option is called A, the reply "A" may mean its text or the letter.
        letter = _index(bare)
        return whole | {letter} if letter < len(choices) else whole or {letter}
    if whole:
        return whole
    announced = _lettered(_ANNOUNCED.finditer(text), text, choices)
    head = _HEAD.match(text)
    if announced:
        # "B. Paris. The answer is A." takes back what it said.
        is_said = head is not None and _begins(text[head.end("letter") :], choices, _index(head["letter"]))
        return announced | {_index(head["letter"])} if head and is_said else announced
    if head and _index(head["letter"]) < len(choices) and (named := _lettered(iter([head]), text, choices)):
        # A reply that lists the options begins with a letter too.
        listed = {_index(found[1]) for found in _ENUMERATED.finditer(text)}
        return named | {index for index in listed if index < len(choices)}
    labels = {_index(next(filter(None, found.groups()))) for found in _LABEL.finditer(text)}
    return labels | _mentioned(text, choices)


def _decide(candidates: set[int], n: int) -> tuple[int | None, OptionCause | None]:
    if len(candidates) > 1:
        return None, "several options"
    index = next(iter(candidates), n)
    return (index, None) if index < n else (None, "no option")


def _same_text(text: str, choices: Sequence[str]) -> set[int]:
    plain = " ".join(text.split())
    exact = {index for index, choice in enumerate(choices) if plain in (own := " ".join(choice.split()), f"{own}.")}
    # The letter of "A. Paris" would go as an article does.
    wanted = "" if _HEAD.match(text) else normalise_text(text)
    return exact or {index for index, choice in enumerate(choices) if wanted and normalise_text(choice) == wanted}


def _lettered(found: Iterator[re.Match[str]], text: str, choices: Sequence[str]) -> set[int]:
    """Return what the letters stand for, and what the text after a letter names if that is something else."""
    named: set[int] = set()
    for match in found:
        letter = _index(match["letter"])
        start, end = match.span("letter")
        line_end = text.find("\n", end)
        after = text[end : line_end if line_end >= 0 else None]
        has_own_text = _begins(after, choices, letter)
        rest = match["rest"] if match.re is _ANNOUNCED else None
        if rest and not has_own_text and (match["letter"] in "AIai" or rest[0].islower()):
            continue  # an article, a pronoun or an initial
        if not has_own_text and _any_other_begins(text[start:], choices, letter):
            continue  # "C. difficile" is no letter
        named.add(letter)
        also = match.end("letter")
        while more := _ALSO.match(text, also):
            named |= {_index(more[1])} & set(range(len(choices)))
            also = more.end()
        if not has_own_text:
            named |= {other for other in range(len(choices)) if other != letter and _begins(after, choices, other)}
    return named


def _begins(text: str, choices: Sequence[str], index: int) -> bool:
    if index >= len(choices):
        return False
    sought = split_words(choices[index])
    return bool(sought) and split_words(text)[: len(sought)] == sought


def _any_other_begins(text: str, choices: Sequence[str], index: int) -> bool:
    # Only an option that is written with this letter: of "A. Paris" the words are "Paris", as A is an article too.
    return any(
        other != index
        and choice.lstrip()[:1] == text[:1]
        and len(split_words(choice)) > 1
        and _begins(text, choices, other)
        for other, choice in enumerate(choices)
    )


def _mentioned(text: str, choices: Sequence[str]) -> set[int]:
    words = split_words(text)
    options = sorted(((split_words(choice), index) for index, choice in enumerate(choices)), key=lambda o: -len(o[0]))
    taken: dict[int, int] = {}
    named: set[int] = set()
    for sought, index in options:
        for place in find_words(words, sought):
            own = range(place, place + len(sought))
            if any(taken.get(word, len(sought)) > len(sought) for word in own):
                continue
            taken.update(dict.fromkeys(own, len(sought)))
            if place == 0 or words[place - 1] not in _NEGATIONS:
                named.add(index)
    return named


def _index(letter: str) -> int:
    return ascii_uppercase.index(letter.upper())
