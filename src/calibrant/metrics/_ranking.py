"""How well confidence tells right answers from wrong ones, whatever its scale."""

import numpy as np
import numpy.typing as npt

from calibrant.metrics._check import check_scores
from calibrant.metrics._cumulative import accumulate


def auroc(y_true: npt.ArrayLike, y_score: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> float:
    """Probability that a correct answer is more confident than a wrong one, ties counting half; 1 is best, 0.5 chance.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_score : array-like of shape (n_samples,)
        Confidence on any scale, higher = more confident.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The area under the ROC curve, in [0, 1]; NaN where all answers are correct or all are wrong, since then there is
        no pair to compare.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Hanley, McNeil (1982), The meaning and use of the area under a receiver operating characteristic (ROC) curve,
    Radiology 143.

    Examples
    --------
    Of the two pairs, one is in order and one is tied:

    >>> auroc([1, 0, 0], [0.8, 0.2, 0.8])
    0.75
    """
    above = accumulate(check_scores(y_true, y_score, sample_weight))
    correct = np.append(0.0, above.correct)
    wrong = np.append(0.0, above.weight - above.correct)
    pairs = correct[-1] * wrong[-1]
    return float(np.trapezoid(correct, wrong) / pairs) if pairs > 0 else float("nan")
