"""Answers → the distinct confidences among them, and how many are right at each."""

from typing import NamedTuple

import numpy as np

from calibrant.types import FloatArray


class Distinct(NamedTuple):
    """What a map that never parts equal confidences is fitted on."""

    confidence: FloatArray
    """Those of the answers that count, increasing, shape (n_distinct,)."""

    mass: FloatArray
    """How many answers have each, above 0."""

    right: FloatArray
    """How many of these are right."""


def count_distinct(confidence: FloatArray, correctness: FloatArray, weight: FloatArray) -> Distinct:
    """Count the answers, and the right ones, at each distinct confidence; those of weight 0 are not there."""
    counted = weight > 0
    distinct, where = np.unique(confidence[counted], return_inverse=True)
    mass, right = (np.bincount(where, of_row[counted]).astype(np.float64) for of_row in (weight, weight * correctness))
    return Distinct(distinct, mass, right)
