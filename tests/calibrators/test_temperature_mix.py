import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import log_softmax

from calibrant.calibrators import TemperatureMix, TemperatureScaling


def test_by_hand_unequal_numbers_of_options():
    # T = 2 from 2 of 3 right at (ln 4, 0); a quarter of the uniform.
    scaling = TemperatureMix().fit([[np.log(4), 0.0]] * 3, [0, 0, 1])
    assert scaling.mix_ == 0.25
    first, second = scaling.predict_proba([[np.log(4), 0.0], [np.log(4), 0.0, 0.0]])
    assert_allclose(first, [0.75 * 2 / 3 + 1 / 8, 0.75 / 3 + 1 / 8])
    assert_allclose(second, [0.75 / 2 + 1 / 12, 0.75 / 4 + 1 / 12, 0.75 / 4 + 1 / 12])


def test_all_right_leaves_a_chance_to_be_wrong():
    logits, n = np.tile([30.0, 0.0], (99, 1)), 99
    plain = TemperatureScaling().fit(logits, [0] * n).predict_proba([[0.0, 40.0]])[0]
    mixed = TemperatureMix().fit(logits, [0] * n).predict_proba([[0.0, 40.0]])[0]
    assert plain[0] < 1e-200
    assert mixed[0] == pytest.approx(1 / 100 / 2)


def test_the_share_of_the_uniform_counts_weights():
    assert TemperatureMix().fit([[1.0, 0.0]] * 2, [0, 1], sample_weight=[5, 0]).mix_ == pytest.approx(1 / 6)


@given(st.lists(st.lists(st.integers(-60, 60).map(float), min_size=2, max_size=5), min_size=1, max_size=10))
def test_never_0_and_the_order_is_kept(logits):
    scaling = TemperatureMix().fit(logits, [0] * len(logits))
    assert scaling.temperature_ == TemperatureScaling().fit(logits, [0] * len(logits)).temperature_
    for row, probability in zip(logits, scaling.predict_proba(logits), strict=True):
        assert (probability >= scaling.mix_ / len(row) * (1 - 1e-12)).all()
        assert (np.diff(probability[np.argsort(row)]) >= 0).all()
        assert np.argmax(probability) == np.argmax(row)


@given(st.lists(st.lists(st.integers(-60, 60).map(float), min_size=2, max_size=5), min_size=1, max_size=10), st.data())
def test_raises_the_log_loss_of_its_fit_by_no_more_than_the_uniform_takes(logits, data):
    # The tempered part keeps the share n / (n + 1), and temperature scaling does not raise the loss.
    labels = [data.draw(st.integers(0, len(row) - 1)) for row in logits]
    mixed = TemperatureMix().fit(logits, labels).predict_proba(logits)
    loss = -np.mean([np.log(p[i]) for p, i in zip(mixed, labels, strict=True)])
    raw = -np.mean([log_softmax(row)[i] for row, i in zip(logits, labels, strict=True)])
    assert loss <= raw + np.log1p(1 / len(logits)) + 1e-12
