"""Answering only when confident: risk against coverage."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import digamma

from calibrant.metrics._check import check_scores
from calibrant.metrics._cumulative import accumulate
from calibrant.types import FloatArray


@dataclass(frozen=True, eq=False)
class RiskCoverageCurve:
    """What answering only above a threshold brings, one entry a distinct score, arrays of shape (n_distinct,)."""

    coverage: FloatArray
    """Share of the questions answered, in (0, 1], rising to 1."""

    risk: FloatArray
    """Share of wrong answers among those, in [0, 1]."""

    threshold: FloatArray
    """The least score that is answered, falling."""


def risk_coverage_curve(
    y_true: npt.ArrayLike, y_score: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> RiskCoverageCurve:
    """Risk when only the more confident answers are given, for each threshold that the scores allow; low is best.

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
    RiskCoverageCurve
        One point a distinct score, from the highest down: no threshold can part tied answers.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    El-Yaniv, Wiener (2010), On the foundations of noise-free selective classification, JMLR 11.

    Examples
    --------
    >>> curve = risk_coverage_curve([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])
    >>> curve.coverage
    array([0.25, 0.75, 1.  ])
    >>> curve.risk * 3
    array([0. , 1. , 1.5])
    """
    above = accumulate(check_scores(y_true, y_score, sample_weight))
    return RiskCoverageCurve(
        coverage=above.weight / above.weight[-1],
        risk=(above.weight - above.correct) / above.weight,
        threshold=above.threshold,
    )


def aurc(y_true: npt.ArrayLike, y_score: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None) -> float:
    """Share of wrong answers among the k most confident, averaged over all k, in [0, 1]; 0 is best.

    Tied rows have no order of their own: the value is the mean over all orders of them, so that the order of the rows
    never matters. It depends on the accuracy as well as on the ranking.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}.
    y_score : array-like of shape (n_samples,)
        Confidence on any scale, higher = more confident.
    sample_weight : array-like of shape (n_samples,), optional
        How often each row counts: a weight of 2 is the row twice. The mean runs over that many k, so that weights are
        counts here and their scale matters; for weights between whole numbers the value runs smoothly between theirs.

    Returns
    -------
    float
        The area under the risk-coverage curve.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Geifman, Uziel, El-Yaniv (2019), Bias-reduced uncertainty estimation for deep neural classifiers, ICLR.

    Examples
    --------
    The risks of the 1, 2, 3, 4, 5 most confident are 0, 0, 1/3, 1/4 and 2/5:

    >>> round(aurc([1, 1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.5]), 6)
    0.196667
    """
    above = accumulate(check_scores(y_true, y_score, sample_weight))
    # A tie of m rows, e of them wrong, comes after N rows with E wrong. Over its orders, j of its rows hold e j / m
    # wrong ones on average, so the risks inside the tie sum to
    #     sum over j = 1 .. m of (E + j e / m) / (N + j)  =  e + (E - N e / m) (H(N + m) - H(N)),
    # where H(x) = digamma(x + 1) + constant is the harmonic number, which also serves weights that are not whole.
    rows_after = np.append(0.0, above.weight)
    wrong_after = np.append(0.0, above.weight - above.correct)
    rows_before, wrong_before = rows_after[:-1], wrong_after[:-1]
    wrong = np.diff(wrong_after)
    harmonic = np.diff(digamma(rows_after + 1))
    risks = wrong + (wrong_before - rows_before * wrong / np.diff(rows_after)) * harmonic
    return float(risks.sum() / rows_after[-1])
