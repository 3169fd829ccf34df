"""JSONL on disk <-> Questions: one JSON object a line, UTF-8."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic_core import from_json, to_json

from calibrant.data._question import Question, as_question
from calibrant.exceptions import DataError, InputError
from calibrant.files import write_atomically


def read_questions(path: str | os.PathLike[str]) -> list[Question]:
    """Read the questions of a JSONL file, in the order of the file; blank lines are skipped.

    Parameters
    ----------
    path : str or path
        A file with one JSON object a line, in UTF-8; a byte order mark is tolerated.

    Returns
    -------
    list of Question
        At least one, each with another id.

    Raises
    ------
    DataError
        Naming the file, the line and the field.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "questions.jsonl"
    ...     _ = path.write_text('{"id": "a", "question": "Is ice cold?", "choices": ["no", "yes"], "answer": 1}')
    ...     read_questions(path)[0].answer
    1
    """
    file = Path(path)
    questions: list[Question] = []
    line_of: dict[str, int] = {}
    for number, line in _lines(file):
        question = _parse(line, f"{file}, line {number}")
        if question.id in line_of:
            raise DataError(
                f"{file}, line {number}: id: {question.id!r} is already the id of line {line_of[question.id]}; "
                "ids must be unique"
            )
        line_of[question.id] = number
        questions.append(question)
    if not questions:
        raise DataError(f"{file} holds no questions; one JSON object a line is needed")
    return questions


def write_questions(path: str | os.PathLike[str], questions: Iterable[Question]) -> None:
    """Write questions as JSONL; the file is either complete or as it was before.

    Parameters
    ----------
    path : str or path
        Where to write. A file that is there is replaced.
    questions : iterable of Question
        In the order they are written in.
    """
    write_atomically(Path(path), encode_questions(questions))


def encode_questions(questions: Iterable[Question]) -> bytes:
    r"""Encode a set as its canonical bytes: what is written, and what is hashed.

    Examples
    --------
    >>> encode_questions([Question(id="a", question="Who?", answer=("Ada",))])
    b'{"id":"a","question":"Who?","choices":null,"answer":["Ada"],"group":"a","subject":"all","answerable":true}\n'
    """
    return b"".join(to_json(question.model_dump(), inf_nan_mode="constants") + b"\n" for question in questions)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{file} does not exist; give the path of a JSONL file of questions") from None
    except IsADirectoryError:
        raise DataError(f"{file} is a folder; give the path of a JSONL file of questions") from None
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from error
    # Splitting bytes at line feeds only: a line separator inside a text is no end of a line.
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise DataError(
                f"{file}, line {number}: byte {error.start + 1} is not UTF-8; save the file in UTF-8"
            ) from None
        if line:
            yield number, line


def _parse(line: str, place: str) -> Question:
    try:
        row = from_json(line)
    except ValueError as error:
        raise DataError(
            f"{place}: not JSON ({str(error).replace('line 1 ', '')}); one JSON object a line is needed"
        ) from None
    if not isinstance(row, dict):
        raise DataError(f"{place}: a JSON object is needed, got {line[:60]}")
    try:
        return as_question(row)
    except InputError as error:
        raise DataError(f"{place}: {error}") from None
