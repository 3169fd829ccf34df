"""What every exported metric keeps: exporting a name enrols it here."""

import inspect
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant import metrics
from calibrant.exceptions import InputError

UNBOUNDED = {"log_loss"}
"""Metrics that may exceed 1."""

SIGNED = {"brier_skill_score"}
"""Metrics that may fall below 0."""


def _measures():
    """Everything exported that takes correctness, confidence and weights: metrics and curves.

    Metrics of K classes take labels and a column a class: test_multiclass_contract.py walks them.
    """
    exported = [getattr(metrics, name) for name in metrics.__all__]
    exported = [f for f in exported if not f.__module__.startswith("calibrant.metrics._multiclass")]
    return [f for f in exported if inspect.isfunction(f) and "sample_weight" in inspect.signature(f).parameters]


MEASURES = _measures()
METRICS = [f for f in MEASURES if inspect.signature(f).return_annotation is float]
every_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda f: f.__name__)
every_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda f: f.__name__)

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 30).map(lambda k: k / 30), st.integers(0, 3)), min_size=1, max_size=40
).filter(lambda rows: any(weight for *_, weight in rows))


def _lowest(metric):
    return -np.inf if metric.__name__ in SIGNED else 0


def _numbers(result):
    """The result as a list of arrays, without the count of rows, which weights do not change."""
    if isinstance(result, float):
        return [np.array(result)]
    values = [getattr(result, field.name) for field in fields(result) if field.name != "count"]
    return [np.asarray(value) for value in values if value is not None and not isinstance(value, str)]


def _assert_same(first, second):
    for one, other in zip(_numbers(first), _numbers(second), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-7)


def test_names_are_sorted_and_exist():
    assert metrics.__all__ == sorted(metrics.__all__)
    assert all(hasattr(metrics, name) for name in metrics.__all__)
    imported = {
        name for name, value in vars(metrics).items() if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert imported == set(metrics.__all__)


def test_the_walk_finds_the_metrics():
    assert {f.__name__ for f in METRICS} >= {"accuracy", "auroc", "aurc", "brier_score", "expected_calibration_error"}
    assert len(MEASURES) > len(METRICS)


@every_measure
def test_signature(measure):
    first, second, *options = inspect.signature(measure).parameters.values()
    assert (first.name, second.name) in {("y_true", "y_prob"), ("y_true", "y_score")}
    assert all(option.kind is option.KEYWORD_ONLY for option in options)
    assert options[-1].name == "sample_weight"
    assert all(option.default is not option.empty for option in options)


@every_measure
@pytest.mark.parametrize(
    ("y_true", "confidence", "weight", "message"),
    [
        ([1, 2], [0.5, 0.5], None, "y_true must be 1"),
        ([1, np.nan], [0.5, 0.5], None, "row 1 is nan"),
        ([1, 0], [0.5, np.nan], None, "row 1 is nan"),
        ([1, 0], [0.5, np.inf], None, "row 1 is inf"),
        ([1, 0], [0.5], None, "as many rows as y_true; got 1 and 2"),
        ([], [], None, "at least one row"),
        ([[1]], [[0.5]], None, "one dimension"),
        ([1, 0], [0.5, 0.5], [1, -1], "sample_weight must be finite and not negative; row 1 is -1"),
        ([1, 0], [0.5, 0.5], [0, 0], "sample_weight must have a positive entry"),
    ],
)
def test_bad_arguments_are_rejected(measure, y_true, confidence, weight, message):
    with pytest.raises(InputError, match=message):
        measure(y_true, confidence, sample_weight=weight)


@every_measure
def test_only_scores_may_leave_0_to_1(measure):
    if "y_prob" in inspect.signature(measure).parameters:
        with pytest.raises(InputError, match=r"y_prob must lie in \[0, 1\]; row 1 is 87. This looks like a percentage"):
            measure([1, 0], [0, 87])
    else:
        measure([1, 0], [0, 87])


@every_metric
def test_value_is_a_finite_float_in_range(metric, rng):
    for _ in range(20):
        value = metric([0, 1, *rng.integers(2, size=58)], rng.integers(21, size=60) / 20)
        assert type(value) is float
        assert _lowest(metric) <= value <= (np.inf if metric.__name__ in UNBOUNDED else 1)


@every_metric
@given(rows=ROWS)
@settings(deadline=None, max_examples=25)
def test_any_rows_give_a_number_in_range_or_nan(metric, rows):
    y_true, y_prob, weight = np.array(rows).T
    value = metric(y_true, y_prob, sample_weight=weight)
    assert np.isnan(value) or _lowest(metric) - 1e-12 <= value <= (40 if metric.__name__ in UNBOUNDED else 1 + 1e-12)


@every_measure
@given(rows=ROWS, data=st.data())
@settings(deadline=None, max_examples=25)
def test_the_order_of_the_rows_is_nothing(measure, rows, data):
    shuffled = data.draw(st.permutations(rows))
    (y_true, y_prob, weight), (y_true_2, y_prob_2, weight_2) = np.array(rows).T, np.array(shuffled).T
    _assert_same(measure(y_true, y_prob, sample_weight=weight), measure(y_true_2, y_prob_2, sample_weight=weight_2))


@every_measure
@given(rows=ROWS)
@settings(deadline=None, max_examples=25)
def test_a_weight_is_how_often_the_row_is_there(measure, rows):
    y_true, y_prob, weight = np.array(rows).T
    times = weight.astype(int)
    _assert_same(
        measure(y_true, y_prob, sample_weight=weight), measure(np.repeat(y_true, times), np.repeat(y_prob, times))
    )


@every_measure
def test_arguments_are_left_as_they_were(measure, rng):
    columns = rng.integers(2, size=20).astype(float), rng.random(20), rng.random(20)
    for column in columns:
        column.flags.writeable = False
    measure(columns[0], columns[1], sample_weight=columns[2])


@every_metric
def test_it_can_be_bootstrapped(metric, rng):
    interval = metrics.bootstrap_interval(metric, rng.integers(2, size=80), rng.random(80), n_boot=20)
    assert interval.low <= interval.high
    assert interval.n_undefined == 0
