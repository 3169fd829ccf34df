"""One pass gives the values of the batch, and intervals that agree with those of drawing rows."""

from dataclasses import fields
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant import metrics
from calibrant.exceptions import InputError
from calibrant.metrics import (
    CalibrationAccumulator,
    SummaryAccumulator,
    bootstrap_interval,
    bootstrap_summary,
    calibration_curve,
    calibration_noise_floor,
    debiased_calibration_error,
    expected_calibration_error,
    spiegelhalter_test,
)

MEANS = ["accuracy", "mean_confidence", "brier_score", "log_loss"]
ROWS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.one_of(st.integers(0, 30).map(lambda k: k / 30), st.floats(0, 1), st.floats(0, 1e-14)),
        st.integers(0, 3),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=40,
)
"""Correctness, confidence, group, and the piece that the row is in."""


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    y_prob = rng.beta(4, 1.5, 20_000)
    shift = rng.normal(0, 0.15, 500)
    groups = rng.integers(500, size=20_000)
    return rng.random(20_000) < np.clip(y_prob**1.3 + shift[groups], 0, 1), y_prob, groups


def _summarise(y_true, y_prob, **arguments):
    summary = SummaryAccumulator(**arguments)
    summary.update(y_true, y_prob)
    return summary.result()


@given(rows=ROWS, order=st.permutations(range(5)), n_bins=st.integers(1, 20), edges=st.sampled_from(["right", "left"]))
@settings(deadline=None, max_examples=100)
def test_values_of_any_partition_are_those_of_the_batch(rows, order, n_bins, edges):
    y_true, y_prob, group, piece = np.array(rows).T
    merged = SummaryAccumulator(n_bins=n_bins, edges=edges)
    for k in order:
        own = SummaryAccumulator(n_bins=n_bins, edges=edges)
        own.update(y_true[piece == k], y_prob[piece == k], groups=group[piece == k].astype(int))
        merged.merge(own)
    result = merged.result(n_draws=10)
    assert result.n_rows == len(rows)
    assert result.n_groups == len(set(group))
    options = {"n_bins": n_bins, "edges": edges}
    for name in MEANS:
        expected = getattr(metrics, name)(y_true, y_prob)
        assert getattr(result, name).value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    for name in ("expected_calibration_error", "debiased_calibration_error"):
        expected = getattr(metrics, name)(y_true, y_prob, **options)
        assert getattr(result, name).value == pytest.approx(expected, abs=1e-12, nan_ok=True)
    curve, batch = result.calibration_curve, calibration_curve(y_true, y_prob, **options)
    for field in fields(curve):
        atol = 1e-7 if "accuracy_" in field.name else 1e-12
        np.testing.assert_allclose(getattr(curve, field.name), getattr(batch, field.name), rtol=1e-12, atol=atol)
    test = spiegelhalter_test(y_true, y_prob)
    assert result.spiegelhalter.reason == test.reason
    assert result.spiegelhalter.p_value == pytest.approx(test.p_value, rel=1e-6, abs=1e-12, nan_ok=True)


def test_intervals_by_hand():
    # Four rows, three right: the variance of the mean is (3/4 · 1/4) / 3.
    summary = SummaryAccumulator()
    summary.update([1, 1, 1, 0], [0.5, 0.5, 0.5, 0.5])
    result = summary.result(level=0.5)
    reach = 0.6744897501960817 * 0.25
    assert result.accuracy.low == pytest.approx(0.75 - reach)
    assert result.accuracy.high == pytest.approx(0.75 + reach)
    assert (result.mean_confidence.low, result.mean_confidence.high) == (0.5, 0.5)
    # In two groups of two, with means of 1 and 1/2: (0.25² + 0.25²) / 2² · ... = 0.25² in all.
    grouped = SummaryAccumulator()
    grouped.update([1, 1, 1, 0], [0.5] * 4, groups=["a", "a", "b", "b"])
    assert grouped.result(level=0.5).accuracy.high == pytest.approx(0.75 + 0.6744897501960817 * 0.25)


