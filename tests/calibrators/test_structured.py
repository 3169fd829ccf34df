from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from calibrant.calibrators import (
    MatrixScaling,
    StructuredMatrixScaling,
    StructuredVectorScaling,
    TemperatureMix,
)
from calibrant.exceptions import InputError

CIFAR = Path(__file__).parents[3] / "shared" / "data" / "refs" / "cifar10_vgg16_probs.npz"
BOTH = [StructuredVectorScaling, StructuredMatrixScaling]


def draw(n, k, seed=0):
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2, size=(n, k))
    return logits, (logits / 2 + np.linspace(-1, 1, k) + rng.gumbel(size=(n, k))).argmax(axis=1)


@pytest.mark.parametrize("cls", BOTH)
def test_agrees_with_a_general_optimiser_on_the_loss_of_the_paper(cls):
    logits, labels = draw(80, 3)
    z = np.log(TemperatureMix().fit(logits, labels).predict_proba(logits))
    is_matrix = cls is StructuredMatrixScaling
    size = 9 if is_matrix else 3

    def loss(x):
        delta = x[:size].reshape(3, 3) if is_matrix else np.diag(x[:size])
        own, b = np.diag(delta), x[size:]
        lost = -log_softmax(z + z @ delta.T + b, axis=1)[np.arange(80), labels].mean()
        # lambda = rho = tau = 1, k = 3, n = 80.
        return lost + 3 / 80 * (own @ own + b @ b) + 6 / 80 * ((delta**2).sum() - own @ own)

    peer = minimize(loss, np.zeros(size + 3), method="BFGS", options={"gtol": 1e-7})
    scaling = cls().fit(logits, labels)
    identity = np.eye(3).ravel() if is_matrix else np.ones(3)
    assert_allclose(np.append(scaling.weights_.ravel() - identity, scaling.intercepts_), peer.x, atol=1e-4)


@pytest.mark.parametrize("cls", BOTH)
def test_few_questions_leave_the_temperature(cls):
    logits, labels = draw(4, 40)
    few = np.array(cls().fit(logits, labels).predict_proba(logits))
    assert_allclose(few, TemperatureMix().fit(logits, labels).predict_proba(logits), atol=0.03)


@pytest.mark.parametrize("cls", BOTH)
def test_a_strength_beyond_all_measure_leaves_the_temperature(cls):
    logits, labels = draw(60, 4)
    held = cls(strength=1e12).fit(logits, labels).predict_proba(logits)
    assert_allclose(held, TemperatureMix().fit(logits, labels).predict_proba(logits), atol=1e-8)


@pytest.mark.parametrize("cls", BOTH)
def test_many_questions_find_what_a_temperature_cannot(cls):
    logits, labels = draw(20_000, 4)
    truth = softmax(logits / 2 + np.linspace(-1, 1, 4), axis=1)
    assert np.abs(cls().fit(logits, labels).predict_proba(logits) - truth).mean() < 0.01
    assert np.abs(TemperatureMix().fit(logits, labels).predict_proba(logits) - truth).mean() > 0.1


@pytest.mark.parametrize("cls", BOTH)
def test_no_strength_and_answers_told_apart_perfectly_stay_finite(cls):
    logits = np.random.default_rng(0).normal(size=(40, 3))
    scaling = cls(strength=0).fit(logits, logits.argmax(axis=1))
    assert scaling.converged_
    assert np.isfinite(scaling.weights_).all()


@pytest.mark.parametrize("strength", [-1.0, np.nan, np.inf])
def test_the_strength_is_checked(strength):
    with pytest.raises(InputError, match=r"^strength must be a finite number of at least 0"):
        StructuredVectorScaling(strength=strength).fit([[0.0, 1.0]], [0])


def test_exponents_of_the_penalty():
    # 2 options, 4 questions: lambda 2^rho / 4^tau is 4 for rho = 2, tau = 0, and 1/2 by default.
    logits, labels = np.zeros((4, 2)), [0, 0, 0, 1]
    held = StructuredVectorScaling(strength=1, exponent_options=2, exponent_questions=0).fit(logits, labels)
    same = StructuredVectorScaling(strength=8).fit(logits, labels)
    assert_allclose(held.intercepts_, same.intercepts_, atol=1e-9)


@pytest.mark.skipif(not CIFAR.exists(), reason="needs ../shared/data/refs")
def test_on_real_probabilities_it_does_no_harm_where_a_free_matrix_does():
    with np.load(CIFAR) as data:
        logits, labels = np.log(data["probs"].astype(float)), data["labels"]
    fit, rest = slice(0, 1000), slice(1000, None)

    def loss(probability):
        return -np.log(np.array(probability)[np.arange(9000), labels[rest]]).mean()

    raw = loss(np.exp(log_softmax(logits[rest], axis=1)))
    loss_of = {
        cls.__name__: loss(cls().fit(logits[fit], labels[fit]).predict_proba(logits[rest]))
        for cls in (TemperatureMix, *BOTH, MatrixScaling)
    }
    # The authors' probmetrics 1.3.0 gives these on the same rows.
    assert loss_of["TemperatureMix"] == pytest.approx(0.20133, abs=2e-5)
    assert loss_of["StructuredVectorScaling"] == pytest.approx(0.20129, abs=2e-5)
    assert loss_of["StructuredMatrixScaling"] == pytest.approx(0.20296, abs=2e-5)
    assert loss_of["MatrixScaling"] > raw > loss_of["StructuredMatrixScaling"]
