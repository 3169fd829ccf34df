"""Smooth calibration error by hand, against a direct sum over all images of the kernel, and where relplot errs."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.metrics import _smooth as module
from calibrant.metrics import smooth_calibration_error


def _direct(y_true, y_prob, bandwidth, n_steps=20_000):
    """Every row's kernel with all its images that matter, summed at every point, then the trapezoid rule."""
    y_true, y_prob = np.asarray(y_true, float), np.asarray(y_prob, float)
    points = np.arange(n_steps + 1) / n_steps
    smoothed = np.zeros(n_steps + 1)
    for confidence, residual in zip(y_prob, y_prob - y_true, strict=True):
        for image in range(-8, 9):
            for centre in (2 * image + confidence, 2 * image - confidence):
                if -9 * bandwidth < centre < 1 + 9 * bandwidth:
                    smoothed += residual * np.exp(-(((points - centre) / bandwidth) ** 2) / 2)
    smoothed /= y_true.size * bandwidth * np.sqrt(2 * np.pi)
    return np.trapezoid(np.abs(smoothed), points)


def _spread():
    """The 100 rows of specs/training.md section 0, of which 42 are correct."""
    i = np.arange(100)
    y_prob = (i + 0.5) / 100
    return (7 * i) % 100 < 100 * y_prob**1.5, y_prob


def test_by_hand_at_one_confidence():
    # 60 of 100 right at .9: wherever the mass goes, it is .9 - .6.
    assert smooth_calibration_error([1] * 60 + [0] * 40, [0.9] * 100) == pytest.approx(0.3, abs=1e-12)


@pytest.mark.parametrize("confidence", [0, 0.25, 1])
def test_equal_residuals_that_cancel_at_one_point_are_nothing(confidence):
    y_true, weight = [1, 0], [confidence, 1 - confidence]
    assert smooth_calibration_error(y_true, [confidence] * 2, sample_weight=weight) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("bandwidth", [None, 0.001, 0.05, 1])
def test_mass_at_the_ends_counts_whole(bandwidth):
    # Half at 1 and right, half at .6 and wrong: the mean gap .3. relplot 1.0.3 gives .3999 here, since it mirrors
    # without repeating the point at the end, which halves what lies there and then divides by what is left.
    assert smooth_calibration_error([1, 0] * 50, [1, 0.6] * 50, bandwidth=bandwidth) == pytest.approx(0.3, abs=1e-12)
    assert smooth_calibration_error([0, 1] * 50, [0, 0.4] * 50, bandwidth=bandwidth) == pytest.approx(0.3, abs=1e-12)


@pytest.mark.parametrize(("y_true", "y_prob", "expected"), [([0, 0], [1, 1], 1), ([1], [0], 1), ([1, 0], [1, 0], 0)])
def test_the_best_and_the_worst(y_true, y_prob, expected):
    assert smooth_calibration_error(y_true, y_prob) == pytest.approx(expected, abs=1e-12)


@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=30), st.sampled_from([None, 0.01, 0.3])
)
@settings(deadline=None, max_examples=30)
def test_residuals_of_one_sign_sum_to_the_mean_gap(pairs, bandwidth):
    y_true, y_prob = np.array(pairs).T
    # All right: no confidence is above.
    gap = 1 - y_prob.mean()
    assert smooth_calibration_error(np.ones(y_prob.size), y_prob, bandwidth=bandwidth) == pytest.approx(gap, abs=1e-9)
    # And whatever the signs, the error lies between the mean gap and the mean absolute residual.
    error = smooth_calibration_error(y_true, y_prob, bandwidth=bandwidth)
    assert abs(np.mean(y_prob - y_true)) - 1e-9 <= error <= np.mean(np.abs(y_prob - y_true)) + 1e-6


@pytest.mark.parametrize("bandwidth", [0.02, 0.0859375, 0.3, 1.0])
def test_against_the_direct_sum(rng, bandwidth):
    y_prob = np.concatenate([rng.random(60), [0, 0, 1, 1, 1, 0.5], 1 - 1e-4 * rng.random(10), 1e-7 * rng.random(4)])
    y_true = rng.random(80) < y_prob**2
    error = smooth_calibration_error(y_true, y_prob, bandwidth=bandwidth)
    assert error == pytest.approx(_direct(y_true, y_prob, bandwidth), abs=1e-8)


