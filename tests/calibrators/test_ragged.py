"""Questions of unequal length are laid end to end, never padded."""

import numpy as np
import pytest

from calibrant.calibrators._ragged import check_logits, check_table
from calibrant.exceptions import InputError


def test_rows_end_to_end():
    rows = check_logits([[1, 2], [3.0, 1.0, 2.0]])
    assert rows.values.tolist() == [1, 2, 3, 1, 2]
    assert rows.starts.tolist() == [0, 2]
    assert rows.lengths.tolist() == [2, 3]
    assert rows.below_maximum().tolist() == [-1, 0, 0, -2, -1]
    assert rows.sum(rows.values).tolist() == [3, 6]
    assert rows.repeat(np.array([7.0, 8.0])).tolist() == [7, 7, 8, 8, 8]
    assert [row.tolist() for row in rows.split(rows.values)] == [[1, 2], [3, 1, 2]]


def test_a_table_is_rows_of_equal_length():
    table = np.arange(6.0).reshape(3, 2)
    assert check_logits(table).values.tolist() == check_logits(table.tolist()).values.tolist()
    assert check_logits(table.astype(np.float32)).values.dtype == np.float64


def test_blocks_are_the_same_rows_cut_between_them():
    rows = check_logits([[1, 2], [3.0, 1.0, 2.0], [5, 6, 7, 8, 9, 10], [1, 1]])
    for size in range(1, 15):
        pieces = rows.blocks(size)
        assert np.concatenate([piece.values for piece in pieces]).tolist() == rows.values.tolist()
        assert np.concatenate([piece.lengths for piece in pieces]).tolist() == [2, 3, 6, 2]
        assert np.concatenate([piece.sum(piece.values) for piece in pieces]).tolist() == [3, 6, 45, 2]
    assert [piece.values.size for piece in rows.blocks(3)] == [5, 6, 2]
    assert len(rows.blocks(100)) == 1


def test_a_table_has_as_many_options_in_every_row():
    assert check_table([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    with pytest.raises(
        InputError, match=r"^logits must have 2 options in every question, as the first has, .* at row 1"
    ):
        check_table([[1, 2], [3, 4, 5]])
    with pytest.raises(InputError, match=r"^logits must have 3 options in every question, as in the fit, .* at row 0"):
        check_table([[1, 2], [3, 4]], 3)


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        ([[0.0, 1.0], [0.0, 1.0, -np.inf]], "got -inf at row 1, option 2"),
        ([[np.nan, 1.0], [0.0, 1.0]], "got nan at row 0, option 0"),
        ([[0.0, 1.0], [0.0, 1e101]], r"got 1e\+101 at row 1, option 1"),
        (np.array([[0.0, 1.0], [0.0, -np.inf]]), "got -inf at row 1, option 1"),
        (np.array([[0.0, 1.0], [np.nan, 1.0]]), "got nan at row 1, option 0"),
        (np.array([[True, False]]), r"got shape \(2,\) of type bool at row 0"),
        (np.zeros((3, 1)), r"got shape \(1,\) of type float64 at row 0"),
        (np.zeros((0, 2)), "got no questions"),
        ([[0.0, 1.0], [0.5]], r"got shape \(1,\) of type float64 at row 1"),
        ([0.2, 0.8], r"got shape \(\) of type float64 at row 0"),
        (3, "must be a sequence of rows; got 3"),
    ],
)
def test_says_what_is_wrong_and_where(logits, message):
    with pytest.raises(InputError, match=message):
        check_logits(logits)
