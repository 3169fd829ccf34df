"""Calibration errors by hand, against a loop, and on data whose error is known."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.metrics import calibration_curve, debiased_calibration_error, expected_calibration_error

ECE = partial(expected_calibration_error, n_bins=10)


def _gaps_by_loop(y_true, y_prob, n_bins, edges):
    """(rows, |accuracy - confidence|) of every uniform bin that has rows."""
    found = []
    for b in range(n_bins):
        low, high = b / n_bins, (b + 1) / n_bins
        if edges == "right":
            members = [i for i, p in enumerate(y_prob) if low < p <= high or (b == 0 and p == 0)]
        else:
            members = [i for i, p in enumerate(y_prob) if low <= p < high or (b == n_bins - 1 and p == 1)]
        if members:
            gap = sum(y_true[i] for i in members) / len(members) - sum(y_prob[i] for i in members) / len(members)
            found.append((len(members), abs(gap)))
    return found


def test_by_hand_with_0_and_1_ties_and_empty_bins():
    # Rows at 0 (1 of 2 right, gap .5), at .3 (0 of 1, gap .3), at 1 (2 of 3, gap 1/3); the other bins are empty.
    y_true, y_prob = [0, 1, 0, 1, 1, 0], [0, 0, 0.3, 1, 1, 1]
    assert ECE(y_true, y_prob) == pytest.approx((2 * 0.5 + 0.3 + 1) / 6)
    assert ECE(y_true, y_prob, norm="max") == pytest.approx(0.5)
    assert ECE(y_true, y_prob, norm="l2") == pytest.approx(np.sqrt((2 * 0.25 + 0.09 + 1 / 3) / 6))


def test_the_edge_convention_can_decide_everything():
    # (.2, .3] holds .3 with .25: accuracy .5 at .275. [.3, .4) takes .3 away from it.
    y_true, y_prob = [1, 0], [0.25, 0.3]
    assert ECE(y_true, y_prob, edges="right") == pytest.approx(0.225)
    assert ECE(y_true, y_prob, edges="left") == pytest.approx((0.75 + 0.3) / 2)


@pytest.mark.parametrize(("norm", "expected"), [("l1", 0.29), ("l2", 0.2918), ("max", 0.3167)])
def test_the_example_of_torchmetrics(norm, expected):
    error = expected_calibration_error([0, 0, 1, 1, 1], [0.25, 0.25, 0.55, 0.75, 0.75], n_bins=2, norm=norm)
    assert error == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("edges", ["right", "left"])
@pytest.mark.parametrize("n_bins", [1, 2, 3, 7, 10, 15, 20])
def test_against_a_loop_on_a_grid_that_hits_every_edge(rng, n_bins, edges):
    for size in (1, 5, 200):
        y_prob = rng.integers(n_bins + 1, size=size) / n_bins
        y_prob = np.where(rng.random(size) < 0.3, rng.random(size), y_prob)
        y_true = rng.integers(2, size=size)
        gaps = _gaps_by_loop(y_true.tolist(), y_prob.tolist(), n_bins, edges)
        expected = {
            "l1": sum(n * gap for n, gap in gaps) / size,
            "l2": np.sqrt(sum(n * gap**2 for n, gap in gaps) / size),
            "max": max(gap for _, gap in gaps),
        }
        for norm, value in expected.items():
            error = expected_calibration_error(y_true, y_prob, n_bins=n_bins, edges=edges, norm=norm)
            assert error == pytest.approx(value, abs=1e-12), norm


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize("edges", ["right", "left"])
def test_right_where_certain_and_wrong_where_denied_is_0(strategy, edges):
    assert expected_calibration_error([0, 1, 1, 0], [0, 1, 1, 0], strategy=strategy, edges=edges) == 0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), min_size=1, max_size=40))
@settings(deadline=None, max_examples=50)
def test_norms_are_ordered_and_the_mean_gap_is_a_lower_bound(pairs):
    y_true, y_prob = [y for y, _ in pairs], [k / 30 for _, k in pairs]
    for strategy in ("uniform", "quantile"):
        l1, l2, largest = (
            expected_calibration_error(y_true, y_prob, strategy=strategy, norm=norm) for norm in ("l1", "l2", "max")
        )
        assert abs(np.mean(y_true) - np.mean(y_prob)) - 1e-12 <= l1 <= l2 + 1e-12 <= largest + 2e-12


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20), st.integers(1, 3)), min_size=1, max_size=30))
@settings(deadline=None, max_examples=50)
def test_whole_weights_are_repeated_rows_in_every_option(rows):
    y_true, y_prob, weight = np.array(rows).T
    y_prob = y_prob / 20
    for metric in (expected_calibration_error, debiased_calibration_error):
        for strategy in ("uniform", "quantile"):
            for edges in ("right", "left"):
                for norm in ("l1", "l2"):
                    measure = partial(metric, n_bins=6, strategy=strategy, edges=edges, norm=norm)
                    repeated = measure(np.repeat(y_true, weight), np.repeat(y_prob, weight))
                    weighted = measure(y_true, y_prob, sample_weight=weight)
                    np.testing.assert_allclose(weighted, repeated, atol=1e-7)


def test_it_is_the_sum_of_the_curve(rng):
    y_prob = rng.random(300)
    y_true = rng.random(300) < y_prob**2
    curve = calibration_curve(y_true, y_prob, strategy="quantile", n_bins=8)
    error = np.sum(curve.weight * np.abs(curve.accuracy - curve.confidence)) / 300
    assert expected_calibration_error(y_true, y_prob, strategy="quantile", n_bins=8) == pytest.approx(error)


def _three_bins():
    """Bins of (confidence, accuracy, rows) = (.2, .3, 10), (.7, .5, 20), (.9, .85, 20)."""
    y_true = [1] * 3 + [0] * 7 + [1] * 10 + [0] * 10 + [1] * 17 + [0] * 3
    return y_true, [0.2] * 10 + [0.7] * 20 + [0.9] * 20


def test_debiased_l2_by_hand():
    # .2 (.01 - .21 / 9) + .4 (.04 - .25 / 19) + .4 (.0025 - .1275 / 19)
    assert ECE(*_three_bins(), norm="l2") ** 2 == pytest.approx(0.0190)
    assert debiased_calibration_error(*_three_bins(), n_bins=10, norm="l2") ** 2 == pytest.approx(0.0063860, abs=5e-8)
    assert debiased_calibration_error(*_three_bins(), n_bins=10, norm="l2") == pytest.approx(0.07991, abs=5e-6)


def test_debiased_l1_takes_the_simulated_bias_away(rng):
    gap, deviation = np.array([0.1, -0.2, -0.05]), np.sqrt([0.21 / 9, 0.25 / 19, 0.1275 / 19])
    noisy = np.abs(gap + deviation * rng.standard_normal((200_000, 3))).mean(axis=0)
    expected = (2 * np.abs(gap) - noisy) @ [0.2, 0.4, 0.4]
    # The simulated mean has a standard error below .0003.
    assert debiased_calibration_error(*_three_bins(), n_bins=10) == pytest.approx(expected, abs=0.001)


def test_debiased_is_less_biased_where_the_truth_is_known(rng):
    # Confidence .8, true accuracy .7: the error is .1 in every bin; 15 bins of 20 rows inflate the plug-in.
    y_prob = np.repeat(np.linspace(0.6, 0.99, 15), 20)
    plug_in, debiased = [], []
    for _ in range(200):
        y_true = rng.random(300) < y_prob - 0.1
        plug_in.append(expected_calibration_error(y_true, y_prob, strategy="quantile"))
        debiased.append(debiased_calibration_error(y_true, y_prob, strategy="quantile"))
    assert abs(np.mean(debiased) - 0.1) < abs(np.mean(plug_in) - 0.1) / 2


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_debiased_without_errors_equals_the_plug_in(norm):
    y_true, y_prob = [1] * 8, [0.5] * 4 + [0.9] * 4
    expected = expected_calibration_error(y_true, y_prob, norm=norm)
    assert debiased_calibration_error(y_true, y_prob, norm=norm) == pytest.approx(expected)


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_debiased_never_falls_below_0(norm):
    assert debiased_calibration_error([0, 1], [0.5, 0.5], norm=norm) == 0


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_a_bin_of_one_row_adds_nothing_and_is_counted(norm):
    pair = debiased_calibration_error([1, 1], [0.5, 0.5], norm=norm)
    joined = debiased_calibration_error([1, 1, 0], [0.5, 0.5, 0.9], norm=norm)
    assert pair == pytest.approx(0.5)
    assert joined == pytest.approx(0.5 * (2 / 3 if norm == "l1" else np.sqrt(2 / 3)))
    assert np.isnan(debiased_calibration_error([1, 0], [0.5, 0.9], norm=norm))


def test_a_norm_that_is_not_defined_is_refused():
    with pytest.raises(InputError, match=r"^norm must be one of 'l1', 'l2', 'max'; got 'l3'\.$"):
        expected_calibration_error([1], [0.5], norm="l3")
    with pytest.raises(InputError, match=r"^norm must be one of 'l1', 'l2'; got 'max'\.$"):
        debiased_calibration_error([1], [0.5], norm="max")
