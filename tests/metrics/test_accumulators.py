"""Pieces and merges give what the batch gives."""

import itertools
import json
from dataclasses import fields
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant import metrics
from calibrant.exceptions import InputError
from calibrant.metrics import (
    CalibrationAccumulator,
    MeanAccumulator,
    MulticlassCalibrationAccumulator,
    accuracy,
    auroc,
    brier_decomposition,
    brier_score,
    calibration_curve,
    debiased_calibration_error,
    expected_calibration_error,
    log_loss,
    mean_confidence,
)
from calibrant.metrics import _stream as module

MEANS = [accuracy, mean_confidence, brier_score, log_loss, partial(log_loss, eps=1e-3)]
every_mean = pytest.mark.parametrize("metric", MEANS, ids=["accuracy", "confidence", "brier", "log_loss", "clipped"])

ROWS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.one_of(st.integers(0, 30).map(lambda k: k / 30), st.floats(0, 1)),
        st.one_of(st.integers(0, 3), st.floats(1e-3, 1e3)),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=40,
).filter(lambda rows: any(row[2] for row in rows))
"""Correctness, confidence, weight, and the piece that the row is in."""


def _in_pieces(make, rows, order):
    """One accumulator a piece, some of them without rows, merged in the order given."""
    whole = make()
    for piece in order:
        part = make()
        y_true, y_prob, weight, _ = np.array([row for row in rows if row[3] == piece]).reshape(-1, 4).T
        part.update(y_true, y_prob, sample_weight=weight)
        restored = make()
        restored.load_state(json.loads(json.dumps(part.state())))
        whole.merge(restored)
    return whole


@every_mean
@given(rows=ROWS, order=st.permutations(range(5)))
@settings(deadline=None, max_examples=40)
def test_means_of_any_partition_are_those_of_the_batch(metric, rows, order):
    y_true, y_prob, weight, _ = np.array(rows).T
    merged = _in_pieces(lambda: MeanAccumulator(metric), rows, order)
    assert merged.result() == pytest.approx(metric(y_true, y_prob, sample_weight=weight), rel=1e-12, abs=1e-12)


@given(
    rows=ROWS,
    order=st.permutations(range(5)),
    n_bins=st.integers(1, 31),
    edges=st.sampled_from(["right", "left"]),
    weighted=st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_bins_of_any_partition_are_those_of_the_batch(rows, order, n_bins, edges, weighted):
    if not weighted:
        rows = [(y_true, y_prob, 1, piece) for y_true, y_prob, _, piece in rows]
    y_true, y_prob, weight, _ = np.array(rows).T
    options = {"n_bins": n_bins, "edges": edges, "sample_weight": weight}
    merged = _in_pieces(lambda: CalibrationAccumulator(n_bins=n_bins, edges=edges), rows, order)
    for norm in ("l1", "l2", "max"):
        batch = expected_calibration_error(y_true, y_prob, norm=norm, **options)
        assert merged.expected_calibration_error(norm=norm) == pytest.approx(batch, abs=1e-12)
    curve, batch = merged.result(), calibration_curve(y_true, y_prob, **options)
    for field in fields(curve):
        one, other = getattr(curve, field.name), getattr(batch, field.name)
        # The root in Wilson's formula magnifies the last digit where a bin is all right or all wrong.
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-7 if "accuracy_" in field.name else 1e-12)


@pytest.mark.parametrize("edges", ["right", "left"])
@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_debiased_errors_are_those_of_the_batch(rng, norm, edges):
    y_prob = rng.integers(31, size=400) / 30
    y_true = rng.random(400) < y_prob**2
    bins = CalibrationAccumulator(n_bins=10, edges=edges)
    for part in np.array_split(np.arange(400), 7):
        bins.update(y_true[part], y_prob[part])
    batch = debiased_calibration_error(y_true, y_prob, n_bins=10, edges=edges, norm=norm)
    assert batch > 0.05
    assert bins.debiased_calibration_error(norm=norm) == pytest.approx(batch, abs=1e-12)


@given(rows=ROWS, order=st.permutations(range(5)), n_bins=st.integers(1, 31), edges=st.sampled_from(["right", "left"]))
@settings(deadline=None, max_examples=80)
def test_parts_of_the_brier_score_are_those_of_the_batch(rows, order, n_bins, edges):
    y_true, y_prob, weight, _ = np.array(rows).T
    merged = _in_pieces(lambda: CalibrationAccumulator(n_bins=n_bins, edges=edges), rows, order).brier_decomposition()
    batch = brier_decomposition(y_true, y_prob, n_bins=n_bins, edges=edges, sample_weight=weight)
    for field in fields(batch):
        assert getattr(merged, field.name) == pytest.approx(getattr(batch, field.name), abs=1e-12), field.name


# Probabilities in eighths of four classes, so that rows tie and hit edges.
EIGHTHS = [np.diff([0, *cuts, 8]) / 8 for cuts in ((2, 4, 6), (0, 0, 0), (8, 8, 8), (1, 1, 5), (3, 6, 8), (4, 8, 8))]
CLASS_ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(EIGHTHS), st.integers(0, 3), st.integers(0, 2)),
    min_size=1,
    max_size=30,
).filter(lambda rows: any(row[2] for row in rows))


