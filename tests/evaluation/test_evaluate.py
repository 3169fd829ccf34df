import json

import numpy as np
import pytest
from tests.population import draw_logits, make_readouts, thirds

from calibrant.artifact import RAW, Artifact, fit_artifact, note_questions
from calibrant.calibrators import TemperatureScaling, VectorScaling
from calibrant.evaluation import EvaluationSettings, evaluate_readouts, read_evaluation
from calibrant.exceptions import InputError
from calibrant.report import render_report, write_report

FEW = EvaluationSettings(n_boot=60, n_draws=200)
VERSIONS = {"versions": {"python": "3"}, "command": "calibrant", "seconds": 1.0}


def fit(readouts, **options):
    logprobs = readouts.option_logprobs()
    rows = [row for row in readouts.rows("train", "calibration") if readouts.questions[row].answer is not None]
    questions = [readouts.questions[row] for row in rows]
    return fit_artifact(
        [logprobs[row] for row in rows],
        [question.answer for question in questions],
        [question.group for question in questions],
        manifest=note_questions(questions),
        **options,
    )


def evaluate(readouts, artifact, settings=FEW):
    return evaluate_readouts(readouts, artifact, settings=settings, provenance=VERSIONS, quiet=True)


@pytest.fixture(scope="module")
def known():
    """An overconfident model of which the truth is known, and its evaluation."""
    logits, right = draw_logits(1500)
    readouts = make_readouts(logits, right, thirds(1500), subjects=["even", "odd"] * 750)
    return readouts, evaluate(readouts, fit(readouts))


@pytest.fixture
def tiny():
    """Six test questions, a right one at 0.9 and 0.6, a wrong one at 0.8 and 0.7, no answer, an unknown answer."""
    odds = [9.0, 1.5, 4.0, 7 / 3, 4.0, 9.0]
    return make_readouts(
        [np.log([odd, 1.0]) for odd in odds],
        [0, 0, 1, 1, None, None],
        ["test"] * 6,
        answerable=[True, True, True, True, False, True],
        groups=list("aabbcd"),
        subjects=list("xxyyxy"),
    )


def scaled(temperature, chosen="temperature"):
    scaling = TemperatureScaling()
    scaling.temperature_, scaling.at_bound_ = temperature, False
    choice = {"by": "hand", "n": 4, "log_loss": {}}
    return Artifact({"temperature": scaling}, chosen, {"choice": choice, "fitted_on": {"n": 4}})


def test_an_overconfident_model_is_found_out_and_repaired(known):
    record = read_evaluation(known[1])
    raw, after = record.before, record.after
    assert record.chosen == "temperature"
    assert raw.metrics.mean_confidence.value > raw.metrics.accuracy.high
    assert raw.metrics.expected_calibration_error.value > raw.noise_floor.limit
    assert after.metrics.expected_calibration_error.value < after.noise_floor.limit
    assert record.differences["temperature"]["log_loss"].high < 0
    assert after.metrics.accuracy == raw.metrics.accuracy


def test_a_calibrated_model_is_left_alone():
    logits, right = draw_logits(900, seed=3)
    readouts = make_readouts([row / 3 for row in logits], right, thirds(900))
    evaluation = evaluate(readouts, fit(readouts))
    raw = read_evaluation(evaluation).before
    assert evaluation["chosen"] == RAW
    assert raw.metrics.expected_calibration_error.value < raw.noise_floor.limit
    assert "No map that was tried" in evaluation["verdict"]["sentence"]


def test_json_holds_it_and_gives_it_back(known):
    text = json.dumps(known[1], allow_nan=False)
    assert json.loads(text) == known[1]
    assert read_evaluation(json.loads(text)) == read_evaluation(known[1])


