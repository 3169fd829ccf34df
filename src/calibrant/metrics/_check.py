"""The one checker of what the metrics are given: it converts once, and names what is wrong and in which row."""

import operator
from typing import NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import BoolArray, FloatArray


class Rows(NamedTuple):
    """Checked columns of equal length, one entry a graded answer."""

    y_true: FloatArray
    """1 where the answer is correct, 0 where it is wrong."""

    y_score: FloatArray
    """The confidence: a probability after `check_binary`, any finite number after `check_scores`."""

    weight: FloatArray
    """How often the row counts; 1 where no weights were given."""


def check_binary(y_true: npt.ArrayLike, y_prob: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> Rows:
    """Correctness, probability and weight as checked columns.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    sample_weight : array-like of shape (n_samples,) or None
        How often each row counts.

    Returns
    -------
    Rows
        The three columns as float64.

    Raises
    ------
    InputError
        If a column is not numeric, not one-dimensional, empty, of another length or holds a value out of range.

    Examples
    --------
    >>> check_binary([True, False], [0.9, 0.2], None).y_true
    array([1., 0.])
    """
    return _check_rows(y_true, check_prob(y_prob), "y_prob", sample_weight)


def check_scores(
    y_true: npt.ArrayLike, y_score: npt.ArrayLike, sample_weight: npt.ArrayLike | None, *, name: str = "y_score"
) -> Rows:
    """Correctness, score and weight as checked columns; unlike in `check_binary` a score is any finite number.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_score : array-like of shape (n_samples,)
        Confidence on any scale, higher = more confident.
    sample_weight : array-like of shape (n_samples,) or None
        How often each row counts.
    name : str, default='y_score'
        What the caller calls the score, for the message.

    Returns
    -------
    Rows
        The three columns as float64.

    Raises
    ------
    InputError
        If a column is not numeric, not one-dimensional, empty, of another length or holds a value out of range.
    """
    score = as_column(name, y_score)
    require_rows(np.isfinite(score), score, name, "be finite")
    return _check_rows(y_true, score, name, sample_weight)


def holds_weight(y_true: npt.ArrayLike, y_score: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> bool:
    """Whether a piece of a stream has anything to measure: unlike a whole, it may be empty or weigh nothing.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_score : array-like of shape (n_samples,)
        Confidence on any scale.
    sample_weight : array-like of shape (n_samples,) or None
        How often each row counts.

    Returns
    -------
    bool
        False where no column has a row, or all weights are 0; what else may be wrong is not looked at.

    Examples
    --------
    >>> holds_weight([], [], None), holds_weight([1], [0.5], [0.0]), holds_weight([1], [], None)
    (False, False, True)
    """
    columns = [y_true, y_score] if sample_weight is None else [y_true, y_score, sample_weight]
    try:
        sizes = {np.size(column) for column in columns}
    except ValueError:
        return True
    if len(sizes) > 1:
        return True
    return sizes != {0} and (sample_weight is None or bool(np.any(np.asarray(sample_weight))))


def check_prob(y_prob: npt.ArrayLike) -> FloatArray:
    """Probabilities as one checked column.

    Parameters
    ----------
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].

    Returns
    -------
    ndarray of shape (n_samples,)
        The same numbers as float64.

    Raises
    ------
    InputError
        If the column is not numeric, not one-dimensional, empty, or holds a value outside [0, 1].
    """
    prob = as_column("y_prob", y_prob)
    least, largest = prob.min(), prob.max()
    # Both are NaN where an entry is, and a comparison with NaN is false: this covers NaN and infinity too.
    if not (least >= 0 and largest <= 1):
        advice = "This looks like a percentage: divide by 100." if least >= 0 and 1 < largest <= 100 else ""
        require_rows((prob >= 0) & (prob <= 1), prob, "y_prob", "lie in [0, 1]", advice)
    return prob


def check_choice(name: str, value: str, kind: object) -> None:
    """Refuse a value that its ``Literal`` does not list.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : str
        What was given.
    kind : Literal
        The closed set.

    Raises
    ------
    InputError
        If the value is not in the set.
    """
    if value not in get_args(kind):
        allowed = ", ".join(repr(choice) for choice in get_args(kind))
        raise InputError(f"{name} must be one of {allowed}; got {value!r}.")


def check_count(name: str, value: int) -> None:
    """Refuse anything but a whole number of at least 1.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : int
        What was given.

    Raises
    ------
    InputError
        If the value is not an integer, or is below 1.
    """
    try:
        count = operator.index(value)
    except TypeError:
        count = 0
    if count < 1:
        raise InputError(f"{name} must be a whole number of at least 1; got {value!r}.")


def check_between(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number that is not strictly between two others.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : float
        What was given.
    low, high : float
        The excluded ends.

    Raises
    ------
    InputError
        If the value is an end, outside, or NaN.
    """
    if not low < value < high:
        raise InputError(f"{name} must be greater than {low:g} and less than {high:g}; got {value!r}.")


def _check_rows(y_true: npt.ArrayLike, score: FloatArray, name: str, sample_weight: npt.ArrayLike | None) -> Rows:
    truth = as_column("y_true", y_true)
    require_rows((truth == 0) | (truth == 1), truth, "y_true", "be 1 (correct) or 0 (wrong)")
    require_length(name, score, truth.size)
    if sample_weight is None:
        return Rows(truth, score, np.ones(truth.size))
    weight = as_column("sample_weight", sample_weight)
    require_rows((weight >= 0) & (weight < np.inf), weight, "sample_weight", "be finite and not negative")
    require_length("sample_weight", weight, truth.size)
    if not weight.any():
        raise InputError("sample_weight must have a positive entry; all are 0, which leaves no row to measure.")
    return Rows(truth, score, weight)


def as_column(name: str, values: npt.ArrayLike) -> FloatArray:
    try:
        given = np.asarray(values)
        # None arrives as an object and becomes NaN, which the caller's test then reports with its row.
        column = given.astype(np.float64, copy=False) if given.dtype.kind in "biufO" else None
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be a flat sequence of numbers; got something else ({error}).") from error
    if column is None:
        raise InputError(f"{name} must be numbers; got values of type {given.dtype}. Convert them first.")
    if column.ndim != 1:
        raise InputError(f"{name} must have one dimension; got shape {column.shape}. Pass one number an answer.")
    if not column.size:
        raise InputError(f"{name} must have at least one row; got none. Check that the rows were not all filtered out.")
    return column


def require_rows(valid: BoolArray, column: FloatArray, name: str, allowed: str, advice: str = "") -> None:
    if valid.all():
        return
    row = int(np.argmin(valid))
    if np.isnan(column[row]):
        advice = "Drop such rows from every argument and report how many there were."
    raise InputError(f"{name} must {allowed}; row {row} is {column[row]:g}. {advice}".rstrip())


def require_length(name: str, column: FloatArray, n_samples: int) -> None:
    if column.size != n_samples:
        raise InputError(
            f"{name} must have as many rows as y_true; got {column.size} and {n_samples}. Pass the same rows, in order."
        )
