"""Cells keep the order of confidence, and are fine where confidence crowds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from calibrant.metrics._cells import N_CELLS, add_to_cells, cells_of, least_of

PROBS = st.one_of(
    st.floats(0, 1),
    st.floats(0, 1e-9),
    st.floats(0, 1e-9).map(lambda x: 1 - x),
    st.integers(0, 100).map(lambda k: k / 100),
)


@given(st.lists(PROBS, min_size=2, max_size=50))
def test_order_is_kept(values):
    prob = np.sort(values)
    cell = cells_of(prob)
    assert (np.diff(cell) >= 0).all()
    assert cell.min() >= 0
    assert cell.max() < N_CELLS


@given(PROBS)
def test_a_cell_begins_where_it_says(value):
    cell = cells_of(np.array([value]))
    least = least_of(cell)
    assert least[0] <= value
    assert cells_of(least)[0] == cell[0]
    if least[0] > 0:
        assert cells_of(np.nextafter(least, 0))[0] == cell[0] - 1


def test_every_cell_is_the_cell_of_its_least_value():
    every = np.arange(N_CELLS)
    least = least_of(every)
    np.testing.assert_array_equal(cells_of(least), every)
    assert (np.diff(least) > 0).all()


def test_0_a_half_and_1_are_alone_and_the_ends_are_fine():
    edges = np.array([0.0, -0.0, 5e-324, 0.5 - 2**-54, 0.5, 0.5 + 2**-53, 1 - 2**-53, 1.0])
    cell = cells_of(edges)
    assert cell[0] == cell[1] == 0
    assert cell[-1] == N_CELLS - 1
    assert len(set(cell.tolist())) == 7
    # The logits of a float32 model reach to within 2⁻²⁴ of 1, and each such number has its own cell.
    near = 1 - np.arange(1, 2000) * 2.0**-24
    assert np.unique(cells_of(near)).size == near.size


def test_weights_are_added_by_cell(rng):
    cell, weight = rng.integers(5, size=20_000), rng.random(20_000)
    total, counted = np.zeros(N_CELLS), np.zeros(N_CELLS)
    add_to_cells(total, cell, weight)
    add_to_cells(counted, cell)
    np.testing.assert_allclose(total[:5], np.bincount(cell, weight), rtol=1e-13)
    np.testing.assert_array_equal(counted[:6], [*np.bincount(cell), 0])
