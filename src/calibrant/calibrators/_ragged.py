"""Questions with unequal numbers of options → one flat array and its segments, so that nothing is padded."""

from dataclasses import dataclass

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
        return np.split(values, self.starts[1:])

    def below_maximum(self) -> FloatArray:
        """Each value less the largest of its row: 0 for that one, negative for the rest, shape (n_values,)."""
        return self.values - self.repeat(np.maximum.reduceat(self.values, self.starts))


def check_logits(logits: OptionLogits) -> Ragged:
    """Logits of the options, laid end to end: at least one question, at least two options each, all finite."""
    try:
        rows = [_check_row(i, row) for i, row in enumerate(logits)]
    except TypeError as error:
        raise InputError(
            f"logits must be a sequence of rows; got {logits!r}. Give one row of logits a question."
        ) from error
    if not rows:
        raise InputError("logits must not be empty; got no questions. Give at least one row of option logits.")
    values = np.concatenate(rows)
    lengths = np.array([row.size for row in rows], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    finite = np.abs(values) <= _LARGEST_LOGIT  # NaN fails too
    if not finite.all():
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
