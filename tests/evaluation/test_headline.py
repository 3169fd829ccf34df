import numpy as np
import pytest

from calibrant.evaluation._headline import Compared, headline

VALUES = {"A": {"brier_score": 0.3, "accuracy": 0.7}, "B": {"brier_score": 0.2, "accuracy": 0.6}}
THREE = VALUES | {"C": {"brier_score": 0.25, "accuracy": 0.65}}


def say(values, *differences, reference=None):
    return headline(40, values, differences, lead="brier_score", level=0.95, reference=reference)


@pytest.mark.parametrize(
    ("metric", "ends", "verdict", "favours"),
    [
        ("log_loss", (-0.3, -0.1), "B is better", "b"),
        ("log_loss", (0.1, 0.3), "A is better", "a"),
        ("auroc", (-0.3, -0.1), "A is better", "a"),
        ("accuracy", (0.1, 0.3), "B is better", "b"),
        ("accuracy", (0.0, 0.3), "no difference shown", None),
        ("overconfidence", (0.1, 0.3), "B claims more for its accuracy", None),
        ("overconfidence", (-0.1, 0.3), "no difference shown", None),
    ],
)
def test_verdict(metric, ends, verdict, favours):
    one = Compared("A", "B", metric, sum(ends) / 2, *ends)
    assert (one.verdict, one.favours) == (verdict, favours)
    # Seen from the other side the same one is better.
    turned = one.seen_from("A")
    assert turned.verdict == verdict
    assert turned.seen_from("B") == one


def test_undefined():
    one = Compared("A", "B", "auroc", np.nan, np.nan, np.nan)
    assert (one.verdict, one.favours) == ("undefined", None)


def test_the_better_of_two_is_the_subject():
    lead = Compared("A", "B", "brier_score", 0.1, 0.05, 0.15)
    right = Compared("A", "B", "accuracy", -0.1, -0.2, -0.01)
    assert say(VALUES, lead, right) == (
        "On the same 40 questions A's Brier score is lower than B's by 0.100 (simultaneous 95 % interval 0.050 to "
        "0.150); A's accuracy is higher than B's by 10.0 points (1.0 to 20.0)."
    )


def test_of_three_the_best_is_named_with_those_it_is_not_shown_to_beat():
    text = say(
        THREE,
        Compared("A", "B", "brier_score", -0.1, -0.15, -0.05),
        Compared("A", "C", "brier_score", -0.05, -0.1, 0.0),
        Compared("B", "C", "brier_score", 0.05, -0.01, 0.11),
        Compared("A", "B", "accuracy", -0.1, -0.3, 0.1),
        Compared("A", "C", "accuracy", -0.05, -0.2, 0.1),
        Compared("B", "C", "accuracy", 0.05, -0.1, 0.2),
    )
    assert text == (
        "On the same 40 questions B has the lowest Brier score (0.200), below A by 0.100 (simultaneous 95 % interval "
        "0.050 to 0.150), and no difference is shown to C (−0.050, −0.110 to 0.010); A has the highest accuracy "
        "(70.0 %), but no difference is shown to B (10.0 points, −10.0 to 30.0) and C (5.0 points, −10.0 to 20.0)."
    )


def test_against_a_reference():
    text = say(
        THREE,
        Compared("A", "B", "brier_score", -0.1, -0.15, -0.05),
        Compared("A", "C", "brier_score", -0.05, -0.1, 0.01),
        Compared("A", "B", "accuracy", -0.1, -0.2, -0.01),
        Compared("A", "C", "accuracy", -0.05, -0.09, -0.01),
        reference="A",
    )
    assert text == (
        "On the same 40 questions the Brier score, against A, is lower for B by 0.100 (simultaneous 95 % interval "
        "0.050 to 0.150) and not shown to differ for C (−0.050, −0.100 to 0.010); the accuracy, against A, is lower "
        "for B by 10.0 points (1.0 to 20.0) and C by 5.0 points (1.0 to 9.0)."
    )
