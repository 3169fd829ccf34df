"""Every guarantee as plain content: JSON that says what the functions say."""

import json

import numpy as np
import pytest
from tests.selection._population import POPULATIONS

from calibrant.exceptions import InputError
from calibrant.selection import as_content, control_risk, select_bands, select_threshold

CASES = {
    **{name: population.draw(200, np.random.default_rng(0)) for name, population in POPULATIONS.items()},
    "all right": (np.ones(50), np.full(50, 0.7)),
    "all wrong": (np.zeros(50), np.full(50, 0.7)),
    "one row": ([1], [0.5]),
}


@pytest.mark.parametrize("case", CASES)
def test_is_json_and_says_what_the_functions_say(case):
    y_true, y_prob = CASES[case]
    content = as_content(y_true, y_prob, start=0.9 if case == "all wrong" else None)
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    if case == "all wrong":
        assert content["threshold"]["stopped_at"] == {
            "threshold": 0.9, "n_answered": 0, "n_wrong": 0, "risk": None, "bound": None
        }  # fmt: skip
        return
    one, two, average = (function(y_true, y_prob) for function in (select_threshold, select_bands, control_risk))
    assert content["threshold"]["threshold"] == one.threshold
    assert content["threshold"]["sentence"] == one.sentence
    assert (content["threshold"]["chosen"] is None) == (one.threshold is None)
    assert content["bands"]["answer"]["threshold"] == two.answer.threshold
    assert content["bands"]["hedge"]["coverage"]["share"] == two.hedge.coverage.share
    assert content["bands"]["sentence"] == two.sentence
    assert content["on_average"]["threshold"] == average.threshold
    assert content["on_average"]["sentence"] == average.sentence


def test_settings_and_groups_reach_every_part():
    y_true, y_prob = (np.repeat(column, 3) for column in CASES["tied"])
    content = as_content(y_true, y_prob, np.repeat(np.arange(200), 3), risk=0.2, hedge_risk=0.4, confidence=0.9)
    assert (content["n"], content["n_rows"]) == (200, 600)
    assert content["settings"]["hedge_risk"] == 0.4
    assert content["threshold"]["target"] == content["bands"]["answer"]["target"] == 0.2
    assert content["on_average"]["target"] == 0.2
    assert content["bands"]["answer"]["confidence"] == 0.95
    assert content["threshold"]["chosen"]["n_answered"] <= 200
    assert content["on_average"]["n_answered"] <= 200


def test_arguments_are_checked():
    with pytest.raises(InputError, match=r"^y_prob must lie in"):
        as_content([1, 0], [90, 80])
