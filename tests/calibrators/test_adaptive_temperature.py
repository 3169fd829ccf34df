import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from calibrant.calibrators import AdaptiveTemperature, Evidence, TemperatureScaling
from calibrant.exceptions import InputError


def draw(n, follows, rng, width=20):
    """Questions whose ln T is 0.7 + follows · (the first entry of the state); the entries differ much in size."""
    states = rng.normal(size=(n, width))
    temperature = np.exp(0.7 + follows * states[:, 0])
    logits = [rng.normal(scale=4, size=rng.integers(2, 6)) for _ in range(n)]
    labels = [int(np.argmax(z / T + rng.gumbel(size=z.size))) for z, T in zip(logits, temperature, strict=True)]
    states = states * np.geomspace(100, 0.01, width) + np.linspace(-50, 50, width)
    return Evidence(logits, states=states), np.array(labels), temperature


def log_loss(probabilities, labels):
    return np.mean([-np.log(p[i]) for p, i in zip(probabilities, labels, strict=True)])


def excess(follows, n, seeds=5):
    """Mean log loss above that of the plain temperature, on new questions."""
    differences = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        (known, labels, _), (new, answers, _) = draw(n, follows, rng), draw(2000, follows, rng)
        own = AdaptiveTemperature().fit(known, labels).predict_proba(new)
        plain = TemperatureScaling().fit(known.logprobs, labels).predict_proba(new.logprobs)
        differences.append(log_loss(own, answers) - log_loss(plain, answers))
    return np.mean(differences)


def test_better_where_the_temperature_follows_the_state():
    assert excess(0.8, 300) < -0.02
    assert excess(0.8, 1500) < -0.05


@pytest.mark.parametrize("n", [50, 300])
def test_hardly_worse_where_the_states_tell_nothing(n):
    assert excess(0.0, n) < 0.5 / n


def test_many_questions_find_each_temperature():
    evidence, labels, temperature = draw(20_000, 0.5, np.random.default_rng(0), width=3)
    own = AdaptiveTemperature().fit(evidence, labels)
    central = np.abs(np.log(temperature) - 0.7) < 1
    assert_allclose(own.temperatures(evidence)[central], temperature[central], rtol=0.1)
    assert own.width_shares_[0] < 1e-6


@pytest.mark.parametrize("widths", [(0.0,), (1e-7,)])
def test_the_strongest_prior_is_temperature_scaling(widths):
    evidence, labels, _ = draw(200, 0.8, np.random.default_rng(1))
    own = AdaptiveTemperature(widths=widths).fit(evidence, labels)
    plain = TemperatureScaling().fit(evidence.logprobs, labels)
    for a, b in zip(own.predict_proba(evidence), plain.predict_proba(evidence.logprobs), strict=True):
        assert_allclose(a, b, atol=1e-5)


def test_a_weaker_prior_lets_the_temperature_vary_more():
    evidence, labels, _ = draw(300, 0.8, np.random.default_rng(2))
    spread = [
        np.std(np.log(AdaptiveTemperature(widths=(width,)).fit(evidence, labels).temperatures(evidence)))
        for width in (0.03, 0.1, 0.3, 1.0)
    ]
    assert (np.diff(spread) > 0).all()


def test_a_width_given_twice_counts_once():
    evidence, labels, _ = draw(200, 0.3, np.random.default_rng(3))
    once = AdaptiveTemperature(widths=(0.0, 0.3)).fit(evidence, labels)
    twice = AdaptiveTemperature(widths=(0.0, 0.0, 0.3, 0.3)).fit(evidence, labels)
    assert_allclose(twice.coef_, once.coef_, rtol=1e-9)


# Of 8 answers at logits (ln 9, 0), or (ln 9, 0, 0), 4 are right. What each loss's minimum says of the first option:
# 4/8; and a + (1 - a) / K, or in general the mean of 1 and 1 / K, weighted by (1 - smoothing) a and smoothing (1 - a).
@pytest.mark.parametrize(
    ("loss", "smoothing", "n_options", "says"),
    [
        ("cross_entropy", 0.5, 2, 1 / 2),
        ("selective", 0.5, 2, 3 / 4),
        ("selective", 0.5, 3, 2 / 3),
        ("selective", 0.75, 2, 5 / 8),
    ],
)
def test_what_the_losses_say(loss, smoothing, n_options, says):
    logits = [[np.log(9.0)] + [0.0] * (n_options - 1)] * 8
    evidence = Evidence(logits, states=np.zeros((8, 1)))
    scaling = AdaptiveTemperature(loss=loss, smoothing=smoothing, bounds=(0.1, 1e9))
    probability = scaling.fit(evidence, [0, 1] * 4).predict_proba(evidence)[0]
    assert probability[0] == pytest.approx(says, abs=1e-6)