def _class_pieces(make, rows):
    y_true, y_prob, weight, piece = (np.array(column) for column in zip(*rows, strict=True))
    whole = make()
    for k in range(3):
        part = make()
        part.update(y_true[piece == k], y_prob[piece == k], sample_weight=weight[piece == k])
        whole.merge(part)
    return whole, (y_true, y_prob), weight


@pytest.mark.parametrize("name", ["multiclass_brier_score", "multiclass_log_loss", "ranked_probability_score"])
@given(rows=CLASS_ROWS)
@settings(deadline=None, max_examples=30)
def test_means_of_classes_are_those_of_the_batch(name, rows):
    metric = getattr(metrics, name)
    merged, columns, weight = _class_pieces(lambda: MeanAccumulator(metric), rows)
    assert merged.result() == pytest.approx(metric(*columns, sample_weight=weight), abs=1e-12)


@given(rows=CLASS_ROWS, n_bins=st.integers(1, 10), edges=st.sampled_from(["right", "left"]))
@settings(deadline=None, max_examples=60)
def test_errors_of_classes_are_those_of_the_batch(rows, n_bins, edges):
    options = {"n_bins": n_bins, "edges": edges}
    merged, columns, weight = _class_pieces(lambda: MulticlassCalibrationAccumulator(n_classes=4, **options), rows)
    for name, (norm, debiased) in itertools.product(
        ("classwise_calibration_error", "top_label_calibration_error"),
        (("l1", False), ("l2", False), ("max", False), ("l1", True), ("l2", True)),
    ):
        batch = getattr(metrics, name)(*columns, norm=norm, debiased=debiased, sample_weight=weight, **options)
        power = 2 if norm == "l2" else 1
        value = getattr(merged, name)(norm=norm, debiased=debiased)
        assert value**power == pytest.approx(batch**power, abs=1e-12, nan_ok=True)


def test_classes_that_do_not_fit_are_refused():
    bins = MulticlassCalibrationAccumulator(n_classes=3)
    bins.update([], np.empty((0, 3)))
    bins.update([0], [[1.0, 0.0, 0.0]], sample_weight=[0])
    with pytest.raises(InputError, match="There must be a row of positive weight"):
        bins.classwise_calibration_error()
    with pytest.raises(InputError, match="y_prob must have n_classes=3 columns; got 2"):
        bins.update([0], [[0.5, 0.5]])
    with pytest.raises(InputError, match="other must have 3 classes and the bins"):
        bins.merge(MulticlassCalibrationAccumulator(n_classes=4))
    with pytest.raises(InputError, match="other must be a MulticlassCalibrationAccumulator; got int"):
        bins.merge(3)
    with pytest.raises(InputError, match="n_classes - 1 must be a whole number of at least 1"):
        MulticlassCalibrationAccumulator(n_classes=1)
    bins.update([0], [[1.0, 0.0, 0.0]])
    with pytest.raises(InputError, match="norm must be one of 'l1', 'l2'; got 'max'"):
        bins.classwise_calibration_error(norm="max", debiased=True)
    with pytest.raises(InputError, match="metric must be a mean over rows"):
        MeanAccumulator(metrics.classwise_calibration_error)


def test_many_classes_and_many_rows(rng):
    y_prob = rng.dirichlet(np.full(40, 0.1), size=3000)
    y_true = rng.integers(40, size=3000)
    bins = MulticlassCalibrationAccumulator(n_classes=40)
    bins.update(y_true, y_prob)
    for name in ("classwise_calibration_error", "top_label_calibration_error"):
        assert getattr(bins, name)() == pytest.approx(getattr(metrics, name)(y_true, y_prob), abs=1e-12)


def test_a_bin_whose_rows_lie_on_its_edge_keeps_them():
    # Three times 0.1 is 0.30000000000000004, whose third lies above 0.1.
    for edges in ("right", "left"):
        for k in range(11):
            bins = CalibrationAccumulator(n_bins=10, edges=edges)
            bins.update([1, 1, 0], [k / 10] * 3)
            batch = calibration_curve([1, 1, 0], [k / 10] * 3, n_bins=10, edges=edges)
            np.testing.assert_array_equal(bins.result().count, batch.count)
            np.testing.assert_array_equal(bins.result().weight, batch.weight)


@pytest.mark.parametrize(("edges", "side"), [("right", 1), ("left", 0)])
def test_rows_beside_an_edge_stay_in_their_bin(edges, side):
    # Their mean may round to the edge, which belongs to the bin next to theirs.
    for n_bins, n in itertools.product((7, 10, 15), (3, 6, 7, 11, 23)):
        for k in range(1, n_bins):
            prob = [np.nextafter(k / n_bins, side)] * n
            bins = CalibrationAccumulator(n_bins=n_bins, edges=edges)
            bins.update([1] * n, prob)
            batch = calibration_curve([1] * n, prob, n_bins=n_bins, edges=edges)
            np.testing.assert_array_equal(bins.result().weight, batch.weight)


