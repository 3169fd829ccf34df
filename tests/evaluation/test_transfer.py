import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from tests.population import SHARPNESS, draw_logits, make_readouts

from calibrant.artifact import RAW, Artifact, fit_artifact, note_questions
from calibrant.calibrators import TemperatureScaling
from calibrant.evaluation import EvaluationSettings, check_transfer, read_transfer, stale_transfer
from calibrant.exceptions import ArtifactError, InputError

FEW = EvaluationSettings(n_boot=100, n_draws=200)
IDENTITY = make_readouts([[0.0, 1.0]], [0], ["test"]).identity


@pytest.fixture(scope="module")
def artifact():
    """Maps fitted on 3,000 questions of 2 to 5 options."""
    logits, right = draw_logits(3000, seed=10_000)
    groups = [str(i) for i in range(3000)]
    return fit_artifact(logits, right, groups, methods=["temperature", "platt"], manifest={"identity": IDENTITY})


def readouts_of(logits, right, **options):
    return make_readouts(logits, right, ["test"] * len(logits), **options)


def check(logits, right, artifact, *, settings=FEW, **options):
    found = check_transfer(readouts_of(logits, right), artifact, settings=settings, **options)
    read_transfer(found)
    json.dumps(found, allow_nan=False)
    return found


def scaled(temperature, **manifest):
    scaling = TemperatureScaling()
    scaling.temperature_, scaling.at_bound_ = temperature, False
    return Artifact({"temperature": scaling}, "temperature", {"identity": IDENTITY, **manifest})


# A population of which the truth is known


def count_statuses(artifact, n_draws):
    return Counter(check(*draw_logits(300, seed=seed), artifact)["status"] for seed in range(1000, 1000 + n_draws))


def test_the_same_population_is_calibrated(artifact):
    assert count_statuses(artifact, 40)["calibrated"] / 40 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 40)


@pytest.mark.slow
def test_the_same_population_is_calibrated_in_the_long_run(artifact):
    assert count_statuses(artifact, 300)["calibrated"] / 300 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 300)


def test_what_calibrated_means_is_said(artifact):
    found = check(*draw_logits(300, seed=1), artifact)
    assert found["status"] == "calibrated"
    limit = found["overall"]["noise_floor"]["limit"]
    assert (
        f"not refuted with 300 answers; a calibration error of more than about {100 * limit:.1f} points"
        in found["sentence"]
    )
    assert found["overall"]["expected_calibration_error"] < limit


def test_sharper_logits_are_uncalibrated(artifact):
    logits, right = draw_logits(300, seed=2)
    found = check([2 * row for row in logits], right, artifact, max_outside=1)
    assert found["status"] == "uncalibrated"
    assert found["overall"]["gap"]["low"] > 0
    assert [row["fails"] for row in found["subjects"]] == [True]


def test_flatter_logits_are_uncalibrated_the_other_way(artifact):
    logits, right = draw_logits(300, seed=3)
    found = check([row / 3 for row in logits], right, artifact)
    assert found["status"] == "uncalibrated"
    assert found["overall"]["gap"]["high"] < 0


def test_sharper_logits_than_any_are_out_of_domain(artifact):
    logits, right = draw_logits(300, seed=2)
    found = check([10 * row for row in logits], right, artifact)
    assert found["status"] == "out of domain"
    assert found["domain"]["unseen_options"] == 0
    assert found["domain"]["outside"] > 0.1
    assert found["domain"]["confidence_test"]["p_value"] < 1e-6


def test_other_numbers_of_options_are_out_of_domain(artifact):
    rng = np.random.default_rng(4)
    logits = [SHARPNESS * rng.normal(scale=1.2, size=8) for _ in range(200)]
    right = [int(np.argmax(row / SHARPNESS + rng.gumbel(size=8))) for row in logits]
    found = check(logits, right, artifact)
    assert found["status"] == "out of domain"
    assert found["domain"]["unseen_options"] == 1
    assert found["domain"]["n_options_fitted_on"].keys() == set("2345")
    assert check(logits, right, artifact, max_outside=1)["status"] != "out of domain"


