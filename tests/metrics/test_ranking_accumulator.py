"""Bounds hold the exact value, and meet where no cell is mixed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.metrics import RankingAccumulator, aurc, auroc, risk_coverage_curve

# Some share a cell with a neighbour.
PROBS = st.one_of(st.integers(0, 10).map(lambda k: k / 10), st.integers(0, 9).map(lambda k: 0.7 + k * 2**-50))
ROWS = st.lists(
    st.tuples(st.integers(0, 1), PROBS, st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=40
).filter(lambda rows: any(row[2] for row in rows))


def _in_pieces(y_true, y_prob, weight, part):
    whole = RankingAccumulator()
    for k in range(3):
        own = RankingAccumulator()
        own.update(y_true[part == k], y_prob[part == k], sample_weight=None if weight is None else weight[part == k])
        whole.merge(own)
    return whole


@given(rows=ROWS, weighted=st.booleans())
@settings(deadline=None, max_examples=30)
def test_the_exact_value_lies_within_the_bounds(rows, weighted):
    y_true, y_prob, weight, part = np.array(rows).T
    weight = weight if weighted else None
    ranking = _in_pieces(y_true, y_prob, weight, part)
    for metric, bounded in ((auroc, ranking.auroc()), (aurc, ranking.aurc())):
        exact = metric(y_true, y_prob, sample_weight=weight)
        if np.isnan(exact):
            assert np.isnan([bounded.value, bounded.low, bounded.high]).all()
            continue
        assert bounded.low - 1e-12 <= exact <= bounded.high + 1e-12
        assert bounded.low <= bounded.value <= bounded.high
        close = (y_prob > 0.7) & (y_prob < 0.71) & (True if weight is None else weight > 0)
        if not close.any():
            assert bounded.low == bounded.high == pytest.approx(exact, abs=1e-12)


def test_bounds_by_hand():
    # Two values in one cell: one right row and two wrong ones, whose order is not known.
    ranking = RankingAccumulator()
    ranking.update([1, 0, 0], [0.7, 0.7 + 2**-50, 0.7])
    bounds = ranking.auroc()
    assert (bounds.low, bounds.value, bounds.high) == (0, 0.5, 1)
    # Right first: 0, 1/2, 2/3; wrong first: 1, 1, 2/3.
    bounds = ranking.aurc()
    assert bounds.low == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    assert bounds.high == pytest.approx((1 + 1 + 2 / 3) / 3)


def test_cells_mixed_only_by_merging_are_found():
    first, second = RankingAccumulator(), RankingAccumulator()
    first.update([1], [0.7])
    second.update([0], [0.7 + 2**-50])
    first.merge(second)
    assert first.auroc().low == 0
    assert first.auroc().high == 1
    assert second.aurc().high == 1


def test_smooth_confidence_is_bounded_tightly(rng):
    y_prob = np.concatenate([rng.beta(4, 1, 40_000), 1 - rng.random(10_000) ** 4 * 1e-4])
    y_true = rng.random(y_prob.size) < y_prob**3
    ranking = RankingAccumulator()
    ranking.update(y_true, y_prob)
    bounds = ranking.auroc()
    assert bounds.low <= auroc(y_true, y_prob) <= bounds.high
    assert 0 < bounds.high - bounds.low < 1e-4
    bounds = ranking.aurc()
    assert bounds.low <= aurc(y_true, y_prob) <= bounds.high
    assert 0 < bounds.high - bounds.low < 1e-4


def test_one_class_is_nan():
    ranking = RankingAccumulator()
    ranking.update([1, 1], [0.5, 0.7])
    bounds = ranking.auroc()
    assert np.isnan([bounds.value, bounds.low, bounds.high, ranking.auroc_interval().low]).all()
    assert ranking.aurc().value == 0


def test_delong_against_pairs(rng):
    y_prob = rng.integers(11, size=300) / 10
    y_true = rng.random(300) < y_prob
    ranking = RankingAccumulator()
    ranking.update(y_true, y_prob)
    right, wrong = y_prob[y_true], y_prob[~y_true]
    wins = (right[:, None] > wrong) + 0.5 * (right[:, None] == wrong)
    variance = wins.mean(axis=1).var(ddof=1) / right.size + wins.mean(axis=0).var(ddof=1) / wrong.size
    interval = ranking.auroc_interval(level=0.9)
    assert interval.value == pytest.approx(wins.mean(), abs=1e-12)
    assert interval.high - interval.value == pytest.approx(1.6448536269514722 * np.sqrt(variance), rel=1e-9)


def test_points_of_the_curve_are_points_of_the_exact_one(rng):
    y_prob = np.round(rng.beta(4, 1, 20_000), 4)
    y_true = rng.random(20_000) < y_prob
    ranking = RankingAccumulator()
    ranking.update(y_true, y_prob)
    curve, exact = ranking.risk_coverage_curve(n_points=50), risk_coverage_curve(y_true, y_prob)
    assert 25 < curve.coverage.size <= 50
    assert curve.coverage[-1] == 1
    at = np.searchsorted(-exact.threshold, -curve.threshold)
    np.testing.assert_array_equal(curve.threshold, exact.threshold[at])
    np.testing.assert_allclose(curve.risk, exact.risk[at], rtol=1e-12)
    np.testing.assert_allclose(curve.coverage, exact.coverage[at], rtol=1e-12)


def test_bad_arguments():
    ranking = RankingAccumulator()
    ranking.update([], [])
    ranking.update([1], [0.5], sample_weight=[0])
    for result in (ranking.auroc, ranking.aurc, ranking.risk_coverage_curve):
        with pytest.raises(InputError, match="There must be a row of positive weight"):
            result()
    with pytest.raises(InputError, match="y_prob must lie in"):
        ranking.update([1], [2])
    with pytest.raises(InputError, match="other must be a RankingAccumulator; got int"):
        ranking.merge(1)
    ranking.update([1], [0.5])
    with pytest.raises(InputError, match="n_points must be"):
        ranking.risk_coverage_curve(n_points=0)
    with pytest.raises(InputError, match="level must be"):
        ranking.auroc_interval(level=1)
