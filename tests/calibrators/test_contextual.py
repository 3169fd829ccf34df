import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax, softmax

from calibrant.calibrators import ContextualCalibration, Evidence
from calibrant.exceptions import InputError

logit = st.integers(-60, 60).map(lambda tenths: tenths / 10)
questions = st.lists(st.lists(st.tuples(logit, logit), min_size=2, max_size=5), min_size=1, max_size=8)


def calibrate(logprobs, context):
    evidence = Evidence(logprobs, context=context)
    return ContextualCalibration().fit(evidence, [0] * len(evidence)).predict_proba(evidence)


def test_by_hand():
    # 4 to 1 where 2 to 1 is said anyway leaves 2 to 1; 1 to 1 where 1 to 3 is said anyway leaves 3 to 1.
    found = calibrate(np.log([[4.0, 1.0], [1.0, 1.0]]), np.log([[2.0, 1.0], [1.0, 3.0]]))
    assert_allclose(found, [[2 / 3, 1 / 3], [3 / 4, 1 / 4]])


def test_the_answer_can_change():
    # The first option has 60 %, but 90 % where nothing is asked: 60 / 90 to 40 / 10 is 1 to 6.
    assert_allclose(calibrate(np.log([[0.6, 0.4]]), np.log([[0.9, 0.1]])), [[1 / 7, 6 / 7]])


@given(questions)
def test_is_the_affine_map_of_the_paper(data):
    logprobs = [[z for z, _ in row] for row in data]
    context = [[c for _, c in row] for row in data]
    for found, row, free in zip(calibrate(logprobs, context), logprobs, context, strict=True):
        scaled = np.linalg.inv(np.diag(softmax(free))) @ softmax(row)
        assert_allclose(found, scaled / scaled.sum())


@given(questions, st.floats(-50, 50))
def test_an_even_context_changes_nothing(data, level):
    logprobs = [[z for z, _ in row] for row in data]
    for found, row in zip(calibrate(logprobs, [[level] * len(row) for row in data]), logprobs, strict=True):
        assert_allclose(found, softmax(row))


@given(questions)
def test_what_is_said_anyway_becomes_even(data):
    context = [[c for _, c in row] for row in data]
    for found in calibrate([log_softmax(row) for row in context], context):
        assert_allclose(found, 1 / found.size)


def test_extreme_logits_stay_finite():
    assert_array_equal(calibrate([[1e99, -1e99]], [[-1e99, 1e99]]), [[1.0, 0.0]])


def test_labels_and_weights_make_no_difference():
    rng = np.random.default_rng(0)
    evidence = Evidence(rng.normal(size=(50, 4)), context=rng.normal(size=(50, 4)))
    labels = rng.integers(0, 4, size=50)
    one = ContextualCalibration().fit(evidence, labels)
    other = ContextualCalibration().fit(evidence, rng.permutation(labels), sample_weight=rng.random(50))
    assert_array_equal(one.predict_proba(evidence), other.predict_proba(evidence))
    assert one.n_questions_ == other.n_questions_ == 50


def test_the_context_is_needed_to_predict_too():
    evidence = Evidence([[0.0, 1.0]], context=[[0.0, 1.0]])
    fitted = ContextualCalibration().fit(evidence, [0])
    with pytest.raises(InputError, match="the map 'context' needs context"):
        fitted.predict_proba(Evidence([[0.0, 1.0]]))
    with pytest.raises(InputError, match="the map 'context' needs context"):
        ContextualCalibration().fit(Evidence([[0.0, 1.0]]), [0])
    with pytest.raises(InputError, match=r"^context must have as many options .* so 3 at row 0; got 2"):
        fitted.predict_proba(Evidence([[0.0, 1.0, 2.0]], context=[[0.0, 1.0]]))
