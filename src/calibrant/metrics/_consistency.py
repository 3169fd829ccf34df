"""A calibration error held against what chance alone would show."""

import numpy as np
import numpy.typing as npt

from calibrant.metrics._calibration_error import expected_calibration_error
from calibrant.metrics._check import check_binary
from calibrant.metrics._hypothesis import CalibrationTest, is_refuted, refuted, too_few
from calibrant.metrics._noise_floor import calibration_noise_floor
from calibrant.types import BinEdges, BinStrategy, Norm


def bootstrap_consistency_test(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    n_bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    norm: Norm = "l1",
    n_draws: int = 1000,
    random_state: int = 0,
) -> CalibrationTest:
    """Whether the binned calibration error exceeds what chance alone shows; a small p-value = miscalibrated.

    The error is compared with those of `calibration_noise_floor`, which draws every answer correct with the probability
    that was stated for it. That is right for any number of rows and any ties, unlike the tests that rest on a limit;
    only the bins decide what it can see.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    n_bins : int, default=15
        How many bins.
    strategy : {'uniform', 'quantile', 'unique'}, default='uniform'
        Bins of equal width, cut at exactly k / n_bins, of equal weight with ties kept together, or one a distinct
        value whatever ``n_bins``.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.
    norm : {'l1', 'l2', 'max'}, default='l1'
        How the gaps of the bins are joined.
    n_draws : int, default=1000
        How many data sets to simulate; the least p-value is 1 / (1 + n_draws).
    random_state : int, default=0
        Seed.

    Returns
    -------
    CalibrationTest
        The calibration error and its p-value; NaN with a reason where at most one row has a probability strictly
        between 0 and 1.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Vaicenavicius, Widmann, Andersson, Lindsten, Roll, Schön (2019), Evaluating model calibration in classification,
    AISTATS.

    Examples
    --------
    Ten wrong answers at 0.9 have a calibration error of 0.9, which no draw reaches:

    >>> test = bootstrap_consistency_test([0] * 10, [0.9] * 10, n_draws=99)
    >>> round(test.statistic, 6), test.p_value
    (0.9, 0.01)
    """
    rows = check_binary(y_true, y_prob, None)
    error = expected_calibration_error(
        rows.y_true, rows.y_score, n_bins=n_bins, strategy=strategy, edges=edges, norm=norm
    )
    # Sorted, so that the same rows in another order meet the same draws.
    floor = calibration_noise_floor(
        np.sort(rows.y_score),
        n_bins=n_bins,
        strategy=strategy,
        edges=edges,
        norm=norm,
        n_draws=n_draws,
        random_state=random_state,
    )
    if is_refuted(rows):
        return refuted(error)
    if ((rows.y_score > 0) & (rows.y_score < 1)).sum() <= 1:
        return too_few()
    return CalibrationTest(error, floor.p_value(error))
