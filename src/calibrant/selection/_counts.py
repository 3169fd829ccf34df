"""Graded confidences → how many are answered, and how many of these wrongly, at thresholds fixed beforehand."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibrant.metrics._check import check_binary, check_count
from calibrant.selection._groups import one_a_group
from calibrant.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Counts:
    """What each threshold lets through, arrays of shape (n_thresholds + 1,), the strictest threshold first."""

    n: int
    """Independent rows: one a group."""

    n_rows: int
    """Rows that were given."""

    threshold: FloatArray
    """From 1 down to 0 in equal steps; a row is answered where its confidence reaches it."""

    answered: IntArray
    """Rows at or above the threshold, never falling."""

    wrong: IntArray
    """Wrong ones among those."""


def count(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    groups: npt.ArrayLike | None,
    *,
    n_thresholds: int,
    random_state: int,
) -> Counts:
    """Count at ``k / n_thresholds`` for every k, a grid that does not look at the data.

    Round steps also mean that the threshold which a sentence prints is the one that was tested.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    groups : array-like of shape (n_samples,) or None
        Rows that belong together, of which one is kept.
    n_thresholds : int
        Steps of the grid.
    random_state : int
        Seed of the choice within groups.

    Returns
    -------
    Counts
        The counts.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    Examples
    --------
    >>> counts = count([1, 0, 1], [1.0, 0.5, 0.2], None, n_thresholds=2, random_state=0)
    >>> counts.answered, counts.wrong
    (array([1, 2, 3]), array([0, 1, 1]))
    """
    check_count("n_thresholds", n_thresholds)
    rows = check_binary(y_true, y_prob, None)
    kept = one_a_group(groups, rows.y_true.size, random_state)
    y, p = rows.y_true[kept], rows.y_score[kept]
    threshold = np.arange(n_thresholds, -1, -1) / n_thresholds
    order = np.argsort(-p, kind="stable")
    answered = np.searchsorted(-p[order], -threshold, side="right")
    wrong = np.append(0, np.cumsum(y[order] == 0))[answered]
    return Counts(kept.size, rows.y_true.size, threshold, answered.astype(np.int64), wrong.astype(np.int64))
