"""Every message names the argument, what is allowed, what was given and what to do."""

import re

import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.metrics._check import check_between, check_binary, check_choice, check_count, check_prob, check_scores
from calibrant.types import BinEdges


def test_columns_become_floats_of_equal_length():
    rows = check_binary([True, False, 1], (0, 0.5, np.float32(1)), None)
    assert [column.dtype for column in rows] == [np.float64] * 3
    np.testing.assert_array_equal(rows.y_true, [1, 0, 1])
    np.testing.assert_array_equal(rows.y_score, [0, 0.5, 1])
    np.testing.assert_array_equal(rows.weight, [1, 1, 1])


def test_scores_may_be_any_finite_number():
    np.testing.assert_array_equal(check_scores([1, 0], [-7.5, 1e300], [2, 0]).y_score, [-7.5, 1e300])


@pytest.mark.parametrize(
    ("y_true", "y_prob", "weight", "message"),
    [
        ([1, 2], [0.5, 0.5], None, "y_true must be 1 (correct) or 0 (wrong); row 1 is 2."),
        ([1, 0.5], [0.5, 0.5], None, "y_true must be 1 (correct) or 0 (wrong); row 1 is 0.5."),
        (
            [1, np.nan, 0],
            [0.5, 0.5, 0.5],
            None,
            "y_true must be 1 (correct) or 0 (wrong); row 1 is nan. Drop such rows from every argument and report how "
            "many there were.",
        ),
        (
            [1, None],
            [0.5, 0.5],
            None,
            "y_true must be 1 (correct) or 0 (wrong); row 1 is nan. Drop such rows from every argument and report how "
            "many there were.",
        ),
        (
            [1, 0],
            [0.5, np.nan],
            None,
            "y_prob must lie in [0, 1]; row 1 is nan. Drop such rows from every argument and report how many there "
            "were.",
        ),
        ([1, 0], [0.5, -0.1], None, "y_prob must lie in [0, 1]; row 1 is -0.1."),
        ([1, 0], [0.5, np.inf], None, "y_prob must lie in [0, 1]; row 1 is inf."),
        (
            [1, 0],
            [1, 87],
            None,
            "y_prob must lie in [0, 1]; row 1 is 87. This looks like a percentage: divide by 100.",
        ),
        (
            [1, 0],
            [0.5],
            None,
            "y_prob must have as many rows as y_true; got 1 and 2. Pass the same rows, in order.",
        ),
        (
            [1, 0],
            [0.5, 0.5],
            [1],
            "sample_weight must have as many rows as y_true; got 1 and 2. Pass the same rows, in order.",
        ),
        ([1, 0], [0.5, 0.5], [1, -1], "sample_weight must be finite and not negative; row 1 is -1."),
        ([1, 0], [0.5, 0.5], [np.inf, 1], "sample_weight must be finite and not negative; row 0 is inf."),
        (
            [1, 0],
            [0.5, 0.5],
            [0, 0],
            "sample_weight must have a positive entry; all are 0, which leaves no row to measure.",
        ),
        (
            [],
            [],
            None,
            "y_prob must have at least one row; got none. Check that the rows were not all filtered out.",
        ),
        (
            [1, 0],
            [[0.5, 0.5]],
            None,
            "y_prob must have one dimension; got shape (1, 2). Pass one number an answer.",
        ),
        (1, [0.5], None, "y_true must have one dimension; got shape (). Pass one number an answer."),
        (["yes"], [0.5], None, "y_true must be numbers; got values of type <U3. Convert them first."),
    ],
)
def test_bad_rows_are_refused_by_name_and_row(y_true, y_prob, weight, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        check_binary(y_true, y_prob, weight)


def test_what_is_no_column_is_refused():
    with pytest.raises(InputError, match=r"y_prob must be a flat sequence of numbers; got something else"):
        check_prob([[0.1], [0.2, 0.3]])
    with pytest.raises(InputError, match=r"y_prob must be a flat sequence of numbers; got something else"):
        check_prob([0.1, {}])


def test_a_score_is_called_what_the_caller_calls_it():
    with pytest.raises(InputError, match=r"^y_score must be finite; row 1 is -inf\.$"):
        check_scores([1, 0], [0, -np.inf], None)
    with pytest.raises(InputError, match=r"^y_prob_a must be finite; row 0 is inf\.$"):
        check_scores([1, 0], [np.inf, 0], None, name="y_prob_a")


def test_options_are_refused_with_what_is_allowed():
    with pytest.raises(InputError, match=r"^edges must be one of 'right', 'left'; got 'up'\.$"):
        check_choice("edges", "up", BinEdges)
    for count in (0, -1, 2.0, "3"):
        with pytest.raises(InputError, match=r"^n_bins must be a whole number of at least 1; got "):
            check_count("n_bins", count)
    for level in (0, 1, np.nan):
        with pytest.raises(InputError, match=r"^level must be greater than 0 and less than 1; got "):
            check_between("level", level, 0, 1)


def test_numpy_integers_are_counts():
    check_count("n_bins", np.int64(3))


@pytest.mark.parametrize("value", [np.nextafter(1, 2), 1.5, -1e-300, np.inf, -np.inf])
def test_a_hair_outside_0_to_1_is_refused_where_it_is(value):
    with pytest.raises(InputError, match=r"^y_prob must lie in \[0, 1\]; row 2 is "):
        check_prob([0, 1, value, 0.5, value])
