import copy

import pytest
from tests.evaluation._made_answers import population

from calibrant.evaluation import EvaluationSettings, evaluate_answers, read_answers_evaluation
from calibrant.report._answers_text import cost_text, summarize_answers


@pytest.fixture(scope="module")
def example():
    return evaluate_answers(population(n=520), settings=EvaluationSettings(n_boot=20, n_draws=10), quiet=True)


def changed(example, change):
    content = copy.deepcopy(example)
    change(content)
    return read_answers_evaluation(content)


def test_rows_are_the_cheapest_first_and_a_score_has_no_raw_log_loss(example):
    said = summarize_answers(read_answers_evaluation(example))
    rows = {row["name"]: row for row in said["raw"]}
    assert next(iter(rows)) == "likelihood"
    assert rows["likelihood"]["chosen"]
    assert rows["likelihood"]["cells"][4]["value"] != "–"
    assert rows["mean-likelihood"]["cells"][4]["value"] == rows["mean-likelihood"]["cells"][5]["value"] == "–"
    assert (rows["mean-likelihood"]["kind"], rows["consistency"]["replies"]) == ("score", "3 replies")


def test_a_signal_without_a_map_says_why(example):
    def change(content):
        found = content["signals"]["consistency"]
        found["mapped"] = None
        found["map"] = {"name": None, "label": None, "n": 0, "log_loss": None, "reason": "too few"}
        content["drawn"] = []

    [row] = [row for row in summarize_answers(changed(example, change))["mapped"] if row["name"] == "consistency"]
    assert (row["cells"], row["reason"], row["map"]) == ([], "too few", "–")


def test_grades_name_their_causes(example):
    record = changed(example, lambda content: content["grading"].update(wrong={"empty": 2}, ungraded={"timeout": 1}))
    assert summarize_answers(record)["grades"][2:] == [["Wrong: empty", "2"], ["Not graded: timeout", "1"]]


def test_the_choice_lists_the_best_first_with_the_share_of_right_answers_last(example):
    rows = summarize_answers(read_answers_evaluation(example))["choice"]["rows"]
    losses = [float(row[1]) for row in rows[:-1]]
    assert losses == sorted(losses)
    assert rows[-1][:2] == ["the share of right answers alone", "0.693"]


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        ({"readings": 0, "replies": 0, "passes": 0}, "0"),
        ({"readings": 2, "replies": 0, "passes": 2}, "2"),
        ({"readings": 0, "replies": 0.5, "passes": 0.25}, "0.2"),
        ({"readings": 0, "replies": 5, "passes": 1234.4}, "1,234"),
        ({"readings": 0, "replies": 1, "passes": None}, "1 reply"),
    ],
)
def test_costs(example, cost, said):
    record = changed(example, lambda content: content["signals"]["p-true"].update(cost=cost))
    assert cost_text(record.signals["p-true"]) == said


def test_what_was_left_out_and_how_it_was_asked(example):
    record = changed(example, lambda content: content.update(n_unanswerable=3))
    made = dict(summarize_answers(record)["made"])
    assert made["Left out"] == "3 without an answer that is right; 0 not labelled"
    assert made["Asked for"] == "answers of at most 8 tokens, 3 samples at temperature 1, stated confidence: tian-1s-1"
    assert made["Time"] == "asking 12 s"
