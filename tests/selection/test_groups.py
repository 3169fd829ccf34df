"""One row a group: which, how many, and drawn by chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.selection._groups import as_labels, one_a_group


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(0, 3))
def test_every_group_keeps_one_row(groups, seed):
    kept = one_a_group(groups, len(groups), seed)
    assert sorted(groups[row] for row in kept) == sorted(set(groups))
    assert (np.diff(kept) > 0).all()
    np.testing.assert_array_equal(kept, one_a_group([f"g{group}" for group in groups], len(groups), seed))


def test_every_row_of_a_group_is_as_likely():
    first = [int(one_a_group(["a", "a", "a", "a"], 4, seed)[0]) for seed in range(2000)]
    share = np.bincount(first, minlength=4) / 2000
    assert np.abs(share - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / 2000)


def test_no_groups_keep_every_row():
    assert one_a_group(None, 4, 0).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a"], r"^groups must have one label a row, 2 in all; got shape \(1,\)"),
        ([["a"], ["b"]], r"^groups must have one label a row"),
        (["a", None], "^groups must be text or whole numbers; row 1 is None"),
        ([1.0, 2.0], "^groups must be text or whole numbers; row 0 is 1.0"),
    ],
)
def test_labels_are_checked(labels, message):
    with pytest.raises(InputError, match=message):
        one_a_group(labels, 2, 0)


def test_labels_of_numpy_are_plain():
    assert as_labels("groups", np.array([3, 4]), 2) == [3, 4]
    assert as_labels("groups", np.array(["a", 4], object), 2) == ["a", 4]


def test_a_seed_below_0_is_refused():
    with pytest.raises(InputError, match=r"^random_state must not be negative; got -1"):
        one_a_group(None, 2, -1)
