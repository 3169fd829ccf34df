"""How well low confidence points at the wrong answers."""

import numpy as np
import numpy.typing as npt

from calibrant.metrics._check import Rows, check_scores
from calibrant.metrics._cumulative import accumulate


def auprc_of_errors(
    y_true: npt.ArrayLike, y_score: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Average precision of finding wrong answers by their low confidence, in (0, 1]; 1 is best, the error rate chance.

    Answers are taken from the least confident up. Each distinct confidence adds the share of all wrong answers that it
    brings in, times the share of wrong ones among the answers taken so far; tied answers are taken together, and
    nothing is interpolated. Beside `auroc` it shows how many of the answers flagged first are wrong, when few are.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}; the wrong answers are what is looked for.
    y_score : array-like of shape (n_samples,)
        Confidence on any scale, higher = more confident.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The average precision; NaN where no answer is wrong, since then there is nothing to find.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Davis, Goadrich (2006), The relationship between precision-recall and ROC curves, ICML (why not to interpolate).
    Hendrycks, Gimpel (2017), A baseline for detecting misclassified and out-of-distribution examples, ICLR.

    Examples
    --------
    The two errors are found first, and third of three: 1/2 x 1 + 1/2 x 2/3.

    >>> round(auprc_of_errors([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4]), 6)
    0.833333
    """
    rows = check_scores(y_true, y_score, sample_weight)
    # From the least confident up is from the highest negated confidence down, and then "correct" counts the wrong.
    below = accumulate(Rows(1 - rows.y_true, -rows.y_score, rows.weight))
    wrong = below.correct[-1]
    if wrong == 0:
        return float("nan")
    return float(np.diff(below.correct, prepend=0.0) @ (below.correct / below.weight) / wrong)
