"""A metric that is a mean over rows, of more rows than fit in memory."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._check import Rows, check_scores, holds_weight
from calibrant.metrics._exact_sum import ExactSum
from calibrant.metrics._metric import Metric
from calibrant.metrics._multiclass_check import ClassRows, check_classes
from calibrant.metrics._stream import class_rows_hold_weight, pieces, require_weight

_PROBES: list[tuple[list[int], list[Any]]] = [([1, 0], [0.5, 0.5]), ([1, 0, 0, 1], [0.9, 0.6, 0.2, 0.3])]
"""Rows on which a mean is told from what is none."""

_CLASS_PROBES: list[tuple[list[int], list[Any]]] = [
    ([1, 0], [[0.5, 0.5], [0.5, 0.5]]),
    ([1, 0, 0, 1], [[0.1, 0.9], [0.4, 0.6], [0.8, 0.2], [0.7, 0.3]]),
]
"""The same for metrics of K classes."""


class MeanAccumulator:
    """A metric that is a mean over rows, such as accuracy, mean confidence, Brier score or log loss, in pieces.

    The result is that of the metric on all rows at once, to about 1e-15, whatever the pieces and the order of merging.
    So it is for the proper scores of K classes, with a label and one probability a class in each row. Metrics that
    compare rows with each other are refused; `RankingAccumulator` bounds AUROC and AURC.

    Parameters
    ----------
    metric : Metric
        Called as ``metric(y_true, y_prob, sample_weight=weight)``; set its options with `functools.partial`.

    Raises
    ------
    InputError
        If the metric is no mean over rows.

    Examples
    --------
    >>> from calibrant.metrics import brier_score
    >>> first, second = MeanAccumulator(brier_score), MeanAccumulator(brier_score)
    >>> first.update([1, 0, 1], [0.5, 0.5, 0.5])
    >>> second.update([0], [1.0])
    >>> first.merge(second)
    >>> first.result()  # (3 · 0.25 + 1) / 4
    0.4375
    """

    def __init__(self, metric: Metric) -> None:
        self._of_classes = _takes_classes(metric)
        for y_true, y_prob in _CLASS_PROBES if self._of_classes else _PROBES:
            alone = [metric([truth], [prob]) for truth, prob in zip(y_true, y_prob, strict=True)]
            if not abs(metric(y_true, y_prob) - np.mean(alone)) < 1e-9:
                raise InputError(
                    f"metric must be a mean over rows, as accuracy, mean_confidence, brier_score and log_loss are; got "
                    f"{metric!r}. Use CalibrationAccumulator or MulticlassCalibrationAccumulator for binned "
                    "calibration errors, and RankingAccumulator for AUROC and AURC."
                )
        self.metric = metric
        self._sum = ExactSum(())
        self._weight = ExactSum(())

    def update(
        self, y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
    ) -> None:
        """Add rows; none, or rows that all weigh 0, add nothing.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            Correctness, in {0, 1}, or the class that is true.
        y_prob : array-like of shape (n_samples,) or (n_samples, n_classes)
            Confidence, on the scale that the metric takes, or the probability of each class.
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts: a weight of 2 is the row twice.

        Raises
        ------
        InputError
            If an argument is out of range, or the lengths differ; then nothing was added.
        """
        measurable = class_rows_hold_weight if self._of_classes else holds_weight
        if not measurable(y_true, y_prob, sample_weight):
            if np.size(y_true):
                self.metric(y_true, y_prob)
            return
        rows: ClassRows | Rows
        if self._of_classes:
            rows = check_classes(y_true, y_prob, sample_weight)
        else:
            rows = check_scores(y_true, y_prob, sample_weight, name="y_prob")
        total, weights = ExactSum(()), ExactSum(())
        try:
            for piece in pieces(rows.weight.size):
                weight = float(rows.weight[piece].sum())
                own = rows.weight[piece] if weight > 0 else None
                total.add(self.metric(rows[0][piece], rows[1][piece], sample_weight=own) * weight)
                weights.add(weight)
        except InputError:
            # The whole is refused for the same reason, with the number that the row has in it.
            self.metric(*rows[:2], sample_weight=rows.weight)
            raise
        self._sum.merge(total)
        self._weight.merge(weights)

    def merge(self, other: object) -> None:
        """Add all that another accumulator of the same metric has seen.

        Parameters
        ----------
        other : MeanAccumulator
            It is left as it is.

        Raises
        ------
        InputError
            If it is no `MeanAccumulator`. That both have the same metric cannot be checked for one made by `partial`.
        """
        if not isinstance(other, MeanAccumulator):
            raise InputError(f"other must be a MeanAccumulator; got {type(other).__name__}.")
        self._sum.merge(other._sum)
        self._weight.merge(other._weight)

    def result(self) -> float:
        """Value of the metric on all rows so far.

        Returns
        -------
        float
            The mean.

        Raises
        ------
        InputError
            If there were no rows of positive weight.
        """
        require_weight(self._weight.value)
        return float(self._sum.value / self._weight.value)

    def state(self) -> dict[str, object]:
        """Everything that was added up, as plain numbers that JSON keeps exactly.

        Returns
        -------
        dict
            For `load_state`. The metric is not in it.
        """
        return {"sum": self._sum.state(), "weight": self._weight.state()}

    def load_state(self, state: Mapping[str, object]) -> None:
        """Replace what was added up by what another accumulator had.

        Parameters
        ----------
        state : mapping
            What `state` returned.

        Raises
        ------
        InputError
            If it is something else.
        """
        total, weight = ExactSum(()), ExactSum(())
        total.load("sum", state)
        weight.load("weight", state)
        self._sum, self._weight = total, weight


def _takes_classes(metric: Metric) -> bool:
    """Whether a metric wants one column a class: such a one refuses a single column."""
    try:
        metric(*_PROBES[0])
    except InputError:
        return True
    return False
