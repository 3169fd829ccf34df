import copy

import pytest
from tests.evaluation._made_answers import made_answers, population, row
from tests.report.test_html import Page

from calibrant.evaluation import EvaluationSettings, evaluate_answers
from calibrant.exceptions import InputError, OutputError
from calibrant.report import render_answers, write_answers

QUICK = EvaluationSettings(n_boot=20, n_draws=10)


@pytest.fixture(scope="module")
def example():
    made = {"versions": {"numpy": "2"}, "command": "calibrant evaluate <folder>", "seconds": 2.0}
    return evaluate_answers(population(n=520), settings=QUICK, provenance=made, quiet=True)


@pytest.fixture(scope="module")
def page(example):
    return Page(render_answers(example))


def test_sections_in_order(page):
    assert [text for level, text in page.headings if level < 3] == [
        "made on made",
        "Which signal tells right from wrong, and at what cost?",
        "How the signal was chosen",
        "Can the number be believed?",
        "What was said, and what is missing",
        "The most confident wrong answers",
        "How this page was made",
    ]


def test_it_says_the_verdict_the_command_and_who_was_chosen(example, page):
    assert example["verdict"]["sentence"] in page.text.replace("\xa0", " ")
    assert "calibrant evaluate <folder>" in page.text
    assert "likelihood chosen" in page.text
    assert "Samples sorted by" in page.text


def test_every_measured_signal_stands_with_its_numbers(example, page):
    for name, found in example["signals"].items():
        if found["raw"] is None:
            continue
        assert name in page.text
        auroc = found["raw"]["auroc"]
        assert f"{auroc['low']:.3f} to {auroc['high']:.3f}" in page.text
        assert f"{found['mapped']['log_loss']['value']:.3f}" in page.text


def test_what_is_not_measured_and_what_is_missing_have_their_reasons(example, page):
    assert example["signals"]["stated-tian-1s-1"]["reason"] in page.text.replace("\xa0", " ")
    assert "not read: no confidence" in page.text
    assert "it says the same of every answer" in page.text


def test_a_diagram_for_each_of_the_best_three_and_a_forest(example, page):
    labels = [label for label in page.values("aria-label") if label]
    drawn = [label for label in labels if label.startswith("Reliability diagram of ")]
    assert [label.split()[3] for label in drawn] == example["drawn"]
    assert len(drawn) == 3
    [forest] = [label for label in labels if label.startswith("AUROC of each signal")]
    assert "p-true 0.500" in forest


def test_nothing_is_fetched_and_ids_are_unique(page):
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "http" not in page.html.replace("http://www.w3.org", "")
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert "nan" not in page.text.lower().split()


def test_equal_evaluations_give_equal_bytes(example):
    assert render_answers(example) == render_answers(copy.deepcopy(example))


def test_what_a_model_said_is_shown_as_text():
    rows = [row(i % 2, likelihood=0.1 + 0.8 * (i % 2), split="train") for i in range(60)]
    rows += [row(False, said="<b>no\x00</b> {{ 7 }}", likelihood=0.95)]
    html = render_answers(evaluate_answers(made_answers(rows), settings=QUICK, quiet=True))
    assert "&lt;b&gt;no &lt;/b&gt; {{ 7 }}" in html


def test_a_page_where_nothing_can_be_measured():
    page = Page(render_answers(evaluate_answers(made_answers([row(True), row(False)]), settings=QUICK, quiet=True)))
    assert "Can the number be believed?" not in page.text
    assert "Not measurable" in page.text
    assert "1 right and 1 wrong test answers, and 100 and 100 are needed" in page.text
    assert "Every signal is there for every graded answer." in page.text


def test_written_whole_or_not_at_all(example, tmp_path):
    assert write_answers(example, tmp_path / "deep" / "page.html").read_text(encoding="utf-8")[:9] == "<!doctype"
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        write_answers(example, tmp_path / "file" / "page.html")
    with pytest.raises(InputError, match="'verdict'"):
        write_answers({key: value for key, value in example.items() if key != "verdict"}, tmp_path / "p.html")
    assert not (tmp_path / "p.html").exists()
