"""What the readers of evaluation logs share: JSON from files that are not trusted, and rows that become a source."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from pydantic_core import from_json

from calibrant.exceptions import DataError, InputError
from calibrant.predictions._dialect import Dialect, convert, find_fault
from calibrant.predictions._notes import Notes
from calibrant.predictions._record import Columns, Predictions
from calibrant.types import FloatArray

Record: TypeAlias = Mapping[str, object]
"""A JSON object."""

LARGEST_RECORD = 1 << 28
"""Bytes of one line, or of one member of an archive, beyond which a file is refused."""

_PEEK = 1 << 24
"""Bytes of the first line within which a format is recognised."""

_BATCH = 4096

_NO_PROBS = np.empty(0)


@dataclass(frozen=True, eq=False)
class LogRow:
    """One answer in a log."""

    id: str
    """Name of the question."""

    confidence: float
    """Probability that the answer is right; NaN where there was none to read."""

    correct: float
    """1 right, 0 wrong, NaN not graded."""

    group: str | None = None
    """What it is not independent within."""

    subject: str | None = None
    """What results are broken down by."""

    probs: FloatArray | None = None
    """Probabilities of all options, that sum to one."""

    label: int = -1
    """The right option, -1 where unknown."""

    tied: bool = False
    """Whether another option was as probable."""

    renormalised: bool = False
    """Whether the probabilities were divided by their sum."""


class LogReader(Protocol):
    """One reading of a log, from its beginning."""

    def rows(self) -> Iterator[LogRow]:
        """Read the rows; errors name the file and the place."""

    def notes(self) -> list[str]:
        """Say what this format alone has to say, after a reading to the end."""


@dataclass(eq=False)
class LogSource:
    """A log as a source of predictions."""

    name: str
    format: str
    label: str
    facts: Mapping[str, object]
    reader: Callable[[], LogReader]
    """Begins another reading."""

    dialect: Dialect = "probability"
    """What the stated confidences are."""

    n_options: float | None = None
    """How many options every question had, for the dialects that need it."""

    _notes: list[str] = field(default_factory=list, init=False)

    def batches(self) -> Iterator[Predictions]:
        """Read the log from its beginning; errors name the file and the place."""
        reader = self.reader()
        common = Notes(self.dialect)
        rows = reader.rows()
        empty = True
        while chunk := list(islice(rows, _BATCH)):
            empty = False
            stated = _as_batch(chunk)
            n_options = None if self.n_options is None else np.full(len(stated), self.n_options)
            if (fault := find_fault(stated.confidence, self.dialect, n_options, None)) is not None:
                raise DataError(f"{self.name}, answer {chunk[fault[0]].id!r}: {fault[1]}")
            batch = replace(stated, confidence=convert(stated.confidence, self.dialect, n_options, None))
            common.update(batch, stated.confidence, n_renormalised=sum(row.renormalised for row in chunk))
            yield batch
        if empty:
            raise DataError(f"{self.name} holds no answers")
        self._notes = [*reader.notes(), *common.messages()]

    def notes(self) -> list[str]:
        """Say what a reader of the numbers should know."""
        return list(self._notes)


def _as_batch(rows: Sequence[LogRow]) -> Predictions:
    return Predictions(
        correct=np.array([row.correct for row in rows]),
        confidence=np.array([row.confidence for row in rows]),
        id=[row.id for row in rows],
        group=None if any(row.group is None for row in rows) else [str(row.group) for row in rows],
        subject=None if any(row.subject is None for row in rows) else [str(row.subject) for row in rows],
        probs=[_NO_PROBS if row.probs is None else row.probs for row in rows],
        label=np.array([row.label for row in rows], dtype=np.int64),
        n_ties=sum(row.tied for row in rows),
    )


def refuse_columns(columns: Columns, format_name: str, *unread: str) -> None:
    """Refuse a named column that a format has no use for, so that no choice is ignored in silence.

    Raises
    ------
    InputError
        Naming the argument.
    """
    for name in unread:
        if getattr(columns, name):
            raise InputError(f"{name} is not read from the format {format_name}; leave it out, or convert to a table")


def json_lines(path: Path) -> Iterator[tuple[int, Record]]:
    """Read a file with one JSON object a line, and the number of each line from 1; blank lines are skipped.

    Raises
    ------
    DataError
        Naming the file and the line.
    """
    try:
        with path.open("rb") as stream:
            number = 0
            while raw := stream.readline(LARGEST_RECORD + 1):
                number += 1
                if len(raw) > LARGEST_RECORD:
                    raise DataError(f"{path}, line {number}: longer than {LARGEST_RECORD:,} bytes, so no log of ours")
                if line := (raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw).strip():
                    yield number, as_record(line, f"{path}, line {number}")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def as_record(data: bytes, place: str) -> Record:
    """Read one JSON object, or raise `DataError` that names its place."""
    try:
        record = from_json(data)
    except ValueError as error:
        raise DataError(f"{place}: not JSON ({error}); the file is damaged, or of another format") from None
    if not isinstance(record, dict):
        raise DataError(f"{place}: a JSON object is needed; got {type(record).__name__}")
    return record


def first_record(path: Path) -> Record:
    """Read the first line if it is a JSON object, to see what a file holds; empty where it is not. Never raises."""
    try:
        with path.open("rb") as stream:
            for raw in iter(lambda: stream.readline(_PEEK), b""):
                if line := raw.removeprefix(b"\xef\xbb\xbf").strip():
                    return as_record(line, str(path)) if line.startswith(b"{") else {}
    except (OSError, DataError, ValueError):
        pass
    return {}


def follow(record: object, name: str) -> object:
    """Look up a dotted name in nested records and lists; None where it leads nowhere.

    Examples
    --------
    >>> follow({"a": {"b.c": [5, 6]}}, "a.b.c.1")
    6
    """
    if isinstance(record, Mapping):
        if name in record:
            return record[name]
        heads = [i for i, letter in enumerate(name) if letter == "."]
        for i in heads:
            if name[:i] in record and (found := follow(record[name[:i]], name[i + 1 :])) is not None:
                return found
    elif isinstance(record, list):
        head, _, rest = name.partition(".")
        if head.isascii() and head.isdigit() and int(head[:9]) < len(record):
            return follow(record[int(head)], rest) if rest else record[int(head)]
    return None


def as_dict(value: object) -> Record:
    """Return a JSON object as it is, and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> Sequence[object]:
    """Return a JSON list as it is, and anything else as an empty one."""
    return value if isinstance(value, list) else []


