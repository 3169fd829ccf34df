import json

import pytest

from calibrant.artifact import load_artifact


@pytest.fixture
def file(tmp_path):
    (tmp_path / "decision.json").write_text('{"temperature": {"choice": 2.5, "noul": 3}}', encoding="utf-8")
    return tmp_path / "decision.json"


def test_without_an_identity_its_numbers_are_stale(calibrant, refused, file, audited, tmp_path):
    status, out, err = calibrant("import", file, "--out", tmp_path / "a")
    expected = f"temperature from {file} in {tmp_path / 'a'}, for no model that is known: its numbers are stale\n"
    assert (status, out, err) == (0, expected, "")
    artifact = load_artifact(tmp_path / "a")
    assert (artifact.chosen, artifact.maps["temperature"].temperature_) == ("temperature", 2.5)
    assert "the artifact was fitted for something else" in refused("predict", tmp_path / "a", audited / "readouts")
    lines = calibrant("predict", tmp_path / "a", audited / "readouts", "--force")[1].splitlines()
    assert {json.loads(line)["status"] for line in lines} == {"stale"}


def test_with_readouts_it_is_for_their_model_and_words(calibrant, file, audited, data, tmp_path):
    words = ("import", file, "--out", tmp_path / "a", "--readouts", audited / "readouts")
    assert calibrant(*words)[1].endswith("for the model and words of the readouts\n")
    # Known questions from the readouts and new ones put to the model.
    for source in (audited / "readouts", data):
        status, out, _ = calibrant("predict", tmp_path / "a", source)
        assert status == 0
        assert {json.loads(line)["status"] for line in out.splitlines()} == {"calibrated"}


def test_another_type_of_question(calibrant, file, tmp_path):
    assert calibrant("import", file, "--out", tmp_path / "a", "--question-type", "noul")[0] == 0
    assert load_artifact(tmp_path / "a").maps["temperature"].temperature_ == 3.0


def test_what_was_exported_comes_back(calibrant, audited, tmp_path):
    words = ("export", audited / "artifact", "--method", "temperature", "--force", "--format", "noulxp")
    assert calibrant(*words, "--out", tmp_path / "c.json")[0] == 0
    assert calibrant("import", tmp_path / "c.json", "--out", tmp_path / "a")[0] == 0
    one, other = load_artifact(tmp_path / "a"), load_artifact(audited / "artifact")
    assert one.maps["temperature"].temperature_ == other.maps["temperature"].temperature_


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not JSON"),
        ("[]", "must hold a JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"temperature": {"choice": NaN}}', "must be a temperature, a number from 0.05 to 1000; it is nan"),
        ('{"temperature": {"choice": 1e400}}', "it is inf"),
        ('{"standard": "noulxp/9", "temperature": {}}', "its standard is 'noulxp/9'"),
        ('{"version": 1, "questions": {}}', "nothing to make a map of"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused(refused, tmp_path, content, message):
    (tmp_path / "f.json").write_text(content, encoding="utf-8")
    said = refused("import", tmp_path / "f.json", "--out", tmp_path / "a")
    assert message in said
    assert str(tmp_path / "f.json") in said
    assert not (tmp_path / "a").exists()


def test_a_missing_file_and_an_unknown_type(refused, file, tmp_path):
    assert refused("import", tmp_path / "none.json") == f"there is no file {tmp_path / 'none.json'}"
    message = refused("import", file, "--question-type", "free")
    assert message == "question_type must be one of choice, score, noul; got 'free'"
