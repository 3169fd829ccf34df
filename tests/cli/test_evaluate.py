import json

import numpy as np
import pytest
from tests.cli.conftest import without_time
from tests.readouts.conftest import free_questions

from calibrant.models import FakeModel
from calibrant.readouts import ask


@pytest.fixture
def answers(tmp_path):
    """A CSV file of 200 overconfident answers in pairs."""
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 200).round(3)
    correct = (rng.random(200) < confidence - 0.2).astype(int)
    path = tmp_path / "answers.csv"
    lines = [f"{p},{c},g{i // 2},{'xy'[i % 2]}" for i, (p, c) in enumerate(zip(confidence, correct, strict=True))]
    path.write_text("\n".join(["confidence,correct,group,subject", *lines]) + "\n", encoding="utf-8")
    return path


def test_verbs_chained_by_hand_say_what_audit_says(calibrant, data, tmp_path):
    asked = ("--model", "fake", "--data", data, "--seed", 3, "--limit", 100)
    maps = ("--methods", "platt,isotonic")
    assert calibrant("audit", *asked, *maps, "--out", tmp_path / "audit")[0] == 0
    assert calibrant("readout", *asked, "--out", tmp_path / "r")[0] == 0
    assert calibrant("fit", tmp_path / "r", *maps, "--out", tmp_path / "a")[0] == 0
    assert calibrant("evaluate", tmp_path / "r", "--artifact", tmp_path / "a", "--out", tmp_path / "e")[0] == 0
    assert calibrant("report", tmp_path / "e" / "evaluation.json", "--out", tmp_path / "page.html")[0] == 0
    one, other = (
        json.loads((tmp_path / folder / "evaluation.json").read_text(encoding="utf-8")) for folder in ("e", "audit")
    )
    assert without_time(one) == without_time(other)
    assert (tmp_path / "page.html").read_bytes() == (tmp_path / "e" / "report.html").read_bytes()


def test_every_option_counts(calibrant, audited, tmp_path):
    words = ("evaluate", audited / "readouts", "--artifact", audited / "artifact", "--out", tmp_path, "--json")
    options = ("--bins", 5, "--strategy", "quantile", "--edges", "left", "--n-boot", 20, "--seed", 4)
    status, out, _ = calibrant(*words, *options)
    evaluation = json.loads(out)
    found = evaluation["settings"]
    assert status == 0
    assert [found[key] for key in ("n_bins", "strategy", "edges", "n_boot", "seed")] == [5, "quantile", "left", 20, 4]
    assert json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8")) == evaluation


def test_a_person_is_told_the_verdict_and_where_it_is(calibrant, audited, tmp_path):
    words = ("evaluate", audited / "readouts", "--artifact", audited / "artifact", "--out", tmp_path, "--n-boot", 20)
    _, out, _ = calibrant(*words)
    verdict = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))["verdict"]["sentence"]
    assert verdict in " ".join(out.split())
    assert str(tmp_path / "report.html") in out.replace("\n", "")


def test_readouts_without_a_map_are_measured_too(calibrant, audited, tmp_path):
    _, out, _ = calibrant("evaluate", audited / "readouts", "--n-boot", 20, "--json", "--out", tmp_path)
    found = json.loads(out)
    whole = json.loads((audited / "evaluation.json").read_text(encoding="utf-8"))
    assert list(found["methods"]) == ["raw"]
    assert found["methods"]["raw"]["metrics"]["log_loss"]["value"] == pytest.approx(
        whole["methods"]["raw"]["metrics"]["log_loss"]["value"]
    )
    assert "map" not in found["verdict"]["sentence"]


def test_readouts_of_another_prompt_are_refused(calibrant, refused, data, audited, tmp_path):
    calibrant("readout", "--model", "fake", "--data", data, "--readout", "letter", "--out", tmp_path / "r")
    message = refused("evaluate", tmp_path / "r", "--artifact", audited / "artifact", "--out", tmp_path / "e")
    assert "the artifact was fitted for something else: readout is 'letter', fitted for 'cloze'" in message
    assert not (tmp_path / "e").exists()


def test_an_artifact_that_saw_the_test_part_is_refused(calibrant, refused, data, audited, tmp_path):
    calibrant("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--seed", 1, "--out", tmp_path / "r")
    message = refused("evaluate", tmp_path / "r", "--artifact", audited / "artifact", "--out", tmp_path / "e")
    assert "the artifact was fitted on" in message
    assert "of the test questions" in message


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--bins", "0"], "n_bins"),
        (["--n-boot", "0"], "n_boot"),
        (["--seed", "-2"], "seed must not be negative"),
        (["--edges", "both"], "--edges must be right or left; got both"),
        (["--max-ece", "10"], "--max-ece must lie between 0 and 1, as in 0.1 for ten points; got 10"),
        (["--min-accuracy", "-1"], "--min-accuracy must lie between 0 and 1"),
        (["--confidence", "p", "--n-options", "4"], "which have no columns: leave out --confidence, --n-options"),
    ],
)
def test_a_setting_out_of_range_is_named(refused, audited, tmp_path, words, message):
    assert message in refused("evaluate", audited / "readouts", "--out", tmp_path / "e", *words)
    assert not (tmp_path / "e").exists()


