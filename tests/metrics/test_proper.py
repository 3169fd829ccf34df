"""Proper scores by hand, against scikit-learn, and that honesty pays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from calibrant.exceptions import InputError
from calibrant.metrics import brier_score, log_loss


def test_brier_by_hand():
    # .01 + .64 + 0 + 1 over 4
    assert brier_score([1, 0, 1, 1], [0.9, 0.8, 1, 0]) == pytest.approx(0.4125)


def test_log_loss_by_hand():
    assert log_loss([1, 0], [0.25, 0.5]) == pytest.approx((np.log(4) + np.log(2)) / 2)


@pytest.mark.parametrize("metric", [brier_score, log_loss])
def test_perfect_predictions_are_exactly_0(metric):
    assert metric([1, 0, 1], [1, 0, 1]) == 0


@pytest.mark.parametrize(("y_true", "y_prob"), [([1], [0]), ([0], [1])])
def test_certain_and_wrong_costs_the_log_of_eps(y_true, y_prob):
    assert log_loss(y_true, y_prob) == pytest.approx(15 * np.log(10))
    assert log_loss(y_true, y_prob, eps=1e-3) == pytest.approx(3 * np.log(10))


@pytest.mark.parametrize("eps", [0, 0.5, np.nan])
def test_eps_is_checked(eps):
    with pytest.raises(InputError, match=r"eps must be greater than 0 and less than 0\.5; got"):
        log_loss([1], [0.5], eps=eps)


def test_against_scikit_learn(rng):
    y_prob, weight = rng.random(100), rng.random(100)
    y_true = rng.random(100) < y_prob
    assert brier_score(y_true, y_prob, sample_weight=weight) == pytest.approx(
        sklearn_metrics.brier_score_loss(y_true, y_prob, sample_weight=weight)
    )
    assert log_loss(y_true, y_prob, sample_weight=weight) == pytest.approx(
        sklearn_metrics.log_loss(y_true, y_prob, sample_weight=weight)
    )


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_true_probability_is_the_best_to_state(truth, stated):
    for metric in (brier_score, log_loss):
        honest = metric([1, 0], [truth, truth], sample_weight=[truth, 1 - truth])
        assert honest <= metric([1, 0], [stated, stated], sample_weight=[truth, 1 - truth]) + 1e-12
