"""Intervals that hold together: by hand, against the usual t interval, and in simulation."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from calibrant.exceptions import InputError
from calibrant.metrics import auroc, simultaneous_intervals


def test_by_hand():
    # 19 draws, level 0.9: the 18th of 19 sorted |t|; 0.9 x 20 = 18 exactly, whatever its last digit.
    draws = np.arange(-9.0, 10.0)[:, None]
    [found] = simultaneous_intervals([0.0], draws, level=0.9)
    error = np.sqrt(np.sum(np.arange(-9.0, 10.0) ** 2) / 18)
    assert found.standard_error == pytest.approx(error)
    # |draw| sorted: 0, 1, 1, 2, 2, ..., 9, 9; the 18th is 9.
    assert (found.low, found.high) == pytest.approx((-9, 9))
    assert found.p_value == 1.0


def test_p_value_by_hand():
    draws = np.arange(-9.0, 10.0)[:, None] + 8.5
    [found] = simultaneous_intervals([8.5], draws, level=0.9)
    # |draw - 8.5| reaches 8.5 in two of 19 draws, at -9 and 9.
    assert found.p_value == pytest.approx(3 / 20)
    assert found.low == pytest.approx(8.5 - 9)


def test_the_largest_of_two_decides():
    # One statistic strays in the first half of the rows and the other in the second half.
    first = np.r_[np.tile([-3.0, 3.0], 20), np.zeros(40)]
    draws = np.stack([first, first[::-1]], axis=1)
    one, other = simultaneous_intervals([0.0, 0.0], draws, level=0.5)
    assert one.low == pytest.approx(-3)
    assert one.pointwise_high == pytest.approx(3)
    assert other.p_value == 1.0


def test_one_statistic_has_about_the_usual_interval():
    sample = np.random.default_rng(0).normal(1.0, 2.0, 300)
    rng = np.random.default_rng(1)
    draws = np.array([rng.choice(sample, sample.size).mean() for _ in range(4000)])[:, None]
    [found] = simultaneous_intervals([sample.mean()], draws)
    low, high = stats.t.interval(0.95, 299, sample.mean(), stats.sem(sample))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)
    assert (found.pointwise_low, found.pointwise_high) == (found.low, found.high)


def test_identical_statistics_cost_no_more_than_one():
    draws = np.random.default_rng(0).normal(0.3, 0.1, (999, 1))
    [alone] = simultaneous_intervals([0.3], draws)
    together = simultaneous_intervals([0.3] * 5, np.repeat(draws, 5, axis=1))
    assert together == [alone] * 5


def test_independent_statistics_cost_what_sidak_says():
    draws = np.random.default_rng(0).normal(size=(20000, 10))
    found = simultaneous_intervals(np.zeros(10), draws)
    assert found[0].high / found[0].standard_error == pytest.approx(stats.norm.ppf((1 + 0.95**0.1) / 2), abs=0.05)


@given(st.integers(0, 1000), st.integers(1, 6), st.floats(0, 4))
def test_a_p_value_is_small_exactly_where_the_interval_excludes_0(seed, m, shift):
    rng = np.random.default_rng(seed)
    values = rng.normal(shift, 1, m)
    for found in simultaneous_intervals(values, values + rng.normal(size=(99, m)), level=0.9):
        assert (found.p_value <= 0.1) == (not found.low <= 0 <= found.high)
        assert found.low <= found.pointwise_low <= found.value <= found.pointwise_high <= found.high


def test_what_no_resample_moves():
    draws = np.stack([np.zeros(99), np.full(99, 0.25), np.random.default_rng(0).normal(size=99)], axis=1)
    same, apart, moving = simultaneous_intervals([0.0, 0.25, 0.0], draws)
    assert (same.value, same.standard_error, same.low, same.high, same.p_value) == (0, 0, 0, 0, 1)
    assert (apart.low, apart.high, apart.p_value) == (0.25, 0.25, 0.01)
    [alone] = simultaneous_intervals([0.0], draws[:, 2:])
    assert moving == alone


def test_undefined_draws_are_left_out_and_counted():
    draws = np.random.default_rng(0).normal(size=(200, 2))
    draws[:50, 1] = np.nan
    whole, holed = simultaneous_intervals([0.0, 0.0], draws)
    assert (whole.n_undefined, holed.n_undefined) == (0, 50)
    assert holed.standard_error == pytest.approx(draws[50:, 1].std(ddof=1))
    assert np.isfinite([whole.low, holed.low]).all()


def test_what_is_never_defined_has_a_reason_and_leaves_the_others_alone():
    draws = np.random.default_rng(0).normal(size=(200, 3))
    draws[:, 1] = np.nan
    draws[3:, 2] = np.nan
    good, never, seldom = simultaneous_intervals([0.0, np.nan, 0.5], draws)
    assert [good] == simultaneous_intervals([0.0], draws[:, :1])
    assert np.isnan([never.value, never.low, never.high, never.p_value, seldom.low, seldom.p_value]).all()
    assert (never.n_undefined, never.reason) == (200, "undefined on these answers")
    assert (seldom.value, seldom.reason) == (0.5, "defined in only 3 of 200 resamples")


@pytest.mark.parametrize(
    ("values", "draws", "level", "message"),
    [
        ([0.0], np.zeros((99, 2)), 0.95, "so 1; got shape"),
        ([0.0], np.zeros(99), 0.95, "so 1; got shape"),
        ([], np.zeros((99, 0)), 0.95, "values must have at least one row"),
        ([0.0], np.zeros((18, 1)), 0.95, "at least 19 rows for a level of 0.95; got 18"),
        ([0.0], np.full((99, 1), np.inf), 0.95, "row 0, column 0 is infinite"),
        ([0.0], np.zeros((99, 1)), 1.0, "level must be"),
    ],
)
def test_refused(values, draws, level, message):
    with pytest.raises(InputError, match=message):
        simultaneous_intervals(values, draws, level=level)


def family(weights, right, said):
    """Pair differences of the five compared metrics of k methods on each resample, shape (n_resamples, m)."""
    total = weights.sum(axis=1)
    rows = []
    for y, p in zip(right, said, strict=True):
        given = np.where(y == 1, p, 1 - p)
        sums = weights @ np.stack([-np.log(given), (y - p) ** 2, y, p - y], axis=1) / total[:, None]
        positive, negative = p[y == 1], p[y == 0]
        wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
        plus, minus = weights[:, y == 1], weights[:, y == 0]
        area = ((plus @ wins) * minus).sum(axis=1) / (plus.sum(axis=1) * minus.sum(axis=1))
        rows.append(np.column_stack([sums, area]))
    return np.concatenate([b - a for a, b in combinations(rows, 2)], axis=1)


def draw_methods(rng, n, k, shift=0.0):
    """Methods that see the same difficulty, and differ by chance only (and by a shift of the last one's confidence)."""
    difficulty = rng.normal(0.5, 1.0, n)
    own = difficulty + rng.normal(0, 0.7, (k, n))
    right = (rng.random((k, n)) < 1 / (1 + np.exp(-own))).astype(float)
    own[-1] += shift
    return right, 1 / (1 + np.exp(-own))


def test_the_simulation_measures_what_the_metrics_do():
    right, said = draw_methods(np.random.default_rng(0), 50, 2)
    found = family(np.ones((1, 50)), right, said)[0]
    assert found[4] == pytest.approx(auroc(right[1], said[1]) - auroc(right[0], said[0]))


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_thirty_differences_hold_together(shift):
    """Four methods, five metrics, n = 300. Equal methods: no more than 5 + 2 % of families with any false difference.

    A shift makes the last method differ, and the joint coverage of its true differences counts too.
    """
    n, k, n_families = 300, 4, 1000
    rng = np.random.default_rng(5)
    truth = (
        np.mean([family(np.ones((1, 4000)), *draw_methods(rng, 4000, k, shift))[0] for _ in range(400)], axis=0)
        if shift
        else np.zeros(30)
    )
    held = 0
    for _ in range(n_families):
        right, said = draw_methods(rng, n, k, shift)
        weights = rng.multinomial(n, np.full(n, 1 / n), size=600).astype(float)
        found = simultaneous_intervals(family(np.ones((1, n)), right, said)[0], family(weights, right, said))
        held += all(one.low <= true <= one.high for one, true in zip(found, truth, strict=True))
    assert 0.93 <= held / n_families <= 0.97, held / n_families
