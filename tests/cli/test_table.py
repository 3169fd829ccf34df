import io
import json

import pytest
from rich.console import Console
from tests.report._example import degenerate_evaluation, predictions_evaluation

from calibrant.cli.table import print_evaluation


@pytest.fixture
def evaluation(audited):
    return json.loads((audited / "evaluation.json").read_text(encoding="utf-8"))


def printed(evaluation, width=120):
    console = Console(file=io.StringIO(), width=width)
    print_evaluation(evaluation, console)
    return console.file.getvalue()


def test_every_method_has_its_numbers_and_ranges(evaluation):
    lines = printed(evaluation).splitlines()
    for name, method in evaluation["methods"].items():
        place = next(i for i, line in enumerate(lines) if method["label"] in line)
        loss, floor = method["metrics"]["log_loss"], method["noise_floor"]
        assert lines[place].startswith("* " if name == evaluation["chosen"] else "  ")
        assert f"{loss['value']:.3f}" in lines[place]
        assert f"{100 * method['metrics']['accuracy']['value']:.1f}" in lines[place]
        assert f"{loss['low']:.2f}–{loss['high']:.2f}" in lines[place + 1]
        assert f"≤ {100 * floor['limit']:.1f}" in lines[place + 1]


def test_the_verdict_comes_last_but_for_the_unanswerable(evaluation):
    for method in evaluation["methods"].values():
        method["unanswerable"]["n"] = 7
    out = " ".join(printed(evaluation).split())
    assert f"{evaluation['verdict']['sentence']} On 7 questions that have no answer it claims" in out


def test_one_question_without_an_answer_is_one_question(evaluation):
    for method in evaluation["methods"].values():
        method["unanswerable"]["n"] = 1
    assert "On 1 question that has no answer it claims" in " ".join(printed(evaluation).split())


def test_a_map_that_changed_answers_is_named(evaluation):
    assert "changed" not in printed(evaluation)
    evaluation["methods"]["platt"]["n_changed"] = 3
    assert f"Platt scaling changed 3 of {evaluation['n']} answers." in printed(evaluation)


def test_an_undefined_number_is_a_dash(evaluation):
    for method in evaluation["methods"].values():
        method["metrics"]["auroc"] = {"value": None, "low": None, "high": None}
    lines = printed(evaluation).splitlines()
    assert sum(" – " in line for line in lines) == len(evaluation["methods"])


def test_a_table_fits_a_narrow_terminal(evaluation):
    assert max(len(line) for line in printed(evaluation, width=80).splitlines()) <= 80


def test_a_file_of_predictions():
    out = printed(predictions_evaluation())
    assert out.startswith("answers.csv: 468 answers")
    assert "*" not in out
    assert out.index("Note: All 468 confidences") < out.index("When this model is 90 % sure")
    assert "left out 4 that could not be graded and 2 whose confidence could not be read" in " ".join(out.split())


def test_what_is_undefined_has_no_range():
    out = printed(degenerate_evaluation())
    assert "answers.csv: 3 answers" in out
    assert "––" not in out
    assert "≤" not in out
    assert "bootstrap" not in out


def test_text_of_a_file_is_neither_markup_nor_steers_the_terminal():
    evaluation = predictions_evaluation()
    evaluation["provenance"]["data"]["source"] = "[red]a[/b].csv"
    evaluation["methods"]["raw"]["label"] = "[bold]p[/x]"
    evaluation["notes"] = ["[/red]\x1b[2J :smile:"]
    out = printed(evaluation)
    assert "b].csv: 468 answers" in out
    assert "[bold]p[/x]" in out
    assert "[/red]" in out
    assert ":smile:" in out
    assert "\x1b" not in out
