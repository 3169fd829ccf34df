import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax, softmax

from calibrant.calibrators import PriorCorrection
from calibrant.exceptions import InputError


def fit(logits, **kwargs):
    return PriorCorrection().fit(logits, [0] * len(logits), **kwargs)


def test_by_hand():
    # Odds of 8 to 1 and 1 to 2: their geometric mean is 2 to 1, and without it they are 4 to 1 and 1 to 4.
    logits = np.log([[8.0, 1.0], [1.0, 2.0]])
    correction = fit(logits)
    assert_allclose(correction.intercepts_, [-np.log(2) / 2, np.log(2) / 2])
    assert_allclose(correction.predict_proba(logits), [[0.8, 0.2], [0.2, 0.8]])


def test_by_hand_with_weights():
    # Odds of 8 to 1 twice and 1 to 1 once: the geometric mean is 4 to 1.
    correction = fit(np.log([[8.0, 1.0], [1.0, 1.0], [1.0, 500.0]]), sample_weight=[2, 1, 0])
    assert_allclose(correction.predict_proba(np.log([[4.0, 1.0]])), [[0.5, 0.5]])


@given(st.lists(st.floats(-4, 4), min_size=2, max_size=6), st.integers(0, 100), st.floats(0.1, 3))
def test_a_favour_for_a_place_is_taken_off_exactly(by_place, seed, sharpness):
    # Every question in every cyclic order, so that the questions favour no place.
    scores = np.random.default_rng(seed).normal(scale=sharpness, size=(5, len(by_place)))
    even = np.concatenate([np.roll(scores, s, axis=1) for s in range(len(by_place))])
    assert_allclose(fit(even + by_place).predict_proba(even + by_place), softmax(even, axis=1), rtol=1e-9)


@given(st.lists(st.lists(st.floats(-5, 5), min_size=3, max_size=3), min_size=1, max_size=10))
def test_no_place_is_favoured_afterwards(logits):
    after = np.log(fit(logits).predict_proba(logits)).mean(axis=0)
    assert_allclose(after, after.mean(), atol=1e-9)


def test_a_level_added_to_a_question_changes_nothing():
    logits = np.random.default_rng(0).normal(size=(40, 4))
    levels = np.arange(40.0)[:, None]
    assert_allclose(fit(logits + levels).intercepts_, fit(logits).intercepts_)


def test_one_hopeless_option_does_not_outweigh_the_rest():
    # ln 1e-12 is -27.6, so of 100 questions one moves the mean by no more than 0.28.
    logits = np.zeros((100, 2))
    logits[0, 1] = -1e9
    below = -np.ptp(fit(logits).intercepts_)
    assert below == pytest.approx((log_softmax([0.0, -27.631021]) + 99 * np.log(0.5))[1] / 100 - 0.99 * np.log(0.5))


def test_extreme_logits_stay_finite():
    correction = fit([[1e99, -1e99], [0.0, 1.0]])
    assert np.isfinite(correction.intercepts_).all()
    assert_array_equal(correction.predict_proba([[1e99, -1e99]]), [[1.0, 0.0]])


def test_labels_make_no_difference():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(50, 4)), rng.integers(0, 4, size=50)
    one = PriorCorrection().fit(logits, labels)
    other = PriorCorrection().fit(logits, rng.permutation(labels))
    assert_array_equal(one.intercepts_, other.intercepts_)


def test_options_must_be_as_many_as_in_the_fit():
    with pytest.raises(InputError, match=r"^logits must have 2 options in every question, as in the fit, .* got 3"):
        fit([[0.0, 1.0]]).predict_proba([[0.0, 1.0, 2.0]])
