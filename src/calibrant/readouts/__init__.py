"""Question x model → what the model said, kept on disk: option likelihoods, answers in its own words, hidden states."""

from calibrant.readouts._answer_store import Answers, PTrue, Sample, StatedReply, is_answers, load_answers
from calibrant.readouts._answer_template import ANSWER_TEMPLATE, AnswerTemplate
from calibrant.readouts._ask import ask
from calibrant.readouts._choose import ReadoutChoice, choose_readout
from calibrant.readouts._p_true import Claim, LetterModel, PTrueVariant
from calibrant.readouts._read import RequestedReadout, read
from calibrant.readouts._stated_formats import STATED_FORMATS, StatedFormat
from calibrant.readouts._store import Readouts, is_readouts, load_readouts
from calibrant.readouts._template import DEFAULT_TEMPLATE, PromptTemplate

__all__ = [
    "ANSWER_TEMPLATE",
    "DEFAULT_TEMPLATE",
    "STATED_FORMATS",
    "AnswerTemplate",
    "Answers",
    "Claim",
    "LetterModel",
    "PTrue",
    "PTrueVariant",
    "PromptTemplate",
    "ReadoutChoice",
    "Readouts",
    "RequestedReadout",
    "Sample",
    "StatedFormat",
    "StatedReply",
    "ask",
    "choose_readout",
    "is_answers",
    "is_readouts",
    "load_answers",
    "load_readouts",
    "read",
]
