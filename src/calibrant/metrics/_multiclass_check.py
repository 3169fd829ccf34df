"""The one checker of what the metrics of K classes are given: labels, one probability a class, weights."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._check import Rows, as_column, check_scores, require_length, require_rows
from calibrant.types import FloatArray, IntArray

_SUM_TOLERANCE = 1e-4
"""How far a row may sum from 1: the softmax of many float32 logits stays well within."""


class ClassRows(NamedTuple):
    """Checked columns of equal length, one entry a question."""

    label: IntArray
    """The class that is true, from 0 to n_classes - 1, shape (n_samples,)."""

    prob: FloatArray
    """Probability of each class, shape (n_samples, n_classes); rows sum to one."""

    weight: FloatArray
    """How often the row counts, shape (n_samples,); 1 where no weights were given."""

    def of_class(self, k: int) -> Rows:
        """One class against the others: whether it is true, and its probability."""
        return Rows((self.label == k).astype(np.float64), self.prob[:, k], self.weight)


def check_classes(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, sample_weight: npt.ArrayLike | None, *, name: str = "y_prob"
) -> ClassRows:
    """Labels, probabilities of the classes and weights as checked columns.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The class that is true, from 0 to n_classes - 1.
    y_prob : array-like of shape (n_samples, n_classes)
        Probability of each class, in [0, 1]; rows sum to one within 1e-4, and are used as they are.
    sample_weight : array-like of shape (n_samples,) or None
        How often each row counts.
    name : str, default='y_prob'
        What the caller calls the probabilities, for the message.

    Returns
    -------
    ClassRows
        Labels as integers, the rest as float64.

    Raises
    ------
    InputError
        If an argument is not numeric, of a wrong shape, empty, of another length or holds a value out of range, or if a
        row does not sum to one.

    Examples
    --------
    >>> check_classes([2, 0], [[0.0, 0.0, 1.0], [0.5, 0.25, 0.25]], None).label
    array([2, 0])
    """
    prob = _class_probs(y_prob, name)
    label = as_column("y_true", y_true)
    require_length(name, prob[:, 0], label.size)
    n_classes = prob.shape[1]
    # A comparison with NaN is false, so this covers NaN too.
    valid = (label >= 0) & (label < n_classes) & (label == np.floor(label))
    allowed = f"be class labels from 0 to {n_classes - 1}, one a column of {name}"
    require_rows(valid, label, "y_true", allowed)
    weight = check_scores(np.zeros(label.size), label, sample_weight).weight
    return ClassRows(label.astype(np.int64), prob, weight)


def _class_probs(y_prob: npt.ArrayLike, name: str) -> FloatArray:
    try:
        given = np.asarray(y_prob)
    except ValueError as error:
        raise InputError(
            f"{name} must have one row of equal length a question; got something else ({error})."
        ) from error
    if given.ndim != 2 or given.shape[1] < 2:
        raise InputError(
            f"{name} must have two dimensions, one column a class and at least two; got shape {given.shape}."
        )
    # As one column it passes the checks of a probability; a wrong entry is then looked up by row and class.
    flat = as_column(name, given.reshape(-1))
    inside = (flat >= 0) & (flat <= 1)
    if not inside.all():
        row, k = divmod(int(np.argmin(inside)), given.shape[1])
        raise InputError(f"{name} must lie in [0, 1]; row {row}, class {k} is {flat[row * given.shape[1] + k]:g}.")
    prob = flat.reshape(given.shape)
    total = prob.sum(axis=1)
    off = np.abs(total - 1) > _SUM_TOLERANCE
    if off.any():
        row = int(np.argmax(off))
        raise InputError(
            f"{name} must have rows that sum to one; row {row} sums to {total[row]:g}. If the numbers were rounded, "
            "divide each row by its sum."
        )
    return prob
