"""The one signature that every metric has, so that any of them can be bootstrapped and listed."""

from typing import Protocol

import numpy.typing as npt


class Metric(Protocol):
    """A number computed from correctness and confidence: ``metric(y_true, y_prob, sample_weight=weight)``.

    Each metric of this package is one, but those of K classes. To set its options first, use `functools.partial`.
    """

    def __call__(
        self, y_true: npt.ArrayLike, y_prob: npt.ArrayLike, /, *, sample_weight: npt.ArrayLike | None = None
    ) -> float:
        """Value of the metric; NaN where it is undefined."""
        ...
