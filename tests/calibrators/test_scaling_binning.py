import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit, logit

from calibrant.calibrators import HistogramBinning, PlattScaling, ScalingBinning
from calibrant.exceptions import InputError


def test_by_hand_at_0_and_1():
    # Platt scaling gives 1/3 at 0 and 2/3 at 1, as many answers each; one bin gives the mean.
    y_prob, y_true = [0.0] * 4 + [1.0] * 4, [1, 0, 0, 0, 1, 1, 1, 0]
    two = ScalingBinning(n_bins=2).fit(y_prob, y_true)
    assert_allclose(two.edges_, [0, 0.5, 1])
    assert_allclose(two.predict([0.0, 0.5, 0.51, 1.0]), [1 / 3, 1 / 3, 2 / 3, 2 / 3], atol=1e-8)
    assert_allclose(ScalingBinning(n_bins=1).fit(y_prob, y_true).predict([0.0, 1.0]), 1 / 2, atol=1e-8)


def test_by_hand_a_weighted_mean():
    # Platt scaling still gives each confidence its own mean target; 2 x 1/3-like values against 1 are weighed.
    y_prob, y_true = [0.2] * 8 + [0.8] * 4, [1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0]
    low, high = PlattScaling().fit(y_prob, y_true).predict([0.2, 0.8])
    assert_allclose(ScalingBinning(n_bins=1).fit(y_prob, y_true).predict([0.5]), (8 * low + 4 * high) / 12)


@pytest.mark.parametrize("confidence", [0.0, 0.7, 1.0])
def test_constant_confidence_gives_everyone_the_mean_of_the_targets(confidence):
    assert_allclose(ScalingBinning().fit([confidence] * 4, [1, 1, 1, 0]).predict([0.0, 0.7, 1.0]), 41 / 60)


@pytest.mark.parametrize(("outcome", "expected"), [(1, 4 / 5), (0, 1 / 5)])
def test_one_class_gives_the_smoothed_target(outcome, expected):
    assert_allclose(ScalingBinning().fit([0.2, 0.5, 0.9], [outcome] * 3).predict([0.1, 0.99]), expected)


def test_equal_confidences_share_a_bin():
    edges = ScalingBinning(n_bins=2).fit([0.9] * 5 + [0.1], [1, 1, 1, 1, 0, 0]).edges_
    assert_allclose(edges, [0, 0.5, 1])


@pytest.mark.parametrize("n_bins", [0, -1, 2.5])
def test_n_bins_is_checked(n_bins):
    with pytest.raises(InputError, match=f"^n_bins must .* got {n_bins}"):
        ScalingBinning(n_bins=n_bins).fit([0.5], [1])


@given(
    st.lists(st.tuples(st.integers(0, 10).map(lambda k: k / 10), st.booleans()), min_size=1, max_size=40),
    st.integers(1, 12),
)
def test_agrees_with_a_loop_over_the_bins(rows, n_bins):
    y_prob, y_true = (np.array(column) for column in zip(*rows, strict=True))
    binning = ScalingBinning(n_bins=n_bins).fit(y_prob, y_true)
    curve = PlattScaling().fit(y_prob, y_true).predict(y_prob)
    assert binning.edges_.tolist() == HistogramBinning(n_bins=n_bins).fit(y_prob, y_true).edges_.tolist()
    for i, (low, high) in enumerate(zip(binning.edges_[:-1], binning.edges_[1:], strict=True)):
        inside = (y_prob <= high) & ((y_prob > low) | (i == 0))
        assert_allclose(binning.predict(y_prob[inside]), curve[inside].mean())
    assert binning.predict(y_prob).mean() == pytest.approx(curve.mean())


def test_varies_less_than_histogram_binning_where_platts_curve_is_true():
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(20):
        y_prob = rng.beta(4, 1.5, size=200)
        truth = expit(0.6 * logit(y_prob) - 0.4)
        y_true = rng.random(200) < truth
        maps = (ScalingBinning(n_bins=15), HistogramBinning(n_bins=15))
        errors.append([np.mean((one.fit(y_prob, y_true).predict(y_prob) - truth) ** 2) for one in maps])
    scaled, plain = np.mean(errors, axis=0)
    assert scaled < plain / 2
