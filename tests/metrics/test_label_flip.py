"""To call wrong right and state 1 - p instead of p is to say the same, so that metrics must not change."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant import metrics

ROWS = st.lists(
    # Multiples of 1/32 whose mirror images are exact, many of them on an edge of 8 bins.
    st.tuples(st.integers(0, 1), st.integers(0, 32).map(lambda k: k / 32), st.integers(1, 3)),
    min_size=2,
    max_size=30,
)


def _assert_unchanged(metric, rows, mirrored=None):
    y_true, y_prob, weight = np.array(rows).T
    given = metric(y_true, y_prob, sample_weight=weight)
    flipped = (mirrored or metric)(1 - y_true, 1 - y_prob, sample_weight=weight)
    np.testing.assert_allclose(flipped, given, rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize(
    "name",
    [
        "auroc",
        "brier_score",
        "brier_skill_score",
        "kernel_calibration_error",
        "log_loss",
        "smooth_calibration_error",
    ],
)
@given(rows=ROWS)
@settings(deadline=None, max_examples=25)
def test_without_bins(name, rows):
    _assert_unchanged(getattr(metrics, name), rows)


@pytest.mark.parametrize("strategy", ["uniform", "quantile", "unique"])
@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
@given(rows=ROWS)
@settings(deadline=None, max_examples=25)
def test_with_bins_whose_edges_are_mirrored_too(strategy, norm, rows):
    options = {"n_bins": 8, "strategy": strategy, "norm": norm}
    for metric in (metrics.expected_calibration_error, metrics.debiased_calibration_error):
        if norm != "max" or metric is metrics.expected_calibration_error:
            right, left = (partial(metric, edges=edges, **options) for edges in ("right", "left"))
            _assert_unchanged(right, rows, mirrored=left)


def test_edges_that_stay_are_what_makes_a_difference():
    # Mirrored, .25 and .5 with (low, high] would become .75 and .5 with the same bins.
    right = partial(metrics.expected_calibration_error, n_bins=2, edges="right")
    assert right([1, 0], [0.25, 0.5]) == pytest.approx(0.125)
    assert right([0, 1], [0.75, 0.5]) == pytest.approx(0.625)
