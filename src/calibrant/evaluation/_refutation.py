"""Answers, some of which may depend on each other → whether perfect calibration of their confidence is refuted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from calibrant.evaluation._detail import Answers, Content, found_by, number
from calibrant.evaluation._holm import holm
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.metrics import (
    CalibrationTest,
    calibration_noise_floor,
    expected_calibration_error,
    spiegelhalter_test,
    wilson_interval,
)
from calibrant.types import FloatArray, IntArray

_EXACT = 10_000
"""Up to so many answers the number of right ones has its exact distribution; beyond, the normal one is as good."""

_MEAN_GAP = "Mean gap"


@dataclass(frozen=True, eq=False)
class Refutation:
    """What several tests, taken together, make of the hypothesis that confidence is perfectly calibrated."""

    tests: Sequence[Content]
    """Each with its p-value, alone and adjusted for the number of tests."""

    p_value: float
    """The smallest adjusted one; NaN where no test could tell anything."""

    by: str
    """The test that found it."""

    error: float
    """The calibration error."""

    floor: float
    """What perfect calibration shows of it by chance, on average."""

    limit: float
    """What perfect calibration exceeds by chance with probability alpha."""

    design_effect: float
    """How many times fewer independent answers would tell as much; 1 without groups."""


def refute(answers: Answers, groups: Sequence[str], *, alpha: float, settings: EvaluationSettings) -> Refutation:
    """Test perfect calibration in three ways: by the mean gap, the Brier score (Spiegelhalter) and the ECE.

    Answers of a group may depend on each other. Then the variance that each test expects is multiplied by the design
    effect found in its own sum (Rao and Scott); it is never taken to be below 1, so that a few groups which happen to
    agree refute nothing.

    Parameters
    ----------
    answers : Answers
        Correctness and confidence.
    groups : sequence of str
        The group of each answer.
    alpha : float
        How often perfect calibration may be refuted by chance.
    settings : EvaluationSettings
        Bins, simulations and seed.

    References
    ----------
    Rao, Scott (1981), The analysis of categorical data from complex sample surveys, JASA 76.

    Examples
    --------
    >>> found = refute(Answers(np.zeros(20), np.full(20, 0.9)), list("abcdefghijklmnopqrst"), alpha=0.05,
    ...                settings=EvaluationSettings(n_draws=99))
    >>> found.by, found.p_value < 1e-10, round(found.error, 3)
    ('Spiegelhalter', True, 0.9)
    """
    y_true, y_prob, group = answers.y_true, answers.y_prob, number_groups(groups)
    residual, variance = y_true - y_prob, y_prob * (1 - y_prob)
    overall = design_effect(residual, variance, group)
    # Alike answers of a group share a bin; where they do not, the whole sum shows that they are alike. Bins of equal
    # width stand in for all others.
    index = np.clip(np.ceil(y_prob * settings.n_bins), 1, settings.n_bins).astype(np.int64)
    binned = max(overall, design_effect(residual, variance, group * (settings.n_bins + 1) + index))
    weight = 1 - 2 * y_prob
    squared = design_effect(weight * residual, weight**2 * variance, group)
    # Sorted, so that the same answers in another order meet the same draws.
    floor = calibration_noise_floor(
        np.sort(y_prob), n_draws=settings.n_draws, random_state=settings.seed, **settings.bins
    )
    error = expected_calibration_error(y_true, y_prob, **settings.bins)
    tests = {
        _MEAN_GAP: mean_gap_test(answers, design_effect=overall),
        "Spiegelhalter": _widened(spiegelhalter_test(y_true, y_prob), squared),
        "Bootstrap consistency of the ECE": CalibrationTest(error, floor.p_value(error / np.sqrt(binned))),
    }
    adjusted = holm([test.p_value for test in tests.values()])
    contents = [
        found_by(name, test) | {"p_adjusted": number(p)}
        for (name, test), p in zip(tests.items(), adjusted, strict=True)
    ]
    told = ~np.isnan(adjusted)
    least = int(np.nanargmin([test.p_value for test in tests.values()])) if told.any() else 0
    return Refutation(
        tests=contents,
        p_value=float(adjusted[least]),
        by=list(tests)[least],
        error=error,
        floor=float(np.sqrt(binned)) * floor.mean,
        limit=float(np.sqrt(binned) * np.quantile(floor.draws, 1 - alpha)),
        design_effect=overall,
    )


def mean_gap_test(answers: Answers, *, design_effect: float = 1.0) -> CalibrationTest:
    """Whether mean confidence differs from accuracy by more than chance allows; a small p-value = miscalibrated.

    Twice the smaller tail of the number of right answers, which is exact for up to 10,000 independent ones.

    Examples
    --------
    Two right answers at 0.5 have a tail of a quarter; at 0.1, of a hundredth:

    >>> [round(mean_gap_test(Answers(np.ones(2), np.full(2, p))).p_value, 6) for p in (0.5, 0.1)]
    [0.5, 0.02]
    """
    y_true, y_prob = answers.y_true, answers.y_prob
    gap, n_right = float(y_prob.mean() - y_true.mean()), round(float(y_true.sum()))
    if y_true.size <= _EXACT and design_effect == 1:
        chances = _count_chances(y_prob)
        tail = min(chances[: n_right + 1].sum(), chances[n_right:].sum())
        return CalibrationTest(gap, float(min(1.0, 2 * tail)))
    deviation = np.sqrt(design_effect * (y_prob * (1 - y_prob)).sum()) / y_true.size
    if deviation == 0:
        return CalibrationTest(gap, float(abs(gap) < 1e-12))
    return CalibrationTest(gap, float(2 * ndtr(-abs(gap) / deviation)))


def design_effect(residual: FloatArray, variance: FloatArray, group: IntArray) -> float:
    """How many times larger the variance of a sum is than that of independent rows; 1 or more.

    Examples
    --------
    Each answer twice is half as many answers:

    >>> residual, variance = np.array([0.5, 0.5, -0.5, -0.5]), np.full(4, 0.25)
    >>> design_effect(residual, variance, np.array([0, 0, 1, 1]))
    2.0
    """
    if np.unique(group).size == group.size:
        return 1.0
    sums = np.bincount(np.unique(group, return_inverse=True)[1], weights=residual)
    expected = float(variance.sum())
    return max(1.0, float(sums @ sums) / expected) if expected > 0 else 1.0


def share_interval(y_true: FloatArray, group: IntArray, *, level: float) -> tuple[float, float]:
    """Wilson interval of accuracy; answers of a group count as fewer, the more alike they are.

    Examples
    --------
    >>> alone, alike = np.arange(4), np.array([0, 0, 1, 1])
    >>> [round(share_interval(np.array([1.0, 1.0, 0.0, 0.0]), group, level=0.95)[0], 3) for group in (alone, alike)]
    [0.15, 0.055]
    """
    n, share = y_true.size, float(y_true.mean())
    n_groups = np.unique(group).size
    if 0 < share < 1:
        # As for any variance around an estimated mean, or few groups would tell too much.
        spread = n_groups / max(1, n_groups - 1)
        independent = n / design_effect(np.sqrt(spread) * (y_true - share), np.full(n, share * (1 - share)), group)
    else:
        # Answers that are all right (or all wrong) do not show how alike a group's are: each group counts as one.
        independent = float(n_groups)
    ends = wilson_interval(share * independent, independent, level=level)
    return float(ends.low), float(ends.high)


def number_groups(groups: Sequence[str]) -> IntArray:
    """Give each answer the number of its group."""
    numbers: IntArray = np.unique(np.asarray(groups), return_inverse=True)[1]
    return numbers


def _widened(test: CalibrationTest, effect: float) -> CalibrationTest:
    """Give a standardised test the variance that dependent answers have; what cannot happen stays impossible."""
    if effect == 1 or test.reason is not None:
        return test
    z = test.statistic / np.sqrt(effect)
    return CalibrationTest(float(z), float(2 * ndtr(-abs(z))))


def _count_chances(y_prob: FloatArray) -> FloatArray:
    """Return the chance of every number of right answers: the Poisson binomial distribution."""
    chances = np.zeros(y_prob.size + 1)
    chances[0] = 1.0
    for place, p in enumerate(y_prob):
        chances[1 : place + 2] = chances[1 : place + 2] * (1 - p) + chances[: place + 1] * p
        chances[0] *= 1 - p
    return chances
