"""Replies in a format of stated confidence → the guess, and how sure the model says to be of it."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from calibrant.exceptions import InputError
from calibrant.language import Guess, Scale, parse_confidence, parse_guess, parse_guesses, parse_joint, parse_steps

StatedReading: TypeAlias = tuple[str | None, float, str | None]
"""The guess, the confidence in it, and why one of them is missing."""

NO_REPLY = "no reply"
NO_GUESS = "no guess"


def read_stated(form: str, texts: Sequence[str]) -> StatedReading:
    r"""Confidence that the replies in a format state, in [0, 1], with the guess it is about; higher = more confident.

    Of several guesses the most probable counts, the first of them where they tie. Steps are multiplied (Xiong et al.
    2024). ``self-probing`` takes the answer that was probed, then the reply. Words count only where they are asked for:
    a prompt that a model repeats asks how likely something is.

    Parameters
    ----------
    form : str
        The name of the format.
    texts : sequence of str
        One reply a stage.

    Returns
    -------
    tuple of (str or None, float, str or None)
        The guess, None where none is named; the confidence, NaN where it cannot be read; and the cause where one of the
        two is missing: what ``calibrant.language`` says of the confidence, ``no reply``, or ``no guess``.

    Raises
    ------
    InputError
        If there is no such format.

    Examples
    --------
    >>> read_stated("tian-1s-1", ["Guess: Paris\nProbability: 0.8"])
    ('Paris', 0.8, None)
    >>> read_stated("xiong-multi-step", ["Step 1: a, Confidence: 50%\nStep 2: b, Confidence: 80%\nAnswer: 4"])
    ('4', 0.4, None)
    >>> read_stated("tian-1s-1", ["I am not sure."])
    (None, nan, 'none')
    """
    if form not in STATED_READERS:
        raise InputError(f"format must be one of {', '.join(STATED_READERS)}; got {form!r}")
    n_stages, read = STATED_READERS[form]
    if len(texts) < n_stages:
        return None, math.nan, NO_REPLY
    guess, value, cause = read(texts)
    return guess, value, cause or (NO_GUESS if guess is None else None)


def _from_guess(guess: Guess) -> StatedReading:
    confidence = guess.confidence
    return guess.answer, math.nan if confidence.value is None else confidence.value, confidence.cause


def _one(texts: Sequence[str]) -> StatedReading:
    return _from_guess(parse_guess(texts[0], table=None))


def _worded(texts: Sequence[str]) -> StatedReading:
    return _from_guess(parse_guess(texts[0]))


def _joint(texts: Sequence[str]) -> StatedReading:
    return _from_guess(parse_joint(texts[0], table=None))


def _best(scale: Scale) -> Callable[[Sequence[str]], StatedReading]:
    def read(texts: Sequence[str]) -> StatedReading:
        # Guesses and probabilities of two stages find each other by their numbers.
        guesses = parse_guesses("\n".join(texts), scale=scale, table=None)
        stated = [guess for guess in guesses if guess.confidence.value is not None]
        if not stated:
            return _from_guess(guesses[0]) if guesses else (None, math.nan, "none" if any(texts) else "empty")
        return _from_guess(max(stated, key=lambda guess: guess.confidence.value or 0.0))

    return read


def _two_stages(texts: Sequence[str]) -> StatedReading:
    guess = parse_guess(texts[0]).answer
    confidence = parse_confidence(texts[1], scale="unit", table=None)
    return guess, math.nan if confidence.value is None else confidence.value, confidence.cause


def _steps(texts: Sequence[str]) -> StatedReading:
    steps = parse_steps(texts[0], table=None)
    answer = steps.final.answer
    cause = next((step.cause for step in steps.confidences if step.cause is not None), None)
    values = [step.value for step in steps.confidences if step.value is not None]
    if cause is not None or not values:
        return answer, math.nan, cause or ("none" if texts[0].strip() else "empty")
    return answer, math.prod(values), None


def _probed(texts: Sequence[str]) -> StatedReading:
    confidence = parse_confidence(texts[1], scale="percent", table=None)
    return texts[0] or None, math.nan if confidence.value is None else confidence.value, confidence.cause


STATED_READERS: Mapping[str, tuple[int, Callable[[Sequence[str]], StatedReading]]] = {
    "tian-1s-1": (1, _one),
    "tian-1s-2": (1, _best("unit")),
    "tian-1s-4": (1, _best("unit")),
    "tian-2s-1": (2, _two_stages),
    "tian-2s-4": (2, _best("unit")),
    "tian-2s-cot": (2, _two_stages),
    "tian-ling": (1, _worded),
    "xiong-vanilla": (1, _joint),
    "xiong-cot": (1, _joint),
    "xiong-multi-step": (1, _steps),
    "xiong-top-k": (1, _best("percent")),
    "self-probing": (2, _probed),
}
"""Every format by its name: how many texts there must be, and what reads them."""
