"""Text <-> probability: what a model says of its own confidence, in numbers and in words."""

from calibrant.language._formats import (
    Guess,
    Steps,
    parse_guess,
    parse_guesses,
    parse_joint,
    parse_steps,
    parse_tagged,
)
from calibrant.language._normalise import normalise_answer
from calibrant.language._phrases import PHRASE_TABLES, PhraseTable
from calibrant.language._say import say_probability
from calibrant.language._scale import Scale
from calibrant.language._stated import MissingCause, StatedConfidence, StatedKind, parse_confidence

__all__ = [
    "PHRASE_TABLES",
    "Guess",
    "MissingCause",
    "PhraseTable",
    "Scale",
    "StatedConfidence",
    "StatedKind",
    "Steps",
    "normalise_answer",
    "parse_confidence",
    "parse_guess",
    "parse_guesses",
    "parse_joint",
    "parse_steps",
    "parse_tagged",
    "say_probability",
]
