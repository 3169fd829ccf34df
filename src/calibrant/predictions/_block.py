"""A table on disk, whatever its format: named columns, read a block of rows at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

BLOCK_ROWS = 1 << 16
"""Rows that are held at a time, where the format lets one choose."""


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of a table."""

    columns: Mapping[str, pa.Array]
    """The columns that were asked for."""

    n_rows: int
    """Rows."""

    place: Callable[[int], str]
    """Where a row of the block stands, for a message: file, and line or row from 1."""


class Table(Protocol):
    """A table that can be read through as often as needed."""

    @property
    def path(self) -> Path:
        """The file or folder."""

    @property
    def format(self) -> str:
        """Its format: csv, jsonl or parquet."""

    @property
    def columns(self) -> Sequence[str]:
        """Names of its columns, for a message: those inside records are dotted."""

    def has(self, name: str) -> bool:
        """Whether a column of that name, which may be dotted, can be read."""

    def blocks(self, names: Sequence[str]) -> Iterator[Block]:
        """Read some columns from the beginning; a damaged file is a `DataError` that names the place."""
