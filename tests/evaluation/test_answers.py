import json
from dataclasses import replace

import numpy as np
import pytest
from tests.evaluation._made_answers import made_answers, population, row

from calibrant.data import Question
from calibrant.evaluation import EvaluationSettings, evaluate_answers, read_answers_evaluation
from calibrant.exceptions import InputError
from calibrant.metrics import auroc, brier_score

QUICK = EvaluationSettings(n_boot=40, n_draws=20)


@pytest.fixture(scope="module")
def answers():
    return population(520)


@pytest.fixture(scope="module")
def evaluation(answers):
    return evaluate_answers(answers, settings=QUICK, quiet=True)


def test_it_is_what_json_can_hold_and_is_read_back(evaluation):
    again = json.loads(json.dumps(evaluation, allow_nan=False))
    assert again == evaluation
    record = read_answers_evaluation(again)
    assert record.signals["likelihood"].raw.auroc.value == evaluation["signals"]["likelihood"]["raw"]["auroc"]["value"]


def test_the_numbers_are_those_of_the_test_part_alone(answers, evaluation):
    rows = answers.rows("test")
    right = np.array([answers.texts()[i] == "yes" for i in rows], dtype=float)
    likelihood = np.exp([answers.token_logprobs()[i][0] for i in rows])
    found = evaluation["signals"]["likelihood"]
    assert (evaluation["n"], found["n"], found["n_right"]) == (208, 208, 104)
    assert found["raw"]["auroc"]["value"] == pytest.approx(auroc(right, likelihood))
    assert found["raw"]["brier_score"]["value"] == pytest.approx(brier_score(right, likelihood))
    assert found["accuracy"]["value"] == 0.5


def test_the_telling_signal_is_chosen_and_named(evaluation):
    assert evaluation["chosen"] == "likelihood"
    assert evaluation["verdict"]["sentence"].startswith(
        "Use likelihood, which costs nothing besides the answer: on 208"
    )
    assert evaluation["choice"]["n"] == evaluation["n_fitted"] == 312
    assert evaluation["choice"]["log_loss"]["likelihood"]["mean"] < evaluation["choice"]["base"]["mean"]


