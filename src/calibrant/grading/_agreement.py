"""A judge's grades x given labels → how far the judge can be trusted, and the accuracy that its errors leave."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from calibrant.exceptions import InputError
from calibrant.metrics import Interval, clopper_pearson_interval, resample_weights
from calibrant.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class JudgeAgreement:
    """How far a judge agrees with given labels, and what the answers' accuracy is once its errors are allowed for.

    A share's ends are exact and come of no resampling, and so do those of the corrected accuracy: ``n_boot`` is 0.
    """

    n: int
    """Answers that have a grade of the judge and a label."""

    n_right: int
    """Of these, right ones by the label."""

    n_judged: int
    """Answers that have a grade of the judge, labelled or not."""

    n_unjudged: int
    """Labelled answers on which the judge gave no grade; they count nowhere else."""

    accuracy: Interval
    """Share of the ``n`` on which the judge says what the label says; 1 is best."""

    kappa: Interval
    """Cohen's kappa: 1 is agreement throughout, 0 is what two independent graders of these shares would reach."""

    sensitivity: Interval
    """Share of the right answers that the judge calls right; NaN without one."""

    specificity: Interval
    """Share of the wrong answers that the judge calls wrong; NaN without one."""

    judged_accuracy: Interval
    """Share of all ``n_judged`` answers that the judge calls right: the model's accuracy if the judge never erred."""

    corrected_accuracy: Interval
    """The model's accuracy with the judge's errors allowed for; NaN where the judge is no better than chance."""


def judge_agreement(
    by_judge: npt.ArrayLike,
    given: npt.ArrayLike,
    *,
    groups: npt.ArrayLike | None = None,
    n_boot: int = 1000,
    level: float = 0.95,
    random_state: int = 0,
) -> JudgeAgreement:
    """Agreement of a judge with given labels, 1 is best, and the accuracy of the judged model corrected for it.

    A judge that calls some wrong answers right, and some right ones wrong, does not report a model's accuracy. Of right
    answers it passes the share ``sensitivity``, of wrong ones ``1 - specificity``; so what it passes in all is
    ``accuracy * sensitivity + (1 - accuracy) * (1 - specificity)``. Solved for the accuracy this is the estimate of
    Rogan and Gladen: ``(judged + specificity - 1) / (sensitivity + specificity - 1)``, kept within [0, 1]. Where all
    answers are labelled it is the accuracy by the labels; where few are, it carries their share of errors over to the
    rest, so the labelled ones must be drawn at random from all, or at least be judged alike.

    Parameters
    ----------
    by_judge : array-like of shape (n_answers,)
        The judge's grades: 1, 0, or NaN.
    given : array-like of shape (n_answers,)
        The labels: 1, 0, or NaN where an answer was not labelled.
    groups : array-like of shape (n_answers,), optional
        The group of each answer, where those of one are not independent; kappa's resamples then draw whole groups.
    n_boot : int, default=1000
        Resamples for kappa.
    level : float, default=0.95
        Coverage of every interval, in (0, 1).
    random_state : int, default=0
        Seed of the resamples.

    Returns
    -------
    JudgeAgreement
        The intervals of shares are those of Clopper and Pearson, that of kappa is the bootstrap's, and that of the
        corrected accuracy is the one of Lang and Reiczigel.

    Raises
    ------
    InputError
        If the lengths differ, a grade is none of 1, 0 and NaN, or no answer has both a grade and a label.

    Notes
    -----
    Lang and Reiczigel's interval is the delta method's after a pseudo-count of each kind is added to sensitivity and
    specificity, and z²/2 of each to the judged share; so it has a width where the judge made no error in the sample. It
    treats the three shares as if they came from separate samples. Where most answers are labelled they do not, and it
    is wider than it need be: the labels alone tell more then.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales, Educational and psychological measurement 20. Rogan,
    Gladen (1978), Estimating prevalence from the results of a screening test, American journal of epidemiology 107.
    Lang, Reiczigel (2014), Confidence limits for prevalence of disease adjusted for estimated sensitivity and
    specificity, Preventive veterinary medicine 113.

    Examples
    --------
    Ten labelled answers, of which the judge passes 4 of 5 right ones and 1 of 5 wrong ones, and ten more of which it
    passes 3: 8 of 20 in all, so (0.4 + 0.8 - 1) / (0.8 + 0.8 - 1) = 1/3 are right.

    >>> by_judge = [1, 1, 1, 1, 0, 1, 0, 0, 0, 0] + [1, 1, 1] + [0] * 7
    >>> given = [1] * 5 + [0] * 5 + [float("nan")] * 10
    >>> agreement = judge_agreement(by_judge, given)
    >>> agreement.n, agreement.accuracy.value, round(agreement.kappa.value, 4)
    (10, 0.8, 0.6)
    >>> agreement.judged_accuracy.value, round(agreement.corrected_accuracy.value, 4)
    (0.4, 0.3333)
    """
    judge, label = _check(by_judge, "by_judge"), _check(given, "given")
    if judge.size != label.size:
        raise InputError(f"by_judge and given must have one entry an answer; got {judge.size} and {label.size}")
    judged, labelled = ~np.isnan(judge), ~np.isnan(label)
    both = judged & labelled
    n = int(both.sum())
    if not n:
        raise InputError("given: no answer has both a label and a grade of the judge; label some that it graded")
    passed, right = judge[both] == 1, label[both] == 1
    hits, n_right = int((passed & right).sum()), int(right.sum())
    rejected = int((~passed & ~right).sum())
    n_passed, n_judged = int((judge == 1).sum()), int(judged.sum())
    own_groups = None if groups is None else _check_groups(groups, judge.size)[both]
    draws = [
        _kappa(passed, right, weight)
        for weight in resample_weights(n, groups=own_groups, n_boot=n_boot, random_state=random_state)
    ]
    return JudgeAgreement(
        n=n,
        n_right=n_right,
        n_judged=n_judged,
        n_unjudged=int((labelled & ~judged).sum()),
        accuracy=_share(hits + rejected, n, level),
        kappa=Interval.from_draws(_kappa(passed, right, np.ones(n)), draws, level=level),
        sensitivity=_share(hits, n_right, level),
        specificity=_share(rejected, n - n_right, level),
        judged_accuracy=_share(n_passed, n_judged, level),
        corrected_accuracy=_correct((n_passed, n_judged), (hits, n_right), (rejected, n - n_right), level),
    )


