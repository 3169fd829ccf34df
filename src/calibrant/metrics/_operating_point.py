"""One point of the risk-coverage curve: what a wanted coverage or a tolerated risk buys."""

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._check import check_scores
from calibrant.metrics._cumulative import accumulate


def accuracy_at_coverage(
    y_true: npt.ArrayLike, y_score: npt.ArrayLike, *, coverage: float = 0.8, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Accuracy when only the most confident share of the questions is answered, in [0, 1]; 1 is best.

    Exactly that share is answered. Where it ends within tied answers, or within a row, the accuracy is the mean over
    all ways to choose among the tied ones, so that the order of the rows never matters; a threshold alone cannot do
    that, and answers the whole tie (`risk_coverage_curve` shows the points that it can reach).

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_score : array-like of shape (n_samples,)
        Confidence on any scale, higher = more confident.
    coverage : float, default=0.8
        Share of the questions answered, in (0, 1].
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The accuracy among the answers given; the plain accuracy at coverage 1.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    El-Yaniv, Wiener (2010), On the foundations of noise-free selective classification, JMLR 11.

    Examples
    --------
    Of the three answers given, the first is correct, and the other two are any of three tied ones, of which one is:

    >>> round(accuracy_at_coverage([1, 1, 0, 0], [0.9, 0.5, 0.5, 0.5], coverage=0.75), 6)
    0.555556
    """
    rows = check_scores(y_true, y_score, sample_weight)
    if not 0 < coverage <= 1:
        raise InputError(f"coverage must be greater than 0 and at most 1; got {coverage!r}.")
    above = accumulate(rows)
    answered = coverage * above.weight[-1]
    correct = np.interp(answered, np.append(0.0, above.weight), np.append(0.0, above.correct))
    return min(1.0, float(correct / answered))


def coverage_at_risk(
    y_true: npt.ArrayLike, y_score: npt.ArrayLike, *, risk: float = 0.1, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Largest share of the questions that a threshold answers with at most ``risk`` of them wrong; 1 is best.

    Tied answers are given together or not at all. The risk is that seen on these very rows: a threshold chosen here
    keeps no promise for others.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_score : array-like of shape (n_samples,)
        Confidence on any scale, higher = more confident.
    risk : float, default=0.1
        Share of wrong answers among those given that is tolerated, in [0, 1].
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice.

    Returns
    -------
    float
        The coverage; 0 where every threshold has a higher risk, so that nothing may be answered.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Geifman, El-Yaniv (2017), Selective classification for deep neural networks, NeurIPS (the empirical part).

    Examples
    --------
    The risk is 0 on one answer, 1/2 on two, 1/3 on three and 1/2 on four:

    >>> coverage_at_risk([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6], risk=0.4)
    0.75
    """
    rows = check_scores(y_true, y_score, sample_weight)
    if not 0 <= risk <= 1:
        raise InputError(f"risk must be at least 0 and at most 1; got {risk!r}.")
    above = accumulate(rows)
    # A risk equal to the tolerated one may differ from it in the last digits, where weights are not whole.
    tolerated = np.flatnonzero((above.weight - above.correct) / above.weight <= risk + 1e-12)
    return float(above.weight[tolerated[-1]] / above.weight[-1]) if tolerated.size else 0.0
