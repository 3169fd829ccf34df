"""Answer, hedge or abstain: by hand, in words, in every mixture of some and none, and by simulation."""

import numpy as np
import pytest
from tests.selection._population import POPULATIONS, too_often

from calibrant.exceptions import InputError
from calibrant.selection import select_bands, select_threshold

SURE, UNSURE, WRONG = [1] * 50, [1, 1, 1, 0] * 20, [0] * 70
BOTH = ([*SURE, *UNSURE, *WRONG], [0.9] * 50 + [0.6] * 80 + [0.2] * 70)


def test_by_hand():
    # At 0.6 and more 20 of 130 are wrong, at 0.2 and more 90 of 200.
    bands = select_bands(*BOTH)
    assert (bands.answer.threshold, bands.hedge.threshold) == (0.9, 0.6)
    assert (bands.answer.n_answered, bands.hedge.n_answered) == (50, 130)
    assert bands.bands([1.0, 0.9, 0.89, 0.6, 0.59, 0.0]) == ["answer", "answer", "hedge", "hedge", "abstain", "abstain"]


def test_each_threshold_is_that_of_half_the_doubt():
    bands = select_bands(*BOTH, confidence=0.9)
    assert bands.answer == select_threshold(*BOTH, risk=0.1, confidence=0.95)
    assert bands.hedge == select_threshold(*BOTH, risk=0.3, confidence=0.95)
    # 36 right answers leave 0.9 ** 36 = 0.0225, and 35 leave 0.0250316, which is above half of 0.05.
    assert select_bands(np.ones(36), np.full(36, 0.9)).answer.threshold == 0.9
    assert select_bands(np.ones(35), np.full(35, 0.9)).answer.threshold is None


def test_the_laxer_risk_never_asks_for_more():
    # The 10 surest are wrong. From 12 answers on 0.3 can be tested, and fails; 0.1 is tested at 100 only, and passes.
    y_true, y_prob = [0] * 4 + [1] * 296, [0.95] * 12 + [0.8] * 288
    settings = {"min_kept": 1, "risk": 0.1, "hedge_risk": 0.3}
    assert select_threshold(y_true, y_prob, risk=0.3, confidence=0.975, min_kept=1).threshold is None
    bands = select_bands(y_true, y_prob, **settings)
    assert bands.answer.threshold == bands.hedge.threshold == 0.8
    assert bands.hedge.target == 0.3
    assert "hedge" not in bands.bands([0.9, 0.8, 0.7])
    assert bands.sentence == (
        "At confidence 0.8 or more it answers, 100 % of questions (91 % to 100 %), at most 10 % of them wrong, with 95 "
        "% confidence (n = 300 questions that no map was fitted on); below, it abstains and never hedges."
    )


def test_the_laxer_risk_stops_early_and_takes_the_lower_threshold():
    # 0.3 passes with 15 right answers, and fails with the 15 wrong ones next; 0.1 is tested only where both are few.
    y_true, y_prob = [1] * 15 + [0] * 15 + [1] * 470, [0.95] * 15 + [0.9] * 15 + [0.8] * 470
    alone = select_threshold(y_true, y_prob, risk=0.3, confidence=0.975, min_kept=1)
    assert (alone.threshold, alone.stopped_at.threshold) == (0.95, 0.9)
    bands = select_bands(y_true, y_prob, min_kept=1)
    assert bands.answer.threshold == bands.hedge.threshold == 0.8


def test_sentence_of_both():
    assert select_bands(*BOTH).sentence == (
        "At confidence 0.9 or more it answers, 25 % of questions (15 % to 35 %), at most 10 % of them wrong. From 0.6 "
        "it hedges; answered or hedged are 65 % of questions (55 % to 75 %), at most 30 % of them wrong. Both hold "
        "together with 95 % confidence (n = 200 questions that no map was fitted on). Below 0.6 it abstains."
    )


def test_hedged_only():
    bands = select_bands(UNSURE, [0.6] * 80, hedge_risk=0.4)
    assert (bands.answer.threshold, bands.hedge.threshold) == (None, 0.6)
    assert bands.bands([0.99, 0.1]) == ["hedge", "abstain"]
    assert bands.sentence == (
        "It never answers plainly, as no threshold is shown to keep 10 %. At confidence 0.6 or more it hedges, 100 % "
        "of questions (83 % to 100 %), at most 40 % of them wrong, with 95 % confidence (n = 80 questions that no map "
        "was fitted on); below, it abstains."
    )


def test_neither():
    bands = select_bands(WRONG, [0.6] * 70)
    assert bands.bands([1.0, 0.6]) == ["abstain", "abstain"]
    assert bands.sentence.startswith(
        "It always abstains. No threshold is shown to keep the wrong ones at or below 30 %"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"risk": 0.3}, r"^hedge_risk must be above risk, which is 0\.3; got 0\.3"),
        ({"hedge_risk": 1}, "^hedge_risk must be greater than 0 and less than 1; got 1"),
        ({"confidence": 0.5}, r"^confidence must be greater than 0\.5"),
        ({"min_kept": -1}, "^min_kept must be"),
        ({"start": -0.1}, r"^start must be at least 0 and at most 1; got -0\.1"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(InputError, match=message):
        select_bands(*BOTH, **settings)


def broken(population, n, n_draws):
    rng, n_broken = np.random.default_rng(1), 0
    for _ in range(n_draws):
        bands = select_bands(*population.draw(n, rng))
        n_broken += any(
            found.threshold is not None and population.risk(found.threshold) > found.target
            for found in (bands.answer, bands.hedge)
        )
    return n_broken


@pytest.mark.parametrize("name", POPULATIONS)
def test_both_promises_are_kept_together(name):
    assert not too_often(broken(POPULATIONS[name], 300, 200), 200, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", POPULATIONS)
@pytest.mark.parametrize("n", [100, 1000])
def test_both_promises_are_kept_together_over_1000_draws(name, n):
    assert not too_often(broken(POPULATIONS[name], n, 1000), 1000, 0.05)