def _kappa(passed: BoolArray, right: BoolArray, weight: FloatArray | IntArray) -> float:
    agreed, by_judge, by_label = (float(np.average(x, weights=weight)) for x in (passed == right, passed, right))
    by_chance = by_judge * by_label + (1 - by_judge) * (1 - by_label)
    # Where both always say the same one thing, chance explains all and nothing is left to share.
    return (agreed - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")


def _share(part: int, whole: int, level: float) -> Interval:
    ends = clopper_pearson_interval(part, whole, level=level)
    return Interval(part / whole if whole else float("nan"), float(ends.low), float(ends.high), level, 0, 0)


def _correct(passed: tuple[int, int], hits: tuple[int, int], rejected: tuple[int, int], level: float) -> Interval:
    """Return Rogan and Gladen's estimate with Lang and Reiczigel's interval, from (part, whole) of each share."""
    undefined = Interval(float("nan"), float("nan"), float("nan"), level, 0, 0)
    # In whole numbers: sensitivity + specificity <= 1, or one of them without a case.
    if hits[0] * rejected[1] + rejected[0] * hits[1] <= hits[1] * rejected[1]:
        return undefined
    judged, sensitivity, specificity = (part / whole for part, whole in (passed, hits, rejected))
    value = float(np.clip((judged + specificity - 1) / (sensitivity + specificity - 1), 0, 1))
    z2 = float(ndtri((1 + level) / 2)) ** 2
    (q, n_q), (se, n_se), (sp, n_sp) = (_widen(*passed, z2 / 2), _widen(*hits, 1), _widen(*rejected, 1))
    gain = se + sp - 1
    if gain < 1e-9:  # better than chance by so little that a pseudo-count undoes it: any accuracy may be
        return Interval(value, 0.0, 1.0, level, 0, 0)
    middle = (q + sp - 1) / gain
    of_se, of_sp = se * (1 - se) / n_se, sp * (1 - sp) / n_sp
    spread = np.sqrt(z2 * (q * (1 - q) / n_q + middle**2 * of_se + (1 - middle) ** 2 * of_sp)) / gain
    moved = middle + 2 * z2 * (middle * of_se - (1 - middle) * of_sp)
    low, high = np.clip([moved - spread, moved + spread], 0, 1)
    return Interval(value, float(low), float(high), level, 0, 0)


def _widen(part: int, whole: int, extra: float) -> tuple[float, float]:
    return (part + extra) / (whole + 2 * extra), whole + 2 * extra


def _check(values: npt.ArrayLike, name: str) -> FloatArray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers: 1, 0, or NaN where there is no grade") from None
    if array.ndim != 1:
        raise InputError(f"{name} must have one entry an answer; got an array of shape {array.shape}")
    wrong = np.flatnonzero(~(np.isnan(array) | (array == 0) | (array == 1)))
    if wrong.size:
        raise InputError(f"{name}, row {wrong[0]}: 1, 0 or NaN is needed; got {array[wrong[0]]:g}")
    return array


def _check_groups(groups: npt.ArrayLike, n: int) -> npt.NDArray[np.generic]:
    array = np.asarray(groups)
    if array.shape != (n,):
        raise InputError(f"groups must have one entry an answer, so {n}; got an array of shape {array.shape}")
    return array
