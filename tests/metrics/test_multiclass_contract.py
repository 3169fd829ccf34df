"""What every exported metric of K classes keeps: a metric in a module named _multiclass... is enrolled here."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant import metrics
from calibrant.exceptions import InputError

HIGHEST = {"multiclass_brier_score": 2, "multiclass_log_loss": 35}
"""The largest value, where it is not 1."""

METRICS = [
    f
    for f in (getattr(metrics, name) for name in metrics.__all__)
    if inspect.isfunction(f) and f.__module__.startswith("calibrant.metrics._multiclass")
]
every_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda f: f.__name__)

# Probabilities in eighths of four classes, so that rows tie and hit edges.
EIGHTHS = [np.diff([0, *cuts, 8]) / 8 for cuts in ((2, 4, 6), (0, 0, 0), (8, 8, 8), (1, 1, 5), (3, 6, 8), (4, 8, 8))]
ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(EIGHTHS), st.integers(0, 3)), min_size=1, max_size=30
).filter(lambda rows: any(weight for *_, weight in rows))


def _columns(rows):
    return (np.array(column) for column in zip(*rows, strict=True))


def test_the_walk_finds_the_metrics():
    assert {f.__name__ for f in METRICS} >= {"multiclass_brier_score", "classwise_calibration_error"}


@every_metric
def test_signature(metric):
    first, second, *options = inspect.signature(metric).parameters.values()
    assert (first.name, second.name) == ("y_true", "y_prob")
    assert all(option.kind is option.KEYWORD_ONLY for option in options)
    assert all(option.default is not option.empty for option in options)
    assert options[-1].name == "sample_weight"
    assert inspect.signature(metric).return_annotation is float


@every_metric
@pytest.mark.parametrize(
    ("y_true", "y_prob", "weight", "message"),
    [
        ([0, 2], [[0.5, 0.5]] * 2, None, r"y_true must be class labels from 0 to 1, .*; row 1 is 2\."),
        ([0, -1], [[0.5, 0.5]] * 2, None, r"row 1 is -1\."),
        ([0, 0.5], [[0.5, 0.5]] * 2, None, r"row 1 is 0\.5\."),
        ([0, np.nan], [[0.5, 0.5]] * 2, None, r"row 1 is nan\."),
        ([0, np.inf], [[0.5, 0.5]] * 2, None, r"row 1 is inf\."),
        (["a", "b"], [[0.5, 0.5]] * 2, None, "y_true must be numbers"),
        ([0, 1], [[0.5, 0.5], [0.5, 0.4]], None, r"y_prob must have rows that sum to one; row 1 sums to 0\.9\."),
        ([0, 1], [[0.5, 0.5], [1.5, -0.5]], None, r"y_prob must lie in \[0, 1\]; row 1, class 0 is 1\.5\."),
        ([0, 1], [[0.5, 0.5], [0.5, np.nan]], None, r"y_prob must lie in \[0, 1\]; row 1, class 1 is nan\."),
        ([0], [[0.5, 0.5]] * 2, None, "y_prob must have as many rows as y_true; got 2 and 1"),
        ([0, 1], [0.5, 0.5], None, r"two dimensions, one column a class and at least two; got shape \(2,\)"),
        ([0], [[1.0]], None, r"at least two; got shape \(1, 1\)"),
        ([], np.empty((0, 3)), None, "y_prob must have at least one row"),
        ([0, 1], [[0.5, 0.5], [1.0]], None, "y_prob must have one row of equal length a question"),
        ([0, 1], [["a", "b"]] * 2, None, "y_prob must be numbers"),
        ([0, 1], [[0.5, 0.5]] * 2, [1, -1], "sample_weight must be finite and not negative; row 1 is -1"),
        ([0, 1], [[0.5, 0.5]] * 2, [1], "sample_weight must have as many rows as y_true; got 1 and 2"),
        ([0, 1], [[0.5, 0.5]] * 2, [0, 0], "sample_weight must have a positive entry"),
    ],
)
def test_bad_arguments_are_rejected(metric, y_true, y_prob, weight, message):
    with pytest.raises(InputError, match=message):
        metric(y_true, y_prob, sample_weight=weight)


@every_metric
def test_rounding_of_float32_is_no_error(metric, rng):
    logits = rng.standard_normal((50, 1000)).astype(np.float32)
    prob = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert prob.dtype == np.float32
    metric(rng.integers(1000, size=50), prob)


@every_metric
def test_certain_and_right_is_exactly_0(metric):
    assert metric([0, 2, 1], np.eye(3)[[0, 2, 1]]) == 0


@every_metric
def test_certain_of_the_far_end_is_the_worst(metric):
    worst = HIGHEST.get(metric.__name__, 1)
    # The classes that are neither stated nor true are right at 0, so two classes are needed for the worst.
    value = metric([0, 1], [[0, 1], [1, 0]])
    assert value == pytest.approx(worst if metric.__name__ != "multiclass_log_loss" else 15 * np.log(10))


@every_metric
@given(rows=ROWS, data=st.data())
@settings(deadline=None, max_examples=25)
def test_rows_in_any_order_and_weights_as_repetition(metric, rows, data):
    y_true, y_prob, weight = _columns(rows)
    value = metric(y_true, y_prob, sample_weight=weight)
    assert type(value) is float
    assert -1e-12 <= value <= HIGHEST.get(metric.__name__, 1) + 1e-12
    order = np.array(data.draw(st.permutations(range(len(rows)))))
    shuffled = metric(y_true[order], y_prob[order], sample_weight=weight[order])
    repeated = metric(np.repeat(y_true, weight), np.repeat(y_prob, weight, axis=0))
    np.testing.assert_allclose([shuffled, repeated], value, rtol=1e-9, atol=1e-9)


@every_metric
def test_arguments_are_left_as_they_were(metric, rng):
    columns = rng.integers(3, size=20), rng.dirichlet(np.ones(3), size=20), rng.random(20)
    for column in columns:
        column.flags.writeable = False
    metric(columns[0], columns[1], sample_weight=columns[2])
