"""Accuracy at coverage and coverage at risk: by hand, over every choice among ties, and on the curve."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.metrics import accuracy, accuracy_at_coverage, coverage_at_risk, risk_coverage_curve

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3)), min_size=1, max_size=8)


def _accuracy_over_choices(y_true, y_score, k):
    rows = range(len(y_true))
    confident = sum(sorted(y_score)[-k:])
    chosen = [c for c in combinations(rows, k) if sum(y_score[i] for i in c) == confident]
    return np.mean([np.mean([y_true[i] for i in c]) for c in chosen])


def _coverage_by_loop(y_true, y_score, risk):
    best = 0.0
    for threshold in y_score:
        answered = [1 - y for y, s in zip(y_true, y_score, strict=True) if s >= threshold]
        if sum(answered) / len(answered) <= risk:
            best = max(best, len(answered) / len(y_true))
    return best


def test_accuracy_by_hand():
    y_true, y_score = [1, 1, 0, 1, 0], [5, 4, 3, 2, 1]
    values = [accuracy_at_coverage(y_true, y_score, coverage=c) for c in (0.2, 0.4, 0.6, 0.8, 1)]
    assert values == pytest.approx([1, 1, 2 / 3, 3 / 4, 3 / 5])
    # Half of five answers: two, and half of the third, which is wrong.
    assert accuracy_at_coverage(y_true, y_score, coverage=0.5) == pytest.approx(2 / 2.5)


def test_a_tie_is_entered_in_part():
    assert accuracy_at_coverage([1, 0, 1, 0], [0.5] * 4, coverage=0.25) == pytest.approx(0.5)


@given(ROWS, st.data())
@settings(deadline=None)
def test_accuracy_is_the_mean_over_the_choices_among_ties(rows, data):
    y_true, y_score = zip(*rows, strict=True)
    k = data.draw(st.integers(1, len(rows)))
    value = accuracy_at_coverage(y_true, y_score, coverage=k / len(rows))
    assert value == pytest.approx(_accuracy_over_choices(y_true, y_score, k), abs=1e-9)
    assert accuracy_at_coverage(y_true, np.exp(y_score), coverage=k / len(rows)) == pytest.approx(value, abs=1e-12)


def test_everything_answered_is_the_accuracy(rng):
    y_true, y_prob, weight = rng.integers(2, size=50), rng.random(50), rng.random(50)
    expected = accuracy(y_true, y_prob, sample_weight=weight)
    assert accuracy_at_coverage(y_true, y_prob, coverage=1, sample_weight=weight) == pytest.approx(expected)


def test_the_scale_of_the_weights_is_nothing(rng):
    y_true, y_prob, weight = rng.integers(2, size=50), rng.random(50), rng.random(50)
    for metric in (accuracy_at_coverage, coverage_at_risk):
        first, second = metric(y_true, y_prob, sample_weight=weight), metric(y_true, y_prob, sample_weight=weight * 7)
        assert second == pytest.approx(first)


def test_coverage_by_hand():
    # Risks 0, 1/2, 1/3, 1/4, 2/5: the largest coverage counts, though the risk was higher before.
    y_true, y_score = [1, 0, 1, 1, 0], [5, 4, 3, 2, 1]
    values = [coverage_at_risk(y_true, y_score, risk=r) for r in (0, 0.2, 0.25, 0.3, 0.4, 1)]
    assert values == pytest.approx([0.2, 0.2, 0.8, 0.8, 1, 1])


def test_a_tie_is_answered_whole_or_not_at_all():
    assert coverage_at_risk([1, 1, 0, 1], [0.9, 0.5, 0.5, 0.5], risk=0.3) == 1
    assert coverage_at_risk([1, 1, 0, 1], [0.9, 0.5, 0.5, 0.5], risk=0.2) == 0.25


def test_no_threshold_is_good_enough():
    assert coverage_at_risk([0, 1], [0.9, 0.5], risk=0.4) == 0
    assert coverage_at_risk([0], [0.9], risk=0.99) == 0
    assert coverage_at_risk([1], [0], risk=0) == 1


@pytest.mark.parametrize("wrong", [1, 7, 29, 57, 58])
def test_a_risk_that_is_just_met_counts(wrong):
    # 0.29 x 100 falls below 29 in floats.
    y_true = np.arange(100) >= wrong
    assert coverage_at_risk(y_true, np.zeros(100), risk=wrong / 100) == 1
    assert coverage_at_risk(y_true, np.zeros(100), risk=wrong / 100 - 1e-9) == 0


@pytest.mark.parametrize(("n", "wrong", "weight"), [(3, 1, 0.1), (3, 2, 0.1), (4, 1, 0.3), (4, 1, 0.7)])
def test_a_risk_that_is_just_met_counts_whatever_the_weights(n, wrong, weight):
    # Sums of .1, .3 and .7 leave a risk that is above wrong / n in the last digit.
    y_true = np.arange(n) >= wrong
    assert coverage_at_risk(y_true, np.zeros(n), risk=wrong / n, sample_weight=np.full(n, weight)) == 1


@given(ROWS, st.integers(0, 12))
@settings(deadline=None)
def test_coverage_against_a_loop_and_rising_maps(rows, twelfths):
    y_true, y_score = zip(*rows, strict=True)
    value = coverage_at_risk(y_true, y_score, risk=twelfths / 12)
    assert value == pytest.approx(_coverage_by_loop(y_true, y_score, twelfths / 12 + 1e-12))
    assert coverage_at_risk(y_true, np.exp(y_score), risk=twelfths / 12) == value


def test_both_lie_on_the_curve(rng):
    y_true, y_score = rng.integers(2, size=80), rng.integers(10, size=80)
    curve = risk_coverage_curve(y_true, y_score)
    for coverage, risk in zip(curve.coverage, curve.risk, strict=True):
        assert accuracy_at_coverage(y_true, y_score, coverage=coverage) == pytest.approx(1 - risk)
        assert coverage_at_risk(y_true, y_score, risk=risk) >= coverage


@pytest.mark.parametrize("coverage", [0, -0.1, 1.1, float("nan")])
def test_a_coverage_out_of_range_is_refused(coverage):
    with pytest.raises(InputError, match="coverage must be greater than 0 and at most 1; got"):
        accuracy_at_coverage([1, 0], [0.9, 0.1], coverage=coverage)


@pytest.mark.parametrize("risk", [-0.1, 1.1, float("nan")])
def test_a_risk_out_of_range_is_refused(risk):
    with pytest.raises(InputError, match="risk must be at least 0 and at most 1; got"):
        coverage_at_risk([1, 0], [0.9, 0.1], risk=risk)
