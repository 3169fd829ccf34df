"""What every accumulator does with the rows of an update, and asks before it gives a result."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._check import holds_weight
from calibrant.types import FloatArray

PIECE_ROWS = 1 << 16
"""How many rows are worked on at a time; their sum is then added without rounding error."""


def pieces(n: int) -> Iterator[slice]:
    """Cut n rows into pieces that stay in the cache, in order."""
    return (slice(start, start + PIECE_ROWS) for start in range(0, n, PIECE_ROWS))


def class_rows_hold_weight(y_true: npt.ArrayLike, y_prob: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> bool:
    """Whether an update with one column a class has anything to measure; as `holds_weight`."""
    try:
        given = np.asarray(y_prob)
    except ValueError:
        return True
    return holds_weight(y_true, given[:, 0] if given.ndim == 2 and given.shape[1] else given, sample_weight)


def require_weight(weight: FloatArray) -> None:
    """Refuse to give a result where no row weighed anything."""
    if not (weight > 0).any():
        raise InputError("There must be a row of positive weight before the result; got none. Call update first.")
