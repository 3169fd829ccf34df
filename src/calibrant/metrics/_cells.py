"""Confidence as one of a million cells, so that a stream can be ranked without keeping its values."""

import numpy as np

from calibrant.types import FloatArray, IntArray

_OCTAVES = 32
"""How often the lower half is halved towards 0; what lies below 2⁻³³, but for 0 itself, shares a cell."""

_SHIFT = 52 - 14
"""How many of the 52 digits of a float a cell forgets: 2¹⁴ cells an octave remain."""

_BLOCK_ROWS = 1 << 13
"""How many weights are added up one after another before their sum joins the total."""

# The first three cells are 0, what lies between 0 and 2⁻³³, and the lowest of the others; 1/2 is a cell of its own.
_BASE = int(np.array(2.0**-33).view(np.int64)) >> _SHIFT
_HALF = (_OCTAVES << 14) + 3

N_CELLS = 2 * _HALF - 1
"""How many cells there are: 1,048,581."""


def cells_of(prob: FloatArray) -> IntArray:
    """Cell of each confidence, rising with it: fine towards 0 and towards 1, where language models crowd.

    Below 1/2 a cell is the exponent and the first 14 binary digits of the confidence; above, those of 1 less it, which
    is exact there. A cell is thus never wider than 1/16,000 of its distance from the nearer end, but for the two that
    reach to within 2⁻³³ of it. Each of 0, 1/2 and 1 has a cell of its own.

    Parameters
    ----------
    prob : ndarray of shape (n_samples,)
        Confidence, in [0, 1]; checked by the caller.

    Returns
    -------
    ndarray of shape (n_samples,)
        Cells, from 0 to N_CELLS - 1.

    Examples
    --------
    >>> cells_of(np.array([0.0, 0.5, 1.0])).tolist()
    [0, 524290, 1048580]
    """
    # Below 1/2 the rounded 1 - prob is at least 1/2, so that the smaller one is always exact.
    distance = np.minimum(prob, 1 - prob)
    cell: IntArray = np.maximum((distance.view(np.int64) >> _SHIFT) - (_BASE - 2), 1)
    cell *= distance > 0
    return np.where(prob < 0.5, cell, N_CELLS - 1 - cell)


def least_of(cell: IntArray) -> FloatArray:
    """Least float64 that each cell holds.

    Parameters
    ----------
    cell : ndarray of shape (n_cells,)
        Cells, from 0 to N_CELLS - 1.

    Returns
    -------
    ndarray of shape (n_cells,)
        Confidences, in [0, 1].

    Examples
    --------
    >>> least_of(np.array([0, 1, 524290, 1048580])).tolist()
    [0.0, 5e-324, 0.5, 1.0]
    """
    mirrored = N_CELLS - 1 - cell
    # Above 1/2 the greatest distance from 1 is the last float before the next cell's.
    above = np.nextafter(1 - _least_distance(mirrored + 1), 1)
    above[mirrored == _HALF - 1] = 0.5
    return np.where(cell < _HALF - 1, _least_distance(cell), above)


def add_to_cells(total: FloatArray, cell: IntArray, weight: FloatArray | None = None) -> None:
    """Add weights to the totals of their cells, in place; without weights each row counts 1.

    Parameters
    ----------
    total : ndarray of shape (N_CELLS,)
        Is changed.
    cell : ndarray of shape (n_samples,)
        Cell of each row.
    weight : ndarray of shape (n_samples,), optional
        Weight of each row.
    """
    if weight is None:
        # Whole numbers are added without rounding, so one after another is as good as any way.
        np.add.at(total, cell, 1.0)
        return
    for start in range(0, cell.size, _BLOCK_ROWS):
        touched, position = np.unique(cell[start : start + _BLOCK_ROWS], return_inverse=True)
        total[touched] += np.bincount(position, weight[start : start + _BLOCK_ROWS])


def _least_distance(cell: IntArray) -> FloatArray:
    bits = (np.clip(cell, 2, _HALF - 1) - 2 + _BASE) << _SHIFT
    least: FloatArray = np.where(cell >= 2, bits.astype(np.int64).view(np.float64), np.where(cell == 1, 5e-324, 0.0))
    return least
