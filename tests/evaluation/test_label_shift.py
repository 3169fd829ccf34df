import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from calibrant.evaluation import EvaluationSettings
from calibrant.evaluation._detail import Answers
from calibrant.evaluation._label_shift import base_rate_interval, estimate_base_rate, label_shift, reweight
from calibrant.exceptions import InputError
from calibrant.metrics import log_loss

FEW = EvaluationSettings(n_boot=100, n_draws=100)


def climb(confidence, fitted, steps=20_000):
    """The expectation-maximisation of the paper, word for word."""
    share = fitted
    for _ in range(steps):
        share = float(np.mean(reweight(confidence, fitted, share)))
    return share


def draw(rng, n, share):
    """Calibrated confidences for a share of one half, of answers of which another share is right."""
    right = rng.random(n) < share
    score = rng.normal(np.where(right, 1.0, -1.0), 1.0)
    return right.astype(float), 1 / (1 + np.exp(-2 * score))


@pytest.mark.parametrize(("high", "low", "expected"), [(20, 20, 0.5), (30, 10, 11 / 12), (10, 30, 1 / 12)])
def test_two_values_by_hand(high, low, expected):
    # The slope is 0 where high (1.6 - 1.2 s) = low (0.4 + 1.2 s).
    assert estimate_base_rate([0.8] * high + [0.2] * low, 0.5) == pytest.approx(expected)


def test_the_paper_s_own_steps_lead_there():
    rng = np.random.default_rng(0)
    for fitted in (0.3, 0.5, 0.8):
        confidence = rng.beta(3 * fitted, 3 * (1 - fitted), size=60)
        assert estimate_base_rate(confidence, fitted) == pytest.approx(climb(confidence, fitted), abs=1e-6)


def test_the_true_share_is_found():
    rng = np.random.default_rng(1)
    for share in (0.2, 0.5, 0.9):
        _, confidence = draw(rng, 20_000, share)
        assert estimate_base_rate(confidence, 0.5) == pytest.approx(share, abs=0.02)


def test_the_interval_holds_the_truth():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(200):
        _, confidence = draw(rng, 150, 0.7)
        low, high = base_rate_interval(confidence, 0.5, estimate_base_rate(confidence, 0.5), n_independent=150)
        held += low <= 0.7 <= high
    assert held / 200 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)


def test_fewer_independent_answers_widen_the_interval():
    _, confidence = draw(np.random.default_rng(3), 200, 0.6)
    estimated = estimate_base_rate(confidence, 0.5)
    wide, narrow = (base_rate_interval(confidence, 0.5, estimated, n_independent=n) for n in (50, 200))
    assert wide[0] < narrow[0] < estimated < narrow[1] < wide[1]


def test_ends_that_are_not_reached():
    assert estimate_base_rate([0.9] * 10, 0.5) == 0.95
    assert estimate_base_rate([0.1] * 10, 0.5) == 0.05
    assert estimate_base_rate([0.5] * 10, 0.5) == 0.5
    assert 0 < estimate_base_rate([1.0, 0.0], 0.5) < 1


@pytest.mark.parametrize("fitted", [0.0, 1.0, -0.1, float("nan")])
def test_a_fitted_share_that_leaves_nothing_to_weigh(fitted):
    with pytest.raises(InputError, match=r"^fitted must lie strictly between 0 and 1; got "):
        estimate_base_rate([0.5], fitted)


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=20), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_reweighting_keeps_the_order_and_can_be_undone(confidence, fitted, here):
    weighted = reweight(confidence, fitted, here)
    assert ((weighted > 0) & (weighted < 1)).all()
    assert (np.diff(weighted[np.argsort(confidence)]) >= -1e-12).all()
    assert_allclose(reweight(weighted, here, fitted), confidence, rtol=1e-6)


def test_where_it_helps_it_is_said():
    right, confidence = draw(np.random.default_rng(4), 600, 0.9)
    found = label_shift(Answers(right, confidence), [str(i) for i in range(600)], 0.5, FEW)
    assert found["helps"]
    assert found["reweighted"]["log_loss"] < found["map"]["log_loss"]
    assert found["map"]["log_loss"] == log_loss(right, confidence)
    difference = found["reweighted"]["log_loss"] - found["map"]["log_loss"]
    assert found["difference"]["value"] == pytest.approx(difference)
    assert found["difference"]["high"] < 0


def test_where_nothing_has_shifted_it_does_not_help():
    right, confidence = draw(np.random.default_rng(5), 600, 0.5)
    found = label_shift(Answers(right, confidence), [str(i) for i in range(600)], 0.5, FEW)
    assert not found["helps"]
