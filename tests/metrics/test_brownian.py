"""Kolmogorov-Smirnov and Kuiper: the sums by hand and by a loop, the limits by two series, size and power."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr

from calibrant.metrics import _brownian as module
from calibrant.metrics import kolmogorov_smirnov_test, kuiper_test

BOTH = pytest.mark.parametrize("test", [kolmogorov_smirnov_test, kuiper_test])


def _statistics_by_loop(y_true, y_prob):
    rows = sorted(zip(y_prob, y_true, strict=True))
    sums, total = [0.0], 0.0
    for i, (p, y) in enumerate(rows):
        total += y - p
        if i + 1 == len(rows) or rows[i + 1][0] != p:
            sums.append(total)
    deviation = np.sqrt(sum(p * (1 - p) for p in y_prob))
    return max(map(abs, sums)) / deviation, (max(sums) - min(sums)) / deviation


def test_by_hand():
    # Wrong at .25: -.25. One right and two wrong at .5, together: -.75. Right at .75: -.5.
    y_true, y_prob = [0, 1, 0, 0, 1], [0.25, 0.5, 0.5, 0.5, 0.75]
    # Variance 2 x 3/16 + 3 x 1/4 = 9/8.
    assert kolmogorov_smirnov_test(y_true, y_prob).statistic == pytest.approx(0.75 / np.sqrt(9 / 8))
    assert kuiper_test(y_true, y_prob).statistic == pytest.approx(0.75 / np.sqrt(9 / 8))


def test_signs_that_change_add_up_in_the_range_only():
    # 0, .75, .25, -.25 -> largest .75, range 1.
    y_true, y_prob = [1, 0, 0], [0.25, 0.5, 0.5 + 1e-9]
    deviation = np.sqrt(3 / 16 + 2 / 4)
    assert kolmogorov_smirnov_test(y_true, y_prob).statistic == pytest.approx(0.75 / deviation)
    assert kuiper_test(y_true, y_prob).statistic == pytest.approx(1 / deviation)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 9).map(lambda k: k / 10)), min_size=2, max_size=30))
@settings(deadline=None)
def test_against_a_loop_with_ties(rows):
    y_true, y_prob = zip(*rows, strict=True)
    largest, spread = _statistics_by_loop(y_true, y_prob)
    assert kolmogorov_smirnov_test(y_true, y_prob).statistic == pytest.approx(largest, abs=1e-9)
    assert kuiper_test(y_true, y_prob).statistic == pytest.approx(spread, abs=1e-9)
    assert largest - 1e-9 <= spread <= 2 * largest + 1e-9


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10).map(lambda k: k / 10)), min_size=2, max_size=20))
@settings(deadline=None, max_examples=50)
def test_tied_rows_have_no_order(rows):
    y_true, y_prob = zip(*rows, strict=True)
    best_first, worst_first = sorted(rows, reverse=True), sorted(rows)
    for test in (kolmogorov_smirnov_test, kuiper_test):
        results = [test(*zip(*order, strict=True)) for order in (best_first, worst_first)]
        for result in results:
            np.testing.assert_allclose(result.p_value, test(y_true, y_prob).p_value, atol=1e-12)


def test_against_mapie():
    # mapie 1.6.0, tests/test_metrics.py (BSD-3).
    generator = np.random.RandomState(1)
    y_true, y_prob = generator.choice([0, 1], size=100), generator.uniform(size=100)
    assert kolmogorov_smirnov_test(y_true, y_prob).statistic == pytest.approx(5.607741, abs=1e-6)
    # MAPIE's range starts after the first row and gives 5.354395. The walk starts at 0, as in the paper: here it only
    # rises from there, so that range and largest distance are the same.
    largest, spread = _statistics_by_loop(y_true, y_prob)
    assert spread == pytest.approx(largest)
    assert kuiper_test(y_true, y_prob).statistic == pytest.approx(5.607741, abs=1e-6)
    assert max(kolmogorov_smirnov_test(y_true, y_prob).p_value, kuiper_test(y_true, y_prob).p_value) < 1e-6
    generator = np.random.RandomState(1)
    y_prob = generator.uniform(size=100)
    y_true = generator.uniform(size=100) <= y_prob
    assert kolmogorov_smirnov_test(y_true, y_prob).p_value == pytest.approx(0.2148, abs=1e-6)
    assert kuiper_test(y_true, y_prob).p_value == pytest.approx(0.313006, abs=1e-6)


@pytest.mark.parametrize(
    ("tail", "values"),
    [
        (module._tail_of_largest, (0.370777, 0.908999, 0.9946)),
        (module._tail_of_range, (0.063365, 0.818506, 0.989201)),
    ],
)
def test_distributions_against_mapie(tail, values):
    for x, value in zip((1, 2, 3), values, strict=True):
        assert 1 - tail(x) == pytest.approx(value, abs=1e-6)


def _exit_by_heat(x):
    k = np.arange(60)
    terms = (-1.0) ** k / (2 * k + 1) * np.exp(-((2 * k + 1) ** 2) * np.pi**2 / (8 * x**2))
    return 1 - 4 / np.pi * terms.sum()


def _range_by_density(x):
    def density(r):
        k = np.arange(1, 200)
        return 8 * np.sum((-1.0) ** (k - 1) * k**2 * np.exp(-((k * r) ** 2) / 2)) / np.sqrt(2 * np.pi)

    return quad(density, x, 40, epsabs=1e-12, limit=200)[0]


@pytest.mark.parametrize("x", [0.2, 0.5, 0.9, 1, 1.000001, 1.3, 1.499, 1.501, 2, 3, 5])
def test_either_series_gives_the_same(x):
    # Each tail switches series (at 1 and at 1.5); the other one is summed here, or the density integrated.
    assert module._tail_of_largest(x) == pytest.approx(_exit_by_heat(x), abs=1e-12)
    assert module._tail_of_range(x) == pytest.approx(_range_by_density(x), abs=1e-8)


@pytest.mark.parametrize("tail", [module._tail_of_largest, module._tail_of_range])
def test_tails_fall_from_1_to_0_and_keep_their_digits(tail):
    values = [tail(x) for x in np.linspace(0, 12, 500)]
    assert values[0] == 1
    assert (np.diff(values) <= 1e-15).all()
    assert 0 < values[-1] < 1e-30


@pytest.mark.parametrize("x", [4, 5.5, 8, 20])
def test_far_tails_are_relatively_exact(x):
    # The next term of either series is beyond the digits of a float there.
    assert module._tail_of_largest(x) == pytest.approx(4 * ndtr(-x), rel=1e-12, abs=0)
    assert module._tail_of_range(x) == pytest.approx(8 * (ndtr(-x) - 2 * ndtr(-2 * x)), rel=1e-12, abs=0)


def test_tails_are_those_of_random_walks(rng):
    steps = rng.choice([-1.0, 1.0], size=(4000, 1000)).cumsum(axis=1) / np.sqrt(1000)
    largest = np.abs(steps).max(axis=1)
    spread = np.maximum(steps.max(axis=1), 0) - np.minimum(steps.min(axis=1), 0)
    for x in (0.8, 1.2, 1.8, 2.4):
        # A walk of 1,000 steps falls short of the motion between its steps by about .58 / sqrt(1000) a border.
        assert np.mean(largest >= x - 0.018) == pytest.approx(module._tail_of_largest(x), abs=0.035)
        assert np.mean(spread >= x - 0.036) == pytest.approx(module._tail_of_range(x), abs=0.035)


@BOTH
def test_calibrated_data_are_rejected_at_most_at_the_stated_rate(test, rng):
    y_prob = rng.beta(4, 2, 1000)
    p_values = np.array([test(rng.random(1000) < y_prob, y_prob).p_value for _ in range(2000)])
    # Binomial: 4 standard errors above, and below what the steps of a finite walk take away.
    assert 0.03 <= np.mean(p_values <= 0.05) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 2000)
    assert 0.15 <= np.mean(p_values <= 0.2) <= 0.2 + 4 * np.sqrt(0.2 * 0.8 / 2000)


@BOTH
def test_ties_make_it_careful_and_never_rash(test, rng):
    y_prob = rng.integers(6, 11, 1000) / 10
    p_values = np.array([test(rng.random(1000) < y_prob, y_prob).p_value for _ in range(1000)])
    assert 0.005 <= np.mean(p_values <= 0.05) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 1000)


@BOTH
def test_overconfident_data_are_rejected(test, rng):
    y_prob = rng.uniform(0.6, 1, 500)
    p_values = [test(rng.random(500) < y_prob - 0.1, y_prob).p_value for _ in range(100)]
    assert np.mean(np.array(p_values) <= 0.05) > 0.95


def test_kuiper_sees_a_stretch_that_the_largest_distance_halves(rng):
    # Timid below, bold above: the walk rises, then falls by twice as much.
    y_prob = np.sort(rng.uniform(0.3, 0.7, 900))
    truth = y_prob + np.where(np.arange(900) < 300, 0.06, -0.06)
    drawn = [rng.random(900) < truth for _ in range(100)]
    found = [
        np.mean([test(y, y_prob).p_value < 0.05 for y in drawn]) for test in (kolmogorov_smirnov_test, kuiper_test)
    ]
    assert found[1] > found[0]


@BOTH
@pytest.mark.parametrize(("y_true", "y_prob"), [([0, 1], [0, 1]), ([1], [0.5]), ([0, 1, 1], [0, 1, 0.7])])
def test_nothing_to_tell_is_nan_with_a_reason(test, y_true, y_prob):
    result = test(y_true, y_prob)
    assert np.isnan(result.statistic)
    assert np.isnan(result.p_value)
    assert result.reason == "Fewer than two rows could have told anything: all others stated 0 or 1."


@BOTH
def test_the_impossible_needs_no_distribution(test):
    assert test([1], [0]).statistic == np.inf
    assert test([1], [0]).p_value == 0
    mixed = test([0, 1, 0, 1], [1, 0.7, 0.6, 0.9])
    assert mixed.p_value == 0
    assert np.isfinite(mixed.statistic)
    assert mixed.reason.startswith("An answer to which the confidence gave no chance at all happened")


@BOTH
def test_certain_and_right_changes_nothing(test):
    plain = test([1, 0, 1], [0.6, 0.7, 0.8])
    assert test([0, 1, 0, 1, 1], [0, 0.6, 0.7, 0.8, 1]).p_value == pytest.approx(plain.p_value)
