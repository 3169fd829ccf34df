"""Columns of a table as numbers and texts, a batch at a time and without an object a cell.

A table that is text (CSV), or whose cells are of many kinds (JSONL), arrives as text columns. Every function here takes
an Arrow array of any type that can hold what is wanted, and raises `CellError` for one that cannot.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calibrant.types import BoolArray, FloatArray

_NOTHING = ("", "nan", "null", "none", "na")
"""Texts, in lower case, that leave a cell empty."""

_WORDS = pa.array(["0", "1", "false", "true", "0.0", "1.0", *_NOTHING])
_MEANING = np.array([0.0, 1.0] * 3 + [np.nan] * len(_NOTHING))

_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$|^[+-]?([iI][nN][fF]([iI][nN][iI][tT][yY])?)$"


class CellError(Exception):
    """A cell, or a whole column, that cannot hold what it should; the reader adds file and place.

    Parameters
    ----------
    row : int or None
        Row of the batch, from 0; None if it is the whole column.
    said : str
        What is allowed and what was found.
    """

    def __init__(self, row: int | None, said: str) -> None:
        super().__init__(said)
        self.row = row


class Numbers(NamedTuple):
    """A column of numbers."""

    values: FloatArray
    """NaN where there was no number."""

    text: tuple[int, str] | None
    """Row and content of the first cell that holds a text that is no number."""


def read_numbers(column: pa.Array, *, percent_sign: bool = False) -> Numbers:
    """Read numbers and numeric text as float64; what is empty or another text is NaN.

    Parameters
    ----------
    column : pyarrow.Array
        Numbers or text.
    percent_sign : bool, default=False
        Whether a text may end in a percent sign.

    Returns
    -------
    Numbers
        The values, and the first text that was none.

    Raises
    ------
    CellError
        If the column is of a type that holds no numbers.

    Examples
    --------
    >>> read_numbers(pa.array(["0.5", "", "high"]))
    Numbers(values=array([0.5, nan, nan]), text=(2, 'high'))
    """
    kind = column.type
    if pa.types.is_null(kind):
        return Numbers(np.full(len(column), np.nan), None)
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return Numbers(_as_float(column), None)
    if (text := _as_text(column)) is None:
        raise CellError(None, f"numbers are needed, and the column holds {kind}")
    try:
        return Numbers(_as_float(text), None)
    except pa.ArrowInvalid:
        text = pc.utf8_trim_whitespace(text)
    if percent_sign:
        text = pc.utf8_rtrim(pc.utf8_rtrim(text, characters="%"), characters=" ")
    is_number = pc.fill_null(pc.match_substring_regex(text, _NUMBER), False)
    values = _as_float(pc.if_else(is_number, text, pa.scalar(None, text.type)))
    empty = pc.is_in(pc.utf8_lower(text), value_set=pa.array(_NOTHING, text.type))
    other = pc.invert(pc.or_(pc.or_(is_number, pc.is_null(text)), empty)).to_numpy(zero_copy_only=False)
    row = int(np.argmax(other)) if other.any() else None
    return Numbers(values, None if row is None else (row, column[row].as_py()))


def read_correct(column: pa.Array) -> FloatArray:
    """Read correctness as 1, 0, or NaN where it is empty.

    Parameters
    ----------
    column : pyarrow.Array
        Booleans, numbers or text.

    Returns
    -------
    ndarray of shape (n,)
        1 right, 0 wrong, NaN not graded.

    Raises
    ------
    CellError
        Naming the first cell that is none of these.

    Examples
    --------
    >>> read_correct(pa.array(["1", "FALSE", None]))
    array([ 1.,  0., nan])
    """
    if pa.types.is_boolean(column.type):
        return _as_float(column.cast(pa.uint8()))
    text = _as_text(column)
    if text is None:
        values = read_numbers(column).values
        valid: BoolArray = (values == 0) | (values == 1) | np.isnan(values)
    else:
        values, valid = _words(text)
        if not valid.all():
            values, valid = _words(pc.utf8_lower(pc.utf8_trim_whitespace(text)))
        if not valid.all():
            numbers = read_numbers(text).values
            values = np.where(valid, values, numbers)
            valid = valid | (numbers == 0) | (numbers == 1)
    if not valid.all():
        row = int(np.argmin(valid))
        raise CellError(row, f"1 or 0, true or false is needed, or nothing if not graded; got {column[row].as_py()!r}")
    return values


def read_texts(column: pa.Array) -> list[str | None]:
    """Read names: numbers as they are written, None where empty.

    Parameters
    ----------
    column : pyarrow.Array
        Text, numbers or booleans.

    Returns
    -------
    list of str or None
        The names; equal ones share an object.

    Raises
    ------
    CellError
        If the column is of a type that is no name.
    """
    if pa.types.is_null(column.type):
        return [None] * len(column)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        text = column if _as_text(column) is not None else column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise CellError(None, f"text is needed, and the column holds {column.type}") from None
    distinct = text.dictionary_encode()
    names: list[str | None] = [name if name else None for name in distinct.dictionary.to_pylist()]
    names.append(None)
    index = distinct.indices.fill_null(len(names) - 1)
    return [names[i] for i in index.to_numpy(zero_copy_only=False).tolist()]


def _as_float(column: pa.Array) -> FloatArray:
    # Not safe: an integer beyond 2**53 may lose a digit, and is out of range anyhow.
    values: FloatArray = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return values


def _as_text(column: pa.Array) -> pa.Array | None:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    return None


def _words(text: pa.Array) -> tuple[FloatArray, BoolArray]:
    found = pc.index_in(text, value_set=_WORDS)
    valid: BoolArray = pc.or_(pc.is_valid(found), pc.is_null(text)).to_numpy(zero_copy_only=False)
    index = found.fill_null(len(_MEANING) - 1).to_numpy(zero_copy_only=False)
    return _MEANING[index], valid
