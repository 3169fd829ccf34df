import copy

import numpy as np
import pytest
from tests.report.test_html import Page

from calibrant.evaluation import EvaluationSettings, compare_predictions
from calibrant.exceptions import InputError, OutputError
from calibrant.predictions import Predictions
from calibrant.report import render_comparison, write_comparison


def make(names):
    rng = np.random.default_rng(0)
    files = {}
    for name in names:
        truth = rng.uniform(0.1, 0.9, 80)
        files[name] = Predictions((rng.random(80) < truth).astype(float), truth)
    made = {"versions": {"numpy": "2"}, "command": "calibrant compare a b", "seconds": 2.0}
    return compare_predictions(files, settings=EvaluationSettings(n_boot=50, n_draws=10), provenance=made, quiet=True)


@pytest.fixture(scope="module")
def example():
    return make(["A", "<b>&", "C"])


@pytest.fixture(scope="module")
def page(example):
    return Page(render_comparison(example))


def test_sections_in_order(page):
    assert [text for level, text in page.headings if level < 3] == [
        "A, <b>& and C compared",
        "Each method on the same questions",
        "What is shown to differ",
        "Does each know how sure to be?",
        "How this page was made",
    ]


def test_it_says_the_headline_the_command_and_the_notes(example, page):
    assert example["headline"] in page.text.replace("\xa0", " ")
    assert "calibrant compare a b" in page.text
    assert example["notes"][0] in page.text


def test_a_forest_for_each_metric_and_a_diagram_for_each_method(page):
    labels = page.values("aria-label")
    assert sum(label.startswith("Differences in ") for label in labels if label) >= 5
    assert sum(label.startswith("Reliability diagram of ") for label in labels if label) == 3


def test_every_difference_stands_in_the_table(example, page):
    for one in example["differences"]:
        scale, digits = (100, 1) if one["metric"] in ("accuracy", "overconfidence") else (1, 3)
        text = f"{scale * one['low']:.{digits}f} to {scale * one['high']:.{digits}f}".replace("-", "−")
        assert text in page.text
        assert one["verdict"] in page.text


def test_nothing_is_fetched_and_ids_are_unique(page):
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "http" not in page.html.replace("http://www.w3.org", "")
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def test_equal_comparisons_give_equal_bytes(example):
    assert render_comparison(example) == render_comparison(copy.deepcopy(example))


def test_of_more_than_four_methods_four_are_drawn_and_the_others_named():
    page = Page(render_comparison(make("ABCDE")))
    labels = [label for label in page.values("aria-label") if label and label.startswith("Reliability diagram of ")]
    assert len(labels) == 4
    assert "Not drawn: E." in page.text


def test_what_is_undefined_is_a_dash_with_its_reason():
    sure = Predictions(np.ones(30), np.full(30, 0.9))
    comparison = compare_predictions(
        {"A": sure, "B": sure}, settings=EvaluationSettings(n_boot=50, n_draws=10), quiet=True
    )
    page = Page(render_comparison(comparison))
    assert "AUROC, B − A: undefined on these answers." in page.text
    assert "nan" not in page.text.lower().split()


def before_after(claim):
    rng = np.random.default_rng(0)
    right, said = (rng.random(80) < 0.5).astype(float), rng.uniform(0.3, 0.6, 80)
    after = np.where(np.arange(80) < 8, 1 - right, right)
    files = {"base": Predictions(right, said), "<i>": Predictions(after, said + claim)}
    return compare_predictions(
        files, before_after=True, settings=EvaluationSettings(n_boot=200, n_draws=10), quiet=True
    )


def test_what_was_gained_stands_on_its_own_before_the_differences():
    comparison = before_after(0.3)
    gain = comparison["gain"]
    page = Page(render_comparison(comparison))
    assert [text for level, text in page.headings if level == 2][1] == "Was the confidence gained by accuracy?"
    text = page.text.replace("\xa0", " ")
    assert gain["sentence"] in text
    assert "divided by the rise in mean confidence, from base to <i>" in " ".join(text.split())
    share = gain["share"]
    assert f"{100 * share['value']:.0f} %" in text
    assert f"{100 * share['low']:.0f} % to {100 * share['high']:.0f} %" in text
    for cell, name in zip(
        gain["cells"],
        ("Right before and after", "Wrong before, right after", "Right before, wrong after", "Wrong before and after"),
        strict=True,
    ):
        row = [name, str(cell["n"]), *(f"{100 * cell[side]:.1f} %" for side in ("before", "after"))]
        assert " ".join(row) in " ".join(text.split())
    assert "+30.0" in text


def test_where_no_confidence_was_gained_the_page_says_so():
    text = Page(render_comparison(before_after(-0.2))).text.replace("\xa0", " ")
    assert "The share has no value: mean confidence did not rise." in text
    assert "nan" not in text.lower().split()


def test_a_comparison_of_methods_has_no_gain(page):
    assert "Was the confidence gained by accuracy?" not in page.text


def test_written_whole_or_not_at_all(example, tmp_path):
    assert write_comparison(example, tmp_path / "deep" / "page.html").read_text(encoding="utf-8")[:9] == "<!doctype"
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        write_comparison(example, tmp_path / "file" / "page.html")
    with pytest.raises(InputError, match="'headline'"):
        write_comparison({key: value for key, value in example.items() if key != "headline"}, tmp_path / "p.html")
    assert not (tmp_path / "p.html").exists()
