"""A data set of a hub -> Questions: the caller says which column is which field, the code how labels are written."""

import string
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, TypeGuard

from calibrant.data._question import Question, as_question
from calibrant.exceptions import DataError, InputError, MissingExtraError

Columns: TypeAlias = Mapping[str, str | Sequence[str]]
"""Field of a `Question` -> the column that holds it; for ``choices`` also several columns, one an option."""


def load_hub_questions(
    name: str,
    *,
    columns: Columns,
    split: str = "test",
    subset: str | None = None,
    revision: str | None = None,
) -> list[Question]:
    """Load the questions of a data set on the Hugging Face hub.

    Parameters
    ----------
    name : str
        The id of the data set, such as ``allenai/openbookqa``.
    columns : mapping of str to str or list of str
        Field of a `Question` -> column; see `questions_from_rows`.
    split : str, default='test'
        The part to load, as the data set calls it.
    subset : str, optional
        The configuration, for data sets that have several.
    revision : str, optional
        A commit, tag or branch. Name a commit for results that others shall repeat.

    Returns
    -------
    list of Question
        Where no column is the id, ids are the split with the number of the row.
    """
    try:
        from datasets import load_dataset
    except ImportError:
        raise MissingExtraError(f"The data set {name}", "datasets", "pip install 'calibrant[hub]'") from None
    try:
        rows = load_dataset(name, subset, split=split, revision=revision)
    # Whatever goes wrong in there (network, name, subset, split), the user has one remedy: other arguments.
    except Exception as error:
        raise DataError(f"{name}: the split {split!r} cannot be loaded: {error}") from error
    try:
        return questions_from_rows(rows, columns, prefix=split)
    except DataError as error:
        raise DataError(f"{name}, {error}") from None


def questions_from_rows(
    rows: Iterable[Mapping[str, object]], columns: Columns, *, prefix: str = "row"
) -> list[Question]:
    """Turn the rows of a table into questions.

    Options may be a list, several columns, or a mapping with ``text`` and ``label`` as in ARC. The answer to a question
    with options may be an index from 0; a label of such a mapping; the text of an option; or, if it is none of these, a
    letter from A or a number in a text from 1, as options are printed. ``None``, ``-1`` and an empty text mean that the
    label is not known.

    Parameters
    ----------
    rows : iterable of mapping
        Column -> value.
    columns : mapping of str to str or list of str
        Field -> column, ``question`` at least. A field that `Question` does not have is kept as an extra one.
    prefix : str, default='row'
        Ids are this and the number of the row, where ``columns`` names no ``id``.

    Returns
    -------
    list of Question
        In order of the rows.

    Raises
    ------
    DataError
        Naming the row, from 0, and the column.

    Examples
    --------
    >>> row = {"stem": "Is ice cold?", "options": {"text": ["no", "yes"], "label": ["A", "B"]}, "key": "B"}
    >>> [question] = questions_from_rows([row], {"question": "stem", "choices": "options", "answer": "key"})
    >>> question.id, question.choices, question.answer
    ('row-0', ('no', 'yes'), 1)
    """
    if "question" not in columns:
        raise InputError(f"columns: 'question' must be among the fields, got {sorted(columns)}")
    questions = []
    row_of: dict[str, int] = {}
    for number, row in enumerate(rows):
        try:
            question = _question(row, columns, f"{prefix}-{number}")
        except InputError as error:
            raise DataError(f"row {number}: {error}") from None
        if question.id in row_of:
            raise DataError(f"row {number}: id: {question.id!r} is already the id of row {row_of[question.id]}")
        row_of[question.id] = number
        questions.append(question)
    return questions


def _question(row: Mapping[str, object], columns: Columns, default_id: str) -> Question:
    fields = {field: _cell(row, column) for field, column in columns.items()}
    choices, labels = _choices(fields.get("choices"))
    fields["id"] = str(fields.get("id", default_id))
    fields["choices"] = choices
    fields["answer"] = (
        _accepted(fields.get("answer")) if choices is None else _index(fields.get("answer"), choices, labels)
    )
    for name in ("group", "subject"):
        if isinstance(fields.get(name), int):
            fields[name] = str(fields[name])
    return as_question(fields)


def _cell(row: Mapping[str, object], column: str | Sequence[str]) -> object:
    if not isinstance(column, str):
        cells = ["" if cell is None else cell for cell in (_cell(row, name) for name in column)]
        # A question with fewer options leaves the last columns empty; a gap before them is an error, found later.
        while cells and cells[-1] == "":
            cells.pop()
        return cells
    if column not in row:
        raise InputError(f"there is no column {column!r}; the columns are {', '.join(sorted(row))}")
    return row[column]


def _choices(value: object) -> tuple[list[str] | None, list[str]]:
    """Take the options, if there are any, and the labels they go by, if they have some."""
    if value is None:
        return None, []
    texts, labels = (value.get("text"), value.get("label")) if isinstance(value, Mapping) else (value, None)
    if not _is_list(texts) or not (labels is None or _is_list(labels)):
        raise InputError(f"choices: must be a list, or a mapping with lists 'text' and 'label', got {value!r:.60}")
    return [str(text) for text in texts], [str(label) for label in labels or ()]


def _index(answer: object, choices: Sequence[str], labels: Sequence[str]) -> object:
    if answer is None or answer in (-1, "", "-1"):
        return None
    if not isinstance(answer, str):
        return answer
    text = answer.strip()
    printed = [list(string.ascii_uppercase), [str(number) for number in range(1, len(choices) + 1)]]
    for names in [labels, choices, *([] if labels else printed)]:
        if text in names[: len(choices)]:
            return list(names).index(text)
    raise InputError(
        f"answer: {answer!r} is no option of {list(choices)!r:.60}"
        + (f" and none of the labels {', '.join(labels)}" if labels else ", no letter and no number of one")
    )


def _accepted(answer: object) -> object:
    if isinstance(answer, Mapping):
        answer = answer.get("text")
    if answer is None or answer == "":
        return None
    return [str(text) for text in answer] if _is_list(answer) else [str(answer)]


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str)