def test_another_share_of_right_answers(artifact):
    logits, right = draw_logits(3000, seed=5)
    rng = np.random.default_rng(5)
    wrong = [row.argmax() != label for row, label in zip(logits, right, strict=True)]
    # Three of four right answers are dropped: label shift, and nothing else.
    kept = [i for i in range(3000) if wrong[i] or rng.random() < 0.25]
    found = check([logits[i] for i in kept], [right[i] for i in kept], artifact)
    accuracy = 1 - np.mean([wrong[i] for i in kept])
    assert found["status"] == "uncalibrated"
    shift = found["label_shift"]
    assert shift["accuracy"] == pytest.approx(accuracy)
    assert abs(shift["estimated"]["value"] - accuracy) < abs(shift["fitted"] - accuracy) / 3
    assert shift["estimated"]["high"] < shift["fitted"]
    assert shift["supposed"] == artifact.manifest["domain"]["mean_confidence"]["temperature"]
    assert shift["helps"]
    assert shift["reweighted"]["expected_calibration_error"] < shift["map"]["expected_calibration_error"] / 2


def test_numbers_of_options_are_told_apart(artifact):
    logits, right = draw_logits(800, seed=6)
    # Questions of two options are answered as if by a coin.
    rng = np.random.default_rng(6)
    right = [int(rng.integers(2)) if row.size == 2 else label for row, label in zip(logits, right, strict=True)]
    found = check(logits, right, artifact)
    assert [(row["label"], row["fails"]) for row in found["n_options"]] == [
        ("2", True),
        ("3", False),
        ("4", False),
        ("5", False),
    ]
    assert sum(row["n"] for row in found["n_options"]) == 800


@pytest.fixture(scope="module")
def of_two():
    """A map with parameters for each of two options."""
    logits, right = draw_logits(1500, seed=8)
    rows = [i for i in range(1500) if logits[i].size == 2]
    groups = [str(i) for i in rows]
    kept = [logits[i] for i in rows], [right[i] for i in rows]
    return fit_artifact(*kept, groups, methods=["vector"], manifest={"identity": IDENTITY})


def test_a_map_for_one_number_of_options_is_measured_on_these(of_two):
    logits, right = draw_logits(400, seed=9)
    found = check(logits, right, of_two, method="vector", max_outside=1)
    n_two = sum(row.size == 2 for row in logits)
    assert (found["n"], found["n_unmapped"]) == (n_two, 400 - n_two)
    assert found["domain"]["unseen_options"] == pytest.approx(1 - n_two / 400)
    assert check(logits, right, of_two, method="vector")["status"] == "out of domain"
    without = replace(of_two, manifest={"identity": IDENTITY})
    assert check(logits, right, without, method="vector")["status"] == "out of domain"


def test_where_no_question_fits_the_map_nothing_is_measured(of_two):
    found = check([[0.0, 1.0, 2.0]] * 5, [2] * 5, of_two, method="vector")
    assert (found["status"], found["n"], found["domain"]["unseen_options"]) == ("out of domain", None, 1)


# Identity


@pytest.fixture
def elsewhere(artifact):
    return replace(artifact, manifest={**artifact.manifest, "identity": {**IDENTITY, "dtype": "bfloat16"}})


def test_another_identity_is_stale_and_nothing_is_measured(elsewhere):
    found = check(*draw_logits(100), elsewhere)
    reason = "the artifact was fitted for something else: dtype is 'float32', fitted for 'bfloat16'"
    assert (found["status"], found["reasons"], found["n"], found["overall"]) == ("stale", [reason], None, None)
    assert found["sentence"] == f"stale: {reason}. Nothing was measured: fit it again, or force its use."


def test_forced_it_is_measured_and_stays_stale(elsewhere, artifact):
    sample = draw_logits(300, seed=1)
    found, known = check(*sample, elsewhere, force=True), check(*sample, artifact)
    assert (found["status"], len(found["reasons"])) == ("stale", 1)
    assert found["overall"] == known["overall"]
    assert check(*sample, artifact, force=True)["status"] == "calibrated"


def test_what_is_stale_can_be_said_without_readouts(artifact):
    found = stale_transfer(artifact, "x differs", method="platt", provenance={"seconds": 1.0})
    assert read_transfer(found).label == "Platt scaling"
    assert stale_transfer(artifact, "x differs")["method"] == artifact.chosen


def test_raw_is_uncalibrated_even_where_nothing_refutes_it(artifact):
    logits, right = draw_logits(300, seed=1)
    found = check([row / SHARPNESS for row in logits], right, artifact, method=RAW)
    assert found["status"] == "uncalibrated"
    assert found["reasons"] == ["raw is no map: this is the model's own confidence"]
    assert found["label_shift"] is None


# By hand


