"""A model's reply in an agreed format -> its guesses, each with the confidence stated for it."""

import re
from dataclasses import dataclass

from calibrant.language._fields import END, LEAD, clean_answer, find_fields, line_end, read_field, read_missing
from calibrant.language._phrases import PhraseTable
from calibrant.language._scale import Scale
from calibrant.language._stated import StatedConfidence, parse_confidence
from calibrant.language._tags import find_answer_tag, find_confidence_tag

_FLAGS = re.IGNORECASE | re.MULTILINE
_SCALE = r"(?:\s*\([^()\n]*\))?"
_GUESS = re.compile(rf"{LEAD}(?:(?:my|best|final|most\s+likely)\s+)*(?:guess|answer){END}", _FLAGS)
_CONFIDENCE = re.compile(
    rf"{LEAD}(?:(?:my|overall|stated)\s+)*(?:probability|confidence|likelihood|certainty)"
    rf"(?:[ _](?:level|score))?{_SCALE}{END}",
    _FLAGS,
)
_RANKED = re.compile(rf"(?:{LEAD}|(?<=[\s,;|(*]))(?P<what>[GP])(?P<rank>[0-9]{{1,2}}){_SCALE}{END}", _FLAGS)
_JOINT = re.compile(
    rf"{LEAD}(?:final\s+)?answer\s+(?:and|&)\s+(?:overall\s+)?confidence(?:\s+level)?{_SCALE}{END}", _FLAGS
)
_STEP = re.compile(rf"{LEAD}step\s*[0-9]+{END}", _FLAGS)
_IN_STEP = re.compile(rf"confidence(?:[ _](?:level|score))?{_SCALE}{END}", re.IGNORECASE)
# What parts the answer from its confidence at the end of a line: "A, 90%", "(B) 1,000 m - 85 %", "C (90%)". The comma
# of 1,000 parts nothing.
_PARTING = re.compile(
    r"\s*(?:(?<![0-9]),|,(?![0-9]{3}(?![0-9]|\s*[%％]))|[;|]|\s[-–—](?=\s))\s*|\s+(?=\(?[0-9.]+\s*[%％]?\)?\W*$)"
)

