import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit, logit

from calibrant.calibrators import ConfidenceTemperature, TemperatureScaling
from calibrant.exceptions import InputError
from calibrant.metrics import log_loss

ROWS = st.lists(st.tuples(st.integers(0, 20).map(lambda k: k / 20), st.booleans()), min_size=1, max_size=30)


def test_by_hand_two_thirds():
    # Odds of 4 and 2 of 3 right: 4 ** (1 / T) = 2, so T = 2.
    scaling = ConfidenceTemperature().fit([0.8] * 3, [1, 1, 0])
    assert scaling.temperature_ == pytest.approx(2, abs=1e-9)
    assert not scaling.at_bound_
    assert_allclose(scaling.predict([0.8, 0.5, 16 / 17]), [2 / 3, 1 / 2, 4 / 5])


@pytest.mark.parametrize(("outcomes", "expected"), [([1, 1], 0.25), ([0, 0], 4.0)])
def test_one_class_keeps_a_bound_and_says_so(outcomes, expected):
    scaling = ConfidenceTemperature(bounds=(0.25, 4)).fit([0.7, 0.9], outcomes)
    assert (scaling.temperature_, scaling.at_bound_) == (expected, True)


def test_answers_that_50_percent_parts_keep_the_lower_bound():
    assert ConfidenceTemperature().fit([0.4, 0.6], [0, 1]).temperature_ == 0.05


def test_even_odds_leave_the_confidences_as_they_are():
    scaling = ConfidenceTemperature().fit([0.5, 0.5], [1, 0])
    assert (scaling.temperature_, scaling.at_bound_) == (1.0, False)


def test_0_and_1_stay_inside():
    scaling = ConfidenceTemperature().fit([0.0, 1.0, 0.7], [0, 1, 1])
    assert_allclose(scaling.predict([0.0, 1.0]), [1e-6, 1 - 1e-6])


@pytest.mark.parametrize("bounds", [(0.0, 2.0), (1.5, 2.0), (0.5, np.inf), (np.nan, 2.0)])
def test_bounds_are_checked(bounds):
    with pytest.raises(InputError, match=r"^bounds must .*; got"):
        ConfidenceTemperature(bounds=bounds).fit([0.5], [1])


@given(ROWS)
def test_agrees_with_the_temperature_of_two_options(rows):
    y_prob, y_true = (np.array(column) for column in zip(*rows, strict=True))
    score = logit(np.clip(y_prob, 1e-6, 1 - 1e-6))
    ours = ConfidenceTemperature().fit(y_prob, y_true)
    peer = TemperatureScaling().fit(np.column_stack([score, np.zeros(score.size)]), np.where(y_true, 0, 1))
    assert ours.temperature_ == pytest.approx(peer.temperature_, rel=1e-6)
    assert ours.at_bound_ == peer.at_bound_


@given(ROWS)
def test_is_the_best_on_a_grid(rows):
    y_prob, y_true = (np.array(column) for column in zip(*rows, strict=True))
    score = logit(np.clip(y_prob, 1e-6, 1 - 1e-6))

    def loss(temperature):
        z = score / temperature
        return np.mean(np.logaddexp(0, z) - y_true * z)

    best = loss(ConfidenceTemperature().fit(y_prob, y_true).temperature_)
    assert all(best <= loss(temperature) + 1e-12 for temperature in np.geomspace(0.05, 20, 41))


@given(ROWS)
def test_never_raises_the_log_loss_and_keeps_the_order(rows):
    y_prob, y_true = (np.array(column) for column in zip(*rows, strict=True))
    scaling = ConfidenceTemperature().fit(y_prob, y_true)
    clipped = np.clip(y_prob, 1e-6, 1 - 1e-6)
    assert log_loss(y_true, scaling.predict(y_prob)) <= log_loss(y_true, clipped) + 1e-12
    grid = scaling.predict(np.linspace(0, 1, 101))
    assert (np.diff(grid) >= 0).all()
    assert scaling.predict([0.5]) == 0.5


@settings(max_examples=25)
@given(st.floats(0.3, 5.0), st.integers(0, 100))
def test_recovers_a_known_temperature(temperature, seed):
    rng = np.random.default_rng(seed)
    score = rng.normal(scale=2, size=5000)
    y_true = rng.random(5000) < expit(score)
    found = ConfidenceTemperature().fit(expit(score * temperature), y_true).temperature_
    assert found == pytest.approx(temperature, rel=0.2)
