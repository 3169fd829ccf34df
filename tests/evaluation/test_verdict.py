import numpy as np
import pytest

from calibrant.artifact import RAW
from calibrant.calibrators import CALIBRATORS
from calibrant.evaluation import LABELS, Answers, verdict
from calibrant.evaluation._verdict import Errors

ERRORS = Errors(raw=0.3, calibrated=0.02, floor=0.04)


def say(confidences, rights, *, after=None, errors=ERRORS):
    """Confidence -> number of answers, and how many of them are right."""
    y_prob = np.repeat(list(confidences), list(confidences.values()))
    y_true = np.concatenate(
        [np.arange(n) < right for n, right in zip(confidences.values(), rights, strict=True)]
    ).astype(float)
    raw = Answers(y_true, y_prob)
    calibrated = raw if after is None else Answers(y_true, np.full(y_prob.size, after))
    return verdict(raw, calibrated, "Platt scaling", errors)


def test_ninety_percent_where_thirty_answers_are_near():
    said = say({0.9: 30, 0.6: 100}, [21, 50], after=0.66)
    # Wilson: (21 + 1.92 ± 1.96 sqrt(21 * 9 / 30 + 0.96)) / 33.84
    assert said["sentence"] == (
        "When this model is 90 % sure, it is right 70 % of the time (95 % interval 52 % to 83 %, 30 answers). After "
        "Platt scaling it says 66 % of the same answers, and over all 130 test answers its calibration error falls "
        "from 30.0 to 2.0 points, where chance alone shows 4.0."
    )
    assert (said["stated"], said["n"], said["calibrated"]) == (0.9, 30, pytest.approx(0.66))
    assert said["accuracy"]["value"] == 0.7


def test_the_fullest_level_where_ninety_percent_has_too_few():
    said = say({0.9: 29, 0.62: 40}, [20, 10], after=0.5)
    assert said["sentence"].startswith("When this model is 60 % sure, it is right 25 % of the time")
    assert (said["stated"], said["n"]) == (0.6, 40)


def test_ninety_percent_where_no_level_has_more():
    assert say({0.9: 20, 0.6: 20}, [10, 10])["stated"] == 0.9


def test_a_model_that_is_nearly_always_certain():
    said = say({0.99: 200, 0.9: 12}, [120, 6], after=0.6)
    assert said["sentence"].startswith("When this model is more than 95 % sure, it is right 60 % of the time")
    assert (said["stated"], said["n"]) == (1.0, 200)


def test_all_answers_where_few_are_near_any_level():
    said = say({0.9: 5, 0.6: 4, 0.1: 6}, [2, 2, 2], after=0.4)
    assert said["sentence"].startswith("This model is 50 % sure on average, and right 40 % of the time (95 % interval")
    assert (said["stated"], said["n"]) == (None, 15)


def test_one_answer():
    assert "(95 % interval 21 % to 100 %, 1 answer)" in say({0.9: 1}, [1])["sentence"]


@pytest.mark.parametrize("edge", [0.85, 0.95])
def test_the_ends_of_a_level_belong_to_it(edge):
    assert say({edge: 40}, [20])["stated"] == 0.9


def test_raw_chosen():
    assert say({0.9: 40}, [36])["sentence"].endswith("40 answers). No map that was tried made its confidence better.")


def test_a_map_that_makes_it_worse_says_so():
    said = say({0.9: 40}, [36], after=0.5, errors=Errors(raw=0.01, calibrated=0.05, floor=0.03))
    assert "its calibration error rises from 1.0 to 5.0 points, where chance alone shows 3.0." in said["sentence"]
    assert "goes from 1.0 to 1.0" in say({0.9: 40}, [36], after=0.5, errors=Errors(0.01, 0.0101, 0.03))["sentence"]


def test_every_map_has_a_label():
    assert set(LABELS) == {RAW, *CALIBRATORS}
