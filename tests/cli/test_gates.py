import pytest

from calibrant.cli.gates import Gates
from calibrant.evaluation import EvaluationSettings, evaluate_predictions, read_evaluation
from calibrant.exceptions import InputError
from calibrant.predictions import InMemory, Predictions


@pytest.fixture(scope="module")
def evaluation():
    """Ten answers at 0.75, half of them right: ECE 0.25, accuracy 0.5."""
    import numpy as np

    rows = Predictions(np.repeat([1.0, 0.0], 5), np.full(10, 0.75))
    return read_evaluation(
        evaluate_predictions(InMemory(rows), settings=EvaluationSettings(n_boot=10, n_draws=50), quiet=True)
    )


def test_a_limit_that_is_just_met_passes(evaluation):
    assert Gates(0.25, 0.5).failures(evaluation) == []
    assert Gates().failures(evaluation) == []


def test_what_fails_is_said(evaluation):
    ece, accuracy = Gates(0.24, 0.51).failures(evaluation)
    assert ece.startswith("the ECE of 0.2500 is above --max-ece 0.24")
    assert accuracy == "the accuracy of 0.5000 is below --min-accuracy 0.51"


def test_a_gate_that_chance_alone_fails_is_said_to_be_one(evaluation):
    # With ten answers at 0.75 the ECE of a calibrated model is at least 0.05, often 0.25.
    assert "with 10 answers even a perfectly calibrated model" in Gates(0.01).failures(evaluation)[0]


@pytest.mark.parametrize("limits", [(1.5, None), (None, -0.1), (float("nan"), None)])
def test_a_limit_is_a_share(limits):
    with pytest.raises(InputError, match="must lie between 0 and 1"):
        Gates(*limits)
