"""Calibrated confidences, without labels → the share of right answers that they would have under label shift."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import chi2

from calibrant.evaluation._detail import Answers, Content, as_content
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.exceptions import InputError
from calibrant.metrics import expected_calibration_error, log_loss, paired_interval
from calibrant.types import FloatArray


def estimate_base_rate(confidence: npt.ArrayLike, fitted: float) -> float:
    """Share of right answers that makes these confidences most likely, if nothing but that share has changed.

    Under label shift right answers look as right answers did where the map was fitted, and wrong ones as wrong ones
    did; only how many there are of each is another. The likelihood is concave in the share, and its maximum is what the
    expectation-maximisation of Saerens, Latinne and Decaestecker climbs to; here the root of its slope is found, which
    does not stop early.

    Parameters
    ----------
    confidence : array-like of shape (n,)
        Calibrated probability that each answer is right, in [0, 1].
    fitted : float
        Share of right answers where the map was fitted, in (0, 1).

    Returns
    -------
    float
        Strictly inside (0, 1): where the likelihood still rises at an end, half an answer away from it.

    Raises
    ------
    InputError
        If the fitted share is 0 or 1, or no share.

    References
    ----------
    Saerens, Latinne, Decaestecker (2002), Adjusting the outputs of a classifier to new a priori probabilities: a simple
    procedure, Neural Computation 14.

    Examples
    --------
    Thirty answers at 0.8 and ten at 0.2, after a share of one half: 11 / 12.

    >>> round(estimate_base_rate([0.8] * 30 + [0.2] * 10, 0.5), 6)
    0.916667
    """
    right, wrong = _likelihoods(confidence, fitted)

    def slope(share: float) -> float:
        return float(((right - wrong) / (wrong + share * (right - wrong))).sum())

    low, high = _ends(right.size)
    if np.allclose(right, wrong, rtol=1e-12, atol=1e-12):
        return fitted  # every confidence is the fitted share itself: any share explains them as well
    if slope(low) <= 0:
        return low
    if slope(high) >= 0:
        return high
    return float(brentq(slope, low, high, xtol=1e-12))


def base_rate_interval(
    confidence: npt.ArrayLike, fitted: float, estimated: float, *, n_independent: float, level: float = 0.95
) -> tuple[float, float]:
    """Likelihood interval of `estimate_base_rate`; wide where the confidences of right and wrong answers are alike.

    It holds all shares at which twice the log likelihood is not below its maximum by more than the quantile of
    chi-square with one degree of freedom. Where answers depend on each other, the likelihood counts as that of fewer.
    The map is taken as it is: how uncertain it is itself does not widen the interval.

    Parameters
    ----------
    confidence : array-like of shape (n,)
        Calibrated probability that each answer is right, in [0, 1].
    fitted : float
        Share of right answers where the map was fitted, in (0, 1).
    estimated : float
        The most likely share.
    n_independent : float
        As how many independent answers these count.
    level : float
        Coverage.

    Examples
    --------
    Confidences that are all alike tell nothing but which side of the fitted share they lie on:

    >>> low, high = base_rate_interval([0.5] * 100, 0.5, 0.5, n_independent=100)
    >>> round(low, 3), round(high, 3)
    (0.005, 0.995)
    """
    right, wrong = _likelihoods(confidence, fitted)

    def height(share: float) -> float:
        return float(np.log(wrong + share * (right - wrong)).sum()) * n_independent / right.size

    top, low, high = height(estimated), *_ends(right.size)
    drop = float(chi2.ppf(level, 1)) / 2

    def above(share: float) -> float:
        return height(share) - top + drop

    return (
        low if above(low) >= 0 else float(brentq(above, low, estimated, xtol=1e-9)),
        high if above(high) >= 0 else float(brentq(above, estimated, high, xtol=1e-9)),
    )


def _likelihoods(confidence: npt.ArrayLike, fitted: float) -> tuple[FloatArray, FloatArray]:
    """Return how likely each confidence is among right and among wrong answers, but for a factor that both share."""
    if not 0 < fitted < 1:
        raise InputError(f"fitted must lie strictly between 0 and 1; got {fitted!r}")
    given = np.asarray(confidence, dtype=np.float64)
    return given / fitted, (1 - given) / (1 - fitted)


def _ends(n: int) -> tuple[float, float]:
    return 0.5 / n, 1 - 0.5 / n


def reweight(confidence: npt.ArrayLike, fitted: float, here: float) -> FloatArray:
    """Confidences as they would be if the share of right answers were ``here`` and not ``fitted``; order is kept.

    Examples
    --------
    Odds of 1 where right answers became three times as frequent as wrong ones:

    >>> reweight([0.0, 0.5, 1.0], 0.5, 0.75).tolist()
    [0.0, 0.75, 1.0]
    """
    given = np.asarray(confidence, dtype=np.float64)
    right, wrong = given * here / fitted, (1 - given) * (1 - here) / (1 - fitted)
    weighted: FloatArray = right / (right + wrong)
    return weighted


def label_shift(answers: Answers, groups: Sequence[str], fitted: float, settings: EvaluationSettings) -> Content:
    """Return the share of right answers as estimated without labels, and what re-weighting for it would do.

    The difference in log loss is that of the re-weighted confidences minus that of the map: negative is better, and
    ``helps`` where its paired bootstrap interval lies below 0.

    Parameters
    ----------
    answers : Answers
        Correctness, and confidence by the map.
    groups : sequence of str
        The group of each answer; whole groups are resampled.
    fitted : float
        Share of right answers where the map was fitted, as its mean confidence there has it.
    settings : EvaluationSettings
        Bins, resamples, level and seed.
    """
    estimated = estimate_base_rate(answers.y_prob, fitted)
    low, high = base_rate_interval(
        answers.y_prob, fitted, estimated, n_independent=len(set(groups)), level=settings.level
    )
    weighted = reweight(answers.y_prob, fitted, estimated)
    difference = paired_interval(
        log_loss,
        answers.y_true,
        weighted,
        answers.y_prob,
        groups=np.asarray(groups),
        n_boot=settings.n_boot,
        level=settings.level,
        random_state=settings.seed,
    )

    def errors(y_prob: FloatArray) -> Content:
        return {
            "log_loss": log_loss(answers.y_true, y_prob),
            "expected_calibration_error": expected_calibration_error(answers.y_true, y_prob, **settings.bins),
        }

    return {
        "supposed": fitted,
        "estimated": {"value": estimated, "low": low, "high": high},
        "accuracy": float(answers.y_true.mean()),
        "map": errors(answers.y_prob),
        "reweighted": errors(weighted),
        "difference": as_content(difference),
        "helps": bool(difference.high < 0),
    }
