import json
import shutil

import pytest
from tests.cli.conftest import write_rows

from calibrant.artifact import Artifact, load_artifact, save_artifact
from calibrant.models import FakeModel
from calibrant.readouts import load_readouts


@pytest.fixture(scope="session")
def unlabelled(tmp_path_factory, rows):
    """Forty questions of which nobody knows the answer."""
    kept = [{key: row[key] for key in ("id", "question", "choices")} for row in rows[:40]]
    return write_rows(tmp_path_factory.mktemp("unlabelled") / "new.jsonl", kept)


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def test_questions_without_answers_get_a_calibrated_one(calibrant, audited, unlabelled, rows):
    status, out, _ = calibrant("predict", audited / "artifact", unlabelled)
    predictions = lines_of(out)
    chosen = load_artifact(audited / "artifact").chosen
    assert status == 0
    assert [line["id"] for line in predictions] == [row["id"] for row in rows[:40]]
    for line, row in zip(predictions, rows[:40], strict=True):
        assert list(line) == ["id", "answer", "text", "confidence", "raw_confidence", "method", "status"]
        assert line["text"] == row["choices"][line["answer"]]
        assert 0 < line["confidence"] < line["raw_confidence"] <= 1
        assert (line["method"], line["status"]) == (chosen, "calibrated")


def test_they_are_those_of_the_audit(calibrant, audited, unlabelled):
    artifact, readouts = load_artifact(audited / "artifact"), load_readouts(audited / "readouts")
    said = artifact.predict(readouts.option_logprobs())
    expected = {question.id: row for row, question in enumerate(readouts.questions)}
    for line in lines_of(calibrant("predict", audited / "artifact", unlabelled)[1]):
        row = expected[line["id"]]
        assert line["answer"] == said.answer[row]
        assert line["confidence"] == pytest.approx(said.confidence[row], abs=1e-12)


def test_a_folder_of_readouts_needs_no_model(calibrant, audited):
    lines = lines_of(calibrant("predict", audited / "artifact", audited / "readouts")[1])
    readouts = load_readouts(audited / "readouts")
    assert [line["id"] for line in lines] == [question.id for question in readouts.questions]


def test_into_a_file(calibrant, audited, unlabelled, tmp_path):
    printed = calibrant("predict", audited / "artifact", unlabelled)[1]
    status, out, _ = calibrant("predict", audited / "artifact", unlabelled, "--out", tmp_path / "p.jsonl")
    assert (status, out) == (0, f"40 predictions in {tmp_path / 'p.jsonl'}\n")
    assert (tmp_path / "p.jsonl").read_text(encoding="utf-8") == printed


def test_raw_is_called_uncalibrated(calibrant, audited, unlabelled):
    for line in lines_of(calibrant("predict", audited / "artifact", unlabelled, "--method", "raw")[1]):
        assert (line["method"], line["status"]) == ("raw", "uncalibrated")
        assert line["confidence"] == line["raw_confidence"]


def test_another_map_by_name(calibrant, audited, unlabelled):
    lines = lines_of(calibrant("predict", audited / "artifact", unlabelled, "--method", "isotonic")[1])
    assert {(line["method"], line["status"]) for line in lines} == {("isotonic", "calibrated")}


def test_an_unknown_map_is_named(refused, audited, unlabelled):
    message = refused("predict", audited / "artifact", unlabelled, "--method", "spline")
    assert message == "method must be one of raw, temperature, platt, isotonic, histogram; got 'spline'"


@pytest.fixture
def foreign(calibrant, data, tmp_path):
    """Readouts by another prompt than that of the artifact."""
    words = ("readout", "--model", "fake", "--data", data, "--limit", 30, "--readout", "letter")
    calibrant(*words, "--out", tmp_path / "foreign")
    return tmp_path / "foreign"


def test_readouts_of_another_prompt_are_refused(refused, audited, foreign):
    message = refused("predict", audited / "artifact", foreign)
    assert "readout is 'letter', fitted for 'cloze'. Fit it again, or force its use" in message


