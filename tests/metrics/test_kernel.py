"""Kernel calibration error by hand, against all pairs, and its mean where the truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.metrics import kernel_calibration_error


def _squared_by_pairs(y_true, y_prob, bandwidth):
    """The estimate that the root is taken of, by a loop over the pairs."""
    products = [
        (y_prob[i] - y_true[i]) * (y_prob[j] - y_true[j]) * np.exp(-abs(y_prob[i] - y_prob[j]) / bandwidth)
        for i in range(len(y_true))
        for j in range(i)
    ]
    return np.mean(products)


def test_by_hand():
    # One pair: .5 * .9 * exp(-.4 / .4).
    assert kernel_calibration_error([0, 0], [0.5, 0.9]) ** 2 == pytest.approx(0.45 / np.e)
    assert kernel_calibration_error([0, 0], [0.5, 0.9], bandwidth=0.2) ** 2 == pytest.approx(0.45 / np.e**2)


def test_residuals_that_disagree_are_no_error():
    assert kernel_calibration_error([0, 1], [0.5, 0.5]) == 0


@pytest.mark.parametrize(("y_true", "expected"), [([0, 0, 0], 1), ([1, 1, 1], 0)])
def test_the_best_and_the_worst(y_true, expected):
    assert kernel_calibration_error(y_true, [1, 1, 1]) == expected


@given(
    pairs=st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=2, max_size=25),
    bandwidth=st.sampled_from([0.01, 0.1, 0.4, 3.0]),
)
def test_against_all_pairs(pairs, bandwidth):
    y_true, y_prob = np.array(pairs).T
    expected = _squared_by_pairs(y_true, y_prob, bandwidth)
    error = kernel_calibration_error(y_true, y_prob, bandwidth=bandwidth)
    assert error**2 == pytest.approx(max(0.0, expected), abs=1e-12)


def test_the_square_has_the_true_mean(rng):
    # Confidence .7 or .8, right with .6: residuals of .1 and .2 on average; pairs share a place half the time.
    truth = (0.1**2 + 0.2**2) / 4 + 0.1 * 0.2 / 2 * np.exp(-0.1 / 0.4)
    squares = []
    for _ in range(4_000):
        y_prob = rng.integers(7, 9, size=20) / 10
        y_true = (rng.random(20) < 0.6).astype(int)
        squares.append(_squared(y_true, y_prob))
    assert np.mean(squares) == pytest.approx(truth, abs=4 * np.std(squares) / np.sqrt(4_000))


def _squared(y_true, y_prob):
    """All pairs at once; the metric itself hides negative values."""
    residual = y_prob - y_true
    kernel = np.exp(-np.abs(y_prob[:, None] - y_prob) / 0.4)
    np.fill_diagonal(kernel, 0)
    square = residual @ kernel @ residual / (residual.size * (residual.size - 1))
    assert kernel_calibration_error(y_true, y_prob) ** 2 == pytest.approx(max(0.0, square), abs=1e-12)
    return square


def test_a_million_rows_keep_their_digits(rng):
    # The same 1,000 rows 1,000 times, in any order, with a kernel so narrow that sums span 43 orders of magnitude.
    y_prob = rng.random(1_000)
    y_true = rng.integers(2, size=1_000)
    weighted = kernel_calibration_error(y_true, y_prob, bandwidth=0.01, sample_weight=np.full(1_000, 1_000))
    order = rng.permutation(1_000_000) % 1_000
    assert kernel_calibration_error(y_true[order], y_prob[order], bandwidth=0.01) == pytest.approx(weighted, rel=1e-9)


def test_without_a_pair_it_is_undefined():
    assert np.isnan(kernel_calibration_error([1], [0.5]))
    assert np.isnan(kernel_calibration_error([1, 0], [0.5, 0.5], sample_weight=[1, 0]))


@pytest.mark.parametrize("bandwidth", [0, 0.009, -1, np.inf, np.nan])
def test_the_bandwidth_is_checked(bandwidth):
    with pytest.raises(InputError, match=r"^bandwidth must be finite and at least 0\.01; got "):
        kernel_calibration_error([1, 0], [0.5, 0.5], bandwidth=bandwidth)
