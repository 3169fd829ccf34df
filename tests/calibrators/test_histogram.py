import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from calibrant.calibrators import HistogramBinning
from calibrant.exceptions import InputError


def test_by_hand_with_0_and_1():
    # Two bins of three: 1 of 3 right, 2 of 3 right -> 2/5 and 3/5; the edge halves the gap between .25 and .75.
    binning = HistogramBinning(n_bins=2).fit([1.0, 0.0, 0.25, 0.2, 0.75, 0.8], [1, 0, 0, 1, 0, 1])
    assert_allclose(binning.edges_, [0, 0.5, 1])
    assert_allclose(binning.values_, [2 / 5, 3 / 5])
    assert_allclose(binning.predict([0.0, 0.5, np.nextafter(0.5, 1), 1.0]), [2 / 5, 2 / 5, 3 / 5, 3 / 5])


def test_equal_confidences_share_a_bin():
    # The cut wanted after 3 of 6 falls among the five at .9, so it moves to the gap before them.
    binning = HistogramBinning(n_bins=2).fit([0.9] * 5 + [0.1], [1, 1, 1, 1, 0, 0])
    assert_allclose(binning.edges_, [0, 0.5, 1])
    assert_allclose(binning.values_, [1 / 3, 5 / 7])


def test_a_tie_between_two_gaps_takes_the_lower():
    # Wanted after 2 of 4; the gaps are after 1 and after 3.
    assert_allclose(HistogramBinning(n_bins=2).fit([0.2, 0.4, 0.4, 0.8], [0, 0, 1, 1]).edges_, [0, 0.3, 1])


@pytest.mark.parametrize("confidence", [0.0, 0.7, 1.0])
def test_constant_confidence_is_one_bin(confidence):
    binning = HistogramBinning().fit([confidence] * 4, [1, 1, 1, 0])
    assert binning.edges_.tolist() == [0, 1]
    assert_allclose(binning.predict([0.0, 0.7, 1.0]), 4 / 6)


def test_fewer_answers_than_bins():
    binning = HistogramBinning(n_bins=10).fit([0.2, 0.6], [0, 1])
    assert_allclose(binning.edges_, [0, 0.4, 1])
    assert_allclose(binning.values_, [1 / 3, 2 / 3])


def test_one_class_is_not_certain():
    assert_allclose(HistogramBinning(n_bins=1).fit([0.2, 0.5, 0.9], [1, 1, 1]).values_, [4 / 5])


def test_neighbouring_floats_keep_their_own_bins():
    for low in (0.3, np.nextafter(0.3, 1), 0.9, np.nextafter(0.9, 1)):
        high = np.nextafter(low, 1)
        binning = HistogramBinning(n_bins=2).fit([low] * 3 + [high] * 3, [0, 0, 0, 1, 1, 1])
        assert_allclose(binning.predict([low, high]), [1 / 5, 4 / 5])


@pytest.mark.parametrize("n_bins", [0, -1, 2.5])
def test_n_bins_is_checked(n_bins):
    with pytest.raises(InputError, match=f"^n_bins must .* got {n_bins}"):
        HistogramBinning(n_bins=n_bins).fit([0.5], [1])


@given(st.integers(1, 12), st.integers(1, 8))
def test_bins_of_distinct_confidences_are_equal(n_bins, size):
    n = n_bins * size
    y_prob = np.random.default_rng(n).permutation(n) / n
    edges = HistogramBinning(n_bins=n_bins).fit(y_prob, np.zeros(n)).edges_
    assert np.bincount(np.searchsorted(edges[1:-1], y_prob)).tolist() == [size] * n_bins


@given(
    st.lists(st.tuples(st.integers(0, 10).map(lambda k: k / 10), st.booleans()), min_size=1, max_size=40),
    st.integers(1, 12),
)
def test_agrees_with_a_loop_over_the_bins(rows, n_bins):
    y_prob, y_true = (np.array(column) for column in zip(*rows, strict=True))
    binning = HistogramBinning(n_bins=n_bins).fit(y_prob, y_true)
    assert 1 <= binning.values_.size <= n_bins
    for i, (low, high) in enumerate(zip(binning.edges_[:-1], binning.edges_[1:], strict=True)):
        inside = (y_prob <= high) & ((y_prob > low) | (i == 0))
        assert inside.any()
        assert binning.values_[i] == pytest.approx((y_true[inside].sum() + 1) / (inside.sum() + 2))
        assert_allclose(binning.predict(y_prob[inside]), binning.values_[i])
