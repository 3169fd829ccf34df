"""Parquet, a file or a folder of them -> blocks of columns; only what is asked for is read, a batch at a time."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from calibrant.exceptions import DataError
from calibrant.predictions._block import BLOCK_ROWS, Block

_BUFFER_BYTES = 1 << 20
"""What is read of a column at a time: without it, the whole column of a row group."""


class ParquetTable:
    """A Parquet file, or all ``*.parquet`` files of a folder and its subfolders in the order of their names.

    Parameters
    ----------
    path : Path
        The file or folder.
    """

    format = "parquet"

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _files(self) -> list[Path]:
        files = sorted(self.path.rglob("*.parquet")) if self.path.is_dir() else [self.path]
        if not files:
            raise DataError(f"{self.path} is a folder without Parquet files (*.parquet)")
        return files

    @cached_property
    def _schema(self) -> pa.Schema:
        with _Opened(self._files[0]) as file:
            return file.schema_arrow

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns, those inside structs dotted."""
        return [name for field in self._schema for name in _leaves(field, field.name)]

    def has(self, name: str) -> bool:
        """Whether the first file holds the column."""
        return _find(self._schema, name) is not None

    def blocks(self, names: Sequence[str]) -> Iterator[Block]:
        """Read some columns."""
        for path in self._files:
            yield from _blocks(path, names)


class _Opened:
    """A Parquet file that is closed again, and whose faults are named."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> pq.ParquetFile:
        try:
            self._file = pq.ParquetFile(self._path, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self._path, error) from None
        return self._file

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _blocks(path: Path, names: Sequence[str]) -> Iterator[Block]:
    with _Opened(path) as file:
        schema = file.schema_arrow
        steps = {name: _find(schema, name) for name in names}
        for name, step in steps.items():
            if step is None:
                twice = len(schema.get_all_field_indices(name)) > 1
                raise DataError(f"{path}: the column {name!r} {'occurs more than once' if twice else 'is missing'}")
        done = 0
        try:
            for batch in file.iter_batches(BLOCK_ROWS, columns=list(names)):
                first = done
                done += batch.num_rows
                columns = {name: _walk(batch, step) for name, step in steps.items() if step}
                yield Block(columns, batch.num_rows, lambda row, first=first: f"{path}, row {first + row + 1}")  # type: ignore[misc]
        # A damaged page can also show as a length or a text that cannot be.
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise _damaged(path, error, f", after row {done}") from None


def _find(schema: pa.Schema, name: str) -> list[str] | None:
    """Find the steps to a column: one, or several into structs. A name that holds the dots itself goes first."""
    if len(schema.get_all_field_indices(name)) == 1:
        return [name]
    steps = name.split(".")
    for n in range(len(steps) - 1, 0, -1):
        head = ".".join(steps[:n])
        if len(schema.get_all_field_indices(head)) != 1:
            continue
        kind = schema.field(head).type
        rest = _find(pa.schema(list(kind)), ".".join(steps[n:])) if pa.types.is_struct(kind) else None
        if rest is not None:
            return [head, *rest]
    return None


def _walk(batch: pa.RecordBatch, steps: Sequence[str]) -> pa.Array:
    column = batch.column(steps[0])
    for step in steps[1:]:
        column = pc.struct_field(column, step)
    return column


def _leaves(field: pa.Field, name: str) -> Iterator[str]:
    if pa.types.is_struct(field.type):
        for inner in field.type:
            yield from _leaves(inner, f"{name}.{inner.name}")
    else:
        yield name


def _damaged(path: Path, error: Exception, place: str = "") -> DataError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(f"{path}{place}: cannot be read as Parquet ({said.rstrip('.')}); is the file whole?")