def test_means_by_hand():
    mean = MeanAccumulator(accuracy)
    mean.update([1, 0], [0.5, 0.5], sample_weight=[3, 1])
    assert mean.result() == 0.75
    mean.update([0] * 4, [0.5] * 4)
    assert mean.result() == 0.375


@pytest.mark.parametrize("value", [0.1, 0.3, 0.7, 1 / 3])
def test_long_sums_of_one_value_do_not_drift(value):
    # A plain loop over four million times 0.1 is off by 1e-10; 64 updates of 2¹⁶ rows stand for a longer stream.
    y_true, y_prob = np.zeros(1 << 16), np.full(1 << 16, value)
    bins, mean = CalibrationAccumulator(), MeanAccumulator(mean_confidence)
    for _ in range(64):
        bins.update(y_true, y_prob)
        mean.update(y_true, y_prob)
    assert abs(Fraction(mean.result()) / Fraction(value) - 1) < 1e-12
    assert abs(Fraction(bins.expected_calibration_error()) / Fraction(value) - 1) < 1e-12


def test_an_update_larger_than_a_piece_is_split_and_errors_name_its_row(monkeypatch):
    monkeypatch.setattr(module, "PIECE_ROWS", 4)
    y_true, y_prob, weight = np.tile([1, 0], 5), np.linspace(0, 1, 10), np.r_[np.zeros(4), np.ones(6)]
    mean, bins = MeanAccumulator(brier_score), CalibrationAccumulator(n_bins=3)
    for accumulator in (mean, bins):
        accumulator.update(y_true, y_prob, sample_weight=weight)
        bad = y_prob.copy()
        bad[7] = 1.5
        with pytest.raises(InputError, match=r"y_prob must lie in .*; row 7 is 1\.5"):
            accumulator.update(y_true, bad)
    # What was refused was not added.
    assert mean.result() == pytest.approx(brier_score(y_true, y_prob, sample_weight=weight), rel=1e-14)
    np.testing.assert_array_equal(bins.result().count, [0, 3, 3])


def test_no_rows_and_no_weight_add_nothing():
    for accumulator in (MeanAccumulator(brier_score), CalibrationAccumulator()):
        accumulator.update([], [])
        accumulator.update([1, 0], [0.5, 0.5], sample_weight=[0, 0])
        with pytest.raises(InputError, match="There must be a row of positive weight before the result; got none"):
            accumulator.result()
        with pytest.raises(InputError, match="y_prob must lie in"):
            accumulator.update([1], [7], sample_weight=[0])
        with pytest.raises(InputError, match="y_true must be 1"):
            accumulator.update([7], [1])
        with pytest.raises(InputError, match="as many rows as y_true"):
            accumulator.update([1, 0], [0.5])
        with pytest.raises(InputError, match="y_true must be a flat sequence"):
            accumulator.update([[1], [1, 0]], [0.5, 0.5])


def test_merging_leaves_the_other_as_it_was():
    first, second = CalibrationAccumulator(), CalibrationAccumulator()
    second.update([1], [0.4])
    before = second.state()
    first.merge(second)
    first.update([0], [0.4])
    assert second.state() == before
    assert first.result().count.sum() == 2


@pytest.mark.parametrize("metric", [auroc, metrics.aurc, expected_calibration_error])
def test_metrics_that_compare_rows_are_refused(metric):
    with pytest.raises(InputError, match="metric must be a mean over rows"):
        MeanAccumulator(metric)


def test_other_accumulators_are_refused():
    with pytest.raises(InputError, match="other must be a MeanAccumulator; got CalibrationAccumulator"):
        MeanAccumulator(accuracy).merge(CalibrationAccumulator())
    for other in (CalibrationAccumulator(n_bins=10), CalibrationAccumulator(edges="left"), MeanAccumulator(accuracy)):
        with pytest.raises(InputError, match="other must be a CalibrationAccumulator with the bins"):
            CalibrationAccumulator().merge(other)
    with pytest.raises(InputError, match="n_bins must be"):
        CalibrationAccumulator(n_bins=0)


@pytest.mark.parametrize(
    "change", [{"weight": [[1.0], [0.0]]}, {"weight": "many"}, {"weight": [[np.nan] * 3, [0.0] * 3]}, {"weight": None}]
)
def test_a_foreign_state_is_refused_and_changes_nothing(change):
    bins = CalibrationAccumulator(n_bins=3)
    bins.update([1], [0.4])
    before = bins.state()
    with pytest.raises(InputError, match="state must hold"):
        bins.load_state(before | change)
    with pytest.raises(InputError, match="state must have n_bins=3 and edges='right'; got 4 and 'right'"):
        bins.load_state(CalibrationAccumulator(n_bins=4).state())
    with pytest.raises(InputError, match="state must hold numbers under 'sum'"):
        MeanAccumulator(accuracy).load_state({"weight": [1, 0]})
    assert bins.state() == before
