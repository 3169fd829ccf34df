import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from calibrant.calibrators import Evidence
from calibrant.calibrators._ragged import check_logits
from calibrant.calibrators._states import check_states, check_tasks, take_rows
from calibrant.exceptions import InputError

LOGITS = [[0.0, 1.0], [2.0, 3.0, 4.0], [5.0, 6.0]]


@pytest.mark.parametrize("dtype", ["float16", "float32", "int64"])
def test_states_become_floats_that_lie_row_by_row(dtype):
    given = np.asfortranarray(np.arange(6).reshape(3, 2).astype(dtype))
    states = check_states(Evidence(LOGITS, states=given), 2)
    assert states.dtype == np.float64
    assert states.flags.c_contiguous
    assert_array_equal(states, given)


@pytest.mark.parametrize(
    ("states", "message"),
    [
        (np.zeros((3, 4)), r"width 2, as in the fit; got 4"),
        (np.zeros((3, 0)), r"got shape \(3, 0\)"),
        (np.full((3, 2), "1"), r"of type <U1"),
        (np.array([[0, 0], [0, np.nan], [0, 0]]), r"finite .* got nan at row 1, column 1"),
        (np.array([[0, 0], [0, 0], [-np.inf, 0]]), r"finite .* got -inf at row 2, column 0"),
        (np.array([[0, 0], [0, 1e200], [0, 0]]), r"finite .* got 1e\+200 at row 1, column 1"),
    ],
)
def test_refuses_states_that_are_no_rows_of_numbers(states, message):
    with pytest.raises(InputError, match=rf"^states must .*{message}"):
        check_states(Evidence(LOGITS, states=states), 2)


def test_tasks_are_numbered_by_name():
    names, number = check_tasks(Evidence(LOGITS, tasks=["b", "a", "b"]))
    assert names == ["a", "b"]
    assert number.tolist() == [1, 0, 1]


@pytest.mark.parametrize("bad", [None, 1, float("nan"), b"a"])
def test_refuses_a_task_without_a_name(bad):
    with pytest.raises(InputError, match=r"^tasks must be names; got .* at row 1\."):
        check_tasks(Evidence(LOGITS, tasks=["a", bad, "a"]))


@given(st.lists(st.integers(0, 2), min_size=1, max_size=6))
def test_taken_rows_are_those_rows(which):
    taken = take_rows(check_logits(LOGITS), np.array(which))
    assert [row.tolist() for row in taken.split(taken.values)] == [LOGITS[i] for i in which]
