import io

import pytest
from rich.console import Console
from tests.evaluation._made_answers import made_answers, population, row

from calibrant.cli.signals import print_signals
from calibrant.evaluation import EvaluationSettings, evaluate_answers

QUICK = EvaluationSettings(n_boot=20, n_draws=10)


def show(evaluation, width=100):
    out = io.StringIO()
    print_signals(evaluation, Console(file=out, width=width, highlight=False))
    return out.getvalue()


@pytest.fixture(scope="module")
def evaluation():
    return evaluate_answers(population(n=520), settings=QUICK, quiet=True)


def test_a_row_a_signal_and_the_chosen_one_marked(evaluation):
    lines = show(evaluation).splitlines()
    likelihood = next(line for line in lines if line.startswith("* likelihood"))
    found = evaluation["signals"]["likelihood"]
    assert likelihood.split()[2:5] == ["208", "50.0", f"{found['raw']['auroc']['value']:.3f}"]
    assert likelihood.split()[-1] == "0"
    assert any(line.startswith("  consistency") and line.split()[-1] == "6" for line in lines)


def test_what_is_missing_and_not_measured_has_a_line_and_the_verdict_comes_last(evaluation):
    text = " ".join(show(evaluation).split())
    assert "Not measurable: stated-tian-1s-1: 156 of 208 test answers have it, and 80 % must." in text
    assert "Missing: 52 x not read: no confidence: stated-tian-1s-1." in text
    assert text.endswith(evaluation["verdict"]["sentence"])


def test_where_nothing_is_measured_there_is_no_table():
    text = show(evaluate_answers(made_answers([row(True, said="[b]\x1b"), row(False)]), settings=QUICK, quiet=True))
    assert "AUROC" not in text
    assert "Not measurable: likelihood" in text


def test_answers_that_are_wrong_for_a_cause_are_counted():
    text = show(evaluate_answers(made_answers([row(True, said=""), row(True)]), settings=QUICK, quiet=True))
    assert "Counted as wrong: 1 empty." in text


@pytest.mark.parametrize("width", [60, 80])
def test_no_line_is_wider_than_the_terminal(evaluation, width):
    assert max(len(line) for line in show(evaluation, width).splitlines()) <= width
