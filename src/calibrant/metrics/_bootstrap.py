"""Intervals for any metric, by drawing rows (or whole groups of them) again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from calibrant.exceptions import InputError
from calibrant.metrics._check import Rows, check_between, check_choice, check_count, check_scores
from calibrant.metrics._metric import Metric
from calibrant.metrics._multiclass_check import ClassRows, check_classes
from calibrant.types import FloatArray, IntArray

_IntervalMethod: TypeAlias = Literal["percentile", "bca"]


@dataclass(frozen=True)
class Interval:
    """A value with the interval that resampling gives it."""

    value: float
    """The value on the data themselves."""

    low: float
    """Lower end; NaN where the value was undefined in every resample."""

    high: float
    """Upper end; NaN where the value was undefined in every resample."""

    level: float
    """Coverage aimed at, in (0, 1)."""

    n_boot: int
    """Resamples drawn."""

    n_undefined: int
    """Resamples left out because the value was NaN in them, as an AUROC is with one class."""

    @classmethod
    def from_draws(
        cls, value: float, draws: npt.ArrayLike, *, jackknife: npt.ArrayLike | None = None, level: float = 0.95
    ) -> Self:
        """Percentile or BCa interval of values that resampling gave.

        Where many metrics or methods are compared, draw the weights once and evaluate all of them on each.

        Parameters
        ----------
        value : float
            The value on the data themselves.
        draws : array-like of shape (n_boot,)
            The value on each resample; NaN where it is undefined.
        jackknife : array-like of shape (n_blocks,), optional
            The value without each block of rows, as `jackknife_weights` leaves them out; NaN where it is undefined.
            With it the interval is BCa, which moves both ends by the bias of the draws and by their skewness.
        level : float, default=0.95
            Coverage, in (0, 1).

        Returns
        -------
        Interval
            From the (1 - level) / 2 to the (1 + level) / 2 quantile of the defined draws, or from those quantiles that
            BCa puts in their place.

        Raises
        ------
        InputError
            If the level is out of range.

        Notes
        -----
        BCa takes the bias from the share of draws below the value, draws equal to it counting half. The share is kept
        half a draw away from 0 and 1. Where it gets there, as it does for a small binned calibration error, no draw
        lies on one side of the value, and no bootstrap interval means anything.

        References
        ----------
        Efron (1987), Better bootstrap confidence intervals, JASA 82.

        Examples
        --------
        >>> interval = Interval.from_draws(0.5, [0.0, 0.5, 1.0, float("nan")], level=0.5)
        >>> interval.low, interval.high, interval.n_undefined
        (0.25, 0.75, 1)
        """
        check_between("level", level, 0, 1)
        values = np.asarray(draws, np.float64)
        defined = values[~np.isnan(values)]
        tails = np.array([(1 - level) / 2, (1 + level) / 2])
        if jackknife is not None and defined.size:
            tails = _bca_tails(tails, float(value), defined, np.asarray(jackknife, np.float64))
        low, high = np.quantile(defined, tails) if defined.size else (np.nan, np.nan)
        return cls(float(value), float(low), float(high), level, values.size, values.size - defined.size)


def resample_weights(
    n: int, *, groups: npt.ArrayLike | None = None, n_boot: int = 1000, random_state: int = 0
) -> Iterator[IntArray]:
    """How often each row is drawn, one array a resample; the same arguments give the same resamples.

    Parameters
    ----------
    n : int
        Rows.
    groups : array-like of shape (n,), optional
        The group of each row. Whole groups are then drawn, as many as there are, and the rows of one share a weight;
        without them rows are drawn.
    n_boot : int, default=1000
        Resamples.
    random_state : int, default=0
        Seed.

    Returns
    -------
    iterator of ndarray of shape (n,)
        The weights of one resample at a time, made when asked for.

    Raises
    ------
    InputError
        If a number is below 1, or the groups are not one label a row.

    Examples
    --------
    >>> [int(weight.sum()) for weight in resample_weights(4, n_boot=3)]
    [4, 4, 4]
    """
    check_count("n", n)
    check_count("n_boot", n_boot)
    group = np.arange(n) if groups is None else _group_numbers(groups, n)
    n_groups = int(group.max()) + 1
    rng = np.random.default_rng(random_state)
    draws = (np.bincount(rng.integers(n_groups, size=n_groups), minlength=n_groups) for _ in range(n_boot))
    return draws if groups is None else (count[group] for count in draws)


def jackknife_weights(
    n: int, *, groups: npt.ArrayLike | None = None, n_blocks: int = 200, random_state: int = 0
) -> Iterator[IntArray]:
    """Ones with a 0 for each row left out, one array a block of rows: what BCa takes its skewness from.

    Rows, or whole groups, are shuffled and dealt into blocks of equal size, or of one more; up to ``n_blocks`` of them
    this leaves out one at a time. Blocks bound the cost. The acceleration estimated from J of them has the expectation
    of the one from single rows and a standard error of about 0.65 / J, so 0.003 with 200.

    Parameters
    ----------
    n : int
        Rows.
    groups : array-like of shape (n,), optional
        The group of each row. Whole groups are then left out.
    n_blocks : int, default=200
        At most so many blocks.
    random_state : int, default=0
        Seed of the shuffle.

    Returns
    -------
    iterator of ndarray of shape (n,)
        The weights without one block at a time, made when asked for; none where there is a single row or group.

    Raises
    ------
    InputError
        If a number is below 1, or the groups are not one label a row.

    Examples
    --------
    >>> sorted(weight.tolist() for weight in jackknife_weights(3))
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    check_count("n", n)
    check_count("n_blocks", n_blocks)
    group = np.arange(n) if groups is None else _group_numbers(groups, n)
    n_groups = int(group.max()) + 1
    dealt = np.random.default_rng(random_state).permutation(n_groups) % max(2, n_blocks)
    block = dealt[group]
    return ((block != left_out).astype(np.int64) for left_out in range(int(dealt.max()) + 1) if n_groups > 1)