def as_number(value: object) -> float:
    """Return a number, or a text that is one, as a float; NaN for anything else.

    Examples
    --------
    >>> as_number("-2.5"), as_number(None)
    (-2.5, nan)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def as_confidence(value: object, place: str, name: str) -> float:
    """Return a stated probability; NaN where there is none.

    Raises
    ------
    DataError
        If it is a number outside [0, 1].
    """
    number = as_number(value)
    if not math.isnan(number) and not 0 <= number <= 1:
        advice = "; divide percentages by 100" if 1 < number <= 100 else ""
        raise DataError(f"{place}: {name} must be a probability in [0, 1]; got {number:g}{advice}")
    return number


def as_correct(value: object) -> float:
    """Return 1 or 0 for a bool or a number that is one of the two; NaN for anything else.

    Examples
    --------
    >>> as_correct(True), as_correct(0), as_correct(0.5)
    (1.0, 0.0, nan)
    """
    number = float(value) if isinstance(value, bool) else as_number(value)
    return number if number in (0.0, 1.0) else math.nan


def as_name(value: object) -> str | None:
    """Return a text or a number as a name; None for anything else."""
    return str(value) if isinstance(value, str | int | float) and value != "" else None


def say(n: int, one: str, many: str) -> str:
    """Count in a sentence.

    Examples
    --------
    >>> say(1, "row is", "rows are"), say(1200, "row is", "rows are")
    ('1 row is', '1,200 rows are')
    """
    return f"{n:,} {one if n == 1 else many}"