@pytest.fixture
def tiny():
    """A right answer at 0.9 and 0.6, a wrong one at 0.8 and 0.7, one without an answer, one nobody knows."""
    odds = [9.0, 1.5, 4.0, 7 / 3, 4.0, 9.0]
    return readouts_of(
        [np.log([odd, 1.0]) for odd in odds],
        [0, 0, 1, 1, None, None],
        answerable=[True, True, True, True, False, True],
        subjects=list("xxyyxy"),
    )


def test_a_handful_of_answers(tiny):
    found = check_transfer(tiny, scaled(1.0), settings=FEW)
    assert (found["n"], found["n_seen"], found["n_unanswerable"], found["n_ungraded"]) == (4, 0, 1, 1)
    assert found["overall"]["accuracy"]["value"] == 0.5
    assert found["overall"]["mean_confidence"] == pytest.approx(0.75)
    assert found["overall"]["gap"]["value"] == pytest.approx(0.25)
    assert [row["gap"]["value"] for row in found["subjects"]] == [pytest.approx(-0.25), pytest.approx(0.75)]
    assert found["overall"]["log_loss"] == pytest.approx(-np.log([0.9, 0.6, 0.2, 0.3]).mean())
    assert found["status"] == "calibrated"


def test_questions_that_were_fitted_on_are_left_out(tiny):
    fitted = scaled(1.0, **note_questions([tiny.questions[0], tiny.questions[4]]))
    found = check_transfer(tiny, fitted, settings=FEW)
    assert (found["n"], found["n_seen"], found["n_unanswerable"]) == (3, 2, 0)
    assert found["overall"]["accuracy"]["value"] == pytest.approx(1 / 3)


def test_nothing_left_to_check_on_is_an_error(tiny):
    fitted = scaled(1.0, **note_questions(tiny.questions[:4]))
    with pytest.raises(InputError, match="of these 6 it was fitted on 4, and no other has a known answer"):
        check_transfer(tiny, fitted)


def test_an_artifact_of_an_earlier_version(tiny):
    found = check_transfer(tiny, scaled(1.0), settings=FEW)
    assert (found["domain"], found["label_shift"]) == (None, None)
    assert "does not note which questions" in found["notes"][0]
    assert "does not note what the questions that it was fitted on looked like" in found["notes"][1]


def test_a_domain_that_was_tampered_with(tiny):
    with pytest.raises(ArtifactError, match=r"domain\.n_options cannot be used"):
        check_transfer(tiny, scaled(1.0, domain={"n_options": 3, "features": {}, "confidence_quantiles": []}))


@pytest.mark.parametrize("accuracy", [0.0, 1.0, None, "half"])
def test_a_fitted_share_that_cannot_be_weighed(tiny, accuracy):
    assert check_transfer(tiny, scaled(1.0, fitted_on={"accuracy": accuracy}), settings=FEW)["label_shift"] is None


def test_more_answers_than_it_was_fitted_on_are_noted(tiny):
    notes = check_transfer(tiny, scaled(1.0, fitted_on={"n": 3}), settings=FEW)["notes"]
    assert any("fitted on 3 answers, and is checked on more" in note for note in notes)
    assert not any(
        "is checked on more" in note for note in check_transfer(tiny, scaled(1.0, fitted_on={"n": 4}))["notes"]
    )


def test_groups_of_equal_answers_are_noted(artifact):
    logits, right = draw_logits(20, seed=7)
    readouts = readouts_of(logits * 5, right * 5, groups=[f"g{i % 20}" for i in range(100)])
    notes = check_transfer(readouts, artifact, settings=FEW)["notes"]
    assert any("answers of a group are alike: these 100 tell as much as" in note for note in notes)
    assert any("with 20 groups how alike" in note for note in notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 0}, "alpha must lie strictly between 0 and 1, as in 0.05; got 0"),
        ({"alpha": 1.5}, "alpha must lie"),
        ({"max_outside": -0.1}, "max_outside must lie between 0 and 1, as in 0.1 for a tenth; got -0.1"),
        ({"max_outside": float("nan")}, "max_outside must lie"),
        ({"method": "spline"}, "method must be one of raw, temperature; got 'spline'"),
    ],
)
def test_refused(tiny, options, message):
    with pytest.raises(InputError, match=message):
        check_transfer(tiny, scaled(1.0), **options)


def test_the_same_seed_gives_the_same_numbers(artifact):
    def found(seed):
        content = check(*draw_logits(200), artifact, settings=replace(FEW, seed=seed))
        return {key: value for key, value in content.items() if key != "created"}

    assert found(1) == found(1)
    assert found(1)["label_shift"]["difference"] != found(2)["label_shift"]["difference"]
