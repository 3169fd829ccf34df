import numpy as np
import pytest

from calibrant.calibrators import uncalibrated_log_loss
from calibrant.evaluation._answers_verdict import Found, say_choice, say_cost, say_short
from calibrant.evaluation._signal_choice import SignalChoice
from calibrant.scores import SignalCost

COSTS = {"margin": SignalCost(0, 0, 0), "consistency": SignalCost(0, 10, 83.4)}
FOUND = Found(1250, 0.4, (0.71, 0.65, 0.77), (0.031, 0.05), "Platt scaling")


def test_a_dearer_signal_that_is_hardly_better_is_named():
    said = say_choice(SignalChoice("margin", "consistency", 300), FOUND, "", COSTS)
    assert "on 1,250 test answers, of which 40 % are right" in said
    assert said.endswith(
        "consistency is better by no more than a standard error, and costs 83 forward passes an answer (10 replies)."
    )


def test_a_signal_that_is_left_as_it_is_and_one_without_a_map():
    choice = SignalChoice("margin", "margin", 300)
    assert "as it is, since no map made it better, its calibration" in say_choice(
        choice, FOUND._replace(label=""), "", COSTS
    )
    assert say_choice(choice, FOUND._replace(error=None), "", COSTS).endswith("its AUROC is 0.71 (0.65 to 0.77).")


def test_what_the_test_part_cannot_say():
    said = say_choice(SignalChoice("margin", "margin", 300), None, "10 right", COSTS)
    assert said.endswith("the test part cannot say how well it does: 10 right.")


def test_why_none_is_chosen():
    noise = uncalibrated_log_loss(np.full(40, 0.4), [1, 0] * 20)
    even = uncalibrated_log_loss(np.full(40, 0.5), [1, 0] * 20)
    sure = uncalibrated_log_loss(np.ones(40), [1] * 40)
    assert say_choice(SignalChoice(None, None, 0), None, "", COSTS).startswith(
        "No signal could be chosen: none is there"
    )
    said = say_choice(SignalChoice(None, "margin", 40, {"margin": noise}, even), None, "", COSTS)
    assert "has a log loss of 0.714 after its map, which is not two standard errors below" in said
    said = say_choice(SignalChoice(None, "margin", 40, {"margin": noise}, sure), None, "", COSTS)
    assert "all 40 graded answers of train and calibration are alike" in said


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (SignalCost(1, 0, 1), "1 forward pass an answer"),
        (SignalCost(0, 1, 12), "12 forward passes an answer (1 reply)"),
        (SignalCost(0, 2, float("nan")), "2 replies an answer"),
        (SignalCost(0, 0, 0), "nothing besides the answer"),
    ],
)
def test_costs_in_words(cost, said):
    assert say_cost(cost) == said


@pytest.mark.parametrize(
    ("n", "n_right", "said"),
    [
        (79, 40, "79 of 100 test answers have it, and 80 % must"),
        (80, 40, ""),
        (80, 9, "9 right and 71 wrong test answers, and 10 and 20 are needed"),
        (80, 61, "61 right and 19 wrong test answers, and 10 and 20 are needed"),
        (80, 10, ""),
        (80, 60, ""),
    ],
)
def test_limits_are_met_exactly(n, n_right, said):
    assert say_short(n, 100, n_right, (0.8, 10, 20)) == said


def test_nothing_at_all_is_too_little():
    assert say_short(0, 0, 0, (0, 0, 0)) != ""
