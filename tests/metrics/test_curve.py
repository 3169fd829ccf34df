"""The reliability curve, bin by bin."""

import numpy as np

from calibrant.metrics import calibration_curve, wilson_interval


def test_by_hand_with_0_and_1_ties_and_an_empty_bin():
    curve = calibration_curve([0, 1, 1, 1, 0], [0, 0.25, 0.25, 1, 1], n_bins=4)
    np.testing.assert_array_equal(curve.low, [0, 0.25, 0.5, 0.75])
    np.testing.assert_array_equal(curve.high, [0.25, 0.5, 0.75, 1])
    np.testing.assert_array_equal(curve.count, [3, 0, 0, 2])
    np.testing.assert_array_equal(curve.weight, [3, 0, 0, 2])
    np.testing.assert_allclose(curve.confidence, [0.5 / 3, np.nan, np.nan, 1])
    np.testing.assert_allclose(curve.accuracy, [2 / 3, np.nan, np.nan, 0.5])


def test_left_edges_move_ties_up():
    curve = calibration_curve([0, 1, 1, 1, 0], [0, 0.25, 0.25, 1, 1], n_bins=4, edges="left")
    np.testing.assert_array_equal(curve.count, [1, 2, 0, 2])


def test_intervals_are_wilsons_of_the_weight():
    curve = calibration_curve([1, 1, 0], [0.1, 0.1, 0.9], n_bins=2, sample_weight=[2, 3, 4])
    interval = wilson_interval([5, 0], [5, 4])
    np.testing.assert_array_equal(curve.accuracy_low, interval.low)
    np.testing.assert_array_equal(curve.accuracy_high, interval.high)


def test_rows_without_weight_are_not_counted():
    curve = calibration_curve([1, 0, 1], [0.1, 0.1, 0.9], n_bins=2, sample_weight=[0.5, 0, 0])
    np.testing.assert_array_equal(curve.count, [1, 0])
    assert np.isnan(curve.accuracy[1])


def test_quantile_bins_meet_and_span_0_to_1(rng):
    curve = calibration_curve(rng.integers(2, size=30), rng.random(30), strategy="quantile", n_bins=3)
    np.testing.assert_array_equal(curve.low[1:], curve.high[:-1])
    assert (curve.low[0], curve.high[-1]) == (0, 1)
    np.testing.assert_array_equal(curve.count, [10, 10, 10])
