"""The page of a check: the status first, every number, nothing fetched, whole or not at all."""

import copy

import pytest
from tests.population import draw_logits, make_readouts
from tests.report.test_html import Page

from calibrant.artifact import fit_artifact, note_domain
from calibrant.evaluation import EvaluationSettings, check_transfer, read_transfer, stale_transfer
from calibrant.exceptions import InputError, OutputError
from calibrant.report import render_transfer, write_transfer
from calibrant.report._transfer_text import MOST_DRAWN, drawn, parts, summarize_transfer

MADE = {"versions": {"numpy": "2"}, "command": "calibrant check a b", "seconds": 2.0}


@pytest.fixture(scope="module")
def fitted():
    logits, right = draw_logits(2000, seed=20)
    identity = make_readouts(logits[:1], right[:1], ["test"]).identity
    manifest = {"identity": identity, "data": {"source": "folder/old.jsonl"}, **note_domain(logits)}
    return fit_artifact(logits, right, [str(i) for i in range(2000)], methods=["temperature"], manifest=manifest)


@pytest.fixture(scope="module")
def example(fitted):
    """A map that holds for two subjects, and not for the third, in which the first option is always right."""
    logits, right = draw_logits(600, seed=21)
    subjects = [("rivers", "<b>&lakes", "coins")[i % 3] for i in range(600)]
    right = [0 if i % 3 == 2 else label for i, label in enumerate(right)]
    readouts = make_readouts(logits, right, ["test"] * 600, subjects=subjects)
    settings = EvaluationSettings(n_boot=50, n_draws=100)
    return check_transfer(readouts, fitted, settings=settings, provenance=MADE)


@pytest.fixture(scope="module")
def page(example):
    return Page(render_transfer(example))


def passing(example):
    return example | {"status": "calibrated", "reasons": [], "sentence": "calibrated: so it is."}


def test_sections_in_order(page):
    assert [text for level, text in page.headings if level < 3] == [
        "Temperature scaling checked on drawn",
        "Before you read the numbers",
        "Is perfect calibration refuted?",
        "Does it know how sure to be here?",
        "Where does it fail?",
        "Do these questions look like those it was fitted on?",
        "Has the share of right answers changed?",
        "How this page was made",
    ]


def test_the_status_and_its_sentence_come_first(example, page):
    text = page.text.replace("\xa0", " ")
    assert example["status"] == "uncalibrated"
    sentence = f"Uncalibrated : {example['sentence'].removeprefix('uncalibrated: ')}"
    assert 0 < text.index(sentence) < text.index("Is perfect calibration refuted?")


def test_every_row_stands_in_its_table_and_those_that_fail_say_so(example):
    said = summarize_transfer(read_transfer(example))
    for part, rows in zip(said["parts"], (example["subjects"], example["n_options"]), strict=True):
        found = {row["label"]: row for row in part["rows"]}
        assert found.keys() == {row["label"] for row in rows}
        for row in rows:
            shown = found[row["label"]]
            assert shown["fails"] == row["fails"]
            assert shown["cells"][0] == str(row["n"])
            assert shown["cells"][4] == f"{100 * row['gap']['value']:.1f}".replace("-", "−")
    assert [row["label"] for row in said["parts"][0]["rows"] if row["fails"]] == ["coins"]


def test_the_most_overconfident_subject_comes_first(example):
    gaps = [row.gap.value for row in parts(read_transfer(example))["subjects"]]
    assert gaps == sorted(gaps, reverse=True)


def test_it_says_what_was_measured(example, page):
    text = page.text.replace("\xa0", " ")
    domain, shift, overall = example["domain"], example["label_shift"], example["overall"]
    assert f"{overall['expected_calibration_error']:.3f} Perfect calibration would show" in text
    assert f"{100 * domain['beyond']['entropy']:.1f} %" in text
    assert f"{100 * shift['estimated']['value']:.1f} %" in text
    assert f"{shift['reweighted']['log_loss']:.3f}" in text
    assert "The map was fitted on 2,000 answers, from old.jsonl." in text
    for test in overall["tests"]:
        assert test["name"] in text
    for note in example["notes"]:
        assert note[1:] in text
    assert "calibrant check a b" in text


def test_a_diagram_and_a_forest_for_each_table(page):
    labels = [label for label in page.values("aria-label") if label]
    assert sum(label.startswith("Reliability diagram, Temperature scaling.") for label in labels) == 1
    assert sum(label.startswith("Mean confidence minus share right") for label in labels) == 2


