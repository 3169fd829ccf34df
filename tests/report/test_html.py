"""The page holds every number, fetches nothing, and is written whole or not at all."""

import copy
import itertools
import json
import os
import re
from html.parser import HTMLParser

import pytest
from tests.report._example import degenerate_evaluation, estimate, example_evaluation, predictions_evaluation

from calibrant.exceptions import InputError, OutputError
from calibrant.report import render_report, write_report

UNDEFINED = {"value": None, "low": None, "high": None}
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails where tags are not nested."""

    def __init__(self, html):
        super().__init__()
        self.html, self.tags, self.attributes, self.headings, self.words = html, [], [], [], []
        self._open = []
        self.feed(html)
        self.close()
        assert self._open == []

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append([int(tag[1]), ""])

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "style" in self._open:
            return
        self.words.append(data)
        if any(re.fullmatch("h[1-6]", tag) for tag in self._open):
            self.headings[-1][1] += data

    def values(self, attribute):
        return [value for name, value in self.attributes if name == attribute]


@pytest.fixture(scope="module")
def example():
    return example_evaluation()


@pytest.fixture
def evaluation(example):
    return copy.deepcopy(example)


@pytest.fixture(scope="module")
def page(example):
    return Page(render_report(example))


def test_sections_in_order(page):
    assert [text for level, text in page.headings if level < 3] == [
        "SmolLM2-135M-Instruct on world-facts",
        "Every method on the same test questions",
        "Does it know how sure to be?",
        "What if it only answers when it is sure?",
        "Results by subject",
        "Questions that have no answer",
        "The most confident wrong answers",
        "How this page was made",
    ]


def test_headings_skip_no_level(page):
    levels = [level for level, _ in page.headings]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("metric", ["log_loss", "brier_score", "expected_calibration_error", "auroc", "aurc"])
def test_every_metric_of_every_method_is_shown_with_its_interval(page, example, metric):
    for method in example["methods"].values():
        shown = method["metrics"][metric]
        assert f"{shown['value']:.3f}" in page.text
        assert f"{shown['low']:.3f} to {shown['high']:.3f}" in page.text


def test_shares_floors_and_differences_are_shown(page, example):
    for method in example["methods"].values():
        for metric in ("accuracy", "mean_confidence"):
            shown = {key: f"{100 * value:.1f}" for key, value in method["metrics"][metric].items()}
            assert f"{shown['value']} % {shown['low']} to {shown['high']} %" in page.text
        assert f"{method['metrics']['debiased_calibration_error']['value']:.3f}" in page.text
        assert f"{method['noise_floor']['mean']:.3f} {method['noise_floor']['limit']:.3f}" in page.text
    for differences in example["differences"].values():
        assert f"{differences['log_loss']['value']:.3f}".replace("-", "−") in page.text
    assert "< 0.001" in page.text


def test_subjects_bins_and_wrong_answers_are_shown(page, example):
    raw = example["methods"]["raw"]
    for subject in raw["subjects"]:
        assert f"{subject['subject']} {subject['n']} {100 * subject['accuracy']['value']:.1f} %" in page.text
    curve = raw["curve"]
    for n, confidence, accuracy in zip(curve["count"], curve["confidence"], curve["accuracy"], strict=True):
        assert n == 0 or f"% {n} {round(n * accuracy)} {100 * confidence:.1f} % {100 * accuracy:.1f} %" in page.text
    for error in example["confident_errors"]:
        assert error["question"] in page.text
        assert f"stated {100 * error['confidence']:.1f} % calibrated {100 * error['calibrated']:.1f} %" in page.text


def test_verdict_and_making_are_shown(page, example):
    assert example["verdict"]["sentence"] in page.text
    assert "120 test answers" in page.text
    made = example["provenance"]
    for text in (made["model"]["weights"], made["data"]["sha256"], made["command"], "train 850", "torch 2.9.0"):
        assert text in page.text
    assert "cloze, the more accurate on 850 train questions (letter 27.0 %, cloze 61.0 %)" in page.text
    assert made["template"]["text"].strip() in page.html.replace("&lt;", "<").replace("&gt;", ">")


def test_words_say_which_map_was_chosen_and_what_differs(page):
    assert "Platt scaling chosen" in page.text
    assert page.words.count("chosen") == 2
    assert {"better", "worse"} <= set(page.words)
    assert "spread and not a confidence interval" in page.text


def test_better_only_where_the_interval_excludes_zero(evaluation):
    for differences in evaluation["differences"].values():
        for metric in differences:
            differences[metric] = estimate(0.0, 0.1)
    html = render_report(evaluation)
    assert re.findall(r'tag">(\w+)<', html) == []
    assert "chance could explain it" in html


def test_the_direction_of_a_metric_decides_what_is_better(evaluation):
    evaluation["differences"] = {"platt": {"log_loss": estimate(-0.2, 0.1), "auroc": estimate(-0.2, 0.1)}}
    rows = re.findall(r"<tr>.*?</tr>", render_report(evaluation), flags=re.DOTALL)
    tags = [re.findall(r'tag">(\w+)<', row) for row in rows if "Platt scaling" in row]
    assert tags[:2] == [["better", "worse"], ["better", "worse"]]


def test_nothing_is_fetched_and_nothing_runs(page):
    assert not re.search(r"https?://|@import|url\((?!#)", page.html)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    assert page.values("src") == []
    assert all(link.startswith("#") for link in page.values("href"))


def test_ids_are_unique_and_references_resolve(page):
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)


def test_tables_and_pictures_can_be_heard(page):
    assert page.tags.count("svg") == 6
    assert page.values("role").count("img") == 6
    assert page.tags.count("figure") == page.tags.count("figcaption")
    assert page.tags.count("table") == page.tags.count("caption")
    assert page.tags.count("th") == len(page.values("scope"))


def test_one_drawing_serves_light_and_dark(page):
    assert "prefers-color-scheme: dark" in page.html
    colours = re.findall(r"#[0-9a-f]{6}\b", page.html[page.html.index("</style>") :])
    assert colours == []


def test_untrusted_text_is_escaped(evaluation):
    nasty = "<script>alert(1)</script>{{ 7 * 7 }}$x$"
    evaluation["confident_errors"][0] |= {"question": nasty, "answer": nasty, "right": nasty, "subject": nasty}
    for method in evaluation["methods"].values():
        method["subjects"][0]["subject"] = nasty
    evaluation["provenance"]["template"]["text"] = nasty
    page = Page(render_report(evaluation))
    assert "script" not in page.tags
    assert page.text.count(nasty) >= 5


def test_any_text_can_be_written(evaluation, tmp_path):
    odd = "首都\x00\x1b\n\ud800"
    for method in evaluation["methods"].values():
        method["subjects"][0]["subject"] = odd
    evaluation["confident_errors"][0]["question"] = odd
    text = write_report(evaluation, tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.count("首都") >= 3


def test_long_texts_are_cut(evaluation):
    evaluation["confident_errors"][0]["question"] = "word " * 1000
    assert len(max(Page(render_report(evaluation)).words, key=len)) <= 600


def test_same_evaluation_same_bytes(example, page):
    assert render_report(json.loads(json.dumps(example))) == page.html


def test_undefined_numbers_are_dashes_with_their_reason(evaluation):
    for method in evaluation["methods"].values():
        method["metrics"]["auroc"] = UNDEFINED | {"reason": "every answer is right"}
    raw = evaluation["methods"]["raw"]
    raw["metrics"]["aurc"] = UNDEFINED | {"reason": "no reason"}
    raw["metrics"]["expected_calibration_error"] = dict(UNDEFINED)
    raw["noise_floor"] = {"mean": None, "limit": None, "p_value": None}
    raw["subjects"][0] |= {"accuracy": UNDEFINED, "mean_confidence": UNDEFINED, "expected_calibration_error": None}
    raw["unanswerable"] = raw["other_edges"] = None
    evaluation["methods"]["platt"]["subjects"].pop()
    evaluation["differences"]["platt"]["log_loss"] = dict(UNDEFINED)
    evaluation["chosen"] = "platt"
    page = Page(render_report(evaluation))
    assert "AUROC: every answer is right." in page.text
    assert "AURC of Raw softmax: no reason." in page.text
    assert "The difference is undefined." in page.text
    assert not re.search(r"\b(nan|none|null)\b", page.text.lower().replace("there is none", ""))


def test_nan_is_undefined(evaluation):
    evaluation["methods"]["raw"]["metrics"]["auroc"] = {
        "value": float("nan"),
        "low": float("nan"),
        "high": float("nan"),
    }
    evaluation["methods"]["platt"]["noise_floor"]["mean"] = float("nan")
    page = Page(render_report(evaluation))
    assert "nan" not in page.text.lower()
    assert "noise floor is undefined" in page.text


@pytest.mark.parametrize("subjects", [("all",), tuple(f"subject {i}" for i in range(57)), ()])
def test_any_number_of_subjects(subjects):
    evaluation = example_evaluation(n=40, subjects=subjects or ("all",))
    if not subjects:
        for method in evaluation["methods"].values():
            method["subjects"] = []
    page = Page(render_report(evaluation))
    assert page.tags.count("svg") == (6 if subjects else 5)
    assert all(subject in page.text for subject in subjects)


def test_no_map_chosen(evaluation):
    evaluation["chosen"] = "raw"
    page = Page(render_report(evaluation))
    assert "Raw softmax chosen" in page.text
    assert "No map did better than Raw softmax" in page.text
    assert page.tags.count("svg") == 4
    assert "→" not in page.text


def test_only_raw(evaluation):
    evaluation |= {"chosen": "raw", "methods": {"raw": evaluation["methods"]["raw"]}, "differences": {}}
    assert "Raw softmax chosen" in Page(render_report(evaluation)).text


def test_no_errors_no_unanswerable_no_groups(evaluation):
    evaluation |= {"confident_errors": [], "n_unanswerable": 0, "n_groups": evaluation["n"]}
    evaluation["methods"]["raw"]["metrics"]["accuracy"] = estimate(1.0, 0.0)
    page = Page(render_report(evaluation))
    assert "every graded answer is right" in page.text
    assert "Questions that have no answer" not in page.text
    assert "bootstrap intervals (1,000 resamples) over questions on" in page.text


def test_what_was_left_out_is_counted(evaluation):
    evaluation |= {"n_ungraded": 3, "n_ties": 1}
    text = Page(render_report(evaluation)).text
    assert "3 left out: could not be graded" in text
    assert "1 tie between options" in text


def test_accuracy_that_the_map_changed_is_shown_twice(evaluation):
    evaluation["methods"]["raw"]["metrics"]["accuracy"] = estimate(0.5, 0.1)
    evaluation["methods"]["platt"]["metrics"]["accuracy"] = estimate(0.6, 0.1)
    assert "Right answers: 50.0 % before, 60.0 % after (50.0 to 70.0 %)." in Page(render_report(evaluation)).text


def test_a_file_of_predictions_is_reported_as_such():
    evaluation = predictions_evaluation()
    page = Page(render_report(evaluation))
    assert [text for level, text in page.headings if level < 3] == [
        "answers.csv",
        "Before you read the numbers",
        "The numbers",
        "Does it know how sure to be?",
        "What if it only answers when it is sure?",
        "Results by subject",
        "The most confident wrong answers",
        "How this page was made",
    ]
    assert "468 answers" in page.text
    for word in ("test question", "No map", "chosen", "Prompt", "Weights", "Platt", "said", "paired"):
        assert word not in page.text
    assert "File answers.csv: 474 rows Read as csv Confidence column p Correct ok Percent yes Tasks a" in page.text
    assert "Skipped" not in page.text
    assert page.tags.count("svg") == 4


def test_notes_come_first_and_what_is_left_out_is_counted(page):
    evaluation = predictions_evaluation()
    text = Page(render_report(evaluation)).text
    for note in evaluation["notes"]:
        assert text.index(note) < text.index("Log loss")
    assert "468 of 474 answers are measured. Left out: 4 that could not be graded, 2 whose" in text
    evaluation["notes"] = []
    assert "Before you read the numbers" in Page(render_report(evaluation)).text
    evaluation |= {"n_ungraded": 0, "n_unparsed": 0}
    assert "Before you read the numbers" not in Page(render_report(evaluation)).text
    assert "Before you read the numbers" not in page.text


def test_more_measures_tests_and_options_are_shown():
    evaluation = predictions_evaluation()
    raw = evaluation["methods"]["raw"]
    raw["more"]["kernel_error"] = estimate(0.3217, 0.1)
    text = Page(render_report(evaluation)).text
    for shown in raw["more"].values():
        value, low, high = (f"{shown[key]:.3f}".replace("-", "−") for key in ("value", "low", "high"))
        assert re.search(f"{value} (spread )?{low} to {high}", text)
    assert "Kernel error" in text
    assert "Smooth calibration error Lower is better." in text
    assert "Brier skill score Higher is better." in text
    assert "Spiegelhalter < 0.001 statistic 11.250" in text
    assert "Kuiper 0.046 statistic 7.750" in text
    assert "Hosmer-Lemeshow: Fewer than three bins." in text
    assert "Right option ruled out" in text
    assert "3 0.6 %" in text
    assert "2 to 4, 7 468 questions" in text


def test_the_smallest_p_is_multiplied_by_the_number_of_tests():
    evaluation = predictions_evaluation()
    raw = evaluation["methods"]["raw"]
    raw["tests"] = raw["tests"][1:]
    assert "adjusted for that by Holm's method: Stated confidence 0.025." in Page(render_report(evaluation)).text
    raw["tests"] = raw["tests"][:1]
    assert "Holm" not in Page(render_report(evaluation)).text


def test_measures_of_every_method_stand_side_by_side(evaluation):
    more = predictions_evaluation()["methods"]["raw"]
    for name in ("raw", "platt"):
        evaluation["methods"][name] |= {"more": more["more"], "tests": more["tests"]}
    del evaluation["methods"]["platt"]["more"]["augrc"]
    text = Page(render_report(evaluation)).text
    assert "Measure Raw softmax Platt scaling" in text
    assert "Test Raw softmax Platt scaling" in text


def test_hardly_a_number():
    page = Page(render_report(degenerate_evaluation()))
    assert "svg" not in page.tags
    assert [text for level, text in page.headings if level < 3] == [
        "answers.csv",
        "The numbers",
        "How this page was made",
    ]
    assert not re.search(r"\b(nan|none|null)\b", page.text.lower())
    assert "Kuiper: Too few rows." in page.text
    assert "bootstrap intervals" not in page.text


def test_readouts_without_a_map(evaluation):
    evaluation |= {"chosen": "raw", "choice": None, "methods": {"raw": evaluation["methods"]["raw"]}, "differences": {}}
    evaluation["provenance"]["fitted_on"] = None
    page = Page(render_report(evaluation))
    assert page.headings[0][1] == "SmolLM2-135M-Instruct on world-facts"
    assert "468 test questions" in page.text
    for word in ("No map", "How the map was chosen", "Maps fitted on"):
        assert word not in page.text


def test_both_edges_stand_in_the_key_numbers(evaluation):
    assert "With bins" not in Page(render_report(evaluation)).text
    for name, value in (("raw", 0.2345), ("platt", 0.1234)):
        evaluation["methods"][name]["other_edges"] = {"edges": "left", "value": value, "differs": name == "raw"}
    assert "With bins [low, high) instead: Raw softmax 0.234." in Page(render_report(evaluation)).text


def test_text_of_a_file_is_escaped():
    nasty = "<script>alert(1)</script>{{ 7 * 7 }}\x1b"
    evaluation = predictions_evaluation()
    evaluation["notes"] = [nasty]
    evaluation["provenance"]["predictions"] = {"format": nasty, "facts": {nasty: {nasty: [nasty]}}}
    evaluation["provenance"]["data"]["source"] = nasty
    raw = evaluation["methods"]["raw"]
    raw["label"] = nasty
    raw["more"][nasty] = {"value": None, "low": None, "high": None, "reason": nasty}
    raw["tests"].append({"name": nasty, "statistic": None, "p_value": None, "reason": nasty})
    page = Page(render_report(evaluation))
    assert "script" not in page.tags
    assert page.text.count("{{ 7 * 7 }}") >= 10


def test_predictions_same_bytes():
    assert render_report(predictions_evaluation()) == render_report(predictions_evaluation())


def test_time_is_left_out_where_it_was_not_measured(page, evaluation):
    assert "Time 150 s" in page.text
    evaluation["provenance"]["seconds"] = None
    assert "Time 150 s" not in Page(render_report(evaluation)).text


def test_other_edges_only_where_they_disagree(page):
    assert page.text.count("[low, high) 0.") == 1


def test_asked_for_readout(evaluation):
    evaluation["readout"] = {"kind": "letter", "requested": "letter", "choice": None, "label_mass": 0.5}
    text = Page(render_report(evaluation)).text
    assert "letter, as asked for. The letters of the options held 50.0 %" in text


def test_file_name_of_the_data_stands_in_the_title(evaluation):
    evaluation["provenance"]["data"]["source"] = "some/folder/questions.jsonl"
    page = Page(render_report(evaluation))
    assert page.headings[0][1] == "SmolLM2-135M-Instruct on questions.jsonl"
    assert "some/folder/questions.jsonl" in page.text


@pytest.mark.parametrize(
    "key",
    [
        "verdict",
        "chosen",
        "methods.raw",
        "methods.platt.metrics.log_loss",
        "provenance.model.name",
        "provenance.data",
        "settings.n_bins",
    ],
)
def test_a_missing_key_is_named(evaluation, key):
    *folders, last = key.split(".")
    place = evaluation
    for name in folders:
        place = place[name]
    del place[last]
    with pytest.raises(InputError, match=f"'{re.escape(last if key == 'methods.raw' else key)}'"):
        render_report(evaluation)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", "something/else", "at 'format'"),
        ("version", 2, "at 'version'"),
        ("created", "2026-11-24T14:00:00", "at 'created'"),
        ("n", "many", "at 'n'"),
        ("chosen", "beta", "must hold 'beta'"),
    ],
)
def test_a_wrong_value_is_named(evaluation, key, value, message):
    evaluation[key] = value
    with pytest.raises(InputError, match=message):
        render_report(evaluation)


@pytest.mark.parametrize(("part", "key"), [("curve", "low"), ("risk_coverage", "risk")])
def test_curves_of_unequal_length_are_refused(evaluation, part, key):
    evaluation["methods"]["raw"][part][key].pop()
    with pytest.raises(InputError, match=f"methods.raw.{part}.*same length"):
        render_report(evaluation)


def test_write_report_makes_the_folder_and_replaces(evaluation, tmp_path):
    path = write_report(evaluation, tmp_path / "new" / "report.html")
    first = path.read_bytes()
    evaluation["verdict"]["sentence"] = "It knows nothing."
    assert write_report(evaluation, str(path)) == path
    assert path.read_bytes() != first
    assert path.read_text(encoding="utf-8") == render_report(evaluation)
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_a_failed_write_leaves_the_old_page(evaluation, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"report\.html cannot be written: No space left on device"):
        write_report(evaluation, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_evaluation_that_is_no_mapping():
    with pytest.raises(InputError, match="as a whole"):
        render_report(["raw"])


def test_a_bad_evaluation_touches_nothing(tmp_path):
    with pytest.raises(InputError, match="no key 'format'"):
        write_report({}, tmp_path / "new" / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder(evaluation, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot be written"):
        write_report(evaluation, tmp_path / "file" / "report.html")
