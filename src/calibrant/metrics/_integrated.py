"""Calibration error against a smooth curve: local regression of correctness on confidence."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._check import Rows, check_binary
from calibrant.types import FloatArray

_N_CELLS = 20_000
"""Cells of the grid that confidences are put on where there are more distinct ones."""

_N_VERTICES = 200
"""Where there are more than twice as many distinct confidences, the curve is fitted at so many of equal mass and at so
many of equal distance, and is straight between them."""


class _Places(NamedTuple):
    """Distinct confidences that have weight, rising, arrays of shape (n_distinct,)."""

    prob: FloatArray
    """The confidence."""

    weight: FloatArray
    """Weight of the rows there."""

    correct: FloatArray
    """Weight of the correct rows there."""


def integrated_calibration_index(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    span: float = 0.75,
    sample_weight: npt.ArrayLike | None = None,
) -> float:
    """Mean distance between confidence and a smooth curve of accuracy over it (ICI), in [0, 1]; 0 is best.

    The curve is a loess: at each confidence a line is fitted to the nearest ``span`` of all rows with tricube weights.
    So wide a neighbourhood smooths over errors that change sign within it.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    span : float, default=0.75
        Share of the rows in a neighbourhood, in (0, 1].
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The index. Above 400 distinct confidences the curve is interpolated between fitted points, which moves the index
        by about 1e-5; above 20,000 confidence is put on a grid of steps of 0.00005.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Austin, Steyerberg (2019), The integrated calibration index (ICI) and related metrics for quantifying the
    calibration of logistic regression models, Statistics in Medicine 38.
    Cleveland (1979), Robust locally weighted regression and smoothing scatterplots, JASA 74.

    Examples
    --------
    At one confidence the curve is the accuracy, here 0.5 against 0.9:

    >>> integrated_calibration_index([0, 1], [0.9, 0.9])
    0.4
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    if not 0 < span <= 1:
        raise InputError(f"span must be greater than 0 and at most 1; got {span!r}.")
    places = _places(rows)
    vertices = places.prob[_vertices(places)]
    curve = np.interp(places.prob, vertices, [_fit(x, places, span) for x in vertices])
    # Near the ends a line can leave what a probability may be.
    distance = np.abs(np.clip(curve, 0.0, 1.0) - places.prob)
    return float(places.weight @ distance / places.weight.sum())


def _places(rows: Rows) -> _Places:
    kept = rows.weight > 0
    place, index = np.unique(rows.y_score[kept], return_inverse=True)
    if place.size > _N_CELLS + 1:
        place, cell = np.unique(np.round(place * _N_CELLS) / _N_CELLS, return_inverse=True)
        index = cell[index]
    weight = rows.weight[kept]
    correct = weight * rows.y_true[kept]
    return _Places(place, *(np.asarray(np.bincount(index, column), np.float64) for column in (weight, correct)))


def _vertices(places: _Places) -> npt.NDArray[np.intp]:
    """Which of the places the curve is fitted at, rising, both ends among them."""
    last = places.prob.size - 1
    if last < 2 * _N_VERTICES:
        return np.arange(last + 1)
    steps = np.linspace(0, 1, _N_VERTICES)
    below = np.cumsum(places.weight)
    by_mass = np.searchsorted(below, steps * below[-1])
    low, high = places.prob[[0, -1]]
    by_distance = np.searchsorted(places.prob, low + steps * (high - low))
    return np.unique(np.minimum(np.concatenate([[0], by_mass, by_distance, [last]]), last))


def _fit(x: float, places: _Places, span: float) -> float:
    """Height at ``x``, one of the places, of the line fitted around it."""
    offset = places.prob - x
    distance = np.abs(offset)
    order = np.argsort(distance, kind="stable")
    within = np.cumsum(places.weight[order])
    # Sums are rounded, and the same share must be reached whichever way a weight is split into rows.
    reached = np.searchsorted(within, span * within[-1] * (1 - 1e-12))
    reach = distance[order[min(reached, order.size - 1)]]
    # The tricube is 0 at the reach itself; where so much lies at x that there is no reach, x is all there is.
    near = distance < reach if reach > 0 else distance == 0
    kernel = (1 - (distance[near] / reach) ** 3) ** 3 if reach > 0 else np.ones(1)
    offset, mass, correct = offset[near], kernel * places.weight[near], kernel * places.correct[near]
    total = mass.sum()
    mean_offset, height = mass @ offset / total, correct.sum() / total
    spread = offset - mean_offset
    variance = mass @ spread**2 / total
    if variance <= 1e-18 * reach**2:
        return float(height)
    slope = (correct - height * mass) @ spread / total / variance
    return float(height - slope * mean_offset)
