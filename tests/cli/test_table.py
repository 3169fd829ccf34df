import io
import json

import pytest
from rich.console import Console

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


def test_an_undefined_number_is_a_dash(evaluation):
    for method in evaluation["methods"].values():
        method["metrics"]["auroc"] = {"value": None, "low": None, "high": None}
    lines = printed(evaluation).splitlines()
    assert sum(" – " in line for line in lines) == len(evaluation["methods"])


def test_a_table_fits_a_narrow_terminal(evaluation):
    assert max(len(line) for line in printed(evaluation, width=80).splitlines()) <= 80
