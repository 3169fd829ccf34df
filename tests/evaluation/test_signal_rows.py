import numpy as np
import pytest
from tests.evaluation._made_answers import made_answers, row

from calibrant.data import Question
from calibrant.evaluation._signal_rows import read_signals
from calibrant.grading import grade_answers


def read(rows, questions=None, rule="auto"):
    answers = made_answers(rows, questions)
    return {signal.name: signal for signal in read_signals(answers, grade_answers(answers, rule), rule)}


def test_each_signal_is_read_beside_the_grade_of_the_answer():
    found = read([row(True, likelihood=0.9, p_true=0.7), row(False, likelihood=0.2, p_true=0.1)])
    for name, values in {"likelihood": [0.9, 0.2], "p-true": [0.7, 0.1]}.items():
        np.testing.assert_allclose(found[name].confidence, values)
        assert found[name].correct.tolist() == [1, 0]
        assert found[name].causes == (None, None)
        assert (found[name].own_guess, found[name].is_probability) == (False, True)
    assert not found["mean-likelihood"].is_probability


def test_a_stated_confidence_is_held_against_its_own_guess():
    said = ["Guess: yes\nProbability: 0.8", "Guess: yes\nProbability: 0.6"]
    found = read([row(True, stated=said[0]), row(False, stated=said[1])])["stated-tian-1s-1"]
    assert found.correct.tolist() == [1, 1]
    np.testing.assert_allclose(found.confidence, [0.8, 0.6])
    assert (found.own_guess, found.is_probability) == (True, True)


def test_every_cause_is_named_and_counted():
    questions = [Question(id=f"q{i}", question="Is it?", answer=("yes",)) for i in range(5)]
    questions.append(Question(id="q5", question="Is it?"))
    rows = [
        row(True, p_true=0.9, stated="Guess: yes\nProbability: 0.9"),
        row(True, error="connection lost", p_true="no answer", stated="Guess: yes\nProbability: 0.9"),
        row(True, p_true="no letter probabilities", stated="Guess: yes"),
        row(True, likelihood=None, p_true=0.9, stated="Probability: 0.9"),
        row(True, p_true=0.9, stated="Guess: yes\nProbability: 170"),
        row(True, p_true=0.9, stated="Guess: yes\nProbability: 0.9"),
    ]
    found = read(rows, questions)
    assert found["likelihood"].missing(range(6)) == {"connection lost": 1, "not told": 1, "unlabelled": 1}
    assert found["p-true"].missing(range(6)) == {"connection lost": 1, "no letter probabilities": 1, "unlabelled": 1}
    stated = found["stated-tian-1s-1"]
    assert stated.missing([0, 1]) == {}
    assert [cause and cause.partition(":")[0] for cause in stated.causes] == [
        None,
        None,
        "not read",
        "not read",
        "not read",
        "unlabelled",
    ]
    assert stated.causes[3] == "not read: no guess"
    assert stated.causes[2] == "not read: no confidence"


def test_what_was_asked_for_and_never_came_is_there_with_its_cause():
    found = read([row(right, p_true="no letter probabilities", stated="No.") for right in (True, False)])
    assert found["p-true"].missing([0, 1]) == {"no letter probabilities": 2}
    assert sum(found["stated-tian-1s-1"].missing([0, 1]).values()) == 2
    assert not (found["p-true"].known | found["stated-tian-1s-1"].known).any()


def test_a_reply_that_did_not_come_has_its_own_cause():
    rows = [row(True, stated="Guess: yes\nProbability: 0.9"), row(True, stated="")]
    rows[1]["stated"][0] |= {"texts": [], "finish": "error", "error": "timeout"}
    assert read(rows)["stated-tian-1s-1"].causes == (None, "timeout")


def test_an_empty_answer_and_a_refusal_are_wrong_and_not_missing():
    found = read([row(True, said=""), row(True, said="I don't know."), row(True)])["likelihood"]
    assert found.correct.tolist() == [0, 0, 1]
    assert found.causes == (None, None, None)


def test_the_rule_holds_for_guesses_too():
    rows = [row(True, said="yes it is", stated="Guess: yes it is\nProbability: 0.9")]
    for rule, grade in (("exact", 0), ("contains", 1)):
        found = read(rows, rule=rule)
        assert found["likelihood"].correct.tolist() == found["stated-tian-1s-1"].correct.tolist() == [grade]


def test_costs_are_those_of_the_signal():
    found = read([row(True, p_true=0.5, samples=["yes", "no"]), row(False, p_true=0.5, samples=["no", "no"])])
    assert found["likelihood"].cost == (0, 0, 0)
    assert found["p-true"].cost == (2, 0, 2)
    assert found["consistency"].cost == pytest.approx((0, 2, 4))
