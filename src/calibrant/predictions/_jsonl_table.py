"""JSONL -> blocks of columns, of which dotted ones lead into nested records; files may be larger than memory."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path

import pyarrow as pa
from pydantic_core import from_json

from calibrant.exceptions import DataError
from calibrant.predictions._block import BLOCK_ROWS, Block

_PEEK = 1000
"""A column must occur in one of so many first records: what is not there later is empty."""


class JsonlTable:
    """A file with one JSON object a line; blank lines are skipped.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.
    """

    format = "jsonl"

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def columns(self) -> list[str]:
        """Names in the first records, those of nested ones dotted."""
        names = dict.fromkeys(name for record in self._first for name in _leaves(record))
        return list(names)

    @cached_property
    def _first(self) -> list[Mapping[str, object]]:
        return [record for _, record in islice(self._records(), _PEEK)]

    def has(self, name: str) -> bool:
        """Whether one of the first 1,000 records holds the name, even empty."""
        return any(_look_up(record, name)[1] for record in self._first)

    def blocks(self, names: Sequence[str]) -> Iterator[Block]:
        """Read some columns; what a record does not hold is empty."""
        lines: list[int] = []
        cells: dict[str, list[object]] = {name: [] for name in names}
        for line, record in self._records():
            lines.append(line)
            for name, column in cells.items():
                column.append(_look_up(record, name)[0])
            if len(lines) == BLOCK_ROWS:
                yield self._block(cells, lines)
                lines, cells = [], {name: [] for name in names}
        if lines:
            yield self._block(cells, lines)

    def _block(self, cells: Mapping[str, Sequence[object]], lines: Sequence[int]) -> Block:
        columns = {name: _as_array(column) for name, column in cells.items()}
        return Block(columns, len(lines), lambda row: f"{self.path}, line {lines[row]}")

    def _records(self) -> Iterator[tuple[int, Mapping[str, object]]]:
        try:
            with self.path.open("rb") as stream:
                for number, raw in enumerate(stream, start=1):
                    if line := (raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw).strip():
                        yield number, _parse(line, f"{self.path}, line {number}")
        except OSError as error:
            raise DataError(f"{self.path} cannot be read: {error.strerror}") from None


def _parse(line: bytes, place: str) -> Mapping[str, object]:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{place}: byte {error.start + 1} is not UTF-8; save the file in UTF-8") from None
    try:
        record = from_json(line)
    except ValueError as error:
        said = str(error).replace("line 1 ", "")
        raise DataError(f"{place}: not JSON ({said}); one JSON object a line is needed") from None
    if not isinstance(record, dict):
        shown = line[:60].decode("utf-8", errors="ignore")
        raise DataError(f"{place}: one JSON object a line is needed; got {shown}")
    return record


def _look_up(record: Mapping[str, object], name: str) -> tuple[object, bool]:
    """Value of a name, and whether it is there; a key that holds the dots itself goes first."""
    if name in record:
        return record[name], True
    head, dot, rest = name.partition(".")
    while dot:
        inner = record.get(head)
        if isinstance(inner, dict):
            value, found = _look_up(inner, rest)
            if found:
                return value, True
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None, False


def _leaves(record: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for name, value in record.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _as_array(cells: Sequence[object]) -> pa.Array:
    try:
        array = pa.array(cells)
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        array = None
    if array is not None and not pa.types.is_struct(array.type):
        return array
    # Cells of several kinds become text, and the rules for text hold.
    return pa.array(
        [cell if cell is None or isinstance(cell, str) else json.dumps(cell) for cell in cells], type=pa.string()
    )
