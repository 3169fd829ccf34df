import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit

from calibrant.calibrators._logistic import fit_logistic, smoothed_targets


def sample(n=200, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 2))
    return features, (rng.random(n) < expit(features @ [1.0, -0.5])).astype(float)


def test_targets_by_hand():
    # 2 right and 1 wrong: 3/4 and 1/3; a row of weight 2 counts twice.
    assert_allclose(smoothed_targets(np.array([1.0, 0.0, 1.0]), np.ones(3)), [3 / 4, 1 / 3, 3 / 4])
    assert_allclose(smoothed_targets(np.array([1.0, 0.0]), np.array([2.0, 1.0])), [3 / 4, 1 / 3])


def test_of_two_features_that_say_the_same_the_first_counts():
    features, y_true = sample()
    alone = fit_logistic(features[:, :1], y_true, np.ones(200))
    twice = fit_logistic(np.column_stack([features[:, 0], 3 * features[:, 0] + 1]), y_true, np.ones(200))
    assert twice.coefficients[1] == 0
    assert_allclose(twice.coefficients[0], alone.coefficients[0])


def test_a_feature_that_is_constant_where_it_counts_gets_0():
    features, y_true = sample()
    features[:, 1] = 0.5
    features[0, 1] = 9.0
    weight = np.ones(200)
    weight[0] = 0
    assert fit_logistic(features, y_true, weight).coefficients[1] == 0


def test_the_gradient_is_0_at_the_optimum():
    features, y_true = sample()
    weight = np.arange(200) % 3.0
    found = fit_logistic(features, y_true, weight)
    residual = weight * (expit(features @ found.coefficients + found.intercept) - smoothed_targets(y_true, weight))
    assert_allclose(residual @ np.column_stack([features, np.ones(200)]), 0, atol=1e-6)


@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-100, 100))
def test_units_do_not_matter(scale, shift):
    features, y_true = sample(60)
    plain = fit_logistic(features, y_true, np.ones(60))
    moved = fit_logistic(features * scale + shift, y_true, np.ones(60))
    assert_allclose(moved.coefficients * scale, plain.coefficients, rtol=1e-5)
    assert_allclose(moved.loss, plain.loss)


def test_features_that_part_right_from_wrong_stay_finite():
    features = np.linspace(-1, 1, 100)[:, None]
    found = fit_logistic(features, (features[:, 0] > 0).astype(float), np.ones(100))
    assert np.isfinite(found.coefficients).all()
    assert found.coefficients[0] > 5