def test_against_the_direct_sum_where_the_kernel_is_narrowest(rng):
    # Off the grid by half a cell with random signs; the bound is 4e-12 / .001² times the mean absolute residual.
    y_prob = (rng.integers(200_000, size=50) + 0.5) / 200_000
    y_true = rng.integers(2, size=50)
    direct = _direct(y_true, y_prob, 0.001, n_steps=400_000)
    error = smooth_calibration_error(y_true, y_prob, bandwidth=0.001)
    assert error == pytest.approx(direct, abs=4e-6)


@pytest.mark.parametrize("bandwidth", [None, 0.01, 0.3])
def test_few_rows_are_summed_to_what_the_whole_grid_gives(rng, monkeypatch, bandwidth):
    for size in (1, 7, 200):
        y_prob, weight = np.append(rng.random(size), [0, 1]), rng.random(size + 2)
        y_true = rng.random(size + 2) < y_prob
        values = []
        for limit in (0, 10**9):
            monkeypatch.setattr(module, "_DIRECT_COSINES", limit)
            values.append(smooth_calibration_error(y_true, y_prob, bandwidth=bandwidth, sample_weight=weight))
        assert values[0] == pytest.approx(values[1], abs=1e-12)


def test_the_bandwidth_is_the_error_it_leads_to(rng):
    for size in (30, 300, 3_000):
        y_prob = rng.random(size)
        y_true = rng.random(size) < y_prob**1.3
        error = smooth_calibration_error(y_true, y_prob)
        assert smooth_calibration_error(y_true, y_prob, bandwidth=error) == pytest.approx(error, abs=1e-10)


def test_a_wider_kernel_never_gives_more(rng):
    y_prob = rng.random(200)
    y_true = rng.random(200) < y_prob
    errors = [smooth_calibration_error(y_true, y_prob, bandwidth=width) for width in np.geomspace(0.001, 1, 30)]
    assert (np.diff(errors) <= 1e-9).all()
    assert errors[-1] == pytest.approx(abs(np.mean(y_true - y_prob)), abs=1e-3)


def test_below_the_least_bandwidth_the_kernel_stays():
    # Two residuals of +-.0004 at one place: no width equals so small an error.
    y_true, y_prob = [0, 1], [0.0004, 0.9996]
    error = smooth_calibration_error(y_true, y_prob)
    assert error == smooth_calibration_error(y_true, y_prob, bandwidth=0.001) == pytest.approx(0.0004, abs=1e-9)


def test_inside_the_authors_code_is_near():
    # relplot 1.0.3 (which takes a point too little at each end): .0850802 at its width of .0859375. Ours by a direct
    # sum over all images: .0853703445.
    y_true, y_prob = _spread()
    assert y_true.sum() == 42
    error = smooth_calibration_error(y_true, y_prob, bandwidth=0.0859375)
    assert error == pytest.approx(0.085370344520307, abs=1e-9)
    assert error == pytest.approx(0.0850802, abs=5e-4)
    assert smooth_calibration_error(y_true, y_prob) == pytest.approx(0.0854730, abs=1e-7)


@pytest.mark.parametrize(
    ("network", "exact", "relplot"), [("densenet40_c10", 0.0549, 0.0818), ("resnet110_c100", 0.1848, 0.2192)]
)
def test_networks_whose_confidence_is_near_1(refs, network, exact, relplot):
    with (refs / f"top1_{network}.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    y_true = [row["true_label"] == row["pred_label"] for row in table]
    y_prob = [float(row["confidence"]) for row in table]
    error = smooth_calibration_error(y_true, y_prob)
    assert error == pytest.approx(exact, abs=7e-4)
    # These networks are overconfident everywhere, so that the error cannot exceed the mean gap by much.
    assert error == pytest.approx(abs(np.mean(y_prob) - np.mean(y_true)), abs=1e-4)
    assert error < relplot - 0.02


def test_perfect_calibration_goes_to_0_with_the_rows(rng):
    errors = []
    for size in (100, 10_000, 1_000_000):
        y_prob = rng.random(size)
        errors.append(smooth_calibration_error(rng.random(size) < y_prob, y_prob))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.005


@pytest.mark.parametrize("bandwidth", [0, 0.0009, 1.1, -1, np.nan])
def test_the_bandwidth_is_checked(bandwidth):
    with pytest.raises(InputError, match=r"^bandwidth must lie in \[0\.001, 1\]; got "):
        smooth_calibration_error([1], [0.5], bandwidth=bandwidth)


def test_the_worst_stays_the_worst_whatever_the_weights(rng):
    # Rounding can put the error a hair above the widest kernel.
    for size in range(2, 60):
        error = smooth_calibration_error(np.zeros(size), np.ones(size), sample_weight=rng.random(size))
        assert error == pytest.approx(1, abs=1e-12)