_NAME_AT_END = re.compile(r"[\s,;(-]*confidence(?:\s+level)?\s*[:=]?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Guess:
    """An answer, and how sure its author says to be of it."""

    answer: str | None
    """As it was written, without decoration; None where there is none."""

    confidence: StatedConfidence
    """Missing, with its cause, where it cannot be read."""


@dataclass(frozen=True)
class Steps:
    """Steps of a reasoning, each with its confidence, and what they lead to."""

    confidences: tuple[StatedConfidence, ...]
    """One a step, in the order in which they stand."""

    final: Guess
    """The answer and the overall confidence."""


def parse_guess(text: str, *, scale: Scale = "unit", table: str | PhraseTable | None = "survey") -> Guess:
    r"""Read a guess and its confidence, each on a line with its name, in either order; the last of each counts.

    The one-stage formats of Tian et al. (2023): ``Guess:`` with ``Probability:``, and with ``Confidence:`` in words.

    Parameters
    ----------
    text : str
        The reply.
    scale, table
        As in ``parse_confidence``. The format asks for 0 to 1.

    Returns
    -------
    Guess
        Where no line is named a confidence, it is missing: numbers in the answer are not searched.

    Examples
    --------
    >>> guess = parse_guess("**Guess:** 1990\n**Probability:** 0.8")
    >>> guess.answer, guess.confidence.value
    ('1990', 0.8)
    >>> parse_guess("Guess: Paris\nConfidence: Highly likely").confidence.value
    0.8709
    """
    guesses = list(find_fields(text, _GUESS, _CONFIDENCE))
    stated = list(find_fields(text, _CONFIDENCE, _GUESS))
    answer = clean_answer(guesses[-1][1]) if guesses else None
    return Guess(answer, read_field(*stated[-1], scale, table) if stated else read_missing(text))


def parse_guesses(text: str, *, scale: Scale = "unit", table: str | PhraseTable | None = "survey") -> tuple[Guess, ...]:
    r"""Read guesses with their probabilities, ``G1:``, ``P1:`` to ``Gk:``, ``Pk:``, in the order of their numbers.

    The top-k formats of Tian et al. (2023), which ask for 0.0 to 1.0, and Xiong et al. (2024), for 0% to 100%. Lines
    may stand in any order; the last line of a number counts. In a second reply that gives only probabilities the
    answers are None.

    Parameters
    ----------
    text : str
        The reply.
    scale, table
        As in ``parse_confidence``.

    Returns
    -------
    tuple of Guess
        Empty where no line has such a name. They are not sorted by probability, nor made to sum to one.

    Examples
    --------
    >>> [(g.answer, g.confidence.value) for g in parse_guesses("G1: Paris\nP1: 0.7\nG2: Lyon\nP2: 20%")]
    [('Paris', 0.7), ('Lyon', 0.2)]
    """
    answers: dict[int, str | None] = {}
    stated: dict[int, StatedConfidence] = {}
    found = list(_RANKED.finditer(text))
    ends = [*(after.start() for after in found[1:]), len(text)]
    for here, end in zip(found, ends, strict=False):
        value = text[here.end() : min(end, line_end(text, here.end()))]
        if here["what"].upper() == "G":
            answers[int(here["rank"])] = clean_answer(value.rstrip(" ,;|("))
        else:
            stated[int(here["rank"])] = read_field(here.end(), value, scale, table)
    return tuple(Guess(answers.get(rank), stated.get(rank, read_missing(text))) for rank in sorted({*answers, *stated}))


def parse_joint(text: str, *, scale: Scale = "percent", table: str | PhraseTable | None = "survey") -> Guess:
    r"""Read ``Answer and Confidence (0-100): A, 90%``, with or without reasoning before; the last such line counts.

    The vanilla and chain-of-thought formats of Xiong et al. (2024). The confidence is what stands after the last comma
    or dash of the line, or its last number. A reply that names the two on lines of their own is read as by
    ``parse_guess``.

    Parameters
    ----------
    text : str
        The reply.
    scale, table
        As in ``parse_confidence``. The format asks for 0 to 100.

    Returns
    -------
    Guess
        The answer and its confidence. Where the end of the line states none, all of the line is the answer.

    Examples
    --------
    >>> guess = parse_joint("Explanation: In 1990 ...\nAnswer and Confidence (0-100): (B) 1,000 m, 85%")
    >>> guess.answer, guess.confidence.value
    ('(B) 1,000 m', 0.85)
    """
    lines = list(find_fields(text, _JOINT))
    if not lines:
        return parse_guess(text, scale=scale, table=table)
    start, line = lines[-1]
    line = line.rstrip(" \t\r*_`")
    for parting in list(_PARTING.finditer(line))[-1:]:
        confidence = read_field(start + parting.end(), line[parting.end() :], scale, table)
        if confidence.cause != "none":
            return Guess(clean_answer(_NAME_AT_END.sub("", line[: parting.start()])), confidence)
    return Guess(clean_answer(line), read_missing(text))


def parse_steps(text: str, *, scale: Scale = "percent", table: str | PhraseTable | None = "survey") -> Steps:
    r"""Read ``Step 1: ..., Confidence: 90%`` and so on, then the answer and the overall confidence.

    The multi-step format of Xiong et al. (2024). Their code takes a step without a readable confidence to be certain;
    here it is missing, and so is any product of the steps.

    Parameters
    ----------
    text : str
        The reply.
    scale, table
        As in ``parse_confidence``. The format asks for 0 to 100.

    Returns
    -------
    Steps
        The steps' confidences, and the final guess.

    Examples
    --------
    >>> steps = parse_steps("Step 1: 2 + 2 is 4, Confidence: 95%\nFinal Answer and Overall Confidence (0-100): 4, 90%")
    >>> [c.value for c in steps.confidences], steps.final.answer, steps.final.confidence.value
    ([0.95], '4', 0.9)
    """
    finals = [*_JOINT.finditer(text), *_GUESS.finditer(text)]
    end = min((found.start() for found in finals), default=len(text))
    steps = list(_STEP.finditer(text, 0, end))
    confidences = []
    for here, stop in zip(steps, [*(after.start() for after in steps[1:]), end], strict=False):
        block = text[here.end() : stop]
        named = [*_IN_STEP.finditer(block)][-1:]
        confidences += [
            read_field(here.end() + name.end(), block[name.end() : line_end(block, name.end())], scale, table)
            for name in named
        ] or [read_missing(text)]
    return Steps(tuple(confidences), parse_joint(text, scale=scale, table=table))


def parse_tagged(text: str, *, scale: Scale = "unit", table: str | PhraseTable | None = "survey") -> Guess:
    """Read ``<answer>...</answer>`` and ``<confidence>...</confidence>``, the format of RLCR (Damani et al., 2025).

    The last of each counts. Where there is no tag for the confidence it is missing, whatever else the text says.

    Parameters
    ----------
    text : str
        The reply.
    scale, table
        As in ``parse_confidence``. The format asks for 0 to 1.

    Returns
    -------
    Guess
        The answer and its confidence.

    Examples
    --------
    >>> guess = parse_tagged("<think>90% ...</think><answer> 12 </answer><confidence> 0.7 </confidence>")
    >>> guess.answer, guess.confidence.value
    ('12', 0.7)
    """
    answer = find_answer_tag(text)
    tagged = find_confidence_tag(text) is not None
    confidence = parse_confidence(text, scale=scale, table=table) if tagged else read_missing(text)
    return Guess(None if answer is None else clean_answer(answer), confidence)
