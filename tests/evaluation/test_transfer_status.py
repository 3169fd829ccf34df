from dataclasses import replace

import pytest

from calibrant.evaluation._transfer_status import Findings, decide, sentence_of

FINE = Findings(
    method="temperature",
    n=1200,
    differing="",
    outside=0.1,
    max_outside=0.1,
    p_value=0.05,
    by="Spiegelhalter",
    alpha=0.05,
    confidence=0.712,
    accuracy=0.58,
    limit=0.0416,
)


def test_at_the_limits_it_is_calibrated():
    assert decide(FINE) == ("calibrated", [])
    assert sentence_of("calibrated", [], FINE) == (
        "calibrated: not refuted with 1,200 answers; a calibration error of more than about 4.2 points would have been "
        "seen."
    )
    assert "with 1 answer;" in sentence_of("calibrated", [], replace(FINE, n=1))


def test_nothing_known_speaks_against_nothing():
    assert decide(replace(FINE, outside=None, p_value=float("nan")))[0] == "calibrated"


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"method": "raw"}, "uncalibrated", "raw is no map: this is the model's own confidence"),
        ({"differing": "dtype is 'a'"}, "stale", "the artifact was fitted for something else: dtype is 'a'"),
        (
            {"outside": 0.101},
            "out of domain",
            "10.1 % of the questions look like none that the map was fitted on; 10.0 % are allowed",
        ),
        (
            {"p_value": 0.0499},
            "uncalibrated",
            "perfect calibration is refuted (Spiegelhalter: p = 0.050, adjusted): it is 71.2 % sure on average and "
            "right 58.0 % of the time",
        ),
    ],
)
def test_each_reason_alone(change, status, reason):
    found = replace(FINE, **change)
    assert decide(found) == (status, [reason])
    assert sentence_of(*decide(found), found) == f"{status}: {reason}."


def test_all_reasons_are_given_and_the_first_decides():
    found = replace(FINE, differing="dtype is 'a'", outside=1.0, p_value=1e-9)
    status, reasons = decide(found)
    assert (status, len(reasons)) == ("stale", 3)
    assert "p < 0.001" in reasons[2]
    assert decide(replace(found, differing=""))[0] == "out of domain"
    assert decide(replace(found, method="raw"))[0] == "uncalibrated"
