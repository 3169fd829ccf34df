import numpy as np
import pytest

from calibrant.evaluation import Answers, EvaluationSettings
from calibrant.evaluation._detail import (
    as_content,
    calibration,
    findings_of,
    found_by,
    number,
    risk_coverage,
    subjects_of,
)
from calibrant.metrics import CalibrationTest, Interval

SETTINGS = EvaluationSettings(n_bins=2, n_boot=20, n_draws=50)
FOUR = Answers(np.array([1.0, 0, 1, 1]), np.array([0.25, 0.25, 1.0, 1.0]))


def test_an_undefined_number_is_null():
    assert [number(value) for value in (0.5, np.nan, np.inf)] == [0.5, None, None]
    assert as_content(Interval(0.5, np.nan, 1.0, 0.95, 10, 0)) == {"value": 0.5, "low": None, "high": 1.0}


def test_bins_by_hand():
    found = calibration(FOUR, Interval(0.125, 0.0, 0.25, 0.95, 20, 0), SETTINGS)
    assert found["curve"]["count"] == [2, 2]
    assert found["curve"]["accuracy"] == [0.5, 1.0]
    assert found["curve"]["confidence"] == [0.25, 1.0]
    assert found["other_edges"] == {"edges": "left", "value": 0.125, "differs": False}


def test_risk_and_coverage_by_hand():
    assert risk_coverage(FOUR) == {"coverage": [0.5, 1.0], "risk": [0.0, 0.25]}


def test_a_long_curve_is_thinned():
    rng = np.random.default_rng(0)
    curve = risk_coverage(Answers(np.ones(5000), rng.random(5000)))
    assert len(curve["coverage"]) <= 200
    assert curve["coverage"][-1] == 1.0


def test_subjects_by_hand():
    one, other = subjects_of(FOUR, list("abcd"), list("xyyx"), SETTINGS)
    assert (one["subject"], one["n"], one["accuracy"]["value"]) == ("x", 2, 1.0)
    assert (other["subject"], other["n"], other["mean_confidence"]["value"]) == ("y", 2, 0.625)


def test_a_test_that_is_undefined_says_why():
    assert found_by("some", CalibrationTest(np.nan, np.nan, reason="Too few.")) == {
        "name": "some",
        "statistic": None,
        "p_value": None,
        "reason": "Too few.",
    }


def test_each_test_finds_gross_overconfidence():
    wrong = Answers(np.tile([0.0, 0, 0, 1], 25), np.tile([0.9, 0.8, 0.7, 0.95], 25))
    for test in findings_of(wrong, SETTINGS):
        assert test["p_value"] == pytest.approx(0, abs=0.02), test["name"]
