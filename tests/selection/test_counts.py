"""Counts at the thresholds of the grid: by hand, by a loop, and with groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.selection._counts import count


def counted(y_true, y_prob, groups=None, n_thresholds=10, random_state=0):
    return count(y_true, y_prob, groups, n_thresholds=n_thresholds, random_state=random_state)


def test_by_hand_with_0_1_and_a_tie():
    counts = counted([1, 0, 1, 0, 0], [1.0, 0.5, 0.5, 0.49, 0.0], n_thresholds=2)
    assert counts.threshold.tolist() == [1, 0.5, 0]
    assert counts.answered.tolist() == [1, 3, 5]
    assert counts.wrong.tolist() == [0, 1, 3]


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20)), min_size=1, max_size=25), st.integers(1, 40))
def test_agrees_with_a_loop(rows, n_thresholds):
    y_true, twentieths = zip(*rows, strict=True)
    y_prob = [k / 20 for k in twentieths]
    counts = counted(y_true, y_prob, n_thresholds=n_thresholds)
    for k in range(n_thresholds + 1):
        given_ = [y for y, p in zip(y_true, y_prob, strict=True) if p >= k / n_thresholds]
        assert counts.answered[n_thresholds - k] == len(given_)
        assert counts.wrong[n_thresholds - k] == given_.count(0)


def test_a_written_decimal_reaches_its_own_threshold():
    decimals = np.round(np.arange(0, 1001) / 1000, 3)
    counts = counted(np.ones(1001), [float(f"{p:.3f}") for p in decimals], n_thresholds=1000)
    assert counts.answered.tolist() == list(range(1, 1002))


def test_one_row_a_group_is_counted():
    counts = counted([1, 1, 0, 0], [0.9, 0.9, 0.3, 0.3], ["a", "a", "b", "b"])
    assert (counts.n, counts.n_rows) == (2, 4)
    assert counts.answered[-1] == 2
    assert counts.wrong[-1] == 1


def test_the_grid_is_checked():
    with pytest.raises(InputError, match=r"^n_thresholds must be a whole number of at least 1; got 0"):
        counted([1], [0.5], n_thresholds=0)
