import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.scores import dinco, normalised_confidence


def test_the_papers_example():
    # Its worked example: beta = 0.9 + 0.8 * 1 * 0.95 + 0.6 * 0.5 * 0.9 + 0.7 * 0.8 * 0.1 = 1.986. A weight of 0.5 for
    # uniqueness is 1 / (1 + 1): another rival entails it; 0.8 is 1 / (1 + 0.25).
    entails = np.zeros((4, 4))
    entails[1, 2], entails[1, 3] = 1.0, 0.25
    contradicts = np.zeros((4, 4))
    contradicts[0, 1:] = contradicts[1:, 0] = [0.95, 0.9, 0.1]

    found = normalised_confidence([0.9, 0.8, 0.6, 0.7], entails, contradicts)

    assert found == pytest.approx(0.9 / 1.986, abs=1e-12)
    assert found == pytest.approx(0.4532, abs=1e-4)


def test_both_directions_of_contradiction_are_averaged():
    assert normalised_confidence([1.0, 1.0], np.eye(2), [[0, 1], [0, 0]]) == pytest.approx(1 / 1.5)
    assert normalised_confidence([1.0, 1.0], np.eye(2), [[0, 0], [1, 0]]) == pytest.approx(1 / 1.5)


def test_what_entails_or_follows_from_the_answer_says_nothing_of_a_rivals_uniqueness():
    entails = np.ones((2, 2))

    assert normalised_confidence([1.0, 1.0], entails, np.ones((2, 2))) == pytest.approx(0.5)


def test_k_rivals_that_say_the_same_count_as_one():
    entails = np.ones((5, 5))

    assert normalised_confidence([0.8] * 5, entails, np.ones((5, 5))) == pytest.approx(0.5)


def test_confidences_that_sum_to_less_than_one_are_left():
    assert normalised_confidence([0.3, 0.4], np.eye(2), np.ones((2, 2))) == pytest.approx(0.3)
    assert normalised_confidence([0.9], [[0]], [[0]]) == pytest.approx(0.9)


def test_a_missing_confidence_is_nan():
    assert np.isnan(normalised_confidence([0.9, np.nan], np.eye(2), np.ones((2, 2))))
    assert np.isnan(normalised_confidence([np.nan, 0.9], np.eye(2), np.ones((2, 2))))


@pytest.mark.parametrize(
    ("confidences", "entailment", "contradiction", "message"),
    [
        ([], np.empty((0, 0)), np.empty((0, 0)), "n of at least 1"),
        ([0.5, 0.5], np.eye(3), np.eye(2), r"got \(2,\), \(3, 3\) and \(2, 2\)"),
        ([0.5, 0.5], np.eye(2), np.eye(3), r"\(3, 3\)"),
        ([0.5, 90], np.eye(2), np.eye(2), "confidences: numbers must lie between 0 and 1"),
        ([0.5, 0.5], -np.eye(2), np.eye(2), "entailment"),
        ([0.5, 0.5], np.eye(2), 2 * np.eye(2), "contradiction"),
    ],
)
def test_wrong_input_is_refused(confidences, entailment, contradiction, message):
    with pytest.raises(InputError, match=message):
        normalised_confidence(confidences, entailment, contradiction)


def test_dinco_by_hand():
    assert dinco([0.8, 1.0], [0.4, 0.5]) == pytest.approx([0.6, 0.75])


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.floats(0, 1), min_size=n + 2 * n * n, max_size=n + 2 * n * n)))
def test_never_more_than_was_stated(numbers):
    n = next(n for n in range(1, 6) if n + 2 * n * n == len(numbers))
    stated = numbers[:n]
    entails, contradicts = np.array(numbers[n:]).reshape(2, n, n)

    assert 0 <= normalised_confidence(stated, entails, contradicts) <= stated[0]
