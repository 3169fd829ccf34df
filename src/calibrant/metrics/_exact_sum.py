"""A sum of any number of terms that keeps what a float would lose."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import FloatArray


class ExactSum:
    """A running sum kept as two floats, value and rounding error, so that 10⁸ terms lose no more than one does.

    References
    ----------
    Knuth (1998), The art of computer programming, volume 2, section 4.2.2, theorem B.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.high = np.zeros(shape)
        self.low = np.zeros(shape)

    def add(self, values: npt.ArrayLike) -> None:
        """Add one term to each sum."""
        term = np.asarray(values, np.float64)
        total = self.high + term
        virtual = total - self.high
        self.low = self.low + ((self.high - (total - virtual)) + (term - virtual))
        self.high = total

    def merge(self, other: "ExactSum") -> None:
        """Add the terms of another, with what it kept beside its float."""
        self.add(other.high)
        self.low = self.low + other.low

    @property
    def value(self) -> FloatArray:
        """The sums so far, rounded once."""
        return np.asarray(self.high + self.low)

    def state(self) -> list[object]:
        """Return all that it knows, as JSON can hold it."""
        return [self.high.tolist(), self.low.tolist()]

    def load(self, name: str, state: Mapping[str, object]) -> None:
        """Take over the state under ``name``, or raise ``InputError`` and change nothing."""
        try:
            parts = np.asarray(state[name], np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"state must hold numbers under {name!r}; got {state!r}.") from error
        if parts.shape != (2, *self.high.shape) or not np.isfinite(parts).all():
            raise InputError(
                f"state must hold finite sums of shape {(2, *self.high.shape)} under {name!r}; got others."
            )
        self.high, self.low = parts
