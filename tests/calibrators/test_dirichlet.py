import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import log_softmax

from calibrant.calibrators import DirichletCalibration, MatrixScaling


def test_agrees_with_a_general_optimiser():
    rng = np.random.default_rng(0)
    log_p = log_softmax(rng.normal(scale=2, size=(150, 3)), axis=1)
    labels = (log_p / 2 + rng.gumbel(size=log_p.shape)).argmax(axis=1)
    is_off = ~np.eye(3, dtype=bool)

    def loss(x):
        matrix, intercepts = x[:9].reshape(3, 3), x[9:]
        lost = -log_softmax(log_p @ matrix.T + intercepts, axis=1)[np.arange(150), labels].mean()
        return lost + 0.02 * (matrix[is_off] ** 2).sum() + 0.03 * (intercepts**2).sum()

    peer = minimize(loss, np.append(np.eye(3), np.zeros(3)), method="BFGS", options={"gtol": 1e-7})
    dirichlet = DirichletCalibration(off_diagonal=0.02, intercept=0.03).fit(log_p, labels)
    assert_allclose(np.append(dirichlet.weights_, dirichlet.intercepts_), peer.x, atol=1e-3)


def test_exact_where_the_probabilities_are_drawn_from_dirichlet_distributions():
    # Given that option c is right, p has the parameters A[c]: the posterior is softmax((A[c] - 1) · ln p - ln B(A[c])).
    rng = np.random.default_rng(1)
    parameters = np.array([[3.0, 1.0, 2.0], [1.0, 4.0, 1.0], [2.0, 1.0, 2.0]])
    labels = rng.integers(3, size=40_000)
    p = rng.standard_gamma(parameters[labels])
    log_p = np.log(p / p.sum(axis=1, keepdims=True))
    dirichlet = DirichletCalibration(off_diagonal=1e-6, intercept=1e-6).fit(log_p, labels)
    found = dirichlet.weights_ - dirichlet.weights_[0]
    assert_allclose(found, parameters - parameters[0], atol=0.15)


def test_penalties_of_0_are_as_good_as_none_and_finite():
    logits = np.array([[3.0, 0.0], [0.0, 3.0], [1.0, 0.0], [0.0, 1.0]])
    dirichlet = DirichletCalibration(off_diagonal=0, intercept=0).fit(logits, [0, 1, 0, 1])
    assert_allclose(dirichlet.weights_, MatrixScaling().fit(logits, [0, 1, 0, 1]).weights_, rtol=1e-6)
    assert np.isfinite(dirichlet.weights_).all()


def test_a_larger_penalty_leaves_less_off_the_diagonal():
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(100, 4))
    labels = (logits[:, [1, 0, 2, 3]] + rng.gumbel(size=logits.shape)).argmax(axis=1)
    sizes = [
        np.abs(DirichletCalibration(off_diagonal=penalty).fit(logits, labels).weights_[~np.eye(4, dtype=bool)]).sum()
        for penalty in (1e-3, 1e-1, 10.0)
    ]
    assert sizes[0] > sizes[1] > sizes[2]
    assert sizes[2] == pytest.approx(0, abs=0.3)