def test_one_row_and_one_group_have_no_interval():
    alone, together = SummaryAccumulator(), SummaryAccumulator()
    alone.update([1], [0.75])
    together.update([1, 0], [0.75, 0.5], groups=[7, 7])
    for summary in (alone, together):
        result = summary.result()
        for name in MEANS:
            assert np.isnan([getattr(result, name).low, getattr(result, name).high]).all()
            assert not np.isnan(getattr(result, name).value)


@pytest.mark.parametrize("grouped", [False, True])
def test_widths_are_those_of_the_bootstrap(rows, grouped):
    y_true, y_prob, groups = rows
    groups = groups if grouped else None
    summary = SummaryAccumulator()
    for part in np.array_split(np.arange(y_prob.size), 3):
        summary.update(y_true[part], y_prob[part], groups=None if groups is None else groups[part])
    result = summary.result(n_draws=4000)
    drawn = bootstrap_summary(y_true, y_prob, groups=groups, n_boot=2000)
    for name in [*MEANS, "expected_calibration_error"]:
        own, other = getattr(result, name), getattr(drawn, name)
        width = other.high - other.low
        # The ends of 2,000 resamples have standard errors of about 2 % of the width.
        assert own.low == pytest.approx(other.low, abs=0.08 * width), name
        assert own.high == pytest.approx(other.high, abs=0.08 * width), name


@pytest.mark.parametrize("grouped", [False, True])
def test_spread_of_the_debiased_error_is_that_of_the_bootstrap(rows, grouped):
    y_true, y_prob, groups = (column[:5000] for column in rows)
    groups = groups if grouped else None
    summary = SummaryAccumulator()
    summary.update(y_true, y_prob, groups=groups)
    own = summary.result(n_draws=4000).debiased_calibration_error
    other = bootstrap_interval(partial(debiased_calibration_error), y_true, y_prob, groups=groups)
    width = other.high - other.low
    assert own.low == pytest.approx(other.low, abs=0.1 * width)
    assert own.high == pytest.approx(other.high, abs=0.1 * width)


def test_noise_floor_is_that_of_the_rows(rows):
    y_prob = rows[1]
    result = _summarise(rows[0], y_prob)
    floor = calibration_noise_floor(y_prob, n_draws=2000)
    error = floor.draws.std() * np.sqrt(1 / 1000 + 1 / 2000)
    assert result.noise_floor.mean == pytest.approx(floor.mean, abs=5 * error)
    assert result.noise_floor.limit == pytest.approx(floor.limit, rel=0.05)
    assert result.noise_floor_p_value == result.noise_floor.p_value(result.expected_calibration_error.value)
    calibrated = np.random.default_rng(5).random(y_prob.size) < y_prob
    assert _summarise(calibrated, y_prob).noise_floor_p_value > 0.01 > result.noise_floor_p_value


def test_long_sums_of_one_value_do_not_drift():
    summary, y_prob = SummaryAccumulator(), np.full(1 << 16, 0.1)
    for _ in range(32):
        summary.update(np.zeros(1 << 16), y_prob)
    result = summary.result(n_draws=2)
    assert result.mean_confidence.value == pytest.approx(0.1, rel=5e-13, abs=0)
    assert result.brier_score.value == pytest.approx(0.01, rel=5e-13, abs=0)
    assert result.log_loss.value == pytest.approx(-np.log(0.9), rel=1e-13)


def test_an_update_may_be_longer_than_a_piece(rng):
    y_prob = rng.random(150_000)
    y_true = rng.random(150_000) < y_prob
    groups = rng.integers(40, size=150_000).astype(str)
    at_once, split = SummaryAccumulator(), SummaryAccumulator()
    at_once.update(y_true, y_prob, groups=groups)
    for part in np.array_split(np.arange(150_000), 11):
        split.update(y_true[part], y_prob[part], groups=groups[part].tolist())
    for name in MEANS:
        one, other = getattr(at_once.result(), name), getattr(split.result(), name)
        np.testing.assert_allclose([one.value, one.low, one.high], [other.value, other.low, other.high], rtol=1e-12)


