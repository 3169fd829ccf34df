"""Hosmer-Lemeshow by hand, by a loop over groups, its degrees of freedom, size and power."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from calibrant.exceptions import InputError
from calibrant.metrics import hosmer_lemeshow_test


def _statistic_by_loop(y_true, y_prob, n_groups):
    # Rows go to groups by rank; a tie goes whole to the group of its last row.
    n = len(y_prob)
    groups: dict[int, list[tuple[int, float]]] = {}
    for y, p in zip(y_true, y_prob, strict=True):
        rank = sum(other <= p for other in y_prob)
        # The first group k whose border value is at least p: the border is the least value with k n / K rows up to it.
        for k in range(1, n_groups + 1):
            border = min(v for v in y_prob if sum(other <= v for other in y_prob) * n_groups >= k * n)
            if k == n_groups or p <= border:
                break
        assert rank >= 1
        groups.setdefault(k, []).append((y, p))
    total = 0.0
    for rows in groups.values():
        observed, expected = sum(y for y, _ in rows), sum(p for _, p in rows)
        # The textbook form, over both columns of the table.
        total += (observed - expected) ** 2 / expected + (observed - expected) ** 2 / (len(rows) - expected)
    return total, len(groups)


def test_by_hand():
    # 1 correct where .8 are expected of 4, and 2 where 2.4 are: .04 / .64 + .16 / .96.
    test = hosmer_lemeshow_test([1, 0, 0, 0, 1, 1, 0, 0], [0.2] * 4 + [0.6] * 4, n_groups=2)
    assert test.statistic == pytest.approx(0.0625 + 1 / 6)
    assert test.degrees_of_freedom == 2
    assert test.p_value == pytest.approx(np.exp(-test.statistic / 2))


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 9).map(lambda k: k / 10)), min_size=2, max_size=25),
    st.integers(1, 6),
)
@settings(deadline=None, max_examples=60)
def test_against_a_loop_with_ties(rows, n_groups):
    y_true, y_prob = zip(*rows, strict=True)
    statistic, n_filled = _statistic_by_loop(y_true, y_prob, n_groups)
    test = hosmer_lemeshow_test(y_true, y_prob, n_groups=n_groups)
    assert test.statistic == pytest.approx(statistic, abs=1e-9)
    assert test.degrees_of_freedom == n_filled
    assert test.p_value == pytest.approx(chi2.sf(statistic, n_filled), abs=1e-9)


def test_ties_leave_fewer_groups(rng):
    y_prob = np.repeat([0.5, 0.7, 0.9], 50)
    assert hosmer_lemeshow_test(rng.random(150) < y_prob, y_prob).degrees_of_freedom == 3


def test_a_fitted_map_costs_two_degrees(rng):
    y_prob = rng.uniform(0.2, 0.9, 200)
    y_true = rng.random(200) < y_prob
    external, fitted = (hosmer_lemeshow_test(y_true, y_prob, fitted=fitted) for fitted in (False, True))
    assert (external.degrees_of_freedom, fitted.degrees_of_freedom) == (10, 8)
    assert external.statistic == fitted.statistic
    assert fitted.p_value == pytest.approx(chi2.sf(fitted.statistic, 8))


def test_certain_groups_have_no_degree_of_freedom():
    y_true, y_prob = [0, 0, 1, 0, 1, 0, 1, 1], [0, 0, 0.4, 0.4, 0.6, 0.6, 1, 1]
    assert hosmer_lemeshow_test(y_true, y_prob, n_groups=4).degrees_of_freedom == 2


def test_calibrated_data_are_rejected_at_the_stated_rate(rng):
    # Confidences that are alike within a group, so that the statistic has its chi-square distribution.
    y_prob = np.repeat(np.linspace(0.3, 0.8, 10), 60)
    p_values = np.array([hosmer_lemeshow_test(rng.random(600) < y_prob, y_prob).p_value for _ in range(2000)])
    for alpha in (0.05, 0.2):
        # Binomial, 4 standard errors.
        assert np.mean(p_values <= alpha) == pytest.approx(alpha, abs=4 * np.sqrt(alpha * (1 - alpha) / 2000))


def test_overconfident_data_are_rejected(rng):
    y_prob = rng.uniform(0.6, 0.95, 500)
    p_values = np.array([hosmer_lemeshow_test(rng.random(500) < y_prob - 0.1, y_prob).p_value for _ in range(100)])
    assert np.mean(p_values <= 0.05) > 0.9


@pytest.mark.parametrize(("y_true", "y_prob"), [([0, 1], [0, 1]), ([1], [0.5]), ([0, 1, 1], [0, 1, 0.7])])
def test_nothing_to_tell_is_nan_with_a_reason(y_true, y_prob):
    test = hosmer_lemeshow_test(y_true, y_prob)
    assert np.isnan(test.statistic)
    assert np.isnan(test.p_value)
    assert test.reason == "Fewer than two rows could have told anything: all others stated 0 or 1."


def test_two_groups_are_too_few_for_a_fitted_map():
    test = hosmer_lemeshow_test([0, 1, 1, 1], [0.4, 0.4, 0.8, 0.8], n_groups=2, fitted=True)
    assert np.isnan(test.p_value)
    assert np.isfinite(test.statistic)
    assert test.degrees_of_freedom == 0
    assert test.reason == "A fitted map uses up two groups, and no more are filled."


def test_the_impossible_needs_no_distribution():
    alone, mixed = hosmer_lemeshow_test([1], [0]), hosmer_lemeshow_test([0, 1, 0], [1, 0.7, 0.6])
    assert (alone.statistic, alone.p_value, mixed.p_value) == (np.inf, 0, 0)
    assert np.isfinite(mixed.statistic)
    assert "no chance at all" in mixed.reason


def test_one_wrong_answer_among_the_nearly_certain_is_seen():
    # Their sum is 1000 in floats, as if all had stated 1.
    y_prob = np.full(1000, np.nextafter(1, 0))
    y_prob[:2] = 1
    assert y_prob.cumsum()[-1] == 1000
    assert hosmer_lemeshow_test(np.arange(1000) < 999, y_prob, n_groups=1).p_value == 0
    assert hosmer_lemeshow_test(np.ones(1000), y_prob, n_groups=1).p_value == pytest.approx(1, abs=1e-4)


def test_a_bad_number_of_groups_is_refused():
    with pytest.raises(InputError, match="n_groups must be a whole number of at least 1; got 0"):
        hosmer_lemeshow_test([1, 0], [0.5, 0.5], n_groups=0)
