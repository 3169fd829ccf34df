import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from calibrant.calibrators import PlattScaling, QuadraticScaling


def test_by_hand_three_confidences_three_numbers():
    # Odds of 1/9, 1 and 9; right are 1, 2 and 3 of 4: means of the targets 5/16, 8/16 and 11/16.
    quadratic = QuadraticScaling().fit([0.1] * 4 + [0.5] * 4 + [0.9] * 4, [1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0])
    assert_allclose(quadratic.predict([0.1, 0.5, 0.9]), [5 / 16, 8 / 16, 11 / 16], atol=1e-8)
    assert quadratic.slope_ == pytest.approx(logit(11 / 16) / np.log(9))
    assert_allclose([quadratic.curvature_, quadratic.intercept_], 0, atol=1e-8)
    assert quadratic.is_monotone_


def test_a_curve_that_turns_says_so_and_is_level_outside():
    y_prob = np.repeat([0.2, 0.5, 0.8], 4)
    quadratic = QuadraticScaling().fit(y_prob, [1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0])
    # 1, 3 and 1 of 4 right: targets 6/7 and 1/9.
    high, low = (3 * 6 / 7 + 1 / 9) / 4, (6 / 7 + 3 / 9) / 4
    assert not quadratic.is_monotone_
    assert_allclose(quadratic.predict([0.2, 0.5, 0.8]), [low, high, low], atol=1e-8)
    assert_allclose(quadratic.predict([0.0, 0.1, 0.9, 1.0]), low, atol=1e-8)


def test_two_confidences_are_platt_scaling():
    y_prob, y_true = [0.6] * 10 + [0.8] * 10, [1] * 5 + [0] * 5 + [1] * 9 + [0]
    quadratic, platt = QuadraticScaling().fit(y_prob, y_true), PlattScaling().fit(y_prob, y_true)
    assert quadratic.curvature_ == 0
    grid = np.linspace(0.6, 0.8, 11)
    assert_allclose(quadratic.predict(grid), platt.predict(grid), rtol=1e-8)


@pytest.mark.parametrize("confidence", [0.0, 0.3, 1.0])
def test_constant_confidence_gives_everyone_the_mean_of_the_targets(confidence):
    quadratic = QuadraticScaling().fit([confidence] * 4, [1, 1, 1, 0])
    assert (quadratic.slope_, quadratic.curvature_) == (0, 0)
    assert_allclose(quadratic.predict([0.0, 0.3, 1.0]), 41 / 60)


@pytest.mark.parametrize(("outcome", "expected"), [(1, 4 / 5), (0, 1 / 5)])
def test_one_class_gives_the_smoothed_target(outcome, expected):
    quadratic = QuadraticScaling().fit([0.2, 0.5, 0.9], [outcome] * 3)
    assert_allclose(quadratic.predict([0.1, 0.5, 0.99]), expected)


def test_only_rows_that_count_make_the_range():
    quadratic = QuadraticScaling().fit([0.1, 0.4, 0.6, 0.9], [0, 0, 1, 1], sample_weight=[0, 1, 1, 0])
    assert_allclose(quadratic.range_, logit([0.4, 0.6]))


def test_separable_answers_stay_finite():
    y_prob = np.linspace(0.05, 0.95, 500)
    quadratic = QuadraticScaling().fit(y_prob, y_prob > 0.4)
    given_to = quadratic.predict(y_prob)
    assert np.isfinite([quadratic.curvature_, quadratic.slope_, quadratic.intercept_]).all()
    assert (given_to[y_prob > 0.45] > 0.85).all()
    assert (given_to[y_prob < 0.35] < 0.15).all()


def test_agrees_with_a_logistic_regression_on_the_smoothed_targets():
    rng = np.random.default_rng(0)
    y_prob = rng.beta(4, 2, size=300)
    y_true = (rng.random(300) < y_prob**2).astype(int)
    n_right = y_true.sum()
    target = np.where(y_true == 1, (n_right + 1) / (n_right + 2), 1 / (300 - n_right + 2))
    features = np.column_stack([logit(y_prob), logit(y_prob) ** 2])
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        np.tile(features, (2, 1)), np.repeat([1, 0], 300), np.concatenate([target, 1 - target])
    )
    quadratic = QuadraticScaling().fit(y_prob, y_true)
    assert_allclose([quadratic.slope_, quadratic.curvature_], peer.coef_[0], atol=1e-5)
    assert quadratic.intercept_ == pytest.approx(peer.intercept_[0], abs=1e-5)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_says_whether_it_keeps_the_order(rows):
    y_prob, y_true = zip(*rows, strict=True)
    quadratic = QuadraticScaling().fit(y_prob, y_true)
    given_to = quadratic.predict(np.linspace(0, 1, 1001))
    assert ((given_to >= 1e-6) & (given_to <= 1 - 1e-6)).all()
    if quadratic.is_monotone_:
        assert (np.diff(given_to) >= -1e-12).all()


def test_recovers_a_known_distortion():
    rng = np.random.default_rng(1)
    y_prob = expit(rng.normal(size=20_000))
    truth = expit(0.3 * logit(y_prob) ** 2 + 0.7 * logit(y_prob) - 0.5)
    quadratic = QuadraticScaling().fit(y_prob, rng.random(20_000) < truth)
    assert_allclose([quadratic.curvature_, quadratic.slope_, quadratic.intercept_], [0.3, 0.7, -0.5], atol=0.08)