def test_the_page_can_be_written(known, tmp_path):
    page = write_report(known[1], tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Temperature scaling" in page


def test_only_the_test_part_reports(known):
    readouts, evaluation = known
    assert evaluation["n"] == 500
    logits, right = draw_logits(1500)
    for row in readouts.rows("train", "calibration"):
        logits[row], right[row] = np.zeros(2), 0
    other = make_readouts(logits, right, thirds(1500), subjects=["even", "odd"] * 750)
    same = evaluate(other, fit(readouts))
    assert same["methods"] == evaluation["methods"]


def test_the_choice_does_not_see_the_test_part(known):
    readouts, evaluation = known
    logits, right = draw_logits(1500)
    for row in readouts.rows("test"):
        logits[row], right[row] = -logits[row], 0
    turned = fit(make_readouts(logits, right, thirds(1500)))
    assert turned.manifest["choice"] == evaluation["choice"]
    assert turned.chosen == evaluation["chosen"]


def test_a_test_question_that_was_fitted_on_is_refused(known):
    readouts, _ = known
    logits, right = draw_logits(1500)
    moved = make_readouts(logits, right, thirds(1500)[::-1])
    with pytest.raises(InputError, match=r"fitted on 500 of the test questions, such as 'q0000'; fit it on these"):
        evaluate(moved, fit(readouts))


def test_what_cannot_be_graded_is_counted_and_left_out(tiny):
    evaluation = evaluate(tiny, scaled(1.0))
    assert [evaluation[key] for key in ("n", "n_groups", "n_unanswerable", "n_ungraded", "n_ties")] == [4, 2, 1, 1, 0]
    metrics = evaluation["methods"][RAW]["metrics"]
    assert metrics["accuracy"]["value"] == 0.5
    assert metrics["mean_confidence"]["value"] == pytest.approx((0.9 + 0.6 + 0.8 + 0.7) / 4)


def test_unanswerable_questions_are_reported_on_their_own(tiny):
    methods = evaluate(tiny, scaled(2.0))["methods"]
    assert methods[RAW]["unanswerable"] == {"n": 1, "mean_confidence": pytest.approx(0.8)}
    assert methods["temperature"]["unanswerable"] == {"n": 1, "mean_confidence": pytest.approx(2 / 3)}


def test_without_unanswerable_questions_nothing_is_said_of_them(known):
    assert all(method["unanswerable"] is None for method in known[1]["methods"].values())


def test_subjects_are_those_of_the_graded_questions(tiny):
    subjects = evaluate(tiny, scaled(1.0))["methods"][RAW]["subjects"]
    assert [(subject["subject"], subject["n"], subject["accuracy"]["value"]) for subject in subjects] == [
        ("x", 2, 1.0),
        ("y", 2, 0.0),
    ]


def test_whole_groups_are_drawn(tiny):
    # Group a is right, group b is wrong: a resample has both, or only one of them.
    accuracy = evaluate(tiny, scaled(1.0))["methods"][RAW]["metrics"]["accuracy"]
    assert (accuracy["low"], accuracy["high"]) == (0.0, 1.0)


def test_the_most_confident_errors_come_first(tiny):
    errors = evaluate(tiny, scaled(2.0))["confident_errors"]
    assert [(error["id"], error["subject"]) for error in errors] == [("q0002", "y"), ("q0003", "y")]
    assert errors[0] == {
        "id": "q0002",
        "subject": "y",
        "question": "Question 2?",
        "answer": "option 0",
        "right": "option 1",
        "confidence": pytest.approx(0.8),
        "calibrated": pytest.approx(2 / 3),
    }


def test_ten_errors_at_most(known):
    errors = known[1]["confident_errors"]
    confidence = [error["confidence"] for error in errors]
    assert len(errors) == 10
    assert confidence == sorted(confidence, reverse=True)


def test_ties_are_counted_and_the_first_option_is_taken():
    readouts = make_readouts([[0.0, 0.0], [0.0, 1.0, 1.0], [2.0, 0.0]], [0, 2, 0], ["test"] * 3)
    evaluation = evaluate(readouts, scaled(1.0))
    assert evaluation["n_ties"] == 2
    assert evaluation["methods"][RAW]["metrics"]["accuracy"]["value"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(("right", "word"), [(0, "right"), (1, "wrong")])
def test_one_class_is_null_and_still_a_page(right, word):
    readouts = make_readouts([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]], [right] * 3, ["test"] * 3)
    evaluation = evaluate(readouts, scaled(2.0))
    assert evaluation["methods"][RAW]["metrics"]["auroc"]["value"] is None
    json.dumps(evaluation, allow_nan=False)
    assert f"all answers are {word}, so none can be ranked" in render_report(evaluation)


def test_one_question_is_enough_for_a_page():
    evaluation = evaluate(make_readouts([[1.0, 0.0]], [0], ["test"]), scaled(2.0))
    assert evaluation["n"] == 1
    render_report(evaluation)


def test_settings_stand_in_the_evaluation_and_are_respected(tiny):
    settings = EvaluationSettings(n_bins=5, strategy="quantile", edges="left", n_boot=20, level=0.8, n_draws=30, seed=4)
    evaluation = evaluate(tiny, scaled(1.0), settings)
    assert evaluation["settings"] == {
        "n_bins": 5,
        "strategy": "quantile",
        "edges": "left",
        "n_boot": 20,
        "level": 0.8,
        "n_draws": 30,
        "seed": 4,
        "norm": "l1",
        "log_loss_eps": 1e-15,
    }
    assert evaluation["methods"][RAW]["other_edges"]["edges"] == "right"


def test_the_choice_of_readout_is_told():
    logits, right = draw_logits(6)
    auto = evaluate(make_readouts(logits, right, ["test"] * 6, requested="auto"), scaled(1.0))["readout"]
    assert auto == {
        "kind": "cloze",
        "requested": "auto",
        "choice": {"letter": 0.25, "cloze": 0.5, "n": 0},
        "label_mass": None,
    }
    letter = evaluate(make_readouts(logits, right, ["test"] * 6, kind="letter"), scaled(1.0))["readout"]
    assert letter == {"kind": "letter", "requested": "letter", "choice": None, "label_mass": 0.5}


def test_where_it_comes_from_is_told(known):
    provenance = known[1]["provenance"]
    assert provenance["model"]["name"] == "made up"
    assert provenance["splits"] == {"train": 500, "calibration": 500, "test": 500}
    assert provenance["fitted_on"] == 1000
    assert provenance["template"] == {"text": "{{ question }}", "sha256": "t"}
    assert provenance["command"] == "calibrant"


def test_no_answered_test_question():
    readouts = make_readouts([[0.0, 1.0]] * 2, [None, 0], ["test", "train"])
    with pytest.raises(InputError, match="the test part holds no answered questions"):
        evaluate(readouts, scaled(1.0))


def test_answers_that_a_map_changed_are_counted_where_they_are_measured():
    # A second option within 2 of the first becomes the answer: of four measured, and of two that nobody can grade.
    scaling = VectorScaling()
    scaling.weights_, scaling.intercepts_, scaling.converged_ = np.eye(2), np.array([0.0, 2.0]), True
    artifact = Artifact({"vector": scaling, **scaled(2.0).maps}, "vector")
    readouts = make_readouts(
        [[1.0, 0.0], [3.0, 0.0], [0.0, 1.0], [1.5, 0.0], [1.0, 0.0], [1.0, 0.0]],
        [0, 0, 1, 1, None, None],
        ["test"] * 6,
        answerable=[True, True, True, True, False, True],
    )
    evaluation = evaluate(readouts, artifact)
    methods = evaluation["methods"]
    assert {name: method["n_changed"] for name, method in methods.items()} == {"raw": 0, "vector": 2, "temperature": 0}
    # Of the two that it changed, one was right before and the other is now.
    assert methods["vector"]["metrics"]["accuracy"]["value"] == methods[RAW]["metrics"]["accuracy"]["value"] == 0.75
    assert "Vector scaling changed 2 of 4 answers. Each method is" in " ".join(render_report(evaluation).split())
