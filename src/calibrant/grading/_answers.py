"""A folder of answers → right, wrong or unknown, each question by the rule that fits it."""

from typing import Literal, TypeAlias, get_args

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.grading._number import is_number
from calibrant.grading._text import GradedTexts, GradeRule, check_accepted, grade_rows, hold_against
from calibrant.readouts import Answers

AnswerRule: TypeAlias = GradeRule | Literal["auto"]
"""A rule of `grade_texts`, or the choice of one for each question."""

HELD_BACK = "held back"


def grade_answers(
    answers: Answers, rule: AnswerRule = "auto", *, threshold: float = 0.5, tolerance: float = 1e-6
) -> GradedTexts:
    """Grade the answers of a folder: 1 is right, 0 is wrong, and what cannot be graded is NaN and counted.

    Questions with options are graded by the option that the answer names, under every rule. Of the others ``auto``
    grades by the number those whose accepted answers are all numbers, and the rest by ``contains``, against every
    accepted answer: models answer in sentences. An answer that did not come has the cause that is kept with it, and
    one that a server held back the cause ``held back``; one that was cut off is graded as it stands.

    Parameters
    ----------
    answers : Answers
        The answers.
    rule : {"auto", "exact", "contains", "f1", "number", "letter"}, default="auto"
        How, as in `grade_texts`.
    threshold : float, default=0.5
        Of ``f1``.
    tolerance : float, default=1e-6
        Of ``number``.

    Returns
    -------
    GradedTexts
        One entry a row of the folder. Questions that no answer is right to are NaN; ``abstained`` says whether the
        model declined.

    Raises
    ------
    InputError
        If the rule is unknown, or does not fit a question that has no options.
    """
    held = {own: hold_against(own, threshold, tolerance) for own in get_args(GradeRule)}
    if rule != "auto" and rule not in held:
        raise InputError(f"rule must be auto or one of {', '.join(held)}; got {rule!r}")
    rules = [_choose(question, rule) for question in answers.questions]
    choices = [question.choices for question in answers.questions]
    accepted = [
        check_accepted(question.answer, own, question.choices, row)
        for row, (question, own) in enumerate(zip(answers.questions, rules, strict=True))
    ]
    return grade_rows(answers.texts(), accepted, [held[own] for own in rules], choices, _errors(answers))


def _choose(question: Question, rule: AnswerRule) -> GradeRule:
    if question.choices is not None:
        return "letter"
    if rule != "auto":
        return rule
    accepted = question.answer
    return "number" if isinstance(accepted, tuple) and all(is_number(text) for text in accepted) else "contains"


def _errors(answers: Answers) -> list[str | None]:
    kept: list[str | None] = answers.table.column("error").to_pylist()
    return [
        (error or "unknown") if finish == "error" else HELD_BACK if finish == "filter" else None
        for finish, error in zip(answers.finishes(), kept, strict=True)
    ]
