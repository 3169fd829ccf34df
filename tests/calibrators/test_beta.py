import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import expit, logit

from calibrant.calibrators import BetaCalibration, PlattScaling
from calibrant.calibrators._logistic import cross_entropy, smoothed_targets

ROWS = st.lists(st.tuples(st.integers(0, 20).map(lambda k: k / 20), st.booleans()), min_size=1, max_size=40)


def loss(parameters, y_prob, y_true):
    """Mean cross-entropy to the smoothed targets of the curve with these a, b and c."""
    a, b, c = parameters
    p = np.clip(y_prob, 1e-6, 1 - 1e-6)
    n = len(y_prob)
    log_odds = a * np.log(p) - b * np.log(1 - p) + c
    return cross_entropy(log_odds, smoothed_targets(np.asarray(y_true, float), np.ones(n)), np.full(n, 1 / n))


def test_by_hand_three_confidences_three_numbers():
    # Right are 1, 2 and 3 of 4 at each: the targets 7/8 and 1/8 have means 5/16, 8/16, 11/16, which the curve can meet.
    y_prob = [0.2] * 4 + [0.5] * 4 + [0.75] * 4
    beta = BetaCalibration().fit(y_prob, [1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0])
    assert_allclose(beta.predict([0.2, 0.5, 0.75]), [5 / 16, 8 / 16, 11 / 16], atol=1e-8)
    low, high = np.log([0.2, 0.5, 0.75]), -np.log([0.8, 0.5, 0.25])
    a, b, c = np.linalg.solve(np.column_stack([low, high, np.ones(3)]), logit([5 / 16, 8 / 16, 11 / 16]))
    assert_allclose([beta.a_, beta.b_, beta.c_], [a, b, c], atol=1e-7)


def test_by_hand_at_0_and_1():
    # 0 and 1 count as 1e-6 and 1 - 1e-6; two confidences, so a = b.
    beta = BetaCalibration().fit([0.0] * 4 + [1.0] * 4, [1, 0, 0, 0, 1, 1, 1, 0])
    assert_allclose(beta.predict([0.0, 0.5, 1.0]), [1 / 3, 1 / 2, 2 / 3], atol=1e-8)
    assert beta.a_ == beta.b_


@pytest.mark.parametrize("confidence", [0.0, 0.3, 1.0])
def test_constant_confidence_gives_everyone_the_mean_of_the_targets(confidence):
    beta = BetaCalibration().fit([confidence] * 4, [1, 1, 1, 0])
    assert (beta.a_, beta.b_) == (0, 0)
    assert_allclose(beta.predict([0.0, 0.3, 1.0]), 41 / 60)


@pytest.mark.parametrize(("outcome", "expected"), [(1, 4 / 5), (0, 1 / 5)])
def test_one_class_gives_the_smoothed_target(outcome, expected):
    beta = BetaCalibration().fit([0.2, 0.5, 0.9], [outcome] * 3)
    assert_allclose(beta.predict([0.1, 0.5, 0.99]), expected)


def test_answers_in_reverse_order_get_one_probability():
    # Right are 3 of 3 at the low confidences and 0 of 3 at the high ones: no factor can help; mean target 1/2.
    beta = BetaCalibration().fit([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [1, 1, 1, 0, 0, 0])
    assert (beta.a_, beta.b_) == (0, 0)
    assert_allclose(beta.predict([0.1, 0.9]), 0.5)


@pytest.mark.parametrize("n", [4, 2000])
def test_separable_answers_stay_finite(n):
    y_prob = np.linspace(0.1, 0.9, n)
    beta = BetaCalibration().fit(y_prob, y_prob > 0.5)
    assert np.isfinite([beta.a_, beta.b_, beta.c_]).all()
    low, high = beta.predict([0.1, 0.9])
    assert 0 < low < 0.3
    assert 0.7 < high < 1


def test_with_equal_factors_it_is_platt_scaling():
    y_prob, y_true = [0.6] * 10 + [0.8] * 10, [1] * 5 + [0] * 5 + [1] * 9 + [0]
    grid = np.linspace(0, 1, 21)
    assert_allclose(
        BetaCalibration().fit(y_prob, y_true).predict(grid), PlattScaling().fit(y_prob, y_true).predict(grid), rtol=1e-8
    )


def test_a_border_is_reached_where_the_curve_bends_too_much():
    # Accuracy falls from 0.1 to 0.5 and rises from there: a alone would be negative.
    y_prob, right = np.repeat([0.1, 0.5, 0.9], 20), [10, 6, 18]
    y_true = np.concatenate([np.arange(20) < k for k in right])
    beta = BetaCalibration().fit(y_prob, y_true)
    assert beta.a_ == 0
    assert beta.b_ > 0


@settings(max_examples=40)
@given(ROWS)
def test_no_other_allowed_curve_has_a_lower_loss(rows):
    y_prob, y_true = (np.array(column) for column in zip(*rows, strict=True))
    beta = BetaCalibration().fit(y_prob, y_true)
    assert beta.a_ >= 0
    assert beta.b_ >= 0
    found = minimize(
        loss, x0=[0.5, 0.5, 0.0], args=(y_prob, y_true), bounds=[(0, None), (0, None), (None, None)], method="L-BFGS-B"
    )
    assert loss((beta.a_, beta.b_, beta.c_), y_prob, y_true) <= found.fun + 1e-7


@given(ROWS)
def test_never_falls_and_is_never_certain(rows):
    y_prob, y_true = zip(*rows, strict=True)
    given_to = BetaCalibration().fit(y_prob, y_true).predict(np.linspace(0, 1, 101))
    assert (np.diff(given_to) >= -1e-15).all()
    assert ((given_to >= 1e-6) & (given_to <= 1 - 1e-6)).all()


@settings(max_examples=10)
@given(a=st.floats(0.3, 2.0), b=st.floats(0.3, 2.0), c=st.floats(-1.0, 1.0), seed=st.integers(0, 100))
def test_recovers_a_known_distortion(a, b, c, seed):
    rng = np.random.default_rng(seed)
    y_prob = rng.random(20_000)
    truth = expit(a * np.log(y_prob) - b * np.log1p(-y_prob) + c)
    beta = BetaCalibration().fit(y_prob, rng.random(20_000) < truth)
    assert_allclose(beta.predict(y_prob), truth, atol=0.06)