@given(st.lists(st.lists(st.integers(-60, 60).map(float), min_size=2, max_size=6), min_size=1, max_size=8))
def test_keeps_the_order_of_the_options(logits):
    states = np.random.default_rng(len(logits)).normal(size=(len(logits), 3))
    evidence = Evidence(logits, states=states)
    own = AdaptiveTemperature().fit(evidence, [0] * len(logits))
    for row, probability in zip(logits, own.predict_proba(evidence), strict=True):
        assert (np.diff(probability[np.argsort(row)]) >= 0).all()


def test_no_state_leads_beyond_the_temperatures_of_the_fit():
    evidence, labels, _ = draw(400, 0.8, np.random.default_rng(4))
    own = AdaptiveTemperature().fit(evidence, labels)
    seen = own.temperatures(evidence)
    direction = own.coef_ / np.linalg.norm(own.coef_)
    far = Evidence(evidence.logprobs[:2], states=np.outer([1e6, -1e6], direction))
    assert_allclose(own.temperatures(far), [seen.min(), seen.max()])


def test_the_unit_of_an_entry_does_not_matter():
    evidence, labels, _ = draw(150, 0.8, np.random.default_rng(5), width=4)
    other = Evidence(evidence.logprobs, states=evidence.states * [1e-6, 1, 30, 1e6] + [3, 0, -1, 5])
    left, right = (AdaptiveTemperature().fit(e, labels).temperatures(e) for e in (evidence, other))
    assert_allclose(left, right, rtol=1e-6)


def test_fewer_questions_than_entries_and_the_same_repeated():
    evidence, labels, _ = draw(30, 0.8, np.random.default_rng(6), width=40)
    few = AdaptiveTemperature().fit(evidence, labels, sample_weight=[2] * 30)
    twice = AdaptiveTemperature().fit(evidence.take([*range(30)] * 2), [*labels] * 2)
    assert_allclose(few.temperatures(evidence), twice.temperatures(evidence), rtol=1e-7)


def test_components_are_as_many_as_asked_for():
    # Only the first entry matters, and the others vary together, so that it is no part of the first component.
    evidence, labels, _ = draw(2000, 0.8, np.random.default_rng(7), width=2)
    states = np.column_stack([evidence.states, *[evidence.states[:, 1]] * 3])
    evidence = Evidence(evidence.logprobs, states=states)
    one, two = (AdaptiveTemperature(n_components=k).fit(evidence, labels) for k in (1, 2))
    spread = [np.std(np.log(own.temperatures(evidence))) for own in (one, two)]
    assert spread[0] < 0.1 < 0.5 < spread[1]


@pytest.mark.parametrize("n", [1, 5])
def test_states_that_do_not_vary_give_one_temperature(n):
    evidence = Evidence([[2.0, 0.0]] * n, states=np.full((n, 3), 0.1))
    own = AdaptiveTemperature().fit(evidence, [0, 1, 0, 0, 0][:n])
    assert own.coef_.tolist() == [0, 0, 0]
    plain = TemperatureScaling((0.1, 20.0)).fit(evidence.logprobs, [0, 1, 0, 0, 0][:n])
    assert_allclose(own.temperatures(evidence), plain.temperature_, rtol=1e-6)


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("size", [1e-9, 1.0, 1e3, 1e90])
def test_all_right_or_all_wrong_stay_finite(size, label):
    evidence = Evidence([[size, 0.0]] * 4, states=np.eye(4))
    own = AdaptiveTemperature().fit(evidence, [label] * 4)
    assert (own.temperatures(evidence) >= 0.1 - 1e-12).all()
    assert (own.temperatures(evidence) <= 1000 + 1e-9).all()
    assert np.isfinite(np.concatenate(own.predict_proba(evidence))).all()


@pytest.mark.parametrize(
    "bad",
    [
        {"n_components": 0},
        {"n_components": 2.5},
        {"widths": ()},
        {"widths": (0.1, -0.1)},
        {"widths": (np.nan,)},
        {"bounds": (2.0, 3.0)},
        {"loss": "brier"},
        {"smoothing": 0.0},
        {"smoothing": 1.0},
    ],
)
def test_refuses_parameters(bad):
    with pytest.raises(InputError, match=rf"^{next(iter(bad))} must .*; got .*\."):
        AdaptiveTemperature(**bad).fit(Evidence([[0.0, 1.0]], states=np.zeros((1, 1))), [0])


def test_refuses_states_that_are_missing_or_of_another_width():
    with pytest.raises(InputError, match="needs states, not at hand: read the questions with --hidden-layers"):
        AdaptiveTemperature().fit(Evidence([[0.0, 1.0]]), [0])
    own = AdaptiveTemperature().fit(Evidence([[0.0, 1.0]], states=np.zeros((1, 3))), [0])
    with pytest.raises(InputError, match="states must have the width 3, as in the fit; got 2"):
        own.predict_proba(Evidence([[0.0, 1.0]], states=np.zeros((1, 2))))
