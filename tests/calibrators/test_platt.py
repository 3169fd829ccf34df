import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from calibrant.calibrators import PlattScaling
from calibrant.calibrators._platt import fit_sigmoid


def test_agrees_with_libsvm():
    # LibSVM writes p = 1 / (1 + exp(A s + B)), and stops at a gradient of 1e-5.
    A, B = -0.20261354391187855, 0.65236314980010512
    found = fit_sigmoid(np.array([5.0, -4.0, 1.0]), np.array([1.0, 0.0, 0.0]), np.ones(3))
    assert_allclose(found, [-A, -B], atol=1e-5)


def test_by_hand_at_0_and_1():
    # 0 and 1 count as 1e-6 and 1 - 1e-6. Of 4 at each, 1 and 3 are right: targets 5/6 and 1/6 have means 1/3 and 2/3.
    platt = PlattScaling().fit([0.0] * 4 + [1.0] * 4, [1, 0, 0, 0, 1, 1, 1, 0])
    assert_allclose(platt.predict([0.0, 0.5, 1.0]), [1 / 3, 1 / 2, 2 / 3], atol=1e-8)
    assert platt.slope_ == pytest.approx(np.log(2) / logit(1 - 1e-6), abs=1e-9)
    assert platt.intercept_ == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("confidence", [0.0, 0.3, 1.0])
def test_constant_confidence_gives_everyone_the_mean_of_the_targets(confidence):
    # 3 right and 1 wrong: (3 x 4/5 + 1/3) / 4 = 41/60, whatever the confidence said.
    platt = PlattScaling().fit([confidence] * 4, [1, 1, 1, 0])
    assert platt.slope_ == 0
    assert_allclose(platt.predict([0.0, 0.3, 0.9, 1.0]), 41 / 60)


def test_a_spread_of_rounding_errors_is_no_spread():
    nearly = np.nextafter(0.9, [0.0, 1.0, 1.0, 0.0])
    assert PlattScaling().fit(nearly, [0, 1, 1, 0]).slope_ == 0


def test_only_the_rows_that_count_have_a_spread():
    assert PlattScaling().fit([0.3, 0.9, 0.9], [0, 1, 0], sample_weight=[0, 1, 1]).slope_ == 0


@pytest.mark.parametrize(("outcome", "expected"), [(1, 4 / 5), (0, 1 / 5)])
def test_one_class_gives_the_smoothed_target(outcome, expected):
    # 3 of 3 right: (3 + 1) / (3 + 2); 0 of 3 right: 1 / (3 + 2).
    platt = PlattScaling().fit([0.2, 0.5, 0.9], [outcome] * 3)
    assert platt.slope_ == 0
    assert_allclose(platt.predict([0.1, 0.99]), expected)


def test_a_single_row():
    assert_allclose(PlattScaling().fit([0.7], [1]).predict([0.7]), 2 / 3)


def test_a_reversed_order_shows_in_the_slope():
    platt = PlattScaling().fit([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0])
    assert platt.slope_ < 0
    assert (np.diff(platt.predict([0.1, 0.2, 0.8, 0.9])) < 0).all()


@pytest.mark.parametrize("n", [2, 200, 20_000])
def test_separable_answers_stay_finite(n):
    y_prob = np.where(np.arange(n) < n // 2, 0.70, 0.71)
    platt = PlattScaling().fit(y_prob, y_prob > 0.705)
    # Two confidences, two parameters: each gets its own target, 1 / (n/2 + 2) and one less that.
    low = 1 / (n // 2 + 2)
    assert_allclose(platt.predict([0.70, 0.71]), [low, 1 - low], rtol=1e-5)
    assert_allclose(platt.predict([0.0, 1.0]), [1e-6, 1 - 1e-6], rtol=1e-9)


def test_agrees_with_a_logistic_regression_on_the_smoothed_targets():
    rng = np.random.default_rng(0)
    y_prob = rng.beta(4, 2, size=300)
    y_true = (rng.random(300) < y_prob**2).astype(int)
    n_right = y_true.sum()
    target = np.where(y_true == 1, (n_right + 1) / (n_right + 2), 1 / (300 - n_right + 2))
    # A target t is a right answer of weight t beside a wrong one of weight 1 - t.
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        np.tile(logit(y_prob), 2)[:, None], np.repeat([1, 0], 300), np.concatenate([target, 1 - target])
    )
    platt = PlattScaling().fit(y_prob, y_true)
    assert_allclose([platt.slope_, platt.intercept_], [peer.coef_[0, 0], peer.intercept_[0]], atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(slope=st.floats(0.2, 3.0), intercept=st.floats(-2.0, 2.0), shape=st.floats(1.0, 4.0), seed=st.integers(0, 100))
def test_recovers_a_known_distortion(slope, intercept, shape, seed):
    rng = np.random.default_rng(seed)
    y_prob = rng.beta(shape, shape, size=20_000)
    truth = expit(slope * logit(y_prob) + intercept)
    platt = PlattScaling().fit(y_prob, rng.random(20_000) < truth)
    assert_allclose(platt.predict(y_prob), truth, atol=0.08)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_keeps_or_reverses_the_order(rows):
    y_prob, y_true = zip(*rows, strict=True)
    platt = PlattScaling().fit(y_prob, y_true)
    given_to = platt.predict(np.linspace(0, 1, 101))
    assert ((given_to > 0) & (given_to < 1)).all()
    assert (np.diff(given_to) * np.sign(platt.slope_) >= 0).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=30))
def test_mean_probability_is_the_mean_target(rows):
    # The derivative by the intercept is 0 at the optimum.
    y_prob, y_true = (np.array(column) for column in zip(*rows, strict=True))
    n_right = y_true.sum()
    target = np.where(y_true, (n_right + 1) / (n_right + 2), 1 / (len(rows) - n_right + 2))
    assert PlattScaling().fit(y_prob, y_true).predict(y_prob).mean() == pytest.approx(target.mean(), abs=1e-6)
