"""Hosmer and Lemeshow's test: observed against expected correct answers in groups of equal size."""

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from calibrant.metrics._binning import Binning, bin_rows, divide
from calibrant.metrics._check import check_binary, check_count
from calibrant.metrics._hypothesis import CalibrationTest, is_refuted, refuted, too_few


def hosmer_lemeshow_test(
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    n_groups: int = 10,
    fitted: bool = False,
    sample_weight: npt.ArrayLike | None = None,
) -> CalibrationTest:
    """Whether the correct answers in groups of equal size are as many as stated; a small p-value = miscalibrated.

    The statistic is the sum over the groups of (correct - expected)^2 / (n q (1 - q)), where q is the mean confidence
    of the group. Each group should expect about 5 correct and 5 wrong answers at least: with fewer, the chi-square
    distribution is a poor guide. The result depends on ``n_groups``: choose it before looking, or take
    `kolmogorov_smirnov_test`, which has no groups.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    n_groups : int, default=10
        How many groups, cut at quantiles of confidence. Rows of equal confidence always share a group, so that ties
        leave fewer groups.
    fitted : bool, default=False
        Whether the confidence was fitted on these very rows, which costs 2 degrees of freedom. Leave it False for
        rows that no map saw.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    CalibrationTest
        The sum, its degrees of freedom, which are the groups that are neither empty nor all at 0 or all at 1 (less 2
        if fitted), and its p-value. NaN with a reason where at most one row (a weight of at most 1) has a probability
        strictly between 0 and 1; so is the p-value where no degree of freedom is left.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Hosmer, Lemeshow (1980), Goodness of fit tests for the multiple logistic regression model, Communications in
    Statistics 9. Their groups of a fitted model have 2 degrees of freedom fewer than groups; those of rows that were
    not fitted have as many as groups (Hosmer, Lemeshow, Sturdivant 2013, Applied logistic regression, section 5.2).

    Examples
    --------
    Groups of 4 with 0 correct where 1 is expected and 2 where 3 are, so 1 / 0.75 each:

    >>> test = hosmer_lemeshow_test([0, 0, 0, 0, 1, 1, 0, 0], [0.25] * 4 + [0.75] * 4, n_groups=2)
    >>> round(test.statistic, 6), test.degrees_of_freedom, round(test.p_value, 6)
    (2.666667, 2, 0.263597)
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    check_count("n_groups", n_groups)
    groups = bin_rows(rows, Binning(n_groups, "quantile", "right"))
    # Summed apart: many confidences a hair below 1 would sum to their number.
    expected_wrong = np.bincount(groups.index, rows.weight * (1 - rows.y_score), n_groups)
    variance = divide(groups.prob * expected_wrong, groups.weight, empty=0.0)
    open_to_both = variance > 0
    statistic = float(((groups.correct - groups.prob)[open_to_both] ** 2 / variance[open_to_both]).sum())
    degrees = int(open_to_both.sum()) - 2 * bool(fitted)
    if is_refuted(rows):
        return refuted(statistic if open_to_both.any() else np.inf, degrees)
    if rows.weight[(rows.y_score > 0) & (rows.y_score < 1)].sum() <= 1:
        return too_few(degrees_of_freedom=degrees)
    if degrees < 1:
        return CalibrationTest(statistic, np.nan, degrees, "A fitted map uses up two groups, and no more are filled.")
    return CalibrationTest(statistic, float(chdtrc(degrees, statistic)), degrees)
