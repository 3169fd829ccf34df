import pytest
from tests.cli.conftest import write_rows

from calibrant.artifact import load_artifact
from calibrant.calibrators import CALIBRATORS
from calibrant.readouts import load_readouts


def test_what_was_fitted_is_said_in_one_line(calibrant, audited, tmp_path):
    status, out, _ = calibrant("fit", audited / "readouts", "--out", tmp_path, "--methods", "temperature,histogram")
    artifact = load_artifact(tmp_path)
    assert (status, out) == (0, f"fitted temperature, histogram; chosen: {artifact.chosen}; in {tmp_path}\n")


def test_the_manifest_says_what_it_holds_for(audited):
    manifest, readouts = load_artifact(audited / "artifact").manifest, load_readouts(audited / "readouts")
    assert manifest["identity"] == readouts.identity
    assert manifest["model"]["source"] == "fake"
    assert manifest["template"]["sha256"] == readouts.identity["template"]
    assert manifest["fitted_on"]["n"] == 129
    assert manifest["label"] == "1 if the most likely option is the right one, else 0"


def test_the_seed_is_that_of_the_readouts_unless_given(calibrant, data, tmp_path):
    calibrant("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--seed", 5, "--out", tmp_path / "r")
    calibrant("fit", tmp_path / "r", "--out", tmp_path / "a")
    calibrant("fit", tmp_path / "r", "--out", tmp_path / "b", "--seed", 6)
    seeds = [load_artifact(tmp_path / name).manifest["fitted_on"]["random_state"] for name in "ab"]
    assert seeds == [5, 6]


@pytest.mark.parametrize("name", ["none", "artifact"])
def test_a_folder_without_readouts_is_named(refused, audited, name):
    message = refused("fit", audited / name)
    assert str(audited / name) in message


def test_nothing_to_fit_on_is_named(calibrant, refused, data, tmp_path):
    unlike = [{"id": f"n{i}", "question": f"Number {i}?", "choices": ["yes", "no"]} for i in range(30)]
    blank = write_rows(tmp_path / "q.jsonl", unlike)
    words = ("--data", blank, "--test-data", data, "--readout", "cloze", "--out", tmp_path / "r")
    assert calibrant("readout", "--model", "fake", *words)[0] == 0
    message = refused("fit", tmp_path / "r", "--out", tmp_path / "a")
    assert message == f"{tmp_path / 'r'}: train and calibration hold no answered question to fit on"


def test_an_unknown_map_is_named(refused, audited, tmp_path):
    message = refused("fit", audited / "readouts", "--methods", "wavelet", "--out", tmp_path / "a")
    assert message == f"methods must be names out of {', '.join(CALIBRATORS)}; got wavelet"
