import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning

from calibrant.calibrators import _softmax_regression
from calibrant.calibrators._softmax_regression import Ridge, affine, fit_softmax_regression, softmax_of


def draw(n, k, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.normal(scale=1.5, size=(n, k))
    mixed = scores @ rng.normal(scale=0.7, size=(k, k)) + rng.normal(size=k)
    return scores, (mixed + rng.gumbel(size=(n, k))).argmax(axis=1), rng.integers(1, 4, size=n).astype(float)


def objective(weights, intercepts, scores, labels, weight, ridge):
    """The loss, a question at a time."""
    k = intercepts.size
    square = np.diag(weights) if weights.ndim == 1 else weights
    total = 0.0
    for row, label, times in zip(scores, labels, weight, strict=True):
        z = [sum(square[i, j] * row[j] for j in range(k)) + intercepts[i] for i in range(k)]
        total -= times * log_softmax(z)[label]
    delta = square - np.eye(k)
    own = np.diag(delta)
    off = 0 if ridge.off_diagonal is None else ridge.off_diagonal * ((delta**2).sum() - own @ own)
    return total / weight.sum() + ridge.diagonal * own @ own + ridge.intercept * intercepts @ intercepts + off


@pytest.mark.parametrize("ridge", [Ridge(0.02, 0.05), Ridge(0.02, 0.05, 0.1)], ids=["diagonal", "full"])
def test_agrees_with_a_general_optimiser_on_the_loss_written_out(ridge):
    scores, labels, weight = draw(40, 3)
    shape = (3,) if ridge.off_diagonal is None else (3, 3)
    size = int(np.prod(shape))

    def loss(x):
        return objective(x[:size].reshape(shape), x[size:], scores, labels, weight, ridge)

    start = np.append(np.ones(3) if len(shape) == 1 else np.eye(3).ravel(), np.zeros(3))
    peer = minimize(loss, start, method="BFGS", options={"gtol": 1e-6})
    fitted = fit_softmax_regression(scores, labels, weight, ridge)
    assert fitted.converged
    assert_allclose(np.append(fitted.weights, fitted.intercepts), peer.x, atol=1e-4)
    assert loss(np.append(fitted.weights, fitted.intercepts)) <= peer.fun + 1e-12


def test_by_hand_intercepts_alone():
    # Scores of 0: 3 of 4 are the first, and without a penalty to speak of the intercepts differ by ln 3.
    fitted = fit_softmax_regression(np.zeros((4, 2)), np.array([0, 0, 0, 1]), np.ones(4), Ridge(1e-9, 1e-9))
    assert fitted.intercepts[0] - fitted.intercepts[1] == pytest.approx(np.log(3), abs=1e-6)
    assert fitted.intercepts.sum() == pytest.approx(0, abs=1e-9)
    assert_allclose(fitted.weights, 1, atol=1e-9)


def test_a_ridge_beyond_all_measure_leaves_the_identity():
    scores, labels, weight = draw(50, 4)
    fitted = fit_softmax_regression(scores, labels, weight, Ridge(1e9, 1e9, 1e9))
    assert_allclose(fitted.weights, np.eye(4), atol=1e-8)
    assert_allclose(fitted.intercepts, 0, atol=1e-8)


@pytest.mark.parametrize("ridge", [Ridge(1e-6, 1e-6), Ridge(1e-6, 1e-6, 1e-6)], ids=["diagonal", "full"])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
def test_answers_told_apart_perfectly_have_a_finite_optimum(ridge, scale):
    scores = scale * np.random.default_rng(0).normal(size=(60, 3))
    fitted = fit_softmax_regression(scores, scores.argmax(axis=1), np.ones(60), ridge)
    assert fitted.converged
    assert np.isfinite(fitted.weights).all()
    assert np.isfinite(fitted.intercepts).all()


def test_an_option_that_is_never_right_has_a_finite_intercept():
    scores, labels, weight = draw(60, 3)
    fitted = fit_softmax_regression(scores, np.minimum(labels, 1), weight, Ridge(1e-6, 1e-6))
    assert fitted.converged
    assert -50 < fitted.intercepts[2] < -1


def test_says_so_where_it_stops_short(monkeypatch):
    monkeypatch.setattr(_softmax_regression, "_MAX_STEPS", 1)
    with pytest.warns(ConvergenceWarning, match="did not converge: after 1 steps the gradient is"):
        fitted = fit_softmax_regression(*draw(60, 3), Ridge(1e-6, 1e-6, 1e-6))
    assert not fitted.converged


@pytest.mark.parametrize("k", [2, 3, 10, 33])
def test_a_row_does_not_depend_on_those_beside_it(k):
    rng = np.random.default_rng(k)
    scores, square, intercepts = rng.normal(size=(50, k)), rng.normal(size=(k, k)), rng.normal(size=k)
    together = softmax_of(affine(scores, square, intercepts))
    for i in range(50):
        assert_array_equal(softmax_of(affine(scores[i : i + 1], square, intercepts))[0], together[i])
    assert_allclose(affine(scores, square, intercepts), scores @ square.T + intercepts)


@pytest.mark.parametrize("shape", [(3,), (1,), (2, 3), (3, 2), (1, 1)])
def test_weights_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="reshape"):
        affine(np.zeros((4, 2)), np.ones(shape), np.zeros(2))
