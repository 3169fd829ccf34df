"""Debiased errors of K classes, worked by hand, and intervals beside the metrics of K classes."""

from functools import partial

import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.metrics import (
    bootstrap_interval,
    classwise_calibration_error,
    debiased_calibration_error,
    multiclass_brier_score,
    paired_interval,
    resample_weights,
    top_label_calibration_error,
)

NINE = [[0.9, 0.1]] * 4


def test_marginal_error_of_kumar_by_hand():
    # Class 0 is stated at 0.9 and true in 2 of 4 rows, class 1 at 0.1: gaps of 0.4, each less a variance of 0.25 / 3.
    value = classwise_calibration_error([0, 0, 1, 1], NINE, norm="l2", debiased=True)
    assert value**2 == pytest.approx(0.16 - 0.25 / 3)
    assert classwise_calibration_error([0, 0, 1, 1], NINE, norm="l2") == pytest.approx(0.4)


def test_top_label_error_by_hand():
    # Predicted class 0: four rows with accuracy 1/2 at 0.9. Class 1: one row, which counts in the total only.
    y_true, y_prob = [0, 0, 1, 1, 1], [*NINE, [0.2, 0.8]]
    value = top_label_calibration_error(y_true, y_prob, norm="l2", debiased=True)
    assert value**2 == pytest.approx(0.8 * (0.16 - 0.25 / 3))
    assert np.isnan(top_label_calibration_error([0, 1], [[0.9, 0.1], [0.2, 0.8]], debiased=True))


def test_one_predicted_class_is_the_binary_error(rng):
    first = rng.uniform(0.5, 1, 300)
    y_true = (rng.random(300) > first**2).astype(int)
    for norm in ("l1", "l2"):
        value = top_label_calibration_error(y_true, np.stack([first, 1 - first], 1), norm=norm, debiased=True)
        assert value == pytest.approx(debiased_calibration_error(y_true == 0, first, norm=norm), abs=1e-12)


def test_chance_is_taken_off(rng):
    # Calibrated classes: the plug-in error is all chance.
    y_prob = rng.dirichlet([2, 2, 2], size=3000)
    y_true = (rng.random((3000, 1)) > y_prob.cumsum(axis=1)).sum(axis=1)
    for metric in (classwise_calibration_error, top_label_calibration_error):
        for norm in ("l1", "l2"):
            assert metric(y_true, y_prob, norm=norm, debiased=True) < 0.6 * metric(y_true, y_prob, norm=norm)


@pytest.mark.parametrize("metric", [classwise_calibration_error, top_label_calibration_error])
def test_the_largest_gap_cannot_be_debiased(metric):
    with pytest.raises(InputError, match="norm must be one of 'l1', 'l2'; got 'max'"):
        metric([0, 0, 1, 1], NINE, norm="max", debiased=True)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_intervals_of_classes_are_of_the_rows_drawn(rng, method):
    y_prob = rng.dirichlet([1, 1, 1], size=60)
    y_true, groups = rng.integers(3, size=60), rng.integers(12, size=60)
    metric = partial(classwise_calibration_error, debiased=True)
    interval = bootstrap_interval(metric, y_true, y_prob, groups=groups, method=method, n_boot=50)
    assert interval.value == metric(y_true, y_prob)
    if method == "percentile":
        weights = resample_weights(60, groups=groups, n_boot=50)
        draws = [metric(np.repeat(y_true, weight), np.repeat(y_prob, weight, axis=0)) for weight in weights]
        np.testing.assert_allclose([interval.low, interval.high], np.quantile(draws, [0.025, 0.975]), atol=1e-12)


def test_paired_intervals_of_classes():
    sure, unsure = [[1.0, 0.0]] * 3, [[0.5, 0.5]] * 3
    interval = paired_interval(multiclass_brier_score, [0, 0, 0], unsure, sure, n_boot=20)
    assert (interval.value, interval.low, interval.high) == (0.5, 0.5, 0.5)


def test_rows_of_classes_are_checked_under_their_name():
    with pytest.raises(InputError, match=r"y_prob_b must have rows that sum to one; row 0 sums to 0\.9"):
        paired_interval(multiclass_brier_score, [0], [[0.5, 0.5]], [[0.5, 0.4]])
    with pytest.raises(InputError, match=r"y_true must be class labels from 0 to 1, one a column of y_prob; row 0"):
        bootstrap_interval(multiclass_brier_score, [2], [[0.5, 0.5]])
    with pytest.raises(InputError, match="y_prob must have one row of equal length"):
        bootstrap_interval(multiclass_brier_score, [0, 1], [[0.5, 0.5], [1.0]])
