"""Probabilities of the options and the right one -> the answer, its confidence, and whether it is right."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic_core import from_json

from calibrant.predictions._cells import CellError, read_correct, read_numbers
from calibrant.types import BoolArray, FloatArray, IntArray

_SUM_TOLERANCE = 1e-4
"""How far a row may sum from 1 whatever its digits: the softmax of many float32 logits stays well within."""

_MOST_DECIMALS = 6

_NO_PROBS = np.empty(0)


class Ragged(NamedTuple):
    """Rows of numbers, of which some may be unknown."""

    values: FloatArray
    """All rows, one after the other."""

    size: IntArray
    """Numbers a row; 0 where unknown, shape (n,)."""

    text: tuple[int, str] | None
    """Row and content of the first cell that holds a text that is no numbers."""

    binary: bool = False
    """Whether the file has one number a row, the probability of option 1 of two."""


class Answers(NamedTuple):
    """What the probabilities say, one entry a row."""

    confidence: FloatArray
    correct: FloatArray
    probs: list[FloatArray]
    label: IntArray
    n_ties: int
    n_renormalised: int


def read_options(columns: Sequence[pa.Array]) -> Ragged:
    """Read the probabilities of each row: from one column of lists, one of P(yes), or one column an option.

    Parameters
    ----------
    columns : sequence of pyarrow.Array
        One column with lists, which may be JSON text, or with the probability of option 1 of two; or several columns
        with numbers, of which the last may be empty in questions with fewer options.

    Returns
    -------
    Ragged
        The numbers as they are; rows with an empty one are unknown.

    Raises
    ------
    CellError
        If a column is of a type that holds no probabilities, or P(yes) lies outside [0, 1].

    Examples
    --------
    >>> read_options([pa.array([[0.25, 0.75], None])])
    Ragged(values=array([0.25, 0.75]), size=array([2, 0]), text=None, binary=False)
    """
    if len(columns) > 1:
        return _wide(columns)
    (column,) = columns
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type) or pa.types.is_fixed_size_list(column.type):
        return _lists(column)
    if _holds_json_lists(column):
        return _json_lists(column)
    numbers = read_numbers(column)
    yes = numbers.values
    outside = (yes < 0) | (yes > 1)
    if outside.any():
        row = int(np.argmax(outside))
        advice = " Divide percentages by 100." if 1 < yes[row] <= 100 else ""
        raise CellError(row, f"one number a row is the probability of option 1, in [0, 1]; got {yes[row]:g}.{advice}")
    size = np.where(np.isnan(yes), 0, 2)
    yes = yes[size > 0]
    return Ragged(np.column_stack([1 - yes, yes]).reshape(-1), size, numbers.text, binary=True)


def read_labels(column: pa.Array, names: Sequence[str], *, binary: bool) -> FloatArray:
    """Read the right option of each row as its index, NaN where it is empty.

    Parameters
    ----------
    column : pyarrow.Array
        Indices from 0, or names of columns.
    names : sequence of str
        Columns of the options if there are several; a dotted one may be called by its last part.
    binary : bool
        Whether there is one probability a row, so that true and false are labels too.

    Returns
    -------
    ndarray of shape (n,)
        The index, not yet compared with the number of options.

    Raises
    ------
    CellError
        Naming the first cell that is no label.
    """
    if binary:
        return read_correct(column)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    numbers = read_numbers(column)
    values = numbers.values
    if names and pa.types.is_string(column.type):
        # The whole name goes first; of last parts that are equal, none counts.
        last = [name.rpartition(".")[2] for name in names]
        known = {short: i for i, short in enumerate(last) if last.count(short) == 1}
        known |= {full: i for i, full in enumerate(names)}
        index = pc.index_in(column, value_set=pa.array(list(known))).fill_null(-1).to_numpy(zero_copy_only=False)
        values = np.where(index >= 0, np.array([*known.values()])[index], values)
        unread = np.isnan(values) & _has_text(column)
        if unread.any():
            numbers = numbers._replace(text=(int(np.argmax(unread)), column[int(np.argmax(unread))].as_py()))
        else:
            numbers = numbers._replace(text=None)
    if numbers.text is not None:
        allowed = "the index of an option from 0" + (f", or one of {', '.join(names)}," if names else "")
        raise CellError(numbers.text[0], f"{allowed} is needed, or nothing if not known; got {numbers.text[1]!r}")
    return values


def answer(options: Ragged, label: FloatArray) -> Answers:
    """Take the most probable option as the answer (ties: the first, counted), and grade it.

    Parameters
    ----------
    options : Ragged
        Probabilities of the options.
    label : ndarray of shape (n,)
        The right one, NaN where unknown.

    Returns
    -------
    Answers
        Rows without probabilities have neither confidence nor grade; rows without a label have no grade.

    Raises
    ------
    CellError
        Naming the first row whose numbers are no probabilities, do not sum to one, or whose label is no option.

    Examples
    --------
    >>> answer(Ragged(np.array([0.25, 0.75]), np.array([2]), None), np.array([1.0])).confidence
    array([0.75])
    """
    values, size = options.values, options.size
    known = np.flatnonzero(size > 0)
    end = np.cumsum(size)
    row_of = np.repeat(np.arange(size.size), size)
    _require_probabilities(values, row_of)
    start = (end - size)[known]
    total = np.add.reduceat(values, start) if known.size else _NO_PROBS
    _require_sums(values, known, start, size[known], total)
    divisor = np.ones(size.size)
    divisor[known] = np.where(np.abs(total - 1) > 1e-9, total, 1.0)
    values = values / divisor[row_of]
    _require_labels(label, size)

    confidence = np.full(size.size, np.nan)
    chosen = np.full(size.size, -1)
    n_ties = 0
    if known.size:
        confidence[known] = np.maximum.reduceat(values, start)
        is_top = values == confidence[row_of]
        n_ties = int((np.add.reduceat(is_top.astype(np.int64), start) > 1).sum())
        first = np.flatnonzero(is_top)
        rows, where = np.unique(row_of[first], return_index=True)
        chosen[rows] = first[where] - (end - size)[rows]
    graded = ~np.isnan(label) & (size > 0)
    correct = np.where(graded, (chosen == label).astype(np.float64), np.nan)
    return Answers(
        # The sum of rounded numbers may be a hair below the largest of them.
        np.minimum(confidence, 1.0),
        correct,
        np.split(values, end[:-1]) if size.size else [],
        np.where(np.isnan(label), -1, label).astype(np.int64),
        n_ties,
        int((np.abs(total - 1) > 1e-6).sum()),
    )


def _wide(columns: Sequence[pa.Array]) -> Ragged:
    read = [read_numbers(column) for column in columns]
    table = np.column_stack([numbers.values for numbers in read])
    missing = np.isnan(table)
    size = (~missing).sum(axis=1)
    # An empty cell before a filled one says nothing about which option is missing.
    gap = missing & (np.arange(len(columns)) < size[:, None])
    # Nor does a cell with a text mean that there are fewer options.
    for column, numbers in zip(columns, read, strict=True):
        if numbers.text is not None:
            gap |= (np.isnan(numbers.values) & _has_text(column))[:, None]
    size = np.where(gap.any(axis=1), 0, size)
    kept = np.arange(len(columns)) < size[:, None]
    return Ragged(table[kept], size, min((each.text for each in read if each.text is not None), default=None))


def _lists(column: pa.Array) -> Ragged:
    size = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    numbers = read_numbers(column.flatten())
    row_of = np.repeat(np.arange(size.size), size)
    unknown = np.zeros(size.size, dtype=bool)
    unknown[row_of[np.isnan(numbers.values)]] = True
    text = None if numbers.text is None else (int(row_of[numbers.text[0]]), numbers.text[1])
    return Ragged(numbers.values[~unknown[row_of]], np.where(unknown, 0, size), text)


def _holds_json_lists(column: pa.Array) -> bool:
    if not pa.types.is_string(column.type):
        return False
    return bool(pc.any(pc.match_substring_regex(column, r"^\s*\[")).as_py())


def _json_lists(column: pa.Array) -> Ragged:
    rows: list[FloatArray] = []
    text = None
    for i, cell in enumerate(column.to_pylist()):
        row = _parse_list(cell) if cell and cell.strip() else _NO_PROBS
        if row is None and text is None:
            text = (i, cell)
        rows.append(_NO_PROBS if row is None or np.isnan(row).any() else row)
    return Ragged(np.concatenate([_NO_PROBS, *rows]), np.array([row.size for row in rows], dtype=np.int64), text)


def _parse_list(cell: str) -> FloatArray | None:
    try:
        row = np.array(from_json(cell), dtype=np.float64)
    except (ValueError, TypeError):
        return None
    return row if row.ndim == 1 else None


def _has_text(column: pa.Array) -> BoolArray:
    """Which cells of a text column hold more than space."""
    length = pc.fill_null(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0)
    filled: BoolArray = length.to_numpy(zero_copy_only=False) > 0
    return filled


def _require_probabilities(values: FloatArray, row_of: IntArray) -> None:
    outside = ~((values >= 0) & (values <= 1 + _SUM_TOLERANCE))
    if outside.any():
        at = int(np.argmax(outside))
        advice = ""
        if values[at] < 0:
            advice = " Log-probabilities must be turned into probabilities first."
        elif values[at] <= 100:
            advice = " Divide percentages by 100."
        raise CellError(int(row_of[at]), f"probabilities lie in [0, 1]; got {values[at]:g}.{advice}")


def _require_sums(values: FloatArray, known: IntArray, start: IntArray, size: IntArray, total: FloatArray) -> None:
    for i in np.flatnonzero(np.abs(total - 1) > _SUM_TOLERANCE).tolist():
        row = values[start[i] : start[i] + size[i]]
        if total[i] <= 0 or abs(total[i] - 1) > _rounding_of_sum(row):
            raise CellError(
                int(known[i]), f"the probabilities of a row must sum to 1; those of this row sum to {total[i]:g}"
            )


def _rounding_of_sum(row: FloatArray) -> float:
    """How far rounding alone may have carried the sum: half a last digit for each number."""
    for decimals in range(1, _MOST_DECIMALS + 1):
        if (np.abs(np.round(row, decimals) - row) < 1e-9).all():
            return row.size * 0.5 * 10.0**-decimals * (1 + 1e-9)
    return 0.0


def _require_labels(label: FloatArray, size: IntArray) -> None:
    bad = ~np.isnan(label) & ((label < 0) | (label != np.floor(label)) | ((label >= size) & (size > 0)))
    if bad.any():
        row = int(np.argmax(bad))
        n = f" of {size[row]}" if size[row] else ""
        raise CellError(
            row, f"the label must be the index of an option{n}, from 0, or empty if not known; got {label[row]:g}"
        )