def test_nothing_is_fetched_and_ids_are_unique(page):
    assert not {"script", "link", "img", "iframe", "b"} & set(page.tags)
    assert "http" not in page.html.replace("http://www.w3.org", "")
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def test_equal_checks_give_equal_bytes(example, page):
    assert render_transfer(copy.deepcopy(example)) == page.html


def test_where_it_fails_is_said_though_all_answers_together_pass(example):
    text = Page(render_transfer(passing(example))).text
    assert "Over all answers the map is not refuted, but it is for coins" in text
    assert "no proof that it is perfect" in text
    assert "Over all answers" not in Page(render_transfer(example)).text


def test_a_single_subject_has_no_table_of_its_own(example):
    said = summarize_transfer(read_transfer(example | {"subjects": example["subjects"][:1]}))
    assert [part["name"] for part in said["parts"]] == ["n_options"]


def test_of_many_subjects_those_that_fail_are_drawn_and_all_are_in_the_table(example):
    row = example["subjects"][0] | {"fails": False, "gap": {"value": 0.5, "low": 0.4, "high": 0.6}}
    small = row | {"label": "fails", "fails": True, "gap": {"value": 0.1, "low": 0.05, "high": 0.15}}
    many = [row | {"label": f"s{i}"} for i in range(MOST_DRAWN + 5)] + [small]
    record = read_transfer(example | {"subjects": many})
    rows = parts(record)["subjects"]
    shown = [one.label for one in drawn(rows)]
    assert len(shown) == MOST_DRAWN
    assert shown[-1] == "fails"
    part = summarize_transfer(record)["parts"][0]
    assert len(part["rows"]) == MOST_DRAWN + 6
    assert f"Drawn are {MOST_DRAWN}" in part["reading"]


def test_a_stale_one_says_why_and_no_number(fitted):
    page = Page(render_transfer(stale_transfer(fitted, "weights is 'b', fitted for 'a'", provenance=MADE)))
    assert [text for level, text in page.headings if level == 2] == ["How this page was made"]
    assert "Stale : weights is 'b', fitted for 'a'. Nothing was measured" in page.text
    assert "svg" not in page.tags


def test_what_is_undefined_is_a_dash_with_its_reason(fitted):
    readouts = make_readouts([[0.0, -2000.0]] * 30, [0] * 30, ["test"] * 30)
    settings = EvaluationSettings(n_boot=20, n_draws=20)
    page = Page(render_transfer(check_transfer(readouts, fitted, settings=settings, method="raw")))
    assert "nan" not in page.text.lower().split()
    assert "–" in page.text
    assert "Raw is the model's own confidence" in page.text


def test_an_earlier_check_without_bins_has_a_page_without_a_diagram(example):
    overall = {key: value for key, value in example["overall"].items() if key != "curve"}
    page = Page(render_transfer(example | {"overall": overall}))
    assert "Does it know how sure to be here?" not in [text for _, text in page.headings]


def test_names_from_a_file_cannot_break_the_page(example):
    strange = [row | {"label": f"</td><script>{i}\x00" + 500 * "x"} for i, row in enumerate(example["subjects"])]
    page = Page(render_transfer(example | {"subjects": strange, "label": "<u>map</u>"}))
    assert not {"script", "u"} & set(page.tags)
    assert "<u>map</u>" in page.text


def test_two_files_of_data_are_named_without_their_folders(example):
    data = {"source": "../some/train.jsonl, test part ../some/test.jsonl", "sha256": None}
    record = read_transfer(example | {"provenance": MADE | {"data": data}})
    assert summarize_transfer(record)["data"] == "train.jsonl, test part test.jsonl"
    hub = read_transfer(example | {"provenance": MADE | {"data": {"source": "cais/mmlu"}}})
    assert summarize_transfer(hub)["data"] == "cais/mmlu"


def test_written_whole_or_not_at_all(example, tmp_path):
    assert write_transfer(example, tmp_path / "deep" / "page.html").read_text(encoding="utf-8")[:9] == "<!doctype"
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        write_transfer(example, tmp_path / "file" / "page.html")
    with pytest.raises(InputError, match="'sentence'"):
        write_transfer({key: value for key, value in example.items() if key != "sentence"}, tmp_path / "p.html")
    assert not (tmp_path / "p.html").exists()
