import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression

from calibrant.calibrators import MatrixScaling, VectorScaling
from calibrant.exceptions import InputError


def draw(n, k, seed=0):
    """Logits, and labels drawn from weights and intercepts of their own."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2, size=(n, k))
    truth = log_softmax(logits, axis=1) * np.linspace(0.4, 0.8, k) + np.linspace(-0.5, 0.5, k)
    return logits, (truth + rng.gumbel(size=(n, k))).argmax(axis=1), softmax(truth, axis=1)


def test_recovers_weights_and_intercepts():
    logits, labels, truth = draw(30_000, 4)
    scaling = VectorScaling().fit(logits, labels)
    assert scaling.converged_
    assert_allclose(scaling.weights_, np.linspace(0.4, 0.8, 4), atol=0.03)
    assert_allclose(scaling.intercepts_ - scaling.intercepts_.mean(), np.linspace(-0.5, 0.5, 4), atol=0.06)
    assert_allclose(scaling.predict_proba(logits), truth, atol=0.03)


def test_a_matrix_agrees_with_a_logistic_regression():
    logits, labels, _ = draw(400, 3)
    peer = LogisticRegression(C=np.inf, tol=1e-8, max_iter=5000).fit(log_softmax(logits, axis=1), labels)
    matrix = MatrixScaling(ridge=1e-9).fit(logits, labels)
    assert_allclose(matrix.predict_proba(logits), peer.predict_proba(log_softmax(logits, axis=1)), atol=1e-4)


@pytest.mark.parametrize("cls", [VectorScaling, MatrixScaling])
def test_never_raises_the_log_loss_of_its_fit(cls):
    logits, labels, _ = draw(60, 3)
    fitted = np.array(cls().fit(logits, labels).predict_proba(logits))[np.arange(60), labels]
    assert -np.log(fitted).mean() <= -log_softmax(logits, axis=1)[np.arange(60), labels].mean()


def test_a_constant_added_to_a_question_changes_nothing():
    logits, labels, _ = draw(100, 3)
    moved = logits + np.arange(100)[:, None]
    assert_allclose(
        VectorScaling().fit(moved, labels).predict_proba(moved),
        VectorScaling().fit(logits, labels).predict_proba(logits),
        rtol=1e-6,
    )


def test_extreme_logits_stay_finite():
    scaling = VectorScaling().fit([[1e90, 0.0], [0.0, 1.0], [0.0, 1.0]], [1, 1, 0])
    assert np.isfinite(scaling.weights_).all()
    assert np.isfinite(scaling.predict_proba([[-1e90, 1e90]])).all()


def test_says_which_maps_take_other_numbers_of_options():
    with pytest.raises(InputError, match=r"got 3 at row 1\. .*: temperature, temperature-mix, count-temperature"):
        VectorScaling().fit([[0.0, 1.0], [0.0, 1.0, 2.0]], [0, 1])


def test_options_at_predict_must_be_those_of_the_fit():
    scaling = VectorScaling().fit([[0.0, 1.0], [1.0, 0.0]], [0, 1])
    with pytest.raises(InputError, match=r"^logits must have 2 options in every question, as in the fit, .* got 3"):
        scaling.predict_proba([[0.0, 1.0, 2.0]])


@pytest.mark.parametrize("ridge", [-1.0, np.nan, np.inf])
def test_the_ridge_is_checked(ridge):
    with pytest.raises(InputError, match=r"^ridge must be a finite number of at least 0"):
        VectorScaling(ridge=ridge).fit([[0.0, 1.0]], [0])
