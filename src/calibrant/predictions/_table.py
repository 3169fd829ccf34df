"""A table of any format -> predictions: which column holds what, and how its cells are read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from calibrant.exceptions import DataError, InputError
from calibrant.predictions._block import Block, Table
from calibrant.predictions._cells import CellError, read_correct, read_numbers, read_texts
from calibrant.predictions._dialect import Dialect, check_dialect, convert, find_fault, matching_dialects
from calibrant.predictions._notes import Notes
from calibrant.predictions._options import answer, read_labels, read_options
from calibrant.predictions._record import Columns, Predictions
from calibrant.types import FloatArray

_MOST_LISTED = 40
"""Columns that a message lists."""


@dataclass(frozen=True)
class _Read:
    """Rows of one block, and what `Notes` wants to know besides."""

    predictions: Predictions
    stated: FloatArray | None = None
    n_options: FloatArray | None = None
    n_renormalised: int = 0
    unparsed_example: str | None = None


class TableSource:
    """Predictions in a table.

    Parameters
    ----------
    table : Table
        CSV, JSONL or Parquet.
    columns : Columns
        Which column holds what. What is None is looked for under its usual name: ``confidence`` and ``correct``, or
        else ``probs`` and ``label``; ``group``, ``subject`` and ``id`` are done without.
    dialect : str
        What the confidence is.

    Raises
    ------
    DataError
        If a column is missing; the message lists those that are there.
    InputError
        If columns or dialect do not go together.
    """

    def __init__(self, table: Table, columns: Columns, dialect: Dialect) -> None:
        self._table = table
        self._given = columns
        self._dialect = dialect
        self._columns = _resolve(table, columns)
        self._n_for_all = _number(table, columns.n_options)
        has_n_options, has_label_mass = columns.n_options is not None, columns.label_mass is not None
        if self._columns.probs and (dialect != "probability" or has_n_options or has_label_mass):
            raise InputError(
                "dialect, n_options and label_mass tell how to read a column of confidence; probabilities of the "
                "options (probs) need none of them. Leave them out, or name the column with confidence"
            )
        check_dialect(dialect, has_n_options=has_n_options, has_label_mass=has_label_mass)
        self._notes = Notes(dialect)
        self._advice = self._compare_with_probs()

    @property
    def name(self) -> str:
        """Name of the file or folder."""
        return self._table.path.name

    @property
    def format(self) -> str:
        """Its format: csv, jsonl or parquet."""
        return self._table.format

    @property
    def label(self) -> str:
        """What the confidence is."""
        if self._columns.probs:
            return "Top probability"
        return "Stated confidence" + ("" if self._dialect == "probability" else f", from {self._dialect}")

    @property
    def facts(self) -> Mapping[str, object]:
        """The columns that were read, and the dialect."""
        named = {name: value for name, value in asdict(self._columns).items() if value}
        return {"columns": named, "dialect": self._dialect}

    def batches(self) -> Iterator[Predictions]:
        """Read the table from its beginning; a cell that cannot be used is a `DataError` that names its place."""
        self._notes = Notes(self._dialect)
        done = 0
        for block in self._table.blocks(self._wanted()):
            read = self._read(block, done)
            done += block.n_rows
            self._notes.update(
                read.predictions,
                read.stated,
                n_options=read.n_options,
                n_renormalised=read.n_renormalised,
                unparsed_example=read.unparsed_example,
            )
            yield read.predictions
        if not done:
            raise DataError(f"{self._table.path} holds no rows")

    def notes(self) -> list[str]:
        """Say what was odd about the rows read last."""
        return [*self._advice, *self._notes.messages()]

    def _wanted(self) -> list[str]:
        columns = self._columns
        n_options = None if self._n_for_all is not None else columns.n_options
        one = (columns.confidence, columns.correct, columns.label, columns.group, columns.subject, columns.id)
        names = (*one, n_options, columns.label_mass, *columns.probs)
        return list(dict.fromkeys(name for name in names if name is not None))

    def _read(self, block: Block, done: int) -> _Read:
        read = self._read_options(block) if self._columns.probs else self._read_confidence(block)
        named = {
            name: None if column is None else _texts(block, column)
            for name, column in (
                ("id", self._columns.id),
                ("group", self._columns.group),
                ("subject", self._columns.subject),
            )
        }
        group = named["group"]
        predictions = replace(
            read.predictions,
            id=None if named["id"] is None else [name or "" for name in named["id"]],
            # A row without a group is independent of all others.
            group=None if group is None else [name or f"(row {done + i + 1})" for i, name in enumerate(group)],
            subject=None if named["subject"] is None else [name or "" for name in named["subject"]],
        )
        return replace(read, predictions=predictions)

    def _read_confidence(self, block: Block) -> _Read:
        columns = self._columns
        assert columns.confidence is not None
        assert columns.correct is not None
        with _Place(block, self._table, columns.correct):
            correct = read_correct(block.columns[columns.correct])
        with _Place(block, self._table, columns.confidence) as place:
            numbers = read_numbers(block.columns[columns.confidence], percent_sign=self._dialect == "percent")
            n_options, mass = self._n_options(block), self._numbers(block, columns.label_mass)
            if (fault := find_fault(numbers.values, self._dialect, n_options, mass)) is not None:
                raise CellError(*fault)
            confidence = convert(numbers.values, self._dialect, n_options, mass)
            return _Read(
                Predictions(correct, confidence),
                numbers.values,
                n_options,
                unparsed_example=place.example(numbers.text),
            )

    def _read_options(self, block: Block) -> _Read:
        columns = self._columns
        assert columns.label is not None
        probs = [block.columns[name] for name in columns.probs]
        several = columns.probs if len(probs) > 1 else ()
        with _Place(block, self._table, ", ".join(columns.probs)) as place:
            options = read_options(probs)
            example = place.example(options.text)
        with _Place(block, self._table, columns.label):
            label = read_labels(block.columns[columns.label], several, binary=options.binary)
        with _Place(block, self._table, ", ".join((*columns.probs, columns.label))):
            found = answer(options, label)
        predictions = Predictions(
            found.correct, found.confidence, probs=found.probs, label=found.label, n_ties=found.n_ties
        )
        return _Read(predictions, n_renormalised=found.n_renormalised, unparsed_example=example)

    def _numbers(self, block: Block, column: str | None) -> FloatArray | None:
        if column is None:
            return None
        with _Place(block, self._table, column):
            return read_numbers(block.columns[column]).values

    def _n_options(self, block: Block) -> FloatArray | None:
        if self._n_for_all is not None:
            return np.full(block.n_rows, float(self._n_for_all))
        return self._numbers(block, self._columns.n_options)

    def _compare_with_probs(self) -> list[str]:
        """Warn, from the first rows, if a confidence beside probabilities is not what it is read as."""
        confidence = self._columns.confidence or ("confidence" if self._table.has("confidence") else None)
        probs = self._columns.probs or (("probs",) if self._table.has("probs") else ())
        if confidence is None or not probs:
            return []
        try:
            block = next(iter(self._table.blocks([confidence, *probs])))
            stated = read_numbers(block.columns[confidence]).values
            options = read_options([block.columns[name] for name in probs])
            rows = answer(options, np.full(block.n_rows, np.nan)).probs
        # Whatever is wrong with a column that is not measured is no reason to stop.
        except (CellError, DataError, StopIteration):
            return []
        kept = [i for i, row in enumerate(rows) if row.size > 1 and not np.isnan(stated[i])]
        found = matching_dialects(stated[kept], [rows[i] for i in kept])
        if not found or (self._dialect in found and not self._columns.probs):
            return []
        said = f"The column {confidence!r} agrees with {' and '.join(found)} of the probabilities in {', '.join(probs)}"
        if self._columns.probs:
            return [] if "probability" in found else [f"{said}; it was not used."]
        return [f"{said}, but was read as {self._dialect}: pass --dialect {found[0]}, or measure the probabilities."]


class _Place:
    """Adds file, row and column to what is wrong with a cell."""

    def __init__(self, block: Block, table: Table, column: str) -> None:
        self._block, self._table, self._column = block, table, column

    def __enter__(self) -> "_Place":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CellError):
            place = self._table.path if error.row is None else self._block.place(error.row)
            raise DataError(f"{place}, column {self._column!r}: {error}") from None

    def example(self, text: tuple[int, str] | None) -> str | None:
        """Quote a cell and say where it stands."""
        if text is None:
            return None
        shown = text[1] if len(text[1]) <= 60 else f"{text[1][:60]}..."
        return f"{shown!r} ({self._block.place(text[0])})"


def _texts(block: Block, column: str) -> list[str | None]:
    try:
        return read_texts(block.columns[column])
    except CellError as error:
        raise DataError(f"{block.place(0).rpartition(',')[0]}, column {column!r}: {error}") from None


def _resolve(table: Table, given: Columns) -> Columns:
    """Find every column that is needed, and the optional ones that are there."""
    _ask_for_one_kind(given)

    def present(name: str) -> str | None:
        return name if table.has(name) else None

    by_probs = bool(given.probs or given.label)
    if not by_probs and given.confidence is None and given.correct is None and not table.has("confidence"):
        by_probs = table.has("probs") and table.has("label")
    columns = replace(
        given,
        confidence=None if by_probs else given.confidence or present("confidence"),
        correct=None if by_probs else given.correct or present("correct"),
        probs=given.probs or (("probs",) if by_probs and table.has("probs") else ()),
        label=given.label or (present("label") if by_probs else None),
        group=given.group or present("group"),
        subject=given.subject or present("subject"),
        id=given.id or present("id"),
    )
    needed = {"probs": columns.probs, "label": columns.label} if by_probs else _pair(columns)
    missing = [name for name, value in needed.items() if not value]
    named = [name for name in _names(columns) if not table.has(name)]
    if missing or named:
        raise DataError(_missing(table, missing, named))
    _refuse_ambiguous_names(columns.probs)
    return columns


def _ask_for_one_kind(given: Columns) -> None:
    if (given.probs or given.label) and (given.confidence or given.correct):
        raise InputError(
            "name the columns confidence and correct, or probs and label, not both: the probabilities say what the "
            "answer is and whether it is right"
        )


def _pair(columns: Columns) -> dict[str, str | None]:
    return {"confidence": columns.confidence, "correct": columns.correct}


def _names(columns: Columns) -> list[str]:
    one = (columns.confidence, columns.correct, columns.label, columns.group, columns.subject, columns.id)
    n_options = None if columns.n_options is None or columns.n_options.isdecimal() else columns.n_options
    return [name for name in (*one, *columns.probs, n_options, columns.label_mass) if name is not None]


def _number(table: Table, n_options: str | None) -> int | None:
    """Read the number of options of all rows, unless it is the name of a column."""
    return int(n_options) if n_options is not None and n_options.isdecimal() and not table.has(n_options) else None


def _missing(table: Table, missing: Sequence[str], named: Sequence[str]) -> str:
    there = list(table.columns)
    listed = ", ".join(repr(name) for name in there[:_MOST_LISTED]) + (", ..." if len(there) > _MOST_LISTED else "")
    if named:
        what = f"there is no column {' or '.join(repr(name) for name in named)}"
    else:
        what = f"which column holds {' and '.join(missing)} is not known"
    header = " (the first line must be a header)" if table.format == "csv" else ""
    return (
        f"{table.path}: {what}. Its columns{header} are {listed or 'none'}. Name them with --confidence COL --correct "
        "COL, or with --probs COL --label COL"
    )


def _refuse_ambiguous_names(probs: Sequence[str]) -> None:
    last = [name.rpartition(".")[2] for name in probs]
    if len(set(probs)) < len(probs):
        raise InputError(f"probs must name each column once; got {', '.join(probs)}")
    if len(probs) > 1 and any(name.isdecimal() and name != str(i) for i, name in enumerate(last)):
        raise InputError(
            f"probs: the columns {', '.join(probs)} are numbers, but not those of the options from 0, so that a label "
            "could mean either; rename them"
        )
