"""The record that everything starts from: a question, its options and what counts as right."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, StrictBool, StrictInt, StrictStr, ValidationError, model_validator

from calibrant.exceptions import InputError

_ALLOWED = {
    "id": "text that is not blank",
    "question": "text that is not blank",
    "choices": "a list of texts, or null",
    "answer": "the index of the right choice (from 0), a list of accepted texts, or null",
    "group": "text that is not blank",
    "subject": "text that is not blank",
    "answerable": "true or false",
}


class Question(BaseModel):
    """One question, with options to choose from or without.

    Unknown fields are kept and written back. Where ``answerable`` is not given, ``extra.answerable`` is read. A wrong
    one raises pydantic's ``ValidationError`` when it is built, and a ``DataError`` of one line when it is read.

    Examples
    --------
    >>> question = Question(id="fr", question="What is the capital of France?", choices=("Lyon", "Paris"), answer=1)
    >>> question.group, question.subject, question.labelled
    ('fr', 'all', True)
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    id: StrictStr
    """Unique in its set."""
    question: StrictStr
    """What the model is asked, without the options."""
    choices: tuple[StrictStr, ...] | None = None
    """The options, at least two and no two the same; none for a question that is answered freely."""
    answer: StrictInt | tuple[StrictStr, ...] | None = None
    """The index of the right choice, from 0; without choices the accepted texts; none if unknown or if none exists."""
    group: StrictStr
    """The unit that must not be in two splits, such as the entity or the passage. Default: the id."""
    subject: StrictStr = "all"
    """What results are broken down by, such as the relation or the specialty."""
    answerable: StrictBool = True
    """Whether a right answer exists at all. The answer of an unanswerable question is none."""

    @property
    def labelled(self) -> bool:
        """Whether it is known what a right reply is: the answer, or that there is none."""
        return self.answer is not None or not self.answerable

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: object) -> object:
        if not isinstance(data, Mapping):
            return data
        row = {key: value for key, value in data.items() if not (key in ("group", "subject") and value is None)}
        extra = row.get("extra")
        if "answerable" not in row and isinstance(extra, Mapping) and "answerable" in extra:
            row["answerable"] = extra["answerable"]
        if row.get("answerable") is False and row.get("answer") in ([], ()):
            row["answer"] = None
        if "id" in row:
            row.setdefault("group", row["id"])
        return row

    @model_validator(mode="after")
    def _check(self) -> "Question":
        for name in ("id", "question", "group", "subject"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name}: must be {_ALLOWED[name]}, got {getattr(self, name)!r}")
        if self.choices is not None:
            _check_choices(self.choices)
        _check_answer(self)
        return self


def as_question(row: Mapping[str, object]) -> Question:
    """Turn a row of foreign data into a `Question`, or say in one line what is wrong with it.

    Examples
    --------
    >>> as_question({"id": "a", "question": "Is ice cold?", "choices": ["no", "yes"], "answer": 2})
    Traceback (most recent call last):
    calibrant.exceptions.InputError: answer: 2 is out of range for 2 choices (0 to 1)
    """
    try:
        return Question.model_validate(row)
    except ValidationError as error:
        raise InputError(_explain(error, row)) from None


def _check_choices(choices: tuple[str, ...]) -> None:
    if len(choices) < 2:
        raise ValueError(f"choices: at least 2 are needed, got {len(choices)}; use null for a question without options")
    # Case is kept: 'Tt' and 'tt' are two genotypes. Only white space never tells two options apart.
    seen: dict[str, int] = {}
    for index, choice in enumerate(choices):
        text = " ".join(choice.split())
        if not text:
            raise ValueError(f"choices: choice {index} is empty")
        if text in seen:
            raise ValueError(f"choices: choices {seen[text]} and {index} are both {text!r}; no two may be the same")
        seen[text] = index


def _check_answer(question: Question) -> None:
    answer, choices = question.answer, question.choices
    if answer is None:
        return
    if not question.answerable:
        raise ValueError(f"answer: must be null where answerable is false, got {_shown(answer)}")
    if isinstance(answer, int):
        if choices is None:
            raise ValueError(f"answer: without choices it must be a list of accepted texts, got {answer}")
        if not 0 <= answer < len(choices):
            raise ValueError(f"answer: {answer} is out of range for {len(choices)} choices (0 to {len(choices) - 1})")
        return
    if choices is not None:
        raise ValueError(f"answer: with choices it must be the index of the right one, got {_shown(answer)}")
    if not answer:
        raise ValueError("answer: an empty list; give the accepted texts, or set answerable to false")
    if not all(text.strip() for text in answer):
        raise ValueError(f"answer: no accepted text may be blank, got {_shown(answer)}")


def _explain(error: ValidationError, row: Mapping[str, object]) -> str:
    first = error.errors()[0]
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    if not first["loc"]:
        return f"a question must be a mapping of fields, got {_shown(row)}"
    name = str(first["loc"][0])
    if first["type"] == "missing":
        return f"{name}: is missing; it must be {_ALLOWED[name]}"
    # The error holds only a part of the value, but all of one that was taken from elsewhere.
    return f"{name}: must be {_ALLOWED[name]}, got {_shown(row.get(name, first['input']))}"


def _shown(value: object) -> str:
    text = repr(list(value)) if isinstance(value, tuple) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
