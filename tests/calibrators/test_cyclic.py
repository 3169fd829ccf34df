import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, softmax

from calibrant.calibrators import CyclicAverage, Evidence
from calibrant.exceptions import InputError


def read_in_every_order(scores, by_place):
    """What a model says that adds ``by_place`` to whatever stands there; option j stands at place j + s in row s."""
    n = len(scores)
    return np.array([[scores[j] + by_place[(j + s) % n] for j in range(n)] for s in range(n)])


def average(orders):
    evidence = Evidence([order[0] for order in orders], orders=orders)
    return CyclicAverage().fit(evidence, [0] * len(orders)).predict_proba(evidence)


def test_by_hand():
    # 80 % in its own place and 40 % in the other make 60 %.
    assert_allclose(average([np.log([[0.8, 0.2], [0.4, 0.6]])]), [[0.6, 0.4]])


def test_each_order_is_normalised_by_itself():
    # 3 to 1 and 1 to 1: the mean is that of 3/4 and 1/2, whatever the levels of the two are.
    assert_allclose(average([np.log([[3.0, 1.0], [500.0, 500.0]])]), [[0.625, 0.375]])


def test_questions_may_have_different_numbers_of_options():
    two, three = average([np.log([[3.0, 1.0], [1.0, 1.0]]), np.log([[2.0, 1, 1], [1.0, 2, 1], [1.0, 1, 2]])])
    assert_allclose(two, [0.625, 0.375])
    assert_allclose(three, [1 / 3] * 3)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6))
def test_a_favour_for_a_place_alone_leaves_nothing(by_place):
    found = average([read_in_every_order([0.0] * len(by_place), by_place)])[0]
    assert_allclose(found, 1 / len(by_place))


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=2, max_size=6))
def test_moving_the_options_moves_their_probabilities(pairs):
    scores, by_place = np.array(pairs).T
    at_home = average([read_in_every_order(scores, by_place)])[0]
    moved = average([read_in_every_order(np.roll(scores, 1), by_place)])[0]
    assert_allclose(moved, np.roll(at_home, 1))


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_of_two_options_the_better_is_the_answer_whatever_the_favour(ahead, favour):
    # Its share is the mean of σ(ahead + favour) and σ(ahead - favour), above 1/2 wherever it is ahead.
    found = average([read_in_every_order([ahead, 0.0], [favour, 0.0])])[0]
    assert (found[0] - 0.5) * ahead >= -1e-15
    assert found[0] == pytest.approx((expit(ahead + favour) + expit(ahead - favour)) / 2)


def test_without_a_favour_the_probabilities_stay():
    scores = [0.3, -1.0, 2.0]
    assert_allclose(average([read_in_every_order(scores, [0.0] * 3)])[0], softmax(scores))


def test_extreme_logits_stay_finite():
    assert_allclose(average([[[1e99, -1e99], [-1e99, 1e99]]]), [[0.5, 0.5]])


def test_labels_and_weights_make_no_difference():
    rng = np.random.default_rng(0)
    evidence = Evidence(rng.normal(size=(50, 4)), orders=rng.normal(size=(50, 4, 4)))
    labels = rng.integers(0, 4, size=50)
    one = CyclicAverage().fit(evidence, labels)
    other = CyclicAverage().fit(evidence, rng.permutation(labels), sample_weight=rng.random(50))
    assert_array_equal(one.predict_proba(evidence), other.predict_proba(evidence))
    assert one.n_questions_ == other.n_questions_ == 50


def test_every_order_is_needed():
    fitted = CyclicAverage().fit(Evidence([[0.0, 1.0]], orders=[np.zeros((2, 2))]), [0])
    with pytest.raises(InputError, match="the map 'cyclic' needs orders"):
        fitted.predict_proba(Evidence([[0.0, 1.0]]))
    with pytest.raises(InputError, match=r"^orders must have shape \(2, 2\) at row 0"):
        fitted.predict_proba(Evidence([[0.0, 1.0]], orders=[np.zeros((3, 3))]))
    with pytest.raises(InputError, match=r"^orders must have shape \(3, 3\) at row 0"):
        CyclicAverage().fit(Evidence([[0.0, 1.0, 2.0]], orders=[np.zeros((2, 3))]), [0])
