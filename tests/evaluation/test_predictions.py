import json

import numpy as np
import pytest

from calibrant.evaluation import Answers, EvaluationSettings, compare_methods, evaluate_predictions, read_evaluation
from calibrant.exceptions import InputError
from calibrant.predictions import InMemory, Predictions
from calibrant.report import render_report

FEW = EvaluationSettings(n_boot=60, n_draws=100)


def evaluate(predictions, **options):
    source = InMemory(predictions, name="answers.csv")
    return evaluate_predictions(source, settings=FEW, quiet=True, **options)


def drawn(n=200, seed=0, **columns):
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.4, 1, n)
    return Predictions((rng.random(n) < confidence - 0.2).astype(float), confidence, **columns)


def test_the_numbers_are_those_of_the_panel():
    rows = drawn()
    groups, subjects = [str(i) for i in range(200)], [""] * 200
    answers = {"raw": Answers(rows.correct, rows.confidence)}
    expected = compare_methods(answers, groups=groups, subjects=subjects, reference="raw", settings=FEW, quiet=True)[0]
    found = evaluate(rows)
    assert found["methods"]["raw"]["metrics"] == expected["raw"]["metrics"]
    assert found["methods"]["raw"]["noise_floor"] == expected["raw"]["noise_floor"]
    assert found["chosen"] == "raw"


def test_json_holds_it_and_the_page_can_be_written():
    found = evaluate(drawn(id=[f"q{i}" for i in range(200)], subject=["a", "b"] * 100))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert read_evaluation(found).n == 200
    assert "answers.csv" in render_report(found)


def test_what_cannot_be_measured_is_counted_and_left_out():
    correct = np.array([1, np.nan, 0, 1, np.nan])
    confidence = np.array([0.9, 0.8, np.nan, 0.6, np.nan])
    found = evaluate(Predictions(correct, confidence))
    assert [found[key] for key in ("n", "n_ungraded", "n_unparsed")] == [2, 2, 1]
    assert found["methods"]["raw"]["metrics"]["accuracy"]["value"] == 1.0
    assert found["methods"]["raw"]["metrics"]["mean_confidence"]["value"] == pytest.approx(0.75)


def test_nothing_to_measure():
    rows = Predictions(np.array([1, np.nan]), np.array([np.nan, 0.5]))
    with pytest.raises(
        InputError, match=r"^answers.csv: no answer is both .* of 2 rows 1 are graded and 1 have a confidence"
    ):
        evaluate(rows)


def test_the_sentence_speaks_of_no_map():
    sentence = evaluate(drawn())["verdict"]["sentence"]
    assert "Over all 200 answers its calibration error is" in sentence
    assert "map" not in sentence


def test_whole_groups_are_drawn():
    one = drawn(60)
    copies = Predictions(np.tile(one.correct, 5), np.tile(one.confidence, 5), group=[str(i) for i in range(60)] * 5)
    grouped, alone = (evaluate(rows)["methods"]["raw"]["metrics"]["accuracy"] for rows in (copies, one))
    assert grouped["high"] - grouped["low"] == pytest.approx(alone["high"] - alone["low"], rel=0.15)


def test_subjects_only_where_there_are_some():
    assert evaluate(drawn())["methods"]["raw"]["subjects"] == []
    subjects = evaluate(drawn(subject=["a", "b"] * 100))["methods"]["raw"]["subjects"]
    assert [(subject["subject"], subject["n"]) for subject in subjects] == [("a", 100), ("b", 100)]


def test_classes_by_hand():
    probs = [np.array([0.5, 0.25, 0.25]), np.array([0.5, 0.5, 0.0]), np.array([1.0, 0.0])]
    rows = Predictions(
        np.array([1.0, 0, 0]), np.array([0.5, 0.5, 1.0]), probs=probs, label=np.array([0, 1, 1]), id=["a", "b", "c"]
    )
    classes = evaluate(rows)["methods"]["raw"]["classes"]
    assert classes["n_options"] == [2, 3]
    assert classes["n_zero_mass"] == 1
    assert classes["brier_score"]["value"] == pytest.approx((0.375 + 0.5 + 2) / 3)
    assert classes["log_loss"]["value"] == pytest.approx((2 * np.log(2) - np.log(1e-15)) / 3)
    assert classes["classwise_calibration_error"] is None


def test_the_most_confident_errors_are_named():
    rows = Predictions(np.array([0, 1, 0.0]), np.array([0.7, 0.9, 0.8]), id=["low", "right", "high"])
    assert [error["id"] for error in evaluate(rows)["confident_errors"]] == ["high", "low"]
    assert evaluate(drawn())["confident_errors"] == []


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_one_class_and_one_row(right):
    found = evaluate(Predictions(np.array([right]), np.array([0.8])))
    assert found["methods"]["raw"]["metrics"]["auroc"]["value"] is None
    render_report(found)
