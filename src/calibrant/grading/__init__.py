"""Readout x Question → was the answer right: 1, 0, or NaN where nobody can say."""

from calibrant.grading._agreement import JudgeAgreement, judge_agreement
from calibrant.grading._answers import AnswerRule, grade_answers
from calibrant.grading._choice import GradedChoices, grade_choices
from calibrant.grading._judge import JUDGE_PROMPT, judge_answers
from calibrant.grading._normalise import normalise_text
from calibrant.grading._number import Quantity, read_number
from calibrant.grading._option import OptionCause, read_option
from calibrant.grading._overlap import token_f1
from calibrant.grading._refusal import is_refusal
from calibrant.grading._text import GradedTexts, GradeRule, grade_texts

__all__ = [
    "JUDGE_PROMPT",
    "AnswerRule",
    "GradeRule",
    "GradedChoices",
    "GradedTexts",
    "JudgeAgreement",
    "OptionCause",
    "Quantity",
    "grade_answers",
    "grade_choices",
    "grade_texts",
    "is_refusal",
    "judge_agreement",
    "judge_answers",
    "normalise_text",
    "read_number",
    "read_option",
    "token_f1",
]
