"""The threshold for an expected loss: by hand, against the formula, in words, and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.selection._population import POPULATIONS, Tied

from calibrant.exceptions import InputError
from calibrant.selection import control_risk


def by_formula(y_true, y_prob, hundredths, n_thresholds):
    """The lowest threshold with n / (n + 1) mean loss + 1 / (n + 1) <= risk, in whole numbers; and what it answers."""
    n, answered = len(y_true), None
    for k in range(n_thresholds + 1):
        given_ = [y for y, p in zip(y_true, y_prob, strict=True) if p >= k / n_thresholds]
        if 100 * (given_.count(0) + 1) <= hundredths * (n + 1):
            answered = len(given_) if answered is None else answered
    return answered


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=1, max_size=60),
    st.sampled_from([1, 10, 29, 30, 58]),
    st.integers(1, 20),
)
def test_agrees_with_the_formula(rows, hundredths, n_thresholds):
    y_true, eighths = zip(*rows, strict=True)
    y_prob = [k / 8 for k in eighths]
    found = control_risk(y_true, y_prob, risk=hundredths / 100, n_thresholds=n_thresholds)
    expected = by_formula(y_true, y_prob, hundredths, n_thresholds)
    assert (found.threshold is None) == (expected is None)
    assert found.n_answered == (expected or 0)
    if found.threshold is not None:
        answered = found.answers(y_prob)
        assert answered.sum() == found.n_answered
        assert (answered & (np.array(y_true) == 0)).sum() == found.n_wrong
        assert found.bound <= found.target + 1e-12


def test_9_rows_are_the_fewest_for_a_tenth():
    assert control_risk(np.ones(8), np.full(8, 0.9)).threshold is None
    assert control_risk(np.ones(9), np.full(9, 0.9)).threshold == 0.9


def test_the_strictest_threshold_with_the_same_answers():
    # 19 rows may hold one wrong answer: that at 0.6; the next is at 0.4, and nothing lies between.
    found = control_risk([1] * 10 + [0] * 9, [0.9] * 10 + [0.6] + [0.4] * 8)
    assert (found.threshold, found.n_answered, found.n_wrong, found.bound) == (0.6, 11, 1, 0.1)
    assert found.loss == pytest.approx(1 / 19)


def test_a_tie_is_answered_whole_or_not_at_all():
    found = control_risk([1] * 10 + [0, 0] + [1] * 7, [0.9] * 10 + [0.5] * 9)
    assert (found.threshold, found.n_answered) == (0.9, 10)


def test_all_right_and_all_wrong():
    assert control_risk(np.ones(50), np.linspace(0.25, 1, 50)).coverage.share == 1
    wrong = control_risk(np.zeros(50), np.full(50, 0.7))
    assert (wrong.threshold, wrong.n_answered) == (1.0, 0)
    sure = control_risk(np.zeros(50), np.ones(50))
    assert sure.threshold is None
    assert not sure.answers([0.5, 1.0]).any()


def test_sentences():
    assert control_risk([1] * 10 + [0] * 9, [0.9] * 10 + [0.6] + [0.4] * 8).sentence == (
        "At confidence 0.6 or more it answers 58 % of questions (27 % to 89 %); on average over such samples at most "
        "10 % of all questions are answered wrongly (n = 19 questions that no map was fitted on)."
    )
    opening = "Only without any answer are at most 10 % of all questions answered wrongly on average"
    assert control_risk([1] * 5, [0.9] * 5).sentence == (
        f"{opening} (n = 5 questions that no map was fitted on): so few support no target below 16.7 %, even if all "
        "were right."
    )
    assert control_risk([0] * 50, [1.0] * 50).sentence == (
        f"{opening} (n = 50 questions that no map was fitted on): too many are wrong even at confidence 1."
    )


@pytest.mark.parametrize("risk", [0, 1, -0.1, float("nan")])
def test_the_risk_is_checked(risk):
    with pytest.raises(InputError, match=r"^risk must be greater than 0 and less than 1; got"):
        control_risk([1, 0], [0.9, 0.8], risk=risk)


def losses(population, n, n_draws, risk):
    """Give the true loss at the threshold of each draw."""
    rng = np.random.default_rng(2)
    found = [control_risk(*population.draw(n, rng), risk=risk).threshold for _ in range(n_draws)]
    return np.array([0.0 if threshold is None else population.loss(threshold) for threshold in found])


def too_high(loss, risk):
    return loss.mean() > risk + 3 * loss.std() / np.sqrt(loss.size)


@pytest.mark.parametrize("name", POPULATIONS)
@pytest.mark.parametrize("n", [15, 200])
def test_the_loss_is_kept_on_average(name, n):
    assert not too_high(losses(POPULATIONS[name], n, 200, 0.1), 0.1)


@pytest.mark.slow
@pytest.mark.parametrize("name", POPULATIONS)
@pytest.mark.parametrize("n", [5, 15, 60, 300])
@pytest.mark.parametrize("risk", [0.05, 0.1, 0.3])
def test_the_loss_is_kept_on_average_over_1000_draws(name, n, risk):
    assert not too_high(losses(POPULATIONS[name], n, 1000, risk), risk)


def test_the_loss_comes_near_its_target():
    # Where confidences are continuous the mean lies within 1 / (n + 1) below the target, and a step of the grid.
    loss = losses(POPULATIONS["calibrated"], 200, 1000, 0.1)
    assert loss.mean() == pytest.approx(0.1, abs=1 / 201 + 0.001 + 3 * loss.std() / np.sqrt(1000))
    assert loss.mean() < 0.1
    assert (loss > 0.1).mean() > 0.3  # "on average" is no promise for one sample


def test_one_row_a_group_counts():
    rows = Tied((0.9, 0.5), (0.5, 0.5), (0.05, 0.6)).draw(40, np.random.default_rng(0))
    found = control_risk(*(np.repeat(column, 3) for column in rows), groups=np.repeat(np.arange(40), 3))
    plain = control_risk(*rows)
    assert (found.n, found.n_rows) == (40, 120)
    assert (found.threshold, found.n_wrong) == (plain.threshold, plain.n_wrong)
