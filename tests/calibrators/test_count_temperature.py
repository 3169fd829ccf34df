import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import log_softmax

from calibrant.calibrators import OptionCountTemperature, TemperatureScaling


def draw(n, counts, temperature, rng):
    """Questions with these numbers of options, and labels drawn from softmax(logits / temperature(K))."""
    logits = [rng.normal(scale=2.5, size=k) for k in rng.choice(counts, size=n)]
    return logits, [int(np.argmax(z / temperature(z.size) + rng.gumbel(size=z.size))) for z in logits]


def log_loss(calibrator, logits, labels):
    return np.mean([-np.log(p[i]) for p, i in zip(calibrator.predict_proba(logits), labels, strict=True)])


def excess(n, fitted_on, judged_on, temperature, seeds=6):
    """Mean log loss above that of the plain temperature, on new questions."""
    differences = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        known, new = draw(n, fitted_on, temperature, rng), draw(1000, judged_on, temperature, rng)
        own, plain = OptionCountTemperature().fit(*known), TemperatureScaling().fit(*known)
        differences.append(log_loss(own, *new) - log_loss(plain, *new))
    return np.mean(differences)


@pytest.mark.parametrize("n", [60, 400])
@pytest.mark.parametrize("judged_on", [[2, 3, 4, 5], [48]], ids=["seen", "unseen"])
def test_no_worse_than_one_temperature_where_one_is_true(n, judged_on):
    assert excess(n, [2, 3, 4, 5], judged_on, lambda k: 2.0) < 0.5 * 4 / n  # what four free temperatures would lose


def test_better_where_the_temperature_follows_the_number_of_options():
    def falling(k):
        return 3 * k**-0.4

    assert excess(1000, [2, 3, 5, 10, 20], [2, 3, 5, 10, 20], falling) < -0.01
    assert excess(1000, [2, 3, 4, 5], [48], falling) < -0.02  # as much of the way as was seen


def test_better_where_a_single_number_of_options_differs():
    assert excess(1000, [2, 3, 4, 5], [2, 3, 4, 5], lambda k: 3.0 if k == 3 else 1.2) < -0.005


def test_one_number_of_options_is_the_plain_temperature():
    logits, labels = draw(300, [4], lambda k: 2.0, np.random.default_rng(0))
    own, plain = OptionCountTemperature().fit(logits, labels), TemperatureScaling().fit(logits, labels)
    assert own.ks_.tolist() == [4]
    # But for the prior on the level, ln T ~ N(0, 3²).
    assert np.exp(-own.log_inverse_temperatures_[0]) == pytest.approx(plain.temperature_, rel=0.002)


def test_many_questions_of_each_number_find_each_temperature():
    truth = {2: 3.0, 4: 1.0, 7: 2.0}
    logits, labels = draw(30_000, list(truth), truth.get, np.random.default_rng(0))
    own = OptionCountTemperature().fit(logits, labels)
    assert_allclose(np.exp(-own.log_inverse_temperatures_), list(truth.values()), rtol=0.06)


def test_a_number_seen_once_takes_little_from_its_question():
    rng = np.random.default_rng(0)
    logits, labels = draw(500, [3, 4], lambda k: 2.0, rng)
    sure = [np.array([0.0, 0.0, 0.0, 0.0, 9.0])]
    right = OptionCountTemperature().fit(logits + sure, [*labels, 4])
    wrong = OptionCountTemperature().fit(logits + sure, [*labels, 0])
    assert_allclose(np.exp(-right.log_inverse_temperatures_), 2, rtol=0.2)
    assert_allclose(np.exp(-wrong.log_inverse_temperatures_[:2]), 2, rtol=0.25)
    assert wrong.log_inverse_temperatures_[2] < right.log_inverse_temperatures_[2]


def test_unseen_numbers_take_the_curve_which_stops_at_the_ends():
    own = OptionCountTemperature().fit([[1.0, 0.0], [1.0, 0.0, 0.0, 0.0]], [0, 0])
    own.ks_, own.log_inverse_temperatures_ = np.array([2.0, 4.0]), np.log([5.0, 7.0])
    own.a_, own.b_ = 0.0, 1.0  # 1 / T = K but for the two seen
    by_count = [own.predict_proba([np.append(np.log(2.0), np.zeros(k - 1))])[0] for k in (2, 3, 4, 9)]
    odds = [2.0**5, 2.0**3, 2.0**7, 2.0**4]
    assert_allclose([p[0] / p[1] for p in by_count], odds)
    assert own.extrapolates([[0.0] * k for k in (2, 3, 4, 5)]).tolist() == [False, False, False, True]


def test_a_row_of_no_weight_is_not_seen():
    rows, labels = [[1.0, 0.0], [2.0, 0.0], [1.0, 0.0, 0.0]], [0, 1, 0]
    own = OptionCountTemperature().fit(rows, labels, sample_weight=[1, 1, 0])
    assert own.ks_.tolist() == [2]
    assert own.extrapolates([[0.0, 0.0, 0.0]]).tolist() == [True]


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("size", [1e-9, 1.0, 1e3, 1e90])
def test_all_right_or_all_wrong_stay_finite(size, label):
    rows = [[size, 0.0], [size, 0.0, 0.0], [size, 0.0, 0.0]]
    own = OptionCountTemperature().fit(rows, [label] * 3)
    assert np.abs(own.log_inverse_temperatures_).max() <= np.log(1000)
    assert np.isfinite(np.concatenate(own.predict_proba(rows))).all()


@given(st.lists(st.lists(st.integers(-60, 60).map(float), min_size=2, max_size=6), min_size=1, max_size=8))
def test_keeps_the_order_of_the_options(logits):
    own = OptionCountTemperature().fit(logits, [0] * len(logits))
    for row, probability in zip(logits, own.predict_proba(logits), strict=True):
        assert (np.diff(probability[np.argsort(row)]) >= 0).all()
        assert np.argmax(probability) == np.argmax(row)


@given(st.lists(st.lists(st.integers(-60, 60).map(float), min_size=2, max_size=6), min_size=1, max_size=8), st.data())
def test_never_raises_the_log_loss_of_its_fit(logits, data):
    labels = [data.draw(st.integers(0, len(row) - 1)) for row in logits]
    own = OptionCountTemperature().fit(logits, labels)
    inverse = np.exp([own.log_inverse_temperatures_[list(own.ks_).index(len(row))] for row in logits])
    loss = -np.mean([log_softmax(b * np.array(row))[i] for b, row, i in zip(inverse, logits, labels, strict=True)])
    assert loss <= -np.mean([log_softmax(row)[i] for row, i in zip(logits, labels, strict=True)]) + 1e-9
