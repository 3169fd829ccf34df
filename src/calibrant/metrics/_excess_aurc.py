"""What the ranking, and not the accuracy, adds to the area under the risk-coverage curve."""

import numpy.typing as npt
from scipy.special import digamma

from calibrant.metrics._check import check_scores
from calibrant.metrics._selective import aurc


def excess_aurc(y_true: npt.ArrayLike, y_score: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> float:
    """`aurc` less that of the best ranking of the same answers (E-AURC), in [0, 1); 0 is best.

    The best ranking puts all correct answers first. Ties are treated as in `aurc`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_score : array-like of shape (n_samples,)
        Confidence on any scale, higher = more confident.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice. Weights are counts, and their scale matters, as in
        `aurc`.

    Returns
    -------
    float
        The difference; 0 where all answers are correct or all are wrong, since then every ranking is the best.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Geifman, Uziel, El-Yaniv (2019), Bias-reduced uncertainty estimation for deep neural classifiers, ICLR.

    Examples
    --------
    The risks 0, 0, 1/3, 1/4, 2/5 could have been 0, 0, 0, 1/4, 2/5:

    >>> round(excess_aurc([1, 1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.5]), 6)
    0.066667
    """
    rows = check_scores(y_true, y_score, sample_weight)
    value = aurc(rows.y_true, rows.y_score, sample_weight=rows.weight)
    total = rows.weight.sum()
    correct = rows.weight @ rows.y_true
    # With the N - C wrong answers last, the risks sum to: sum over k = C + 1 .. N of (k - C) / k.
    best = (total - correct - correct * (digamma(total + 1) - digamma(correct + 1))) / total
    # The difference of two close numbers can come out a hair below 0.
    return max(0.0, float(value - best))
