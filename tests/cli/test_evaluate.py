import json

import pytest
from tests.cli.conftest import without_time


def test_verbs_chained_by_hand_say_what_audit_says(calibrant, data, tmp_path):
    asked = ("--model", "fake", "--data", data, "--seed", 3, "--limit", 100)
    maps = ("--methods", "platt,isotonic")
    assert calibrant("audit", *asked, *maps, "--out", tmp_path / "audit")[0] == 0
    assert calibrant("readout", *asked, "--out", tmp_path / "r")[0] == 0
    assert calibrant("fit", tmp_path / "r", *maps, "--out", tmp_path / "a")[0] == 0
    assert calibrant("evaluate", tmp_path / "r", tmp_path / "a", "--out", tmp_path / "e.json")[0] == 0
    assert calibrant("report", tmp_path / "e.json", "--out", tmp_path / "page.html")[0] == 0
    one, other = (
        json.loads(path.read_text(encoding="utf-8"))
        for path in (tmp_path / "e.json", tmp_path / "audit" / "evaluation.json")
    )
    assert without_time(one) == without_time(other)
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_every_option_counts(calibrant, audited, tmp_path):
    words = ("evaluate", audited / "readouts", audited / "artifact", "--out", tmp_path / "e.json", "--json")
    options = ("--bins", 5, "--strategy", "quantile", "--edges", "left", "--n-boot", 20, "--seed", 4)
    status, out, _ = calibrant(*words, *options)
    evaluation = json.loads(out)
    found = evaluation["settings"]
    assert status == 0
    assert [found[key] for key in ("n_bins", "strategy", "edges", "n_boot", "seed")] == [5, "quantile", "left", 20, 4]
    assert json.loads((tmp_path / "e.json").read_text(encoding="utf-8")) == evaluation


def test_a_person_is_told_the_verdict_and_where_it_is(calibrant, audited, tmp_path):
    words = ("evaluate", audited / "readouts", audited / "artifact", "--out", tmp_path / "e.json", "--n-boot", 20)
    _, out, _ = calibrant(*words)
    verdict = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))["verdict"]["sentence"]
    assert verdict in " ".join(out.split())
    assert str(tmp_path / "e.json") in out.replace("\n", "")


def test_readouts_of_another_prompt_are_refused(calibrant, refused, data, audited, tmp_path):
    calibrant("readout", "--model", "fake", "--data", data, "--readout", "letter", "--out", tmp_path / "r")
    message = refused("evaluate", tmp_path / "r", audited / "artifact", "--out", tmp_path / "e.json")
    assert "the artifact was fitted for something else: readout is 'letter', fitted for 'cloze'" in message
    assert not (tmp_path / "e.json").exists()


def test_an_artifact_that_saw_the_test_part_is_refused(calibrant, refused, data, audited, tmp_path):
    calibrant("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--seed", 1, "--out", tmp_path / "r")
    message = refused("evaluate", tmp_path / "r", audited / "artifact", "--out", tmp_path / "e.json")
    assert "the artifact was fitted on" in message
    assert "of the test questions" in message


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--bins", "0"], "n_bins"),
        (["--n-boot", "0"], "n_boot"),
        (["--seed", "-2"], "seed must not be negative"),
        (["--edges", "both"], "--edges must be right or left; got both"),
    ],
)
def test_a_setting_out_of_range_is_named(refused, audited, tmp_path, words, message):
    out = tmp_path / "e.json"
    assert message in refused("evaluate", audited / "readouts", audited / "artifact", "--out", out, *words)
    assert not out.exists()
