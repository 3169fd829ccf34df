import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import log_softmax, softmax

from calibrant.calibrators import EnsembleTemperature, TemperatureMix, TemperatureScaling


def of_label(calibrator, logits, labels):
    return np.array([p[i] for p, i in zip(calibrator.predict_proba(logits), labels, strict=True)])


def draw(n, seed=0, guesses=0.2):
    """Overconfident logits; a share of the right options is drawn by chance, whatever the logits."""
    rng = np.random.default_rng(seed)
    logits = [rng.normal(scale=6, size=rng.integers(2, 6)) for _ in range(n)]
    labels = [int(np.argmax(z / 2 * (rng.random() > guesses) + rng.gumbel(size=z.size))) for z in logits]
    return logits, labels


def test_finds_the_share_of_guesses():
    # With a fifth drawn by chance no temperature is right; the uniform's share comes near a fifth.
    logits, labels = draw(8000)
    ensemble = EnsembleTemperature().fit(logits, labels)
    assert ensemble.shares_[2] == pytest.approx(0.2, abs=0.06)
    temperature = TemperatureScaling().fit(logits, labels)
    new, right = draw(4000, seed=1)
    assert np.log(of_label(ensemble, new, right)).mean() > np.log(of_label(temperature, new, right)).mean() + 0.005


@pytest.mark.parametrize("seed", range(4))
def test_no_other_shares_are_better(seed):
    logits, labels = draw(60, seed, guesses=0.1 * seed)
    ensemble = EnsembleTemperature().fit(logits, labels)
    parts = np.array(
        [
            [softmax(z / ensemble.temperature_)[i], softmax(z)[i], 1 / z.size]
            for z, i in zip(logits, labels, strict=True)
        ]
    )
    found = np.log(parts @ ensemble.shares_).mean()
    steps = np.linspace(0, 1, 101)
    least = 1 / 61
    for uniform in least + (1 - least) * steps:
        raw = (1 - uniform) * steps
        grid = np.array([1 - uniform - raw, raw, np.full(101, uniform)])
        assert found >= np.log(parts @ grid).mean(axis=0).max() - 1e-10


@given(st.lists(st.lists(st.integers(-60, 60).map(float), min_size=2, max_size=5), min_size=1, max_size=10), st.data())
def test_shares_are_a_mixture_no_worse_than_without_the_raw_and_the_order_is_kept(logits, data):
    labels = [data.draw(st.integers(0, len(row) - 1)) for row in logits]
    ensemble = EnsembleTemperature().fit(logits, labels)
    assert (ensemble.shares_ >= 0).all()
    assert ensemble.shares_.sum() == pytest.approx(1)
    assert ensemble.shares_[2] >= 1 / (len(logits) + 1) - 1e-12
    mixed = TemperatureMix().fit(logits, labels)
    loss = -np.log(of_label(ensemble, logits, labels)).mean()
    assert loss <= -np.log(of_label(mixed, logits, labels)).mean() + 1e-9
    raw = -np.mean([log_softmax(row)[i] for row, i in zip(logits, labels, strict=True)])
    assert loss <= raw + np.log1p(1 / len(logits)) + 1e-9  # what the uniform's least share takes
    for row, probability in zip(logits, ensemble.predict_proba(logits), strict=True):
        assert (np.diff(probability[np.argsort(row)]) >= 0).all()


def test_all_right():
    ensemble = EnsembleTemperature().fit([[30.0, 0.0]] * 9, [0] * 9)
    assert_allclose(ensemble.predict_proba([[0.0, 40.0]])[0], [0.05, 0.95])
