"""Calibration error from pairs of answers, each pair weighted by how near their confidences are."""

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._check import check_binary
from calibrant.types import FloatArray

_LEAST_BANDWIDTH = 0.01
"""Sums are kept relative to exp(1 / bandwidth), which must stay a number."""


def kernel_calibration_error(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    bandwidth: float = 0.4,
    sample_weight: npt.ArrayLike | None = None,
) -> float:
    """Agreement of the residuals of answers with near confidence (KCE), in [0, 1]; 0 is best.

    The square is estimated without bias as the mean over all pairs of rows of residual * residual * kernel, with the
    Laplacian kernel exp(-distance / bandwidth) of the confidences; the value is its root, and 0 where the estimate is
    negative, as it often is for a calibrated model. It has no bins and, unlike `expected_calibration_error`, is not
    raised by few rows, but its size depends on the bandwidth: compare only values of the same one.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    bandwidth : float, default=0.4
        Distance at which the kernel has fallen to 1 / e, at least 0.01. The default is that of Kumar, Sarawagi and
        Jain.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice, which makes a pair with itself. Weights are counts
        here, and their scale matters; and a resample, which repeats rows, gives a larger error than the data have.

    Returns
    -------
    float
        The error; NaN where the weights sum to no more than 1, since then there is no pair. All pairs count: sorted,
        they need a single pass.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Widmann, Lindsten, Zachariah (2019), Calibration tests in multi-class classification: a unifying framework, NeurIPS.
    Kumar, Sarawagi, Jain (2018), Trainable calibration measures for neural networks from kernel mean embeddings, ICML.

    Examples
    --------
    The one pair has residuals of 0.5 and 0.5 at the same confidence:

    >>> kernel_calibration_error([0, 0], [0.5, 0.5])
    0.5
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    if not _LEAST_BANDWIDTH <= bandwidth < np.inf:
        raise InputError(f"bandwidth must be finite and at least {_LEAST_BANDWIDTH:g}; got {bandwidth!r}.")
    total = rows.weight.sum()
    if total <= 1:
        return float("nan")
    residual = rows.weight * (rows.y_score - rows.y_true)
    place, index = np.unique(rows.y_score, return_inverse=True)
    here = np.asarray(np.bincount(index, residual), np.float64)
    # Ordered pairs: those at one place, and twice those with the other below. A row makes none with itself, so that as
    # often as it counts its own square is taken off.
    pairs = here @ here + 2 * here @ _from_below(place, here, bandwidth)
    own = residual @ (rows.y_score - rows.y_true)
    return float(np.sqrt(max(0.0, (pairs - own) / (total * (total - 1)))))


def _from_below(place: FloatArray, here: FloatArray, bandwidth: float) -> FloatArray:
    """Sum over the places below of ``here * exp(-distance / bandwidth)``; the places rise."""
    growth = np.exp(place / bandwidth)
    below: FloatArray = np.append(0.0, np.cumsum(here * growth)[:-1]) / growth
    return below
