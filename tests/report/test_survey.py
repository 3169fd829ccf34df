"""The page of a survey: the headline first, every number, nothing fetched, whole or not at all."""

import copy

import numpy as np
import pytest
from tests.evaluation.test_survey import QUICK, said
from tests.report.test_html import Page

from calibrant.evaluation import Interview, make_survey
from calibrant.exceptions import InputError, OutputError
from calibrant.report import render_survey, write_survey

MADE = {"versions": {"numpy": "2"}, "command": "calibrant survey a b --data x,y", "seconds": 2.0}


def make(interviews, **more):
    return make_survey(interviews, settings=QUICK, provenance=MADE, quiet=True, **more)


@pytest.fixture(scope="module")
def example():
    """Two models on two sets: one model has subjects and replies that could not be read."""
    first = said("<b>&", "x", gap=0.2, sure=0.6)
    split = Interview(
        "<b>&",
        "y",
        "stated",
        np.where(np.arange(40) < 3, np.nan, first.y_true),
        first.y_prob,
        first.groups,
        [("rivers", "lakes")[i % 2] for i in range(40)],
        {"no option": 2, "none": 1},
        {},
    )
    others = [said("B", d, source="options", sure=0.7, seed=i) for i, d in enumerate("xy")]
    return make([first, split, *others], notes=["a note on 5 % of it"], data={"x": {"source": "x.jsonl", "n": 40}})


@pytest.fixture(scope="module")
def page(example):
    return Page(render_survey(example))


def test_sections_in_order(page):
    assert [text for level, text in page.headings if level < 3] == [
        "2 models on 2 sets of questions surveyed",
        "Before you read the numbers",
        "Are they as sure as they are right?",
        "Are they surer when they are right?",
        "Are the models that are right more often surer?",
        "Subject by subject",
        "How this page was made",
    ]


def test_the_headline_the_notes_and_the_command(example, page):
    text = page.text.replace("\xa0", " ")
    assert 0 < text.index(example["headline"]) < text.index("Before you read the numbers")
    assert all(note in text for note in example["notes"])
    assert MADE["command"] in text


def test_two_figures_a_set_that_say_the_numbers(example, page):
    labels = [label for label in page.values("aria-label") if label]
    models = [label for label in labels if label.startswith("Accuracy against mean confidence on ")]
    sides = [label for label in labels if label.startswith("Mean confidence in right and in wrong answers on ")]
    assert (len(models), len(sides)) == (2, 2)
    cell = example["cells"][0]
    assert f"{100 * cell['right']['mean']['value']:.1f} % when right" in sides[0].replace("\xa0", " ")


def test_every_cell_stands_in_the_tables(example, page):
    text = page.text.replace("\xa0", " ")
    for cell in example["cells"]:
        assert f"{cell['n']} of {cell['n_asked']}" in text
        for estimate in (cell["accuracy"], cell["mean_confidence"], cell["right"]["mean"], cell["wrong"]["mean"]):
            assert f"{100 * estimate['value']:.1f} %" in text
        gap = cell["gap"]
        ends = f"{100 * gap['low']:.1f} to {100 * gap['high']:.1f}".replace("-", "−").replace("−0.0", "0.0")
        assert ends in text
        assert f"{cell['expected_calibration_error']['value']:.3f}" in text
        assert f"{cell['noise_floor']['mean']:.3f}" in text
    assert "no option 2, none 1" in text


def test_only_gaps_that_are_shown_are_bold(page):
    assert page.tags.count("strong") == 2


def test_below_eight_models_a_sentence_stands_for_the_correlation(page):
    assert "No correlation is given: over fewer than 8 models" in page.text
    assert "over 1 model, where at least 8 are needed" in page.text


def test_from_eight_models_up_it_stands_in_the_table():
    record = make([said(str(i), right=i / 10, sure=0.9 - i / 20, seed=i) for i in range(1, 9)])
    text = Page(render_survey(record)).text
    assert "No correlation is given" not in text
    overall = record["correlations"][0]
    assert f"{overall['low']:.2f} to {overall['high']:.2f}".replace("-", "−") in text


def test_subjects_are_in_the_table_of_their_model(page):
    assert "rivers" in page.text
    assert "Explored, not tested" in page.text


def test_what_is_undefined_is_a_dash_with_its_reason():
    nothing = Interview(
        "A", "x", "stated", np.full(3, np.nan), np.full(3, np.nan), list("abc"), ["all"] * 3, {"none": 3}, {}
    )
    text = Page(render_survey(make([nothing, said("B", "x")]))).text
    assert "A on x: 0 right and 0 wrong: the test needs two of each." in text
    assert "nan" not in text.lower().split()
    assert "None" not in text


def test_nothing_is_fetched_and_ids_are_unique(page):
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "http" not in page.html.replace("http://www.w3.org", "")
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def test_equal_surveys_give_equal_bytes(example):
    assert render_survey(example) == render_survey(copy.deepcopy(example))


def test_written_whole_or_not_at_all(example, tmp_path):
    assert write_survey(example, tmp_path / "deep" / "page.html").read_text(encoding="utf-8")[:9] == "<!doctype"
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        write_survey(example, tmp_path / "file" / "page.html")
    with pytest.raises(InputError, match="'headline'"):
        write_survey({key: value for key, value in example.items() if key != "headline"}, tmp_path / "p.html")
    assert not (tmp_path / "p.html").exists()
