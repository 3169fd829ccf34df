import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize
from scipy.special import expit, logit

from calibrant.calibrators import PlattScaling, SplineCalibration
from calibrant.calibrators._logistic import smoothed_targets
from calibrant.calibrators._spline import _Pieces
from calibrant.exceptions import InputError


def wavy(n, rng):
    """Confidences, and a truth that no Platt curve has: level in the middle."""
    score = rng.normal(scale=1.5, size=n)
    return expit(score), expit(score**3 / 4)


def of_scipy(spline):
    """The same curve by scipy, straight beyond its ends."""
    inside = CubicSpline(spline.knots_, spline.heights_, bc_type="natural")

    def curve(score):
        x = np.clip(score, spline.knots_[0], spline.knots_[-1])
        return inside(x) + (score - x) * inside(x, 1)

    return curve


@pytest.mark.parametrize("confidence", [0.0, 0.3, 1.0])
def test_constant_confidence_gives_everyone_the_mean_of_the_targets(confidence):
    spline = SplineCalibration().fit([confidence] * 4, [1, 1, 1, 0])
    assert_allclose(spline.predict([0.0, 0.3, 1.0]), 41 / 60)


@pytest.mark.parametrize(("outcome", "expected"), [(1, 4 / 5), (0, 1 / 5)])
def test_one_class_gives_the_smoothed_target(outcome, expected):
    spline = SplineCalibration().fit([0.2, 0.5, 0.9], [outcome] * 3)
    assert_allclose(spline.predict([0.1, 0.5, 0.99]), expected, atol=1e-8)


def test_two_confidences_are_platt_scaling():
    y_prob, y_true = [0.6] * 10 + [0.8] * 10, [1] * 5 + [0] * 5 + [1] * 9 + [0]
    grid = np.linspace(0, 1, 21)
    assert_allclose(
        SplineCalibration().fit(y_prob, y_true).predict(grid), PlattScaling().fit(y_prob, y_true).predict(grid)
    )


def test_separable_answers_stay_finite():
    y_prob = np.linspace(0.05, 0.95, 500)
    spline = SplineCalibration().fit(y_prob, y_prob > 0.4)
    assert np.isfinite(spline.heights_).all()
    assert (spline.predict(y_prob[y_prob > 0.5]) > 0.9).all()


@pytest.mark.parametrize("n_knots", [2, 0, 4.5])
def test_n_knots_is_checked(n_knots):
    with pytest.raises(InputError, match=f"^n_knots must .* got {n_knots}"):
        SplineCalibration(n_knots=n_knots).fit([0.5], [1])


def test_is_the_natural_spline_of_scipy():
    y_prob, truth = wavy(400, np.random.default_rng(0))
    spline = SplineCalibration().fit(y_prob, np.random.default_rng(1).random(400) < truth)
    grid = np.linspace(0.001, 0.999, 401)
    expected = np.clip(expit(of_scipy(spline)(logit(grid))), 1e-6, 1 - 1e-6)
    assert_allclose(spline.predict(grid), expected, rtol=1e-10)
    inside = CubicSpline(spline.knots_, spline.heights_, bc_type="natural")
    assert_allclose(spline.bends_, inside(spline.knots_, 2), atol=1e-9)


def test_the_penalty_is_the_integral_of_the_squared_second_derivative():
    knots, heights = np.array([-2.0, -1.0, 0.5, 3.0]), np.array([0.0, 1.0, -0.5, 2.0])
    bend = CubicSpline(knots, heights, bc_type="natural").derivative(2)
    x = np.linspace(-2, 3, 200_001)
    expected = np.trapezoid(bend(x) ** 2, x) * 5.0**3
    assert heights @ _Pieces.between(knots).penalty @ heights == pytest.approx(expected, rel=1e-6)


def test_no_other_heights_have_a_lower_penalised_loss():
    rng = np.random.default_rng(2)
    y_prob, truth = wavy(300, rng)
    y_true = (rng.random(300) < truth).astype(float)
    spline = SplineCalibration(n_knots=5).fit(y_prob, y_true)
    target = smoothed_targets(y_true, np.ones(300))
    penalty = _Pieces.between(spline.knots_).penalty

    def loss(heights):
        z = CubicSpline(spline.knots_, heights, bc_type="natural")(logit(y_prob))
        return np.mean(np.logaddexp(0, z) - target * z) + spline.penalty_ * heights @ penalty @ heights / 2

    found = minimize(loss, spline.heights_ + 0.1, method="BFGS", options={"gtol": 1e-8})
    assert loss(spline.heights_) <= found.fun + 1e-9


def test_bends_only_where_the_data_bend():
    rng = np.random.default_rng(0)
    y_prob, truth = wavy(3000, rng)
    bent = SplineCalibration().fit(y_prob, rng.random(3000) < truth)
    straight = SplineCalibration().fit(y_prob, rng.random(3000) < expit(0.5 * logit(y_prob)))
    assert bent.penalty_ < straight.penalty_
    assert_allclose(bent.predict(y_prob), truth, atol=0.1)
    assert np.sqrt(np.mean((straight.predict(y_prob) - expit(0.5 * logit(y_prob))) ** 2)) < 0.03


def test_has_less_loss_than_platt_where_the_truth_is_wavy():
    rng = np.random.default_rng(3)
    y_prob, truth = wavy(2000, rng)
    y_true = rng.random(2000) < truth
    error = [
        np.mean((one.fit(y_prob, y_true).predict(y_prob) - truth) ** 2) for one in (SplineCalibration(), PlattScaling())
    ]
    assert error[0] < error[1] / 2


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_says_whether_it_keeps_the_order(rows):
    y_prob, y_true = zip(*rows, strict=True)
    spline = SplineCalibration().fit(y_prob, y_true)
    score = np.linspace(-13.8, 13.8, 2001)
    given_to = spline.predict(expit(score))
    assert ((given_to >= 1e-6) & (given_to <= 1 - 1e-6)).all()
    falls = np.diff(of_scipy(spline)(score)).min() < -1e-6
    if spline.is_monotone_:
        assert not falls
    elif not falls:  # it falls by less than shows, or between two points
        assert np.diff(of_scipy(spline)(np.linspace(spline.knots_[0], spline.knots_[-1], 20_001))).min() < 1e-6
