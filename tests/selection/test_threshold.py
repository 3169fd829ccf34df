"""The threshold for a stated risk: by hand, against a loop with another bound, in words, and by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tests.selection._population import POPULATIONS, Tied, too_often

from calibrant.exceptions import InputError
from calibrant.selection import select_threshold


def by_loop(y_true, y_prob, risk, confidence, min_kept, n_thresholds, start=None):
    """Every threshold of the grid, one after the other, each bound found as the risk that its count just allows."""
    found = None
    for k in range(n_thresholds, -1, -1):
        answers = [y for y, p in zip(y_true, y_prob, strict=True) if p >= k / n_thresholds]
        n, wrong = len(answers), answers.count(0)
        if start is None:
            if n < min_kept or (1 - risk) ** n > 1 - confidence:
                continue
        elif k / n_thresholds > start:
            continue
        # The bound is at most the risk where so few wrong ones are that unlikely at the risk itself.
        if n == 0 or stats.binom.cdf(wrong, n, risk) > 1 - confidence:
            return found
        if found is None or found[1] != n:
            found = (k / n_thresholds, n)
    return found


ROWS = st.lists(st.tuples(st.sampled_from([0, 1, 1, 1, 1, 1]), st.integers(0, 8)), min_size=1, max_size=60)


@given(ROWS, st.sampled_from([0.1, 0.2, 0.4]), st.sampled_from([0.6, 0.9]), st.integers(1, 12), st.integers(1, 20))
def test_agrees_with_a_loop(rows, risk, confidence, min_kept, n_thresholds):
    y_true, eighths = zip(*rows, strict=True)
    y_prob = [k / 8 for k in eighths]
    settings = {"risk": risk, "confidence": confidence, "min_kept": min_kept, "n_thresholds": n_thresholds}
    found = select_threshold(y_true, y_prob, **settings)
    expected = by_loop(y_true, y_prob, **settings)
    assert (found.threshold, found.n_answered) == (expected or (None, 0))
    for start in (0.0, 0.55, 1.0):
        found = select_threshold(y_true, y_prob, **settings, start=start)
        expected = by_loop(y_true, y_prob, **settings, start=start)
        assert (found.threshold, found.n_answered) == (expected or (None, 0))


def test_28_right_answers_are_one_too_few():
    # 0.9 ** 28 = 0.0523 and 0.9 ** 29 = 0.0471, on either side of 0.05.
    few = select_threshold(np.ones(28), np.full(28, 0.8), min_kept=1)
    assert (few.threshold, few.stopped_at) == (None, None)
    enough = select_threshold(np.ones(29), np.full(29, 0.8), min_kept=1)
    assert enough.threshold == 0.8
    assert enough.bound == pytest.approx(1 - 0.05 ** (1 / 29))
    assert (enough.risk, enough.coverage.share, enough.stopped_at) == (0, 1, None)


def test_a_tie_is_answered_whole_or_not_at_all():
    # At 0.9: 40 right. At 0.5: 10 right and 10 wrong, too many together.
    found = select_threshold([1] * 40 + [1, 0] * 10, [0.9] * 40 + [0.5] * 20)
    assert (found.threshold, found.n_answered) == (0.9, 40)
    assert (found.stopped_at.n_answered, found.stopped_at.n_wrong) == (60, 10)
    assert found.stopped_at.risk == pytest.approx(1 / 6)


def test_the_first_failure_ends_the_search():
    # At 0.9 3 of 30 are wrong; with the 970 right ones at 0.5 it would pass, but a test has failed before.
    y_true, y_prob = [0] * 3 + [1] * 997, [0.9] * 30 + [0.5] * 970
    assert select_threshold(y_true, y_prob).threshold is None
    assert select_threshold(y_true, y_prob, min_kept=31).threshold == 0.5


def test_all_right_is_answered_down_to_the_least_confidence():
    found = select_threshold(np.ones(100), np.linspace(0.31, 0.97, 100))
    assert found.threshold == 0.31
    assert found.coverage.share == 1


@pytest.mark.parametrize("y_prob", [np.full(50, 0.7), np.linspace(0, 1, 50), np.zeros(50), np.ones(50)])
def test_all_wrong_is_never_answered(y_prob):
    found = select_threshold(np.zeros(50), y_prob)
    assert found.threshold is None
    assert (found.n_answered, found.coverage.share, found.coverage.low) == (0, 0, 0)
    assert math.isnan(found.risk)
    assert math.isnan(found.bound)
    assert not found.answers([0.2, 1.0]).any()


def test_constant_confidence_at_the_ends():
    assert select_threshold(np.ones(40), np.zeros(40)).threshold == 0
    assert select_threshold(np.ones(40), np.ones(40)).threshold == 1


def test_a_confidence_between_two_steps_belongs_to_the_lower():
    assert select_threshold(np.ones(40), np.full(40, 0.87654)).threshold == 0.876
    assert select_threshold(np.ones(40), np.full(40, 0.87654), n_thresholds=10).threshold == 0.8


def test_a_start_where_nothing_is_answered_fails():
    found = select_threshold(np.ones(100), np.full(100, 0.8), start=0.9)
    assert found.threshold is None
    assert (found.stopped_at.threshold, found.stopped_at.n_answered) == (0.9, 0)
    assert math.isnan(found.stopped_at.risk)
    assert select_threshold(np.ones(100), np.full(100, 0.8), start=0.7).threshold == 0.7


def test_answers_where_the_threshold_is_reached():
    found = select_threshold(np.ones(40), np.full(40, 0.83))
    assert found.answers([0.83, np.nextafter(0.83, 0), 1.0]).tolist() == [True, False, True]


def test_sentences():
    def say(y_true, y_prob, **settings):
        return select_threshold(y_true, y_prob, **settings).sentence

    n_50, n_20, n_100 = (f"(n = {n} questions that no map was fitted on)" for n in (50, 20, 100))
    assert say([1] * 40 + [0] * 10, [0.9] * 40 + [0.5] * 10) == (
        "At confidence 0.9 or more it answers 80 % of questions (61 % to 99.2 %); at most 10 % of the answered ones "
        f"are wrong, with 95 % confidence {n_50}."
    )
    none = "No threshold is shown to keep the wrong ones at or below {} of the answered questions with 95 % confidence"
    assert say([1] * 20, [0.9] * 20) == (
        f"{none.format('10 %')} {n_20}: so few support no target below 14 %, even if all were right."
    )
    assert say([1] * 49 + [0] * 51, [0.9] * 50 + [0.8] * 50, risk=0.05, min_kept=50) == (
        f"{none.format('5 %')} {n_100}: of the 100 at confidence 0.8 or more 51 are wrong, which does not rule out 60 "
        "%. So many questions, all answered and all right, would support 3 %."
    )
    assert "of the 40 at confidence 0.9 or more 1 is wrong" in say([0] + [1] * 39, [0.9] * 40)
    assert say([1] * 40, [0.9] * 40, min_kept=50).endswith("at no threshold are enough of them answered to be tested.")
    assert say([1] * 40, [0.8] * 40, start=0.9).endswith("none is answered at confidence 0.9, where the tests start.")
    assert "(n = 40 questions that no map was fitted on, one of each group)" in say(
        [1] * 80, [0.9] * 80, groups=[*range(40)] * 2
    )


def test_the_least_target_is_met_by_so_many_right_answers_and_no_lower_one():
    for n in (5, 40, 412):
        least = select_threshold(np.ones(n), np.full(n, 0.9)).least_target
        assert select_threshold(np.ones(n), np.full(n, 0.9), risk=least * 1.001, min_kept=1).threshold == 0.9
        assert select_threshold(np.ones(n), np.full(n, 0.9), risk=least * 0.999, min_kept=1).threshold is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"risk": 0}, "^risk must be greater than 0 and less than 1; got 0"),
        ({"risk": 1.0}, "^risk must be"),
        ({"risk": float("nan")}, "^risk must be"),
        ({"confidence": 0.5}, "^confidence must be greater than 0.5 and less than 1; got 0.5"),
        ({"confidence": 95}, "^confidence must be"),
        ({"min_kept": 0}, "^min_kept must be a whole number of at least 1; got 0"),
        ({"start": 1.1}, "^start must be at least 0 and at most 1; got 1.1"),
        ({"start": float("nan")}, "^start must be"),
        ({"groups": ["a"]}, "^groups must have one label a row"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(InputError, match=message):
        select_threshold([1, 0], [0.9, 0.8], **settings)


@pytest.mark.parametrize(
    ("y_true", "y_prob"),
    [([1, 2], [0.5, 0.5]), ([1, 0], [50, 60]), ([1, np.nan], [0.5, 0.5]), ([], []), ([1], [0.5, 1])],
)
def test_rows_are_checked(y_true, y_prob):
    with pytest.raises(InputError, match=r"^y_(true|prob) must"):
        select_threshold(y_true, y_prob)


def broken(population, n, n_draws, *, risk=0.1, confidence=0.95, seed=0, **settings):
    """Draws in which the true risk at the chosen threshold exceeds the stated one, and those with a threshold."""
    rng, n_broken, n_found = np.random.default_rng(seed), 0, 0
    for _ in range(n_draws):
        found = select_threshold(*population.draw(n, rng), risk=risk, confidence=confidence, **settings)
        if found.threshold is not None:
            n_found += 1
            n_broken += population.risk(found.threshold) > risk
    return n_broken, n_found


@pytest.mark.parametrize("name", POPULATIONS)
def test_the_promise_is_kept(name):
    n_broken, n_found = broken(POPULATIONS[name], 300, 300)
    assert not too_often(n_broken, 300, 0.05)
    assert n_found or name == "never"


@pytest.mark.slow
@pytest.mark.parametrize("name", POPULATIONS)
@pytest.mark.parametrize("n", [60, 300, 1000])
@pytest.mark.parametrize(("risk", "confidence"), [(0.05, 0.9), (0.1, 0.95), (0.1, 0.6), (0.3, 0.9)])
@pytest.mark.parametrize("settings", [{}, {"start": 0.9}, {"n_thresholds": 10}])
def test_the_promise_is_kept_over_1000_draws(name, n, risk, confidence, settings):
    n_broken, _ = broken(POPULATIONS[name], n, 1000, risk=risk, confidence=confidence, **settings)
    assert not too_often(n_broken, 1000, 1 - confidence)


def test_a_promise_on_the_brink_is_broken_nearly_as_often_as_allowed():
    # One level whose risk is just above the target: the exact bound is as tight as the binomial allows.
    edge = Tied((0.9,), (1.0,), (0.1001,))
    allowed = stats.binom.cdf(stats.binom.ppf(0.05, 300, 0.1) - 1, 300, 0.1)
    n_broken, _ = broken(edge, 300, 2000)
    assert n_broken / 2000 == pytest.approx(allowed, abs=3 * np.sqrt(0.05 * 0.95 / 2000))


def test_rows_of_a_group_break_the_promise_unless_one_is_taken():
    rng, n_draws = np.random.default_rng(3), 300
    edge = Tied((0.9,), (1.0,), (0.12,))
    n_broken = {True: 0, False: 0}
    for _ in range(n_draws):
        y_true, y_prob = (np.repeat(column, 8) for column in edge.draw(60, rng))  # a group is right or wrong as a whole
        for grouped in n_broken:
            groups = np.repeat(np.arange(60), 8) if grouped else None
            n_broken[grouped] += select_threshold(y_true, y_prob, groups=groups).threshold is not None
    assert not too_often(n_broken[True], n_draws, 0.05)
    assert too_often(n_broken[False], n_draws, 0.05)


def test_a_start_fixed_beforehand_needs_no_order_among_the_risks():
    # The surest answers are the worst, and few: a start that looks at the rows may or may not meet them.
    liar = Tied((0.99, 0.9, 0.8), (0.1, 0.3, 0.6), (0.11, 0.1, 0.1))
    n_broken, _ = broken(liar, 300, 1000, start=0.9)
    assert not too_often(n_broken, 1000, 0.05)
