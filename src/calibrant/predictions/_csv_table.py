"""CSV and TSV -> blocks of text columns; files may be larger than memory."""

import csv
import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from calibrant.exceptions import DataError
from calibrant.predictions._block import Block

_BLOCK_BYTES = 1 << 22


class CsvTable:
    """A CSV file with a header line; separated by tabs if its name ends in ``.tsv``.

    Parameters
    ----------
    path : Path
        The file.
    """

    format = "csv"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._delimiter = "\t" if path.suffix.lower() == ".tsv" else ","

    @cached_property
    def columns(self) -> list[str]:
        """Names in the header line."""
        header = next((row for _, row in self._rows()), None)
        if header is None:
            raise DataError(f"{self.path} is empty; a header line with the names of the columns is needed")
        return header

    def has(self, name: str) -> bool:
        """Whether the header holds the name."""
        return name in self.columns

    def blocks(self, names: Sequence[str]) -> Iterator[Block]:
        """Read some columns as text."""
        for name in names:
            if self.columns.count(name) > 1:
                raise DataError(f"{self.path}: the header names the column {name!r} more than once")
        done = 0
        try:
            for batch in self._open(names):
                first = done
                done += batch.num_rows
                columns = {name: batch.column(name) for name in names}
                yield Block(columns, batch.num_rows, lambda row, first=first: self._place(first + row))  # type: ignore[misc]
        except (pa.ArrowException, OSError) as error:
            raise self._explain(error, done) from None

    def _open(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        # Never inferred from the first block: a column of numbers may hold a word in the last.
        convert = pa_csv.ConvertOptions(
            include_columns=list(names), column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        )
        parse = pa_csv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True)
        read = pa_csv.ReadOptions(block_size=_BLOCK_BYTES)
        with pa_csv.open_csv(self.path, read_options=read, parse_options=parse, convert_options=convert) as reader:
            yield from reader

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not blank, header included, each with the line that it ends on."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.reader(stream, delimiter=self._delimiter)
                yield from ((reader.line_num, row) for row in reader if row)
        except UnicodeDecodeError:
            raise DataError(self._not_utf8()) from None
        except csv.Error as error:
            raise DataError(f"{self.path} cannot be read as CSV: {error}") from None
        except OSError as error:
            raise DataError(f"{self.path} cannot be read: {error.strerror}") from None

    def _place(self, row: int) -> str:
        """Find the line of a row, reading the file again: cells may hold line breaks, and blank lines are no rows."""
        try:
            line = next((line for line, _ in itertools.islice(self._rows(), row + 1, None)), None)
        except DataError:
            line = None
        return f"{self.path}, row {row + 1}" if line is None else f"{self.path}, line {line}"

    def _explain(self, error: Exception, done: int) -> DataError:
        if "UTF8" in str(error) or "UTF-8" in str(error):
            return DataError(self._not_utf8())
        n_columns = len(self.columns)
        # Only rows after those that were read can be at fault.
        for line, row in itertools.islice(self._rows(), done, None):
            if len(row) != n_columns:
                return DataError(
                    f"{self.path}, line {line}: {len(row)} fields, but the header has {n_columns}; quote fields that "
                    "hold the separator"
                )
        return DataError(f"{self.path}, after row {done}: cannot be read as CSV ({error})")

    def _not_utf8(self) -> str:
        with self.path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError as error:
                    return f"{self.path}, line {number}: byte {error.start + 1} is not UTF-8; save the file in UTF-8"
        return f"{self.path} is not UTF-8; save the file in UTF-8"