def test_forced_numbers_are_called_stale(calibrant, audited, foreign):
    status, out, _ = calibrant("predict", audited / "artifact", foreign, "--force")
    assert status == 0
    assert {line["status"] for line in lines_of(out)} == {"stale"}


def test_another_model_is_refused_before_it_is_asked(refused, audited, unlabelled, tmp_path, monkeypatch):
    artifact = load_artifact(audited / "artifact")
    manifest = {**artifact.manifest, "identity": {**artifact.manifest["identity"], "weights": "fake:2"}}
    save_artifact(Artifact(artifact.maps, artifact.chosen, manifest), tmp_path)
    monkeypatch.setattr(FakeModel, "score", None)  # asking it would be a TypeError
    assert "weights is 'fake:1', fitted for 'fake:2'" in refused("predict", tmp_path, unlabelled)


def test_the_artifact_brings_its_own_prompt(calibrant, data, rows, unlabelled, tmp_path):
    (tmp_path / "prompt.jinja").write_text("Think: {{ question }}", encoding="utf-8")
    examples = write_rows(tmp_path / "examples.jsonl", [rows[41], rows[42]])
    words = ("--template", tmp_path / "prompt.jinja", "--examples", examples, "--out", tmp_path / "out")
    options = ("--readout", "cloze", "--methods", "platt", "--model", "fake", "--data", data)
    assert calibrant("audit", *options, *words)[0] == 0
    status, out, _ = calibrant("predict", tmp_path / "out" / "artifact", unlabelled)
    readouts = load_readouts(tmp_path / "out" / "readouts")
    said = load_artifact(tmp_path / "out" / "artifact").predict(readouts.option_logprobs())
    expected = {question.id: said.confidence[row] for row, question in enumerate(readouts.questions)}
    assert status == 0
    for line in lines_of(out):
        assert line["confidence"] == pytest.approx(expected[line["id"]], abs=1e-12)


def test_letters_that_a_terminal_lacks(calibrant, audited, tmp_path):
    row = {"id": "ü", "question": "Größer?", "choices": ["日本", "Åland"]}
    line = lines_of(calibrant("predict", audited / "artifact", write_rows(tmp_path / "q.jsonl", [row]))[1])[0]
    assert line["id"] == "ü"
    assert line["text"] in row["choices"]


def test_questions_without_options_are_refused(refused, audited, tmp_path):
    data = write_rows(tmp_path / "q.jsonl", [{"id": "free", "question": "Why?"}])
    assert "question 'free' has no choices" in refused("predict", audited / "artifact", data)


def test_a_folder_that_is_no_artifact_is_named(refused, audited, unlabelled):
    message = refused("predict", audited / "readouts", unlabelled)
    assert "must be of format 'calibrant/artifact'" in message


def test_a_damaged_artifact_is_named(refused, audited, unlabelled, tmp_path):
    shutil.copytree(audited / "artifact", tmp_path / "artifact")
    path = tmp_path / "artifact" / "arrays.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert f"{path} is not the file that was saved" in refused("predict", tmp_path / "artifact", unlabelled)


@pytest.mark.parametrize("section", ["model", "template"])
def test_an_artifact_that_says_too_little_is_refused(refused, audited, unlabelled, tmp_path, section):
    artifact = load_artifact(audited / "artifact")
    save_artifact(Artifact(artifact.maps, artifact.chosen, {**artifact.manifest, section: None}), tmp_path)
    assert f"does not say which {section} it was fitted for" in refused("predict", tmp_path, unlabelled)


def test_examples_that_are_no_questions_are_refused(refused, audited, unlabelled, tmp_path):
    artifact = load_artifact(audited / "artifact")
    template = {**artifact.manifest["template"], "examples": [{"id": 3}]}
    save_artifact(Artifact(artifact.maps, artifact.chosen, {**artifact.manifest, "template": template}), tmp_path)
    assert "the artifact's examples are no questions" in refused("predict", tmp_path, unlabelled)
