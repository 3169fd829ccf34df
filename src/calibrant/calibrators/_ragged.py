"""Questions with unequal numbers of options → one flat array and its segments, so that nothing is padded.

Maps that have parameters for each option take a table instead: ``check_table``.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray, OptionLogits

# Beyond any real logit, and small enough that differences and their products with 1 / temperature stay finite.
_LARGEST_LOGIT = 1e100


@dataclass(frozen=True)
class Ragged:
    """Rows of unequal length, laid end to end. No row is empty."""

    values: FloatArray
    """The rows, shape (n_values,)."""
    starts: IntArray
    """Where each row begins in ``values``, shape (n_rows,)."""
    lengths: IntArray
    """How many values each row has, shape (n_rows,)."""

    def sum(self, values: FloatArray) -> FloatArray:
        """Sum, a row, of values laid out like these: (n_values,) → (n_rows,)."""
        return np.add.reduceat(values, self.starts)

    def repeat(self, by_row: FloatArray) -> FloatArray:
        """Give every value of a row that row's number: (n_rows,) → (n_values,)."""
        return np.repeat(by_row, self.lengths)

    def split(self, values: FloatArray) -> list[FloatArray]:
        """One array a row, of values laid out like these."""
        if self.lengths.min() == self.lengths.max():
            return list(values.reshape(self.lengths.size, -1))
        return np.split(values, self.starts[1:])

    def blocks(self, n_values: int) -> list["Ragged"]:
        """Cut into pieces of whole rows, each of about so many values: what fits the processor's cache is faster."""
        firsts = np.unique(np.searchsorted(self.starts, np.arange(0, self.values.size, n_values)))
        bounds = [*firsts[firsts < self.starts.size], self.starts.size]
        ends = np.append(self.starts, self.values.size)
        return [
            Ragged(
                self.values[ends[first] : ends[last]], self.starts[first:last] - ends[first], self.lengths[first:last]
            )
            for first, last in pairwise(bounds)
        ]

    def below_maximum(self) -> FloatArray:
        """Each value less the largest of its row: 0 for that one, negative for the rest, shape (n_values,)."""
        return self.values - self.repeat(np.maximum.reduceat(self.values, self.starts))


def check_logits(logits: OptionLogits) -> Ragged:
    """Logits of the options, laid end to end: at least one question, at least two options each, all finite."""
    if isinstance(logits, np.ndarray) and logits.ndim == 2 and logits.size and logits.shape[1] > 1:
        _check_row(0, logits[0])
        n_rows, n_options = logits.shape
        lengths = np.full(n_rows, n_options, dtype=np.int64)
        return _check_finite(logits.astype(np.float64, copy=False).ravel(), lengths)
    try:
        rows = [_check_row(i, row) for i, row in enumerate(logits)]
    except TypeError as error:
        raise InputError(
            f"logits must be a sequence of rows; got {logits!r}. Give one row of logits a question."
        ) from error
    if not rows:
        raise InputError("logits must not be empty; got no questions. Give at least one row of option logits.")
    return _check_finite(np.concatenate(rows), np.array([row.size for row in rows], dtype=np.int64))


def check_table(logits: OptionLogits, n_options: int | None = None) -> FloatArray:
    """Logits of the options, shape (n_questions, n_options): as many options in every question, as in the fit."""
    rows = check_logits(logits)
    wanted = int(rows.lengths[0]) if n_options is None else n_options
    same = rows.lengths == wanted
    if not same.all():
        row = int(np.argmin(same))
        where = "as the first has" if n_options is None else "as in the fit"
        raise InputError(
            f"logits must have {wanted} options in every question, {where}, since this map has parameters for each "
            f"option; got {rows.lengths[row]} at row {row}. Where their number varies take a map that allows it: "
            "temperature, temperature-mix, count-temperature or ensemble-temperature."
        )
    return rows.values.reshape(-1, wanted)


def _check_finite(values: FloatArray, lengths: IntArray) -> Ragged:
    starts = np.cumsum(lengths) - lengths
    if not (values.min() >= -_LARGEST_LOGIT and values.max() <= _LARGEST_LOGIT):  # NaN fails too
        finite = np.abs(values) <= _LARGEST_LOGIT
        position = int(np.argmin(finite))
        row = int(np.searchsorted(starts, position, side="right")) - 1
        raise InputError(
            f"logits must be finite (within ±{_LARGEST_LOGIT:g}); got {values[position]:g} at row {row}, option "
            f"{position - starts[row]}. Leave that option out, or leave out the question."
        )
    return Ragged(values, starts, lengths)


def _check_row(i: int, row: npt.ArrayLike) -> FloatArray:
    try:
        array = np.asarray(row)
    except ValueError as error:
        raise InputError(
            f"logits must be 1-D a question; got nested rows at row {i}. Give one logit an option."
        ) from error
    if array.ndim != 1 or array.size < 2 or array.dtype.kind not in "iuf":
        raise InputError(
            f"logits must be one real number an option and at least 2 a question; got shape {array.shape} of type "
            f"{array.dtype} at row {i}. Leave out questions with fewer than 2 options."
        )
    return array.astype(np.float64, copy=False)
