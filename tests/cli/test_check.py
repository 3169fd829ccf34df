import io
import json
import shutil

import pytest
from rich.console import Console
from tests.cli.conftest import make_rows, write_rows
from tests.population import draw_logits, make_readouts

from calibrant.artifact import Artifact, fit_artifact, load_artifact, save_artifact
from calibrant.cli.check import print_check
from calibrant.evaluation import EvaluationSettings, check_transfer, read_transfer
from calibrant.readouts import load_readouts
from calibrant.report import render_transfer

QUICK = ("--n-boot", 50)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Sixty questions that the audit never saw."""
    return write_rows(tmp_path_factory.mktemp("elsewhere") / "new.jsonl", make_rows(60, seed=9))


def checked(calibrant, artifact, data, out, *words):
    status, text, _ = calibrant("check", artifact, data, *QUICK, "--out", out, "--json", *words)
    found = json.loads(text)
    assert json.loads((out / "check.json").read_text(encoding="utf-8")) == found
    assert (out / "check.html").read_text(encoding="utf-8") == render_transfer(found)
    assert status == (0 if found["status"] == "calibrated" else 1)
    return found


def test_new_questions_are_put_to_the_artifact_s_own_model(calibrant, audited, elsewhere, tmp_path):
    found = checked(calibrant, audited / "artifact", elsewhere, tmp_path)
    # Every twentieth has no answer, and of every 33rd of the others nobody knows it.
    assert (found["n"], found["n_unanswerable"], found["n_ungraded"], found["n_seen"]) == (56, 3, 1, 0)
    assert [row["label"] for row in found["subjects"]] == ["x", "y", "z"]
    assert sum(row["n"] for row in found["n_options"]) == 56
    assert found["method"] == load_artifact(audited / "artifact").chosen
    assert found["provenance"]["command"].startswith("calibrant check ")


def test_of_readouts_only_what_was_not_fitted_on_counts(calibrant, audited, tmp_path):
    found = checked(calibrant, audited / "artifact", audited / "readouts", tmp_path)
    readouts = load_readouts(audited / "readouts")
    answered = dict.fromkeys(("train", "calibration", "test"), 0)
    for part, question in zip(readouts.split, readouts.questions, strict=True):
        answered[part] += question.answer is not None
    assert found["n"] == answered["test"]
    assert found["n_seen"] == answered["train"] + answered["calibration"]
    evaluation = json.loads((audited / "evaluation.json").read_text(encoding="utf-8"))
    method = evaluation["methods"][evaluation["chosen"]]["metrics"]
    assert found["overall"]["log_loss"] == pytest.approx(method["log_loss"]["value"])
    assert found["overall"]["accuracy"]["value"] == pytest.approx(method["accuracy"]["value"])


def test_raw_is_no_map(calibrant, audited, elsewhere, tmp_path):
    found = checked(calibrant, audited / "artifact", elsewhere, tmp_path, "--method", "raw")
    assert found["status"] == "uncalibrated"
    assert found["reasons"][0].startswith("raw is no map")


def test_every_option_counts(calibrant, audited, elsewhere, tmp_path):
    words = ("--alpha", "0.2", "--max-outside", "0.5", "--seed", "4", "--method", "platt")
    found = checked(calibrant, audited / "artifact", elsewhere, tmp_path, *words)
    assert (found["alpha"], found["max_outside"], found["method"]) == (0.2, 0.5, "platt")
    assert (found["settings"]["seed"], found["settings"]["n_boot"]) == (4, 50)


# Another identity


@pytest.fixture
def foreign(audited, tmp_path):
    artifact = load_artifact(audited / "artifact")
    manifest = {**artifact.manifest, "identity": {**artifact.manifest["identity"], "weights": "fake:2"}}
    save_artifact(Artifact(artifact.maps, artifact.chosen, manifest), tmp_path / "foreign")
    return tmp_path / "foreign"


@pytest.mark.parametrize("source", ["questions", "readouts"])
def test_another_model_is_stale_and_nothing_is_measured(calibrant, audited, elsewhere, foreign, tmp_path, source):
    data = elsewhere if source == "questions" else audited / "readouts"
    found = checked(calibrant, foreign, data, tmp_path)
    assert (found["status"], found["overall"]) == ("stale", None)
    reason = "the artifact was fitted for something else: weights is 'fake:1', fitted for 'fake:2'"
    assert found["reasons"] == [reason]
    out = calibrant("check", foreign, data, "--out", tmp_path)[1]
    said = f"Stale: {reason}. Nothing was measured: fit it again, or force its use."
    assert " ".join(out.split()) == f"{said} The page: {tmp_path / 'check.html'}"


def test_forced_it_is_measured_and_stays_stale(calibrant, elsewhere, foreign, tmp_path):
    found = checked(calibrant, foreign, elsewhere, tmp_path, "--force")
    assert (found["status"], found["n"]) == ("stale", 56)


def test_an_artifact_of_an_earlier_version_still_loads(calibrant, audited, elsewhere, tmp_path):
    artifact = load_artifact(audited / "artifact")
    manifest = {key: value for key, value in artifact.manifest.items() if key != "domain"}
    save_artifact(Artifact(artifact.maps, artifact.chosen, manifest), tmp_path / "old")
    found = checked(calibrant, tmp_path / "old", elsewhere, tmp_path)
    assert found["domain"] is None
    assert any("fit it again" in note for note in found["notes"])


# What is printed


def printed(found, width=80):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_check(read_transfer(found), console)
    return console.file.getvalue()


@pytest.fixture(scope="module")
def population():
    """A map that holds for three subjects, and not for the fourth, in which the right option is drawn by lot."""
    logits, right = draw_logits(3000, seed=20)
    groups = [str(i) for i in range(3000)]
    identity = make_readouts(logits[:1], right[:1], ["test"]).identity
    artifact = fit_artifact(logits, right, groups, methods=["temperature"], manifest={"identity": identity})
    logits, right = draw_logits(800, seed=21)
    subjects = [f"subject {i % 4}" for i in range(800)]
    right = [0 if i % 4 == 3 else label for i, label in enumerate(right)]
    readouts = make_readouts(logits, right, ["test"] * 800, subjects=subjects)
    return check_transfer(readouts, artifact, settings=EvaluationSettings(n_boot=50, n_draws=200))


def test_it_reads_well_at_80_columns(population):
    text = printed(population)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Temperature scaling on 800 answers that it was not fitted on")
    row = next(line for line in lines if line.startswith("subject 3"))
    assert row.split()[-1] == "fails"
    assert not any("fails" in line for line in lines if line.startswith(("subject 0", "subject 1", "subject 2")))
    assert population["sentence"][1:] in " ".join(text.split())


def test_where_it_fails_is_said_though_all_answers_together_pass(population):
    passing = population | {"status": "calibrated", "reasons": [], "sentence": "calibrated: so it is."}
    assert "Over all answers the map is not refuted, but it is for subject 3" in " ".join(printed(passing).split())


def test_a_single_subject_is_not_printed_twice(population):
    alone = population | {"subjects": population["subjects"][:1]}
    assert "subject 0" not in printed(alone)


def test_a_long_table_is_cut_and_what_fails_comes_first(population):
    passing, failing = population["subjects"][0], population["subjects"][3]
    many = [passing | {"label": f"other {i}"} for i in range(30)] + [failing | {"label": "the one"}]
    text = printed(population | {"subjects": many})
    assert "11 more rows in check.json" in text
    rows = [line for line in text.splitlines() if line.startswith(("other", "the one"))]
    assert rows[0].startswith("the one")
    assert len(rows) == 20


def test_names_from_a_file_steer_no_terminal(population):
    strange = [row | {"label": f"[bold]\x1b[31m{place}"} for place, row in enumerate(population["subjects"])]
    text = printed(population | {"subjects": strange})
    assert "\x1b" not in text
    assert "[bold]" in text


# What cannot be done


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method", "spline"], "method must be one of raw, temperature, platt, isotonic, histogram; got 'spline'"),
        (["--alpha", "0"], "alpha must lie strictly between 0 and 1"),
        (["--alpha", "x"], "--alpha must be"),
        (["--max-outside", "2"], "max_outside must lie between 0 and 1"),
        (["--n-boot", "0"], "n_boot must be a whole number of at least 1"),
        (["--seed", "-1"], "seed must not be negative"),
    ],
)
def test_refused(refused, audited, tmp_path, words, message):
    out = tmp_path / "out"
    assert message in refused("check", audited / "artifact", audited / "readouts", *words, "--out", out)
    assert not out.exists()


def test_questions_that_it_was_all_fitted_on(refused, audited, data, tmp_path):
    readouts = load_readouts(audited / "readouts")
    ids = {readouts.questions[row].id for row in readouts.rows("train", "calibration")}
    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    seen = write_rows(tmp_path / "seen.jsonl", [row for row in rows if row["id"] in ids and row["answer"] is not None])
    assert "and no other has a known answer" in refused("check", audited / "artifact", seen, "--out", tmp_path / "o")


def test_a_damaged_artifact_is_named(refused, audited, tmp_path):
    shutil.copytree(audited / "artifact", tmp_path / "artifact")
    (tmp_path / "artifact" / "arrays.safetensors").write_bytes(b"")
    assert "is not the file that was saved" in refused("check", tmp_path / "artifact", audited / "readouts")