def bootstrap_interval(
    metric: Metric,
    y_true: npt.ArrayLike,
    y_prob: npt.ArrayLike,
    *,
    groups: npt.ArrayLike | None = None,
    method: Literal["percentile", "bca"] = "percentile",
    n_boot: int = 1000,
    level: float = 0.95,
    random_state: int = 0,
) -> Interval:
    """Value of a metric with its bootstrap interval, percentile or BCa; narrow is best.

    The interval of a binned calibration error does not cover the true error, since binning biases it upwards: show it
    as spread, beside `debiased_calibration_error` and `calibration_noise_floor`.

    Parameters
    ----------
    metric : Metric
        Called as ``metric(y_true, y_prob, sample_weight=weight)``.
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}, or the class that is true.
    y_prob : array-like of shape (n_samples,) or (n_samples, n_classes)
        Confidence, on the scale that the metric takes, or the probability of each class.
    groups : array-like of shape (n_samples,), optional
        The group of each row, where rows of one are not independent; whole groups are drawn.
    method : {'percentile', 'bca'}, default='percentile'
        The quantiles of the resampled values, or those that Efron's bias correction and acceleration put in their
        place: better where the values are skewed, at the cost of up to 200 more evaluations (`jackknife_weights`).
    n_boot : int, default=1000
        Resamples.
    level : float, default=0.95
        Coverage, in (0, 1).
    random_state : int, default=0
        Seed.

    Returns
    -------
    Interval
        Value, ends, and how many resamples were left out as undefined.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    References
    ----------
    Efron, Tibshirani (1993), An introduction to the bootstrap, chapters 13 and 14.

    Examples
    --------
    All answers are correct at 0.5, and so they are in every resample:

    >>> from calibrant.metrics import brier_score
    >>> bootstrap_interval(brier_score, [1, 1], [0.5, 0.5], n_boot=100)
    Interval(value=0.25, low=0.25, high=0.25, level=0.95, n_boot=100, n_undefined=0)

    With one probability a class it takes the metrics of K classes:

    >>> from calibrant.metrics import classwise_calibration_error
    >>> bootstrap_interval(classwise_calibration_error, [0, 0], [[0.75, 0.25], [0.75, 0.25]], n_boot=100).high
    0.25
    """
    rows = _check_either(y_true, y_prob, "y_prob")

    def value(weight: npt.ArrayLike) -> float:
        return metric(rows[0], rows[1], sample_weight=weight)

    return _interval(value, rows.weight, groups, method, n_boot, level, random_state)


