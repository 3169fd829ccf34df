"""Proper scores of the probabilities of K classes."""

import numpy as np
import numpy.typing as npt

from calibrant.metrics._check import check_between
from calibrant.metrics._multiclass_check import check_classes


def multiclass_brier_score(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Squared differences between probability and truth, summed over the classes, in [0, 2]; 0 is best.

    This is Brier's own definition. Some codes divide by the number of classes as well, and with two classes it is twice
    the `brier_score` of either.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The class that is true, from 0 to n_classes - 1.
    y_prob : array-like of shape (n_samples, n_classes)
        Probability of each class; rows sum to one.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The mean over the rows.

    Raises
    ------
    InputError
        If an argument is out of range, a row does not sum to one, or the lengths differ.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78.

    Examples
    --------
    0.5² + 0.25² + 0.25²:

    >>> multiclass_brier_score([0], [[0.5, 0.25, 0.25]])
    0.375
    """
    rows = check_classes(y_true, y_prob, sample_weight)
    # The sum of p² - 2 p(true) + 1 would lose digits where the score is small.
    difference = rows.prob.copy()
    difference[np.arange(rows.label.size), rows.label] -= 1
    squared = np.einsum("ik,ik->i", difference, difference)
    return float(rows.weight @ squared / rows.weight.sum())


def multiclass_log_loss(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, eps: float = 1e-15, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Mean surprise at the true class, in nats (natural log); 0 is best.

    The probability of the true class is raised to ``eps`` where it is lower, so that a true class which was given 0
    costs 34.5 nats by default instead of infinity. Such rows outweigh all others: look at them before comparing.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The class that is true, from 0 to n_classes - 1.
    y_prob : array-like of shape (n_samples, n_classes)
        Probability of each class; rows sum to one.
    eps : float, default=1e-15
        The smallest probability that the true class may have, in (0, 0.5).
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The loss, at most ``-log(eps)``.

    Raises
    ------
    InputError
        If an argument is out of range, a row does not sum to one, or the lengths differ.

    References
    ----------
    Good (1952), Rational decisions, Journal of the Royal Statistical Society B 14.

    Examples
    --------
    >>> round(multiclass_log_loss([0], [[0.5, 0.25, 0.25]]), 6)
    0.693147
    """
    rows = check_classes(y_true, y_prob, sample_weight)
    check_between("eps", eps, 0, 0.5)
    given = rows.prob[np.arange(rows.label.size), rows.label]
    surprise = -np.log(np.maximum(given, eps))
    return float(rows.weight @ surprise / rows.weight.sum())


def ranked_probability_score(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Score of ordered classes, in which a near miss costs less than a far one, in [0, 1]; 0 is best.

    For each of the n_classes - 1 borders between classes the probability of lying below it is compared with whether the
    truth does: the score is the mean of these squared differences. Some codes sum them instead. With two classes it is
    the `brier_score`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The class that is true, from 0 to n_classes - 1, in the order that the classes have.
    y_prob : array-like of shape (n_samples, n_classes)
        Probability of each class; rows sum to one.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The mean over the rows.

    Raises
    ------
    InputError
        If an argument is out of range, a row does not sum to one, or the lengths differ.

    References
    ----------
    Epstein (1969), A scoring system for probability forecasts of ranked categories, Journal of Applied Meteorology 8.

    Examples
    --------
    Certain of a neighbour, and certain of the far end:

    >>> ranked_probability_score([0], [[0.0, 1.0, 0.0]]), ranked_probability_score([0], [[0.0, 0.0, 1.0]])
    (0.5, 1.0)
    """
    rows = check_classes(y_true, y_prob, sample_weight)
    below = np.cumsum(rows.prob[:, :-1], axis=1)
    truly_below = rows.label[:, None] <= np.arange(below.shape[1])
    squared = ((below - truly_below) ** 2).mean(axis=1)
    return float(rows.weight @ squared / rows.weight.sum())