def test_a_constant_signal_tells_nothing_and_is_left_out(evaluation):
    found = evaluation["signals"]["p-true"]
    assert found["raw"]["auroc"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert evaluation["choice"]["left_out"]["p-true"] == "it says the same of every answer"
    assert found["cost"] == {"readings": 2, "replies": 0, "passes": 2}


def test_a_signal_with_gaps_is_not_measured_and_says_why(evaluation):
    found = evaluation["signals"]["stated-tian-1s-1"]
    assert found["raw"] is found["mapped"] is found["accuracy"] is found["difference"] is None
    assert found["reason"] == "156 of 208 test answers have it, and 80 % must"
    assert found["missing"] == {"not read: no confidence": 52}
    assert found["own_guess"]


def test_the_others_are_compared_with_the_cheapest(evaluation):
    assert evaluation["compared_with"] == "likelihood"
    assert evaluation["signals"]["likelihood"]["difference"] is None
    found = evaluation["signals"]["consistency"]
    expected = found["raw"]["auroc"]["value"] - evaluation["signals"]["likelihood"]["raw"]["auroc"]["value"]
    assert found["difference"]["value"] == pytest.approx(expected)
    assert found["difference"]["high"] < 0


def test_the_errors_are_the_wrong_answers_of_highest_signal(answers, evaluation):
    found = evaluation["confident_errors"]
    test = set(answers.rows("test"))
    wrong = [i for i in test if answers.texts()[i] == "no"]
    expected = sorted((float(np.exp(answers.token_logprobs()[i][0])) for i in wrong), reverse=True)[:10]
    assert [error["confidence"] for error in found] == pytest.approx(expected)
    assert {(error["answer"], error["right"]) for error in found} == {("no", "yes")}


def test_the_test_part_has_no_say_in_the_choice_or_the_maps(answers, evaluation):
    rows = answers.table.to_pylist()
    for own in rows:
        if own["split"] == "test":
            own["logprobs"] = [np.log(0.5)]
            own["answer"] = "yes" if own["answer"] == "no" else "no"
    changed = replace(answers, table=made_answers(rows, list(answers.questions)).table)
    other = evaluate_answers(changed, settings=QUICK, quiet=True)
    assert other["choice"] == evaluation["choice"]
    for name, found in other["signals"].items():
        assert found["map"] == evaluation["signals"][name]["map"]


@pytest.mark.parametrize(("n_right", "measured"), [(99, False), (100, True), (200, True), (201, False)])
def test_from_a_hundred_right_and_a_hundred_wrong_on(n_right, measured):
    rows = [row(i < n_right, likelihood=0.2 + 0.002 * i) for i in range(300)]
    rows += [row(i % 2, likelihood=0.3 + 0.01 * i, split="train") for i in range(30)]
    found = evaluate_answers(made_answers(rows), settings=QUICK, quiet=True)["signals"]["likelihood"]
    assert (found["raw"] is not None) == measured
    if not measured:
        assert found["reason"] == (
            f"{n_right} right and {300 - n_right} wrong test answers, and 100 and 100 are needed"
        )


def test_without_answers_to_fit_on_there_is_no_map_and_the_reason_is_told():
    rows = [row(i % 2, likelihood=0.2 + 0.002 * i) for i in range(240)]
    rows += [row(i % 2, likelihood=0.3 + 0.01 * i, split="train") for i in range(24)]
    evaluation = evaluate_answers(made_answers(rows), settings=QUICK, quiet=True)
    found = evaluation["signals"]["likelihood"]
    assert found["raw"]["auroc"]["value"] is not None
    assert found["mapped"] is found["map"]["name"] is None
    assert "at least 25 graded answers; got 24" in found["map"]["reason"]
    assert evaluation["chosen"] is None
    assert evaluation["verdict"]["sentence"].startswith("No signal could be chosen")
    assert (evaluation["drawn"], evaluation["confident_errors"]) == ([], [])
    read_answers_evaluation(evaluation)


def test_a_chosen_signal_that_the_test_part_cannot_measure_is_said_so():
    rows = [row(i % 2, likelihood=0.9 if i % 2 else 0.1 + 0.001 * i, split="train") for i in range(100)]
    rows += [row(i % 2, likelihood=0.5) for i in range(20)]
    evaluation = evaluate_answers(made_answers(rows), settings=QUICK, quiet=True)
    assert evaluation["chosen"] is not None
    assert "the test part cannot say how well it does: 10 right and 10 wrong" in evaluation["verdict"]["sentence"]
    read_answers_evaluation(evaluation)


def test_questions_without_an_answer_are_counted_and_count_in_nothing():
    labelled = [Question(id=f"q{i}", question="Is it?", answer=("yes",)) for i in range(10)]
    other = [Question(id="u", question="Is it?", answerable=False), Question(id="x", question="Is it?")]
    rows = [row(i % 2) for i in range(12)]
    evaluation = evaluate_answers(made_answers(rows, labelled + other), settings=QUICK, quiet=True)
    assert (evaluation["n"], evaluation["n_unanswerable"], evaluation["n_unlabelled"]) == (10, 1, 1)
    assert evaluation["signals"]["likelihood"]["n"] == evaluation["grading"]["n"] == 10
    assert evaluation["signals"]["likelihood"]["missing"] == {}


def test_a_folder_that_cannot_be_measured_is_refused():
    with pytest.raises(InputError, match="made: the test part holds no question with a known answer"):
        evaluate_answers(made_answers([row(True, split="train")]), quiet=True)
    with pytest.raises(InputError, match="rule must be auto or one of"):
        evaluate_answers(made_answers([row(True)]), rule="best", quiet=True)
