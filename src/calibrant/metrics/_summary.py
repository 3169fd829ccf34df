"""The two means that calibration compares; each takes both columns, so that it is a metric like the others."""

import numpy.typing as npt

from calibrant.metrics._check import check_binary, check_scores


def accuracy(y_true: npt.ArrayLike, y_score: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> float:
    """Share of correct answers, in [0, 1]; 1 is best.

    No threshold is involved: ``y_true`` already says whether the answer was correct.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_score : array-like of shape (n_samples,)
        Confidence on any scale; checked, but without influence on the value.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The share.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    Examples
    --------
    >>> accuracy([1, 0, 1, 1], [0.9, 0.8, 0.2, 0.4])
    0.75
    """
    rows = check_scores(y_true, y_score, sample_weight)
    return float(rows.weight @ rows.y_true / rows.weight.sum())


def mean_confidence(
    y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Mean confidence, in [0, 1]; best where it equals the accuracy.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}; checked, but without influence on the value.
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The mean. Above the accuracy the model is overconfident on average, below it underconfident.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    Examples
    --------
    >>> mean_confidence([1, 0], [1.0, 0.5])
    0.75
    """
    rows = check_binary(y_true, y_prob, sample_weight)
    return float(rows.weight @ rows.y_score / rows.weight.sum())
