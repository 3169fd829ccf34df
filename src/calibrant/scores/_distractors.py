"""Confidence in an answer beside that in its rivals → confidence without the model's readiness to believe anything.

DiNCo (Wang and Stengel-Eskin 2025, arXiv:2509.25532): a model that finds an answer right may find others as right.
"""

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import FloatArray


def normalised_confidence(confidences: npt.ArrayLike, entailment: npt.ArrayLike, contradiction: npt.ArrayLike) -> float:
    """Confidence in an answer divided by that in all its rivals together, in [0, 1]; higher = more confident.

    A rival counts as far as it contradicts the answer, and less where other rivals say the same. Confidences that sum
    to less than 1 are left as they are.

    Parameters
    ----------
    confidences : array-like of shape (n,)
        The confidence in each candidate, asked about it alone, in [0, 1]; the answer first, then its rivals.
    entailment : array-like of shape (n, n)
        Entry (i, j) is the probability that candidate i entails candidate j. The diagonal is taken to be 1.
    contradiction : array-like of shape (n, n)
        Entry (i, j) is the probability that candidate i contradicts candidate j; both directions are averaged.

    Returns
    -------
    float
        NaN where a confidence is NaN.

    Raises
    ------
    InputError
        If the shapes do not fit, or a number lies outside [0, 1].

    Examples
    --------
    >>> round(normalised_confidence([0.9, 0.9], [[1, 0], [0, 1]], [[0, 1], [1, 0]]), 3)
    0.5
    >>> round(normalised_confidence([0.9, 0.9], [[1, 0], [0, 1]], [[0, 0], [0, 0]]), 3)
    0.9
    """
    stated = np.asarray(confidences, dtype=np.float64)
    entails = np.array(entailment, dtype=np.float64)
    contradicts = np.asarray(contradiction, dtype=np.float64)
    square = (stated.size, stated.size)
    if stated.ndim != 1 or not stated.size or entails.shape != square or contradicts.shape != square:
        raise InputError(
            "confidences, entailment, contradiction: shapes (n,), (n, n) and (n, n) with n of at least 1 are needed; "
            f"got {stated.shape}, {entails.shape} and {contradicts.shape}"
        )
    for name, values in (("confidences", stated), ("entailment", entails), ("contradiction", contradicts)):
        if (values < 0).any() or (values > 1).any():
            raise InputError(f"{name}: numbers must lie between 0 and 1")
    np.fill_diagonal(entails, 1.0)
    uniqueness = 1.0 / entails[1:, 1:].sum(axis=0)
    rivalry = (contradicts[0, 1:] + contradicts[1:, 0]) / 2
    total = stated[0] + (stated[1:] * uniqueness * rivalry).sum()
    return float(stated[0] / np.maximum(1.0, total))


def dinco(consistency: npt.ArrayLike, normalised: npt.ArrayLike) -> FloatArray:
    """Mean of self-consistency and normalised confidence (DiNCo), in [0, 1]; higher = more confident.

    Examples
    --------
    >>> dinco([0.8, np.nan], [0.4, 0.5]).round(3).tolist()
    [0.6, nan]
    """
    return (np.asarray(consistency, dtype=np.float64) + np.asarray(normalised, dtype=np.float64)) / 2