def test_any_table_gives_a_table_a_page_and_numbers(calibrant, answers, tmp_path):
    status, out, _ = calibrant("evaluate", answers, "--out", tmp_path / "e", "--n-boot", 50)
    found = json.loads((tmp_path / "e" / "evaluation.json").read_text(encoding="utf-8"))
    assert status == 0
    assert found["n"] == 200
    assert found["n_groups"] == 100
    assert [subject["subject"] for subject in found["methods"]["raw"]["subjects"]] == ["x", "y"]
    assert found["verdict"]["sentence"] in " ".join(out.split())
    assert "answers.csv" in (tmp_path / "e" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("gates", "status", "said"),
    [
        (["--max-ece", "0.9", "--min-accuracy", "0.1"], 0, ""),
        (["--max-ece", "0.1"], 1, "is above --max-ece 0.1"),
        (["--min-accuracy", "0.9"], 1, "is below --min-accuracy 0.9"),
        (["--max-ece", "0.01"], 1, "even a perfectly calibrated model can show"),
    ],
)
def test_gates_set_the_exit_status(calibrant, answers, tmp_path, gates, status, said):
    found, out, err = calibrant("evaluate", answers, "--out", tmp_path / "e", "--n-boot", 20, "--json", *gates)
    assert found == status
    assert json.loads(out)["n"] == 200
    assert said in err
    assert bool(err.strip()) == bool(status)


def test_an_artifact_goes_with_readouts(refused, answers, audited, tmp_path):
    message = refused("evaluate", answers, "--artifact", audited / "artifact", "--out", tmp_path / "e")
    assert message.startswith("--artifact goes with a folder made by calibrant readout")


def test_a_file_that_is_not_there(refused, tmp_path):
    assert "none.csv" in refused("evaluate", tmp_path / "none.csv", "--out", tmp_path / "e")


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A folder of answers, half of them right, and the samples of the right ones alike."""
    folder = tmp_path_factory.mktemp("asked") / "answers"
    questions = free_questions(660)
    known = {question.question: question.answer[0] for question in questions[::2]}

    def reply(messages):
        said = next((known[line] for line in messages[-1].content.splitlines() if line in known), None)
        return ("Atlantis", "Nowhere", "Somewhere") if said is None else said

    parts = {"train": questions[:220], "calibration": questions[220:440], "test": questions[440:]}
    ask(FakeModel(answers=reply), parts, folder, samples=4, quiet=True)
    return folder


def test_answers_give_a_table_a_page_and_numbers(calibrant, asked, tmp_path):
    status, out, _ = calibrant("evaluate", asked, "--out", tmp_path / "e", "--n-boot", 40)
    found = json.loads((tmp_path / "e" / "evaluation.json").read_text(encoding="utf-8"))
    assert status == 0
    assert found["format"] == "calibrant/answers-evaluation"
    assert (found["n"], found["grading"]["n_right"]) == (220, 110)
    assert found["chosen"] in ("consistency", "semantic-entropy", "n-sets")
    assert found["signals"]["consistency"]["raw"]["auroc"]["value"] > 0.95
    assert found["verdict"]["sentence"] in " ".join(out.split())
    assert str(tmp_path / "e" / "report.html") in out.replace("\n", "")
    assert found["provenance"]["command"].startswith("calibrant evaluate")


def test_the_page_of_answers_again(calibrant, asked, tmp_path):
    _, out, _ = calibrant("evaluate", asked, "--out", tmp_path, "--n-boot", 20, "--json", "--grade", "contains")
    assert json.loads(out)["grading"]["rule"] == "contains"
    assert calibrant("report", tmp_path / "evaluation.json", "--out", tmp_path / "again.html")[0] == 0
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "report.html").read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--artifact", "a"], "holds answers, which take none of: --artifact"),
        (["--max-ece", "0.1", "--confidence", "p"], "which take none of: --max-ece, --confidence"),
        (["--grade", "best"], "--grade must be"),
        (["--equivalence", "magic"], "equivalence must be one of text, embedding"),
        (["--equivalence", "asking"], "needs the model to ask"),
        (["--bins", "0"], "n_bins"),
    ],
)
def test_what_answers_do_not_take_is_named(refused, asked, tmp_path, words, message):
    assert message in refused("evaluate", asked, "--out", tmp_path / "e", *words)
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize("words", [["--grade", "exact"], ["--equivalence", "text"]])
def test_only_answers_are_graded(refused, answers, audited, tmp_path, words):
    for source in (answers, audited / "readouts"):
        message = refused("evaluate", source, "--out", tmp_path / "e", *words)
        assert message.startswith("--grade and --equivalence go with a folder made by calibrant answer")
