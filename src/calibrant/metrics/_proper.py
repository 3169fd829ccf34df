"""Proper scores: what an honest probability minimises."""

import numpy as np
import numpy.typing as npt

from calibrant.metrics._check import check_between, check_binary


def brier_score(y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> float:
    """Mean squared difference between confidence and correctness, in [0, 1]; 0 is best.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The score.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78.

    Examples
    --------
    >>> brier_score([1, 0], [0.5, 0.5])
    0.25
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    squared = (rows.y_score - rows.y_true) ** 2
    return float(rows.weight @ squared / rows.weight.sum())


def log_loss(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, eps: float = 1e-15, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Mean surprise at what happened, in nats (natural log); 0 is best.

    The probability given to what happened is raised to ``eps`` where it is lower, so that one answer which was certain
    and wrong costs 34.5 nats by default instead of infinity. Such rows outweigh all others: look at them before
    comparing two log losses.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    eps : float, default=1e-15
        The smallest probability that what happened may have, in (0, 0.5).
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The loss, at most ``-log(eps)``.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    Examples
    --------
    Either way 0.5 was given to what happened, which is a surprise of ln 2:

    >>> round(log_loss([1, 0], [0.5, 0.5]), 6)
    0.693147
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    check_between("eps", eps, 0, 0.5)
    given = np.where(rows.y_true == 1, rows.y_score, 1 - rows.y_score)
    surprise = -np.log(np.maximum(given, eps))
    return float(rows.weight @ surprise / rows.weight.sum())
