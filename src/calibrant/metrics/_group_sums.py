"""Sums by group over a stream in which any group can come back."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray

_CHUNK_GROUPS = 1 << 14
"""How many groups are worked on at a time."""


class GroupSums:
    """One row of sums a group; memory grows with the number of groups, and with nothing else.

    A group takes 8 bytes a column and what Python needs for its label, about 150 bytes for a short text.
    """

    def __init__(self, n_columns: int) -> None:
        self._row_of: dict[object, int] = {}
        self._sums = np.zeros((0, n_columns))

    def __len__(self) -> int:
        return len(self._row_of)

    @property
    def sums(self) -> FloatArray:
        """Sums of the groups in the order in which they were first seen, shape (n_groups, n_columns)."""
        return self._sums[: len(self)]

    def chunks(self) -> Iterator[FloatArray]:
        """Yield the sums in pieces, so that what is computed from them stays small."""
        return (self.sums[start : start + _CHUNK_GROUPS] for start in range(0, len(self), _CHUNK_GROUPS))

    def add(self, labels: list[object], sums: FloatArray) -> None:
        """Add the sums of different groups, shape (len(labels), n_columns)."""
        rows = [self._row_of.setdefault(label, len(self._row_of)) for label in labels]
        short = len(self) - len(self._sums)
        if short > 0:
            # Grown in place: the system moves pages, where a copy would hold the sums twice.
            self._sums.resize((len(self) + max(1024, len(self) // 8), self._sums.shape[1]), refcheck=False)
        self._sums[rows] += sums

    def merge(self, other: "GroupSums") -> None:
        """Add the groups of another."""
        self.add(list(other._row_of), other.sums)


def number_groups(groups: object, n: int) -> tuple[IntArray, list[object]]:
    """Give each group a number, and each row the number of its group.

    Parameters
    ----------
    groups : array-like of shape (n,), or pyarrow array
        Labels of one kind, text or whole numbers.
    n : int
        Rows that there are.

    Returns
    -------
    tuple of ndarray of shape (n,) and list
        Numbers from 0, and the labels that they stand for, each once.

    Raises
    ------
    InputError
        If there is not one label a row, of one kind.
    """
    # Only streams in groups need it.
    import pyarrow as pa

    try:
        column: Any = groups if isinstance(groups, pa.Array | pa.ChunkedArray) else pa.array(groups, from_pandas=True)
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise InputError("groups must be labels of one kind, all text or all numbers; got a mixture.") from error
    if len(column) != n:
        raise InputError(f"groups must have one label a row, so {n}; got {len(column)}.")
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        raise InputError(f"groups must have a label in every row; row {row} has none. Drop such rows or name a group.")
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