def test_what_is_refused():
    summary = SummaryAccumulator()
    summary.update([], [])
    with pytest.raises(InputError, match="There must be a row of positive weight"):
        summary.result()
    with pytest.raises(InputError, match="y_prob must lie in"):
        summary.update([1], [2])
    for groups, message in (
        ([1], "groups must have one label a row, so 2; got 1"),
        ([1, None], "row 1 has none"),
        (["a", 1], "groups must be labels of one kind"),
    ):
        with pytest.raises(InputError, match=message):
            summary.update([1, 0], [0.5, 0.5], groups=groups)
    summary.update([1], [0.5])
    with pytest.raises(InputError, match="in every update or in none; got groups after updates without"):
        summary.update([1], [0.5], groups=["a"])
    other = SummaryAccumulator()
    other.update([1], [0.5], groups=["a"])
    with pytest.raises(InputError, match="in every update or in none; got none after updates with groups"):
        other.update([1], [0.5])
    with pytest.raises(InputError, match="other must have groups where this one has them"):
        summary.merge(other)
    for wrong in (SummaryAccumulator(n_bins=3), CalibrationAccumulator()):
        with pytest.raises(InputError, match="other must be a SummaryAccumulator with the bins"):
            summary.merge(wrong)
    with pytest.raises(InputError, match="level must be"):
        summary.result(level=0)
    with pytest.raises(InputError, match="n_draws must be"):
        summary.result(n_draws=0)


@pytest.mark.slow
def test_intervals_of_the_means_cover():
    rng = np.random.default_rng(0)
    n, n_runs, points = 20_000, 2000, np.random.default_rng(1).beta(4, 1.5, 4_000_000)
    truth = points**1.3
    expected = {
        "accuracy": truth.mean(),
        "mean_confidence": 4 / 5.5,
        "brier_score": (truth * (1 - points) ** 2 + (1 - truth) * points**2).mean(),
        "log_loss": -(truth * np.log(points) + (1 - truth) * np.log1p(-points)).mean(),
    }
    covered = dict.fromkeys(MEANS, 0)
    for _ in range(n_runs):
        y_prob = rng.beta(4, 1.5, n)
        result = _summarise(rng.random(n) < y_prob**1.3, y_prob)
        for name in MEANS:
            covered[name] += getattr(result, name).low <= expected[name] <= getattr(result, name).high
    for name, times in covered.items():
        assert abs(times / n_runs - 0.95) <= 0.02, (name, times / n_runs)


@pytest.mark.parametrize("edges", ["right", "left"])
def test_borders_of_quantile_bins_give_their_errors(edges):
    rng = np.random.default_rng(0)
    prob = np.round(rng.beta(4, 1, 3000), 2)
    truth = (rng.random(3000) < prob**2).astype(float)
    curve = calibration_curve(truth, prob, strategy="quantile", edges=edges)
    summary = SummaryAccumulator(edges=edges, borders=np.append(curve.low, 1.0))
    summary.update(truth, prob)
    result = summary.result(n_draws=5)
    assert result.calibration_curve.count.tolist() == curve.count.tolist()
    expected = expected_calibration_error(truth, prob, strategy="quantile", edges=edges)
    assert result.expected_calibration_error.value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "borders", [[0, 1], [0, 0.5, 0.4, 1], [0.1, 0.5, 0.6, 1], [0, 0.5, 0.6, 0.9], [0, np.nan, 0.5, 1]]
)
def test_borders_rise_from_0_to_1(borders):
    with pytest.raises(InputError, match=r"^borders must be n_bins \+ 1 = 4 numbers that rise from 0 to 1"):
        SummaryAccumulator(n_bins=3, borders=borders)


def test_other_borders_are_not_merged():
    one, other = SummaryAccumulator(n_bins=2), SummaryAccumulator(n_bins=2, borders=[0, 0.4, 1])
    other.update([1], [0.5])
    with pytest.raises(InputError, match=r"^other must have the borders|^other must be a SummaryAccumulator"):
        one.merge(other)
