"""The bin of a row is found by a guess and a comparison; it must be the one that a search finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.metrics import _binning as module
from calibrant.metrics._binning import Binning, bin_rows
from calibrant.metrics._check import Rows


@given(
    n_bins=st.one_of(st.integers(1, 200), st.sampled_from([1000, 9973, 10**6])),
    edges=st.sampled_from(["right", "left"]),
    share=st.floats(0, 1),
    steps=st.integers(-3, 3),
    anywhere=st.floats(0, 1),
)
@settings(deadline=None, max_examples=500)
def test_it_is_the_bin_that_a_search_finds(n_bins, edges, share, steps, anywhere):
    near = round(share * n_bins) / n_bins
    for _ in range(abs(steps)):
        near = float(np.nextafter(near, np.sign(steps)))
    prob = np.array([near if 0 <= near <= 1 else 0.0, anywhere, 0.0, 1.0])
    binning = Binning(n_bins, "uniform", edges)
    borders = binning.borders(prob, np.ones(4))
    searched = np.searchsorted(borders[1:-1], prob, side="left" if edges == "right" else "right")
    np.testing.assert_array_equal(binning.index(prob, borders), searched)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize("edges", ["right", "left"])
@pytest.mark.parametrize("n_bins", [1, 15, 3000])
def test_sums_do_not_depend_on_the_blocks(rng, monkeypatch, strategy, edges, n_bins):
    rows = Rows(rng.integers(2, size=20_000) * 1.0, rng.integers(101, size=20_000) / 100, rng.random(20_000))
    whole = bin_rows(rows, Binning(n_bins, strategy, edges))
    monkeypatch.setattr(module, "_BLOCK_ROWS", 7)
    blocks = bin_rows(Rows(*(column[:500] for column in rows)), Binning(n_bins, strategy, edges))
    for bins, n in ((whole, 20_000), (blocks, 500)):
        index = np.searchsorted(bins.borders[1:-1], rows.y_score[:n], side="left" if edges == "right" else "right")
        np.testing.assert_array_equal(bins.index, index)
        np.testing.assert_allclose(bins.weight, np.bincount(index, rows.weight[:n], n_bins), rtol=1e-12)
        np.testing.assert_allclose(bins.prob, np.bincount(index, (rows.weight * rows.y_score)[:n], n_bins), rtol=1e-12)
        np.testing.assert_allclose(
            bins.correct, np.bincount(index, (rows.weight * rows.y_true)[:n], n_bins), rtol=1e-12
        )
