"""Integrated calibration index by hand, against a polynomial fit at every row, and of curves that are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.metrics import expected_calibration_error, integrated_calibration_index


def _direct(y_true, y_prob, span=0.75):
    """A line by `numpy.polyfit` around every row, all rows sorted by their distance."""
    y_true, y_prob = np.asarray(y_true, float), np.asarray(y_prob, float)
    needed = int(np.ceil(span * y_prob.size - 1e-9))
    curve = []
    for x in y_prob:
        distance = np.abs(y_prob - x)
        reach = np.sort(distance)[needed - 1]
        kernel = np.clip(1 - (distance / reach) ** 3, 0, None) ** 3 if reach > 0 else (distance == 0) * 1.0
        near = kernel > 0
        if np.ptp(y_prob[near]) > 0:
            line = np.polyfit(y_prob[near] - x, y_true[near], 1, w=np.sqrt(kernel[near]))
            curve.append(line[-1])
        else:
            curve.append(np.average(y_true[near], weights=kernel[near]))
    return np.mean(np.abs(np.clip(curve, 0, 1) - y_prob))


def test_by_hand_at_one_confidence():
    assert integrated_calibration_index([1] * 60 + [0] * 40, [0.9] * 100) == pytest.approx(0.3)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_two_confidences_do_not_see_each_other(share):
    # The other one lies at the very end of the neighbourhood, where the tricube is 0, so that each has its own gap.
    weight = [share / 2, share / 2, (1 - share) / 2, (1 - share) / 2]
    index = integrated_calibration_index([0, 1, 0, 1], [0.1, 0.1, 0.8, 0.8], sample_weight=weight)
    assert index == pytest.approx(share * 0.4 + (1 - share) * 0.3)


@pytest.mark.parametrize(("y_true", "y_prob", "expected"), [([0, 0], [1, 1], 1), ([1], [0], 1), ([1, 0], [1, 0], 0)])
def test_the_best_and_the_worst(y_true, y_prob, expected):
    assert integrated_calibration_index(y_true, y_prob) == expected


@given(intercept=st.floats(0, 0.5), slope=st.floats(0, 0.5), span=st.sampled_from([0.3, 0.75, 1.0]))
@settings(deadline=None, max_examples=30)
def test_a_line_is_found_whatever_the_span(intercept, slope, span):
    place = np.linspace(0, 1, 41) ** 2
    rate = intercept + slope * place
    y_true, y_prob = np.repeat([1, 0], 41), np.tile(place, 2)
    weight = np.concatenate([rate, 1 - rate])
    index = integrated_calibration_index(y_true, y_prob, span=span, sample_weight=weight)
    assert index == pytest.approx(np.abs(rate - place).mean(), abs=1e-9)


@pytest.mark.parametrize("span", [0.2, 0.5, 0.75, 1])
def test_against_a_polynomial_fit_at_every_row(rng, span):
    for y_prob in (rng.random(80), rng.integers(11, size=80) / 10, 1 - rng.random(80) ** 4 / 10):
        y_true = rng.random(80) < y_prob**2
        index = integrated_calibration_index(y_true, y_prob, span=span)
        assert index == pytest.approx(_direct(y_true, y_prob, span), abs=1e-8)


def test_interpolated_between_vertices_it_is_near(rng):
    y_prob = np.where(rng.random(2_000) < 0.5, rng.random(2_000), 1 - rng.random(2_000) ** 3 / 20)
    y_true = rng.random(2_000) < y_prob**2
    assert integrated_calibration_index(y_true, y_prob) == pytest.approx(_direct(y_true, y_prob), abs=2e-5)


def test_on_the_grid_it_finds_the_truth(rng):
    y_prob = rng.random(200_000)
    y_true = rng.random(200_000) < 0.1 + 0.7 * y_prob
    # |.1 - .3 p| over [0, 1]: (.01 + .04) / .6
    assert integrated_calibration_index(y_true, y_prob) == pytest.approx(0.05 / 0.6, abs=0.004)


def test_it_is_smoother_than_bins(rng):
    y_prob = rng.random(500)
    y_true = rng.random(500) < y_prob
    assert integrated_calibration_index(y_true, y_prob) < expected_calibration_error(y_true, y_prob)


@pytest.mark.parametrize("span", [0, 1.01, -1, np.nan])
def test_the_span_is_checked(span):
    with pytest.raises(InputError, match=r"^span must be greater than 0 and at most 1; got "):
        integrated_calibration_index([1], [0.5], span=span)


def test_against_the_lowess_of_statsmodels():
    # statsmodels 0.15.0 lowess(y, p, frac=.75, it=0), clipped to [0, 1], on the rows of specs/training.md section 0.
    i = np.arange(100)
    y_prob = (i + 0.5) / 100
    y_true = (7 * i) % 100 < 100 * y_prob**1.5
    assert integrated_calibration_index(y_true, y_prob) == pytest.approx(0.07476707096740051, abs=1e-12)


@pytest.mark.parametrize("size", [12, 20, 40, 60])
def test_the_scale_of_the_weights_is_nothing(rng, size):
    y_true, y_prob = rng.integers(2, size=size), rng.random(size)
    plain = integrated_calibration_index(y_true, y_prob)
    for scale in (0.1, 0.3, 1 / 7):
        scaled = integrated_calibration_index(y_true, y_prob, sample_weight=np.full(size, scale))
        assert scaled == pytest.approx(plain, abs=1e-9)
