import numpy as np
from tests.evaluation._made_answers import made_answers, row

from calibrant.data import Question
from calibrant.evaluation._answers_detail import confident_errors, grading_of, provenance_of
from calibrant.evaluation._signal_rows import read_signals
from calibrant.grading import grade_answers


def test_grades_and_their_causes_are_those_of_the_rows_given():
    rows = [row(True), row(False), row(True, said=""), row(True, said="I don't know."), row(True, error="timeout")]
    graded = grade_answers(made_answers(rows))
    assert grading_of(graded, "auto", range(5)) == {
        "rule": "auto",
        "n": 4,
        "n_right": 1,
        "wrong": {"empty": 1, "refusal": 1},
        "ungraded": {"timeout": 1},
    }
    assert grading_of(graded, "auto", [0, 1])["wrong"] == {}


def test_errors_of_a_stated_guess_show_the_guess():
    answers = made_answers(
        [row(True, stated="Guess: no\nProbability: 0.9"), row(True, stated="Guess: yes\nProbability: 1.0")]
    )
    signal = {own.name: own for own in read_signals(answers, grade_answers(answers))}["stated-tian-1s-1"]
    [error] = confident_errors(answers, signal, [0, 1], None)
    assert (error["answer"], error["right"], error["confidence"], error["calibrated"]) == ("no", "yes", 0.9, None)


def test_the_surest_ten_come_first_and_the_right_option_is_shown_in_its_words():
    questions = [Question(id=f"q{i}", question="Which?", choices=("yes", "no"), answer=0) for i in range(12)]
    rows = [row(False, said="B", likelihood=0.1 + 0.05 * i) for i in range(12)]
    answers = made_answers(rows, questions)
    signal = read_signals(answers, grade_answers(answers))[0]
    errors = confident_errors(answers, signal, range(12), None)
    np.testing.assert_allclose([error["confidence"] for error in errors], [0.65 - 0.05 * i for i in range(10)])
    assert {error["right"] for error in errors} == {"yes"}


def test_without_a_wrong_answer_there_is_none():
    answers = made_answers([row(True)])
    assert confident_errors(answers, read_signals(answers, grade_answers(answers))[0], [0], None) == []


def test_the_making_is_told_as_the_folder_tells_it():
    made = provenance_of(made_answers([row(True)]))
    assert made["model"]["name"] == "made"
    assert made["asked"] == {"max_tokens": 8, "samples": 3, "temperature": 1.0, "stated": ["tian-1s-1"]}
    assert (made["seed"], made["examples"], made["asking_seconds"]) == (3, 0, 12.0)
