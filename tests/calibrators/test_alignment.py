import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, rel_entr, softmax

from calibrant.calibrators import AlignmentToBase, Evidence
from calibrant.exceptions import InputError


def align(logprobs, base, bounds=(0.05, 20.0), **kwargs):
    return AlignmentToBase(bounds).fit(Evidence(logprobs, base=base), [0] * len(logprobs), **kwargs)


def draw(n, seed=0):
    """Questions of 2 to 5 options, and what a base model says that mostly agrees."""
    rng = np.random.default_rng(seed)
    tuned = [rng.normal(scale=4, size=rng.integers(2, 6)) for _ in range(n)]
    return tuned, [row / 3 + rng.normal(scale=0.7, size=row.size) for row in tuned]


def divergence(inverse, tuned, base, weight):
    """Mean KL divergence over the questions that agree, one at a time."""
    agree = [np.argmax(a) == np.argmax(b) for a, b in zip(tuned, base, strict=True)]
    each = [rel_entr(softmax(b), softmax(np.asarray(a) * inverse)).sum() for a, b in zip(tuned, base, strict=True)]
    return np.average(np.array(each)[agree], weights=np.asarray(weight, dtype=float)[agree])


def test_by_hand():
    # 16 to 1 is 4 to 1 at T = 2, as the base model has it.
    alignment = align(np.log([[16.0, 1.0]] * 30), np.log([[4.0, 1.0]] * 30))
    assert alignment.temperature_ == pytest.approx(2, abs=1e-9)
    assert (alignment.n_agreeing_, alignment.at_bound_) == (30, False)
    assert_allclose(alignment.predict_proba(Evidence(np.log([[9.0, 1.0]]))), [[0.75, 0.25]])


def test_by_hand_a_mean_over_questions():
    # The base model says 80 % and 53 1/3 %, so 2/3 on average, of the same 4 to 1: ln 4 / T = ln 2, so T = 2.
    base = np.log([[0.8, 0.2]] * 15 + [[8 / 15, 7 / 15]] * 15)
    assert align(np.log([[4.0, 1.0]] * 30), base).temperature_ == pytest.approx(2, abs=1e-9)


def test_where_the_models_disagree_nothing_is_learnt():
    tuned, base = np.log([[16.0, 1.0]] * 60), np.log([[4.0, 1.0]] * 30 + [[1.0, 9.0]] * 30)
    alignment = align(tuned, base)
    assert alignment.temperature_ == pytest.approx(2, abs=1e-9)
    assert alignment.n_agreeing_ == 30


def test_of_options_that_tie_the_first_is_the_answer():
    tuned = np.log([[16.0, 1.0]] * 25 + [[1.0, 1.0]] * 20)
    base = np.log([[4.0, 1.0]] * 25 + [[4.0, 1.0]] * 10 + [[1.0, 4.0]] * 10)
    assert align(tuned, base).n_agreeing_ == 35


@pytest.mark.parametrize("seed", range(4))
def test_is_where_scipy_finds_the_least_divergence(seed):
    tuned, base = draw(200, seed)
    weight = np.random.default_rng(seed).integers(0, 3, size=200)
    found = align(tuned, base, sample_weight=weight)
    peer = minimize_scalar(
        divergence, bounds=(0.05, 20), args=(tuned, base, weight), method="bounded", options={"xatol": 1e-10}
    )
    assert 1 / found.temperature_ == pytest.approx(peer.x, rel=1e-5)


@settings(max_examples=25)
@given(st.floats(0.1, 15), st.integers(0, 1000))
def test_recovers_the_temperature_between_the_models(temperature, seed):
    tuned, _ = draw(40, seed)
    base = [log_softmax(row / temperature) for row in tuned]
    assert align(tuned, base).temperature_ == pytest.approx(temperature, rel=1e-6)


def test_the_bounds_hold_and_say_so():
    tuned = np.log([[16.0, 1.0]] * 30)
    surer = align(tuned, np.log([[1e9, 1.0]] * 30), bounds=(0.5, 4))
    flatter = align(tuned, np.log([[1.01, 1.0]] * 30), bounds=(0.5, 4))
    assert (surer.temperature_, surer.at_bound_) == (0.5, True)
    assert (flatter.temperature_, flatter.at_bound_) == (4.0, True)


def test_a_flat_divergence_leaves_the_logits_as_they_are():
    alignment = align(np.zeros((30, 2)), np.log([[4.0, 1.0]] * 30))
    assert (alignment.temperature_, alignment.at_bound_) == (1.0, False)


def test_extreme_logits_stay_finite():
    alignment = align([[1e90, -1e90]] * 30, [[1e90, -1e90]] * 30)
    assert np.isfinite(alignment.temperature_)
    assert_allclose(alignment.predict_proba(Evidence([[1e90, -1e90]])), [[1.0, 0.0]])


@pytest.mark.parametrize("n", [24, 25])
def test_25_questions_must_agree(n):
    tuned = np.log([[16.0, 1.0]] * (n + 10))
    base = np.log([[4.0, 1.0]] * n + [[1.0, 4.0]] * 10)
    if n == 25:
        assert align(tuned, base).n_agreeing_ == 25
    else:
        with pytest.raises(InputError, match=r"^base must give the same answer .* at least 25 .*; got 24 of 34\. "):
            align(tuned, base)


def test_a_question_of_weight_0_is_not_there():
    tuned, base = np.log([[16.0, 1.0]] * 30), np.log([[4.0, 1.0]] * 30)
    weight = np.r_[np.ones(24), np.zeros(6)]
    with pytest.raises(InputError, match=r"got 24 of 24\."):
        align(tuned, base, sample_weight=weight)


def test_labels_make_no_difference():
    tuned, base = draw(80)
    evidence, rng = Evidence(tuned, base=base), np.random.default_rng(0)
    right, wrong = [int(row.argmax()) for row in tuned], [int(row.argmin()) for row in tuned]
    guessed = [int(rng.integers(row.size)) for row in tuned]
    fits = [AlignmentToBase().fit(evidence, labels) for labels in (right, wrong, guessed)]
    assert len({fit.temperature_ for fit in fits}) == 1
    assert_array_equal(*[np.concatenate(fit.predict_proba(evidence)) for fit in fits[:2]])


def test_the_base_model_is_needed_to_fit_alone():
    tuned, base = draw(40)
    alignment = align(tuned, base)
    assert len(alignment.predict_proba(Evidence(tuned))) == 40
    with pytest.raises(InputError, match="the map 'daca' needs base"):
        AlignmentToBase().fit(Evidence(tuned), [0] * 40)
    with pytest.raises(InputError, match=r"^base must have as many options .* at row 39; got 7\. "):
        align(tuned, [*base[:-1], np.zeros(7)])


@pytest.mark.parametrize("bounds", [(0.0, 2.0), (1.5, 2.0), (0.5, np.inf)])
def test_bounds_are_checked(bounds):
    with pytest.raises(InputError, match=r"^bounds must"):
        align(np.log([[16.0, 1.0]] * 30), np.log([[4.0, 1.0]] * 30), bounds=bounds)
