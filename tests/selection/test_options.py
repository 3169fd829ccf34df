"""Probabilities of options: what is let through, and the two scores by hand and by a loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from calibrant.exceptions import InputError
from calibrant.selection._options import check_answers, check_probabilities, option_scores


def test_scores_by_hand():
    row = np.array([0.2, 0.5, 0.3])
    assert_allclose(option_scores(row, "lac"), [0.8, 0.5, 0.7])
    assert_allclose(option_scores(row, "aps"), [1.0, 0.5, 0.8])


def test_a_single_option_and_certainty():
    assert option_scores(np.array([1.0]), "lac").tolist() == [0]
    assert option_scores(np.array([1.0]), "aps").tolist() == [1]
    assert option_scores(np.array([0.0, 1.0]), "lac").tolist() == [1, 0]
    assert option_scores(np.array([0.0, 1.0]), "aps").tolist() == [1, 1]


def test_rounding_leaves_all_options_at_exactly_1():
    assert option_scores(np.full(10, 0.1), "aps").tolist() == [1.0] * 10  # ten tenths add up to less in floats
    assert option_scores(np.full(3, 0.3334), "aps").tolist() == [1.0] * 3
    # Rounded to four decimals they may pass 1 before the last.
    assert option_scores(np.array([0.9999, 0.0003, 0.0001]), "aps").tolist() == [0.9999, 1.0, 1.0]


WEIGHTS = st.lists(st.integers(0, 5), min_size=1, max_size=7).filter(any)


@given(WEIGHTS)
def test_aps_is_what_is_at_least_as_likely(weights):
    row = np.array(weights) / sum(weights)
    expected = [sum(q for q in row if q >= p) for p in row]
    assert_allclose(option_scores(row, "aps"), expected, atol=1e-12)


@given(WEIGHTS, st.randoms())
def test_the_order_of_the_options_is_nothing(weights, random):
    row = np.array(weights) / sum(weights)
    order = random.sample(range(row.size), row.size)
    for score in ("lac", "aps"):
        assert option_scores(row[order], score).tolist() == option_scores(row, score)[order].tolist()
        # Likelier options fit better, and equal ones alike.
        assert (np.diff(option_scores(np.sort(row), score)) <= 0).all()


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        (0.5, "^probabilities must be a sequence of rows"),
        ([], "^probabilities must have at least one question; got none"),
        ([[0.5, 0.5], []], "row 1 has shape"),
        ([[0.5, 0.5], 0.5], "row 1 has shape"),
        ([["a", "b"]], "row 0 has shape"),
        ([[[0.5], [0.25, 0.25]]], "row 0 is nested"),
        ([[1.5, -0.5]], r"must lie in \[0, 1\] and have sum 1; row 0 is \[1.5, -0.5\]"),
        ([[0.5, 0.5], [np.nan, 1.0]], "row 1 is"),
        ([[2.0, 1.0]], "row 0 is"),  # logits
        ([[0.5, 0.4]], "row 0 is"),
        ([[50, 50]], "row 0 is"),
    ],
)
def test_probabilities_are_checked(probabilities, message):
    with pytest.raises(InputError, match=message):
        check_probabilities(probabilities)


def test_rounded_probabilities_pass():
    assert_allclose(check_probabilities([[0.3333, 0.3333, 0.3333], [1, 0]])[0], 0.3333)


@pytest.mark.parametrize("labels", [[0], [0, 2], [0, -1], [0.0, 1.0], ["a", "b"], [[0], [1]], [True, False]])
def test_labels_are_checked(labels):
    with pytest.raises(InputError, match=r"^labels must be"):
        check_answers(labels, [np.array([0.5, 0.5])] * 2)