def paired_interval(
    metric: Metric,
    y_true: npt.ArrayLike,
    y_prob_a: npt.ArrayLike,
    y_prob_b: npt.ArrayLike,
    *,
    groups: npt.ArrayLike | None = None,
    method: Literal["percentile", "bca"] = "percentile",
    n_boot: int = 1000,
    level: float = 0.95,
    random_state: int = 0,
) -> Interval:
    """``metric(a) - metric(b)`` with its interval, both taken on the same resamples; it excludes 0 where they differ.

    Parameters
    ----------
    metric : Metric
        Called as ``metric(y_true, y_prob, sample_weight=weight)``.
    y_true : array-like of shape (n_samples,)
        Correctness, in {0, 1}, or the class that is true.
    y_prob_a, y_prob_b : array-like of shape (n_samples,) or (n_samples, n_classes)
        Confidence by either method for the same answers, on the scale that the metric takes, or the probability of each
        class.
    groups : array-like of shape (n_samples,), optional
        The group of each row, where rows of one are not independent; whole groups are drawn.
    method : {'percentile', 'bca'}, default='percentile'
        The quantiles of the resampled values, or those that Efron's bias correction and acceleration put in their
        place: better where the values are skewed, at the cost of up to 200 more evaluations (`jackknife_weights`).
    n_boot : int, default=1000
        Resamples.
    level : float, default=0.95
        Coverage, in (0, 1).
    random_state : int, default=0
        Seed.

    Returns
    -------
    Interval
        Difference, ends, and how many resamples were left out as undefined.

    Raises
    ------
    InputError
        If an argument is out of range, or the lengths differ.

    Examples
    --------
    >>> from calibrant.metrics import brier_score
    >>> difference = paired_interval(brier_score, [1, 1], [0.5, 0.5], [1.0, 1.0], n_boot=100)
    >>> difference.low, difference.high
    (0.25, 0.25)
    """
    rows_a = _check_either(y_true, y_prob_a, "y_prob_a")
    rows_b = _check_either(y_true, y_prob_b, "y_prob_b")

    def value(weight: npt.ArrayLike) -> float:
        value_a = metric(rows_a[0], rows_a[1], sample_weight=weight)
        value_b = metric(rows_b[0], rows_b[1], sample_weight=weight)
        return value_a - value_b

    return _interval(value, rows_a.weight, groups, method, n_boot, level, random_state)


def _check_either(y_true: npt.ArrayLike, y_prob: npt.ArrayLike, name: str) -> Rows | ClassRows:
    """Check rows with one confidence, or with one probability a class."""
    try:
        of_classes = np.ndim(y_prob) == 2
    except ValueError:
        # Rows of unequal length are refused by either check.
        of_classes = True
    return (
        check_classes(y_true, y_prob, None, name=name) if of_classes else check_scores(y_true, y_prob, None, name=name)
    )


def _interval(
    value: Callable[[npt.ArrayLike], float],
    ones: FloatArray,
    groups: npt.ArrayLike | None,
    method: _IntervalMethod,
    n_boot: int,
    level: float,
    random_state: int,
) -> Interval:
    check_choice("method", method, _IntervalMethod)
    resamples = resample_weights(ones.size, groups=groups, n_boot=n_boot, random_state=random_state)
    draws = [value(weight) for weight in resamples]
    jackknife = None
    if method == "bca":
        jackknife = [value(weight) for weight in jackknife_weights(ones.size, groups=groups, random_state=random_state)]
    return Interval.from_draws(value(ones), draws, jackknife=jackknife, level=level)


def _bca_tails(tails: FloatArray, value: float, draws: FloatArray, jackknife: FloatArray) -> FloatArray:
    """Which quantiles of the draws BCa takes instead of the two tails."""
    # A draw equal to the value may differ from it in the last digits, since its sums run in another order.
    hair = 1e-12 * (1 + abs(value))
    below = (np.mean(draws < value - hair) + np.mean(draws <= value + hair)) / 2
    bias = ndtri(np.clip(below, 0.5 / draws.size, 1 - 0.5 / draws.size))
    defined = jackknife[~np.isnan(jackknife)]
    influence = defined.mean() - defined if defined.size else np.zeros(1)
    # Influences that are only rounding have no skewness.
    size = np.sqrt(np.sum(influence**2)) if np.abs(influence).max() > hair else np.inf
    acceleration = np.sum((influence / size) ** 3) / 6
    moved = bias + ndtri(tails)
    # Beyond the pole of the transformation nothing is left of the draws but their end.
    stretch = 1 - acceleration * moved
    shifted = np.where(stretch > 0, bias + moved / np.where(stretch > 0, stretch, 1.0), np.sign(moved) * np.inf)
    quantiles: FloatArray = ndtr(shifted)
    return quantiles


def _group_numbers(groups: npt.ArrayLike, n: int) -> IntArray:
    labels = np.asarray(groups)
    if labels.shape != (n,):
        raise InputError(f"groups must have one label a row, so shape ({n},); got shape {labels.shape}.")
    try:
        return np.unique(labels, return_inverse=True)[1]
    except TypeError as error:
        raise InputError("groups must be labels of one kind, all text or all numbers; got a mixture.") from error
