"""Edges are where mutants of a calibration error hide: they are tried one by one."""

import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.metrics._binning import Binning, join_gaps

N_BINS = range(1, 61)


def _index(prob, n_bins, strategy, edges, weight=None):
    binning = Binning(n_bins, strategy, edges)
    prob = np.asarray(prob, float)
    return binning.index(prob, binning.borders(prob, np.ones(prob.size) if weight is None else np.asarray(weight)))


@pytest.mark.parametrize("n_bins", N_BINS)
def test_k_over_n_is_an_edge_exactly(n_bins):
    k = np.arange(n_bins + 1)
    edge = np.array([i / n_bins for i in range(n_bins + 1)])
    np.testing.assert_array_equal(_index(edge, n_bins, "uniform", "right"), np.maximum(k - 1, 0))
    np.testing.assert_array_equal(_index(edge, n_bins, "uniform", "left"), np.minimum(k, n_bins - 1))


@pytest.mark.parametrize("n_bins", N_BINS)
@pytest.mark.parametrize("edges", ["right", "left"])
def test_the_floats_beside_an_edge_fall_to_its_sides(n_bins, edges):
    inner = np.arange(1, n_bins) / n_bins
    np.testing.assert_array_equal(_index(np.nextafter(inner, 0), n_bins, "uniform", edges), np.arange(n_bins - 1))
    np.testing.assert_array_equal(_index(np.nextafter(inner, 1), n_bins, "uniform", edges), np.arange(1, n_bins))


@pytest.mark.parametrize(("edges", "expected"), [("right", [0, 0, 2, 5, 6, 9]), ("left", [0, 1, 3, 6, 7, 9])])
def test_round_confidences_by_hand(edges, expected):
    np.testing.assert_array_equal(_index([0, 0.1, 0.3, 0.6, 0.7, 1], 10, "uniform", edges), expected)


@pytest.mark.parametrize("edges", ["right", "left"])
def test_quantile_bins_without_ties_are_equal(rng, edges):
    index = _index(rng.random(60), 5, "quantile", edges)
    np.testing.assert_array_equal(np.bincount(index), [12] * 5)


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        # Half the weight is reached at .9 itself, which (low, high] puts with what is below it.
        ("right", [0, 0, 0, 0, 0, 1]),
        # Seen from above, half is reached at .9 as well, which [low, high) puts with what is above it.
        ("left", [0, 1, 1, 1, 1, 1]),
    ],
)
def test_ties_stay_together_in_quantile_bins(edges, expected):
    np.testing.assert_array_equal(_index([0.1, 0.9, 0.9, 0.9, 0.9, 1.0], 2, "quantile", edges), expected)


@pytest.mark.parametrize("edges", ["right", "left"])
def test_quantile_bins_by_weight_are_those_of_repeated_rows(rng, edges):
    prob, weight = rng.integers(11, size=40) / 10, rng.integers(4, size=40)
    repeated = np.repeat(np.arange(40), weight)
    np.testing.assert_array_equal(
        _index(prob, 7, "quantile", edges, weight)[repeated], _index(prob[repeated], 7, "quantile", edges)
    )


@pytest.mark.parametrize("edges", ["right", "left"])
@pytest.mark.parametrize("prob", [0.0, 0.4, 1.0])
def test_constant_confidence_is_one_bin(prob, edges):
    assert len(set(_index([prob] * 9, 4, "quantile", edges))) == 1


def test_right_and_left_mirror_each_other(rng):
    prob = rng.integers(33, size=200) / 32
    for strategy in ("uniform", "quantile"):
        right = _index(prob, 8, strategy, "right")
        np.testing.assert_array_equal(right, 7 - _index(1 - prob, 8, strategy, "left"))


def test_norms_by_hand():
    gap, weight = np.array([[0.3, 0.0, -0.1]]), np.array([1.0, 0.0, 3.0])
    assert join_gaps(gap, weight, "l1") == pytest.approx([0.15])
    assert join_gaps(gap, weight, "l2") == pytest.approx([np.sqrt(0.03)])
    assert join_gaps(gap, weight, "max") == pytest.approx([0.3])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((0, "uniform", "right"), "n_bins must be"),
        ((5, "equal", "right"), "strategy must be one of 'uniform', 'quantile', 'unique'; got 'equal'"),
        ((5, "uniform", "both"), "edges must be one of 'right', 'left'; got 'both'"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        Binning(*options)
