"""Answering only when confident: the wrong answers given, as a share of all questions."""

import numpy as np
import numpy.typing as npt

from calibrant.metrics._check import check_scores
from calibrant.metrics._cumulative import accumulate


def augrc(y_true: npt.ArrayLike, y_score: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> float:
    """Share of all questions that are answered and answered wrong, averaged over coverage, in [0, 0.5]; 0 is best.

    Unlike in `aurc` the wrong answers are divided by all questions, not by those answered, so that the few most
    confident answers do not count many times over. With accuracy a it equals (1 - AUROC) a (1 - a) + (1 - a)^2 / 2.
    Between two thresholds the curve is straight: tied answers come in evenly, in any order of the rows.

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
        The area under the generalised risk-coverage curve.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Traub, Bungert, Lüth, Baumgartner, Maier-Hein, Maier-Hein, Jaeger (2024), Overcoming common flaws in the evaluation
    of selective classification systems, NeurIPS.

    Examples
    --------
    The share answered wrong runs 0, 0, 1/2 over the coverages 0, 1/2, 1:

    >>> augrc([1, 0], [0.9, 0.1])
    0.125
    """
    above = accumulate(check_scores(y_true, y_score, sample_weight))
    total = above.weight[-1]
    coverage = np.append(0.0, above.weight) / total
    wrong = np.append(0.0, above.weight - above.correct) / total
    return float(np.trapezoid(wrong, coverage))
