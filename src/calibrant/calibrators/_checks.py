"""Arguments of the calibrators → float arrays, checked once."""

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import BoolArray, FloatArray, IntArray, OptionLogits


def check_confidence(y_prob: npt.ArrayLike | OptionLogits) -> FloatArray:
    """Confidences as a float array of shape (n_rows,), each in [0, 1]."""
    confidence = as_numbers("y_prob", y_prob)
    _require(
        (confidence >= 0) & (confidence <= 1),  # NaN fails both
        confidence,
        "y_prob must lie in [0, 1]",
        "Give probabilities: divide percentages by 100, and leave out answers without a confidence.",
    )
    return confidence


def check_correctness(y_true: npt.ArrayLike, n_rows: int) -> FloatArray:
    """Correctness as a float array of shape (n_rows,), each 0 or 1."""
    correctness = as_numbers("y_true", y_true, n_rows)
    _require(
        (correctness == 0) | (correctness == 1),
        correctness,
        "y_true must be 0 (wrong) or 1 (right)",
        "Leave out ungraded answers (NaN).",
    )
    return correctness


def check_labels(labels: npt.ArrayLike, n_options: IntArray) -> IntArray:
    """Labels as an integer array of shape (n_rows,), each an index into the options of its question."""
    given = as_numbers("labels", labels, n_options.size, kinds="iu", number="integer")
    _require(
        (given >= 0) & (given < n_options),
        given,
        "labels must be the 0-based index of the right option, below the number of options of the question",
        "Leave out questions whose right answer is not among the options.",
    )
    return given.astype(np.int64)


def check_weight(sample_weight: npt.ArrayLike | None, n_rows: int) -> FloatArray:
    """Weights as a float array of shape (n_rows,): finite, not negative, not all 0. None is 1 everywhere."""
    if sample_weight is None:
        return np.ones(n_rows)
    weight = as_numbers("sample_weight", sample_weight, n_rows)
    _require(
        (weight >= 0) & np.isfinite(weight),
        weight,
        "sample_weight must be finite and not negative",
        "Give the number of times that each row counts.",
    )
    if not weight.any():
        raise InputError("sample_weight must have an entry above 0; got only zeros. Leave it out to weigh rows alike.")
    return weight


def as_numbers(
    name: str,
    values: npt.ArrayLike | OptionLogits,
    n_rows: int | None = None,
    *,
    kinds: str = "buifO",
    number: str = "real number",
) -> FloatArray:
    """Give the values as floats of shape (n_rows,), if they are 1-D, not empty and of the kinds of number allowed."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name} must be 1-D; got rows of unequal shapes. Give one {number} a row.") from error
    if array.ndim != 1:
        raise InputError(f"{name} must be 1-D; got an array of shape {array.shape}. Give one {number} a row.")
    if array.size == 0:
        raise InputError(f"{name} must not be empty; got no rows. Give at least one {number}.")
    if n_rows is not None and array.size != n_rows:
        raise InputError(f"{name} must have {n_rows} entries, as there are rows; got {array.size}. Pass the same rows.")
    if array.dtype.kind not in kinds:
        raise InputError(f"{name} must hold {number}s; got an array of type {array.dtype}. Convert it first.")
    try:
        return array.astype(np.float64, copy=False)  # a None becomes NaN, which is then refused by its row
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must hold {number}s; got something else ({error}). Give one a row.") from error


def _require(good: BoolArray, values: FloatArray, rule: str, remedy: str) -> None:
    if not good.all():
        row = int(np.argmin(good))
        raise InputError(f"{rule}; got {values[row]:g} at row {row}. {remedy}")
