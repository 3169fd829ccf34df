import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.calibrators._cells import cell_of


def test_by_hand():
    edges = np.array([0.0, 0.25, 0.5, 1.0])
    confidence = np.array([0.0, 0.25, np.nextafter(0.25, 1), 0.5, 0.75, 1.0])
    assert cell_of(confidence, edges).tolist() == [0, 0, 1, 1, 2, 2]
    assert cell_of(np.repeat(confidence, 500), edges).tolist() == np.repeat([0, 0, 1, 1, 2, 2], 500).tolist()


@pytest.mark.parametrize("n", [10, 5000])
def test_one_cell(n):
    assert not cell_of(np.linspace(0, 1, n), np.array([0.0, 1.0])).any()


@given(st.lists(st.floats(0, 1), max_size=30), st.integers(0, 1000))
def test_agrees_with_a_search_for_each(inner, seed):
    edges = np.concatenate([[0.0], np.sort(inner), [1.0]])
    rng = np.random.default_rng(seed)
    some = np.concatenate([edges, np.nextafter(edges, 0), np.nextafter(edges, 1).clip(0, 1)])
    confidence = np.concatenate([some, rng.random(1500), [0.0, 1.0]])
    expected = [(edges[1:-1] < one).sum() for one in confidence]
    assert cell_of(confidence, edges).tolist() == expected
    assert cell_of(some[:20], edges).tolist() == expected[: min(20, some.size)]


def test_edges_that_crowd_are_searched_for():
    edges = np.concatenate([[0.0], np.linspace(0.5, 0.5001, 200), [1.0]])
    confidence = np.random.default_rng(0).uniform(0.4999, 0.5002, size=3000)
    assert cell_of(confidence, edges).tolist() == np.searchsorted(edges[1:-1], confidence).tolist()
