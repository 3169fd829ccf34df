"""Rows from the most confident down: what ranking and selective metrics add up."""

from dataclasses import dataclass

import numpy as np

from calibrant.metrics._check import Rows
from calibrant.types import FloatArray


@dataclass(frozen=True, eq=False)
class Cumulative:
    """Sums over the rows at or above each distinct score, arrays of shape (n_distinct,), highest score first."""

    threshold: FloatArray
    """The distinct scores, falling."""

    weight: FloatArray
    """Weight of the rows at or above the score; rising from above 0."""

    correct: FloatArray
    """Weight of the correct rows among them."""


def accumulate(rows: Rows) -> Cumulative:
    """Weight and correctness summed from the highest score down; tied rows enter together, so their order is nothing.

    Parameters
    ----------
    rows : Rows
        Checked rows; those of weight 0 are left out.

    Returns
    -------
    Cumulative
        One entry a distinct score.
    """
    kept = np.flatnonzero(rows.weight)
    order = kept[np.argsort(rows.y_score[kept])[::-1]]
    score, weight = rows.y_score[order], rows.weight[order]
    last_of_tie = np.flatnonzero(np.append(score[1:] != score[:-1], True))
    return Cumulative(
        threshold=score[last_of_tie],
        weight=np.cumsum(weight)[last_of_tie],
        correct=np.cumsum(weight * rows.y_true[order])[last_of_tie],
    )
