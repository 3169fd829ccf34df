"""Two passes give the quantile bins of the batch, to the border."""

import copy
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.metrics import (
    QuantileCalibrationAccumulator,
    calibration_curve,
    debiased_calibration_error,
    expected_calibration_error,
)
from calibrant.metrics import _quantile_accumulator as module

# Values that tie, and values so close that they share a cell.
PROBS = st.one_of(
    st.integers(0, 12).map(lambda k: k / 12), st.floats(0, 1), st.integers(0, 9).map(lambda k: 0.7 + k * 2**-50)
)
ROWS = st.lists(
    st.tuples(st.integers(0, 1), PROBS, st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=60
).filter(lambda rows: any(row[2] for row in rows))


def _assert_is_batch(bins, y_true, y_prob, weight, options):
    batch = calibration_curve(y_true, y_prob, strategy="quantile", sample_weight=weight, **options)
    curve = bins.result()
    for name in ("low", "high", "count", "weight"):
        np.testing.assert_array_equal(getattr(curve, name), getattr(batch, name), err_msg=name)
    for field in fields(curve):
        # The root in Wilson's formula magnifies the last digit where a bin is all right or all wrong.
        atol = 1e-7 if "accuracy_" in field.name else 1e-12
        np.testing.assert_allclose(getattr(curve, field.name), getattr(batch, field.name), rtol=1e-12, atol=atol)
    options = {"strategy": "quantile", "sample_weight": weight, **options}
    for norm in ("l1", "l2", "max"):
        expected = expected_calibration_error(y_true, y_prob, norm=norm, **options)
        assert bins.expected_calibration_error(norm=norm) == pytest.approx(expected, abs=1e-12)
    for norm in ("l1", "l2"):
        # The root of a difference that should be 0 is not as exact as the difference.
        power = 2 if norm == "l2" else 1
        expected = debiased_calibration_error(y_true, y_prob, norm=norm, **options) ** power
        got = bins.debiased_calibration_error(norm=norm) ** power
        assert got == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(rows=ROWS, n_bins=st.integers(1, 8), edges=st.sampled_from(["right", "left"]), weighted=st.booleans())
@settings(deadline=None, max_examples=40)
def test_any_partition_in_either_pass_gives_the_batch(rows, n_bins, edges, weighted):
    y_true, y_prob, weight, part = np.array(rows).T
    weight = weight if weighted else None
    options = {"n_bins": n_bins, "edges": edges}
    whole = QuantileCalibrationAccumulator(**options)
    for k in range(3):
        worker = QuantileCalibrationAccumulator(**options)
        worker.update_edges(y_prob[part == k], sample_weight=None if weight is None else weight[part == k])
        whole.merge(worker)
    workers = [copy.deepcopy(whole) for _ in range(2)]
    # The second pass may be cut otherwise.
    for k, worker in enumerate(workers):
        worker.update(y_true[k::2], y_prob[k::2], sample_weight=None if weight is None else weight[k::2])
        whole.merge(worker)
    _assert_is_batch(whole, y_true, y_prob, weight, options)


@pytest.mark.parametrize("edges", ["right", "left"])
@pytest.mark.parametrize("table", [10, 1 << 16])
def test_many_rows_in_many_updates(rng, monkeypatch, edges, table):
    monkeypatch.setattr(module, "_TABLE_ROWS", table)
    y_prob = np.concatenate([rng.beta(8, 1, 30_000), rng.integers(21, size=10_000) / 20, 1 - rng.random(10_000) * 1e-6])
    rng.shuffle(y_prob)
    y_true = rng.random(y_prob.size) < y_prob**2
    bins = QuantileCalibrationAccumulator(n_bins=11, edges=edges)
    for part in np.array_split(y_prob, 7):
        bins.update_edges(part)
    for part in np.array_split(np.arange(y_prob.size), 9):
        bins.update(y_true[part], y_prob[part])
    _assert_is_batch(bins, y_true, y_prob, None, {"n_bins": 11, "edges": edges})


def test_by_hand_ties_stay_together_and_leave_empty_bins():
    bins = QuantileCalibrationAccumulator(n_bins=4)
    y_prob = [0.9, 0.9, 0.9, 0.1]
    bins.update_edges(y_prob)
    bins.update([1, 1, 0, 0], y_prob)
    np.testing.assert_array_equal(bins.result().count, [1, 3, 0, 0])
    np.testing.assert_array_equal(bins.result().high, [0.1, 0.9, 0.9, 1.0])


def test_passes_that_are_mixed_up_are_refused():
    bins = QuantileCalibrationAccumulator(n_bins=2)
    with pytest.raises(InputError, match="There must be a row of positive weight"):
        bins.result()
    with pytest.raises(InputError, match="update_edges must be called with all rows before update; got no row"):
        bins.update([1], [0.5])
    bins.update_edges([0.5, 0.7])
    with pytest.raises(InputError, match=r"update must see the same rows .* weight of 0 in the second pass and of 2"):
        bins.result()
    with pytest.raises(InputError, match=r"y_prob must be rows of the first pass, update_edges; row 1 is 0\.6"):
        bins.update([1, 1], [0.5, 0.6])
    bins.update([1], [0.5])
    with pytest.raises(InputError, match="weight of 1 in the second pass and of 2"):
        bins.result()
    with pytest.raises(InputError, match="update_edges must be called with all rows before update; got it after"):
        bins.update_edges([0.5])
    bins.update([1], [0.5])
    with pytest.raises(InputError, match="same rows and weights"):
        # As many rows as in the first pass, but others.
        bins.result()


def test_others_are_refused():
    bins = QuantileCalibrationAccumulator()
    for other in (QuantileCalibrationAccumulator(n_bins=3), QuantileCalibrationAccumulator(edges="left"), 3):
        with pytest.raises(InputError, match="other must be a QuantileCalibrationAccumulator with the bins"):
            bins.merge(other)
    bins.update_edges([0.5])
    other = copy.deepcopy(bins)
    other.update([1], [0.5])
    bins.update_edges([0.5])
    with pytest.raises(InputError, match="other must have the same first pass"):
        bins.merge(other)


def test_empty_and_weightless_pieces_add_nothing():
    bins = QuantileCalibrationAccumulator(n_bins=2)
    bins.update_edges([])
    bins.update_edges([0.3], sample_weight=[0])
    bins.update_edges([0.5])
    bins.update([], [])
    bins.update([1], [0.3], sample_weight=[0])
    bins.update([1, 0], [0.5, 0.3], sample_weight=[1, 0])
    assert bins.result().count.sum() == 1
    with pytest.raises(InputError, match="y_prob must lie in"):
        QuantileCalibrationAccumulator().update_edges([50])
