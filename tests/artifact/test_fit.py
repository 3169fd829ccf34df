import numpy as np
import pytest
from tests.population import SHARPNESS, draw_logits

from calibrant.artifact import METHODS, RAW, check_methods, fit_artifact
from calibrant.calibrators import CALIBRATORS
from calibrant.exceptions import InputError

N = 300
LOGITS, RIGHT = draw_logits(N)
GROUPS = [str(i) for i in range(N)]


def test_every_map_is_fitted_the_simplest_first():
    artifact = fit_artifact(LOGITS, RIGHT, GROUPS)
    assert list(artifact.maps) == list(METHODS) == [name for name in CALIBRATORS if name in METHODS]


def test_the_truth_is_found():
    logits, right = draw_logits(3000)
    artifact = fit_artifact(logits, right, [str(i) for i in range(3000)], methods=["temperature"])
    assert artifact.chosen == "temperature"
    assert artifact.maps["temperature"].temperature_ == pytest.approx(SHARPNESS, rel=0.1)


def test_the_map_that_is_true_is_chosen_among_all():
    assert fit_artifact(LOGITS, RIGHT, GROUPS).chosen == "temperature"


def test_raw_is_kept_where_nothing_is_to_be_repaired():
    artifact = fit_artifact([row / SHARPNESS for row in LOGITS], RIGHT, GROUPS)
    assert artifact.chosen == RAW


def test_every_candidate_is_judged_and_noted():
    choice = fit_artifact(LOGITS, RIGHT, GROUPS).manifest["choice"]
    assert choice["n"] == N
    assert list(choice["log_loss"]) == [RAW, *METHODS]
    assert choice["log_loss"]["temperature"]["mean"] < choice["log_loss"][RAW]["mean"]
    assert all(loss["standard_error"] > 0 for loss in choice["log_loss"].values())


def test_facts_are_noted_beside_those_given():
    manifest = fit_artifact(LOGITS, RIGHT, GROUPS, random_state=3, manifest={"label": "right"}).manifest
    accuracy = np.mean([row.argmax() == label for row, label in zip(LOGITS, RIGHT, strict=True)])
    assert manifest["label"] == "right"
    assert manifest["fitted_on"] == {"n": N, "n_groups": N, "accuracy": accuracy, "random_state": 3}


def test_only_the_maps_asked_for_are_fitted():
    artifact = fit_artifact(LOGITS, RIGHT, GROUPS, methods=["isotonic", "platt"])
    assert list(artifact.maps) == ["platt", "isotonic"]
    assert artifact.chosen in {RAW, "platt", "isotonic"}


def test_the_same_seed_gives_the_same_artifact():
    first, again = (fit_artifact(LOGITS, RIGHT, GROUPS, random_state=1) for _ in range(2))
    other = fit_artifact(LOGITS, RIGHT, GROUPS, random_state=2)
    assert first.manifest == again.manifest
    assert first.manifest["choice"]["log_loss"]["platt"] != other.manifest["choice"]["log_loss"]["platt"]
    # The seed moves the folds, not the maps.
    assert first.maps["platt"].slope_ == other.maps["platt"].slope_


def test_whole_groups_are_held_out():
    # Each question ten times: without groups a map would be judged on what it was fitted on.
    logits, right, groups = LOGITS[:20] * 10, RIGHT[:20] * 10, GROUPS[:20] * 10
    alone = fit_artifact(LOGITS[:20], RIGHT[:20], GROUPS[:20]).manifest["choice"]["log_loss"]["histogram"]
    together = fit_artifact(logits, right, groups).manifest["choice"]["log_loss"]["histogram"]
    leaking = fit_artifact(logits, right, [str(i) for i in range(200)]).manifest["choice"]["log_loss"]["histogram"]
    assert leaking["mean"] < together["mean"]
    assert together["standard_error"] > 2 * leaking["standard_error"]
    assert alone["standard_error"] == pytest.approx(together["standard_error"], rel=1)


@pytest.mark.parametrize("right", [[0] * 10, [1] * 10], ids=["all right", "all wrong"])
def test_one_class_is_no_accident(right):
    artifact = fit_artifact([[1.0, 0.0]] * 5 + [[2.0, 0.0]] * 5, right, GROUPS[:10])
    for name in (RAW, *artifact.maps):
        confidence = artifact.predict([[1.5, 0.0]], name).confidence
        assert 0 < confidence[0] < 1
    assert artifact.predict([[1.5, 0.0]]).answer.tolist() == [0]


def test_labels_from_numpy():
    assert fit_artifact(LOGITS, np.array(RIGHT), GROUPS).manifest == fit_artifact(LOGITS, RIGHT, GROUPS).manifest


@pytest.mark.parametrize("methods", [["foo"], ["platt", "raw"], []])
def test_an_unknown_method_is_named(methods):
    with pytest.raises(
        InputError, match=r"^methods must be names out of context, .*, temperature, .*; got (foo|raw|none)$"
    ):
        fit_artifact(LOGITS, RIGHT, GROUPS, methods=methods)
    with pytest.raises(InputError, match=r"^methods must be names"):
        check_methods(methods)


def test_too_few_groups_for_the_folds():
    with pytest.raises(InputError, match=r"at least 5 groups in train and calibration; got 4"):
        fit_artifact(LOGITS[:8], RIGHT[:8], list("aabbccdd"))


@pytest.mark.parametrize("seed", [-1, 1 << 32])
def test_a_seed_out_of_range(seed):
    with pytest.raises(InputError, match=f"^random_state must lie in 0 to 4294967295; got {seed}"):
        fit_artifact(LOGITS, RIGHT, GROUPS, random_state=seed)


def test_a_question_without_a_right_option_cannot_be_fitted_on():
    with pytest.raises(InputError, match="row 0"):
        fit_artifact(LOGITS, [None, *RIGHT[1:]], GROUPS)
