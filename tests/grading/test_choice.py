import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.grading import grade_choices


def test_by_hand():
    graded = grade_choices([[-1.0, -3.0], [-5.0, -4.0, -6.0, -7.0], [0.0, 1.0, 2.0]], [0, 0, 2])
    assert graded.answer.tolist() == [0, 1, 2]
    assert graded.correct.tolist() == [1.0, 0.0, 1.0]
    assert graded.n_ties == 0


def test_of_tied_options_the_first_is_given_and_counted():
    graded = grade_choices([[-2.0, -1.0, -1.0], [-1.0, -1.0], [-1.0, -2.0, -2.0]], [2, 0, 0])
    assert graded.answer.tolist() == [1, 0, 0]
    assert graded.correct.tolist() == [0.0, 1.0, 1.0]
    assert graded.n_ties == 2  # two options that tie below the top are no tie


def test_what_is_unknown_is_neither_right_nor_wrong():
    correct = grade_choices([[0.0, 1.0]] * 2, [None, 1]).correct
    assert np.isnan(correct[0])
    assert correct[1] == 1.0


def test_labels_from_numpy_are_labels():
    # They are no int to Python, and must not count as unknown.
    assert grade_choices([[0.0, 1.0]] * 2, np.array([1, 0])).correct.tolist() == [1.0, 0.0]


def test_one_option_is_the_answer():
    graded = grade_choices([[-3.0]], [0])
    assert (graded.answer.tolist(), graded.correct.tolist(), graded.n_ties) == ([0], [1.0], 0)


def test_an_option_that_cannot_be_is_never_the_answer():
    assert grade_choices([[-np.inf, -800.0]], [0]).answer.tolist() == [1]


def test_no_questions():
    graded = grade_choices([], [])
    assert (graded.answer.size, graded.correct.size, graded.n_ties) == (0, 0, 0)


@pytest.mark.parametrize("options", [[], [np.nan, 1.0], [[1.0, 2.0]], ["a", "b"], [None, 1.0], 3.0])
def test_a_row_that_cannot_be_graded_is_named(options):
    with pytest.raises(InputError, match=r"^logprobs, row 1: numbers for at least one option"):
        grade_choices([[0.0, 1.0], options], [0, 0])


@pytest.mark.parametrize("label", [2, -1, 1.0, True, "1", ("yes",)])
def test_a_label_that_is_no_option_is_named(label):
    with pytest.raises(InputError, match=r"^right, row 1: the index of one of 2 options"):
        grade_choices([[0.0, 1.0]] * 2, [0, label])


def test_lengths_must_agree():
    with pytest.raises(InputError, match=r"^right must have one entry a question, so 2; got 1"):
        grade_choices([[0.0, 1.0]] * 2, [0])


@given(st.lists(st.lists(st.integers(-9, 9), min_size=1, max_size=5), min_size=1, max_size=6), st.integers(-50, 50))
def test_what_is_added_to_all_options_changes_nothing(rows, shift):
    right = [0] * len(rows)
    shifted = grade_choices([[value + shift for value in row] for row in rows], right)
    graded = grade_choices(rows, right)
    assert graded.answer.tolist() == shifted.answer.tolist() == [row.index(max(row)) for row in rows]
    assert graded.n_ties == sum(row.count(max(row)) > 1 for row in rows)
