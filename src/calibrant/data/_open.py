"""Questions with options → the same questions, to be answered freely."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from calibrant.data._question import Question
from calibrant.exceptions import InputError

OPEN_RELATIONS: Mapping[str, bool] = MappingProxyType(
    {
        "capital": True,
        "continent": True,
        "currency": True,
        "calling_code": True,
        # They ask for one of "these" countries or cities.
        "land_border": False,
        "largest_city": False,
        "city_country": True,
        "state_capital": True,
        "element_symbol": True,
        "element_number": True,
    }
)
"""Each relation of world-facts, and whether what it asks has one answer, and makes sense, without its options."""


def open_questions(questions: Sequence[Question]) -> list[Question]:
    """Take the options of the embedded questions away and accept the text of the right one as the answer.

    Questions that need their options (a land border, the largest of four cities) are left out. Those that have no
    right answer stay without one.

    Parameters
    ----------
    questions : sequence of Question
        Of `world_facts`.

    Returns
    -------
    list of Question
        With the same ids and groups, without ``choices``; ``answer`` is a tuple with one accepted text, or None.

    Raises
    ------
    InputError
        If a question is not of a relation of the embedded set: whether it makes sense without its options is not known.

    Examples
    --------
    >>> text = "What is the capital of France?"
    >>> asked = Question(id="capital-FR", question=text, choices=("Lyon", "Paris"), answer=1, subject="capital")
    >>> [question] = open_questions([asked])
    >>> question.choices, question.answer
    (None, ('Paris',))
    """
    opened = []
    for question in questions:
        if question.subject not in OPEN_RELATIONS:
            raise InputError(
                f"open: question {question.id!r} is not of world-facts ({question.subject!r}); for other data, write "
                "questions without choices, each with a list of accepted texts as its answer"
            )
        if OPEN_RELATIONS[question.subject]:
            opened.append(_open(question))
    return opened


def _open(question: Question) -> Question:
    choices, right = question.choices, question.answer
    accepted = (choices[right],) if choices is not None and isinstance(right, int) else right
    return question.model_copy(update={"choices": None, "answer": accepted})
