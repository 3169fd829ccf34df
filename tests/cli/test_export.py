import json

import numpy as np
import pytest
from tests.cli.conftest import files_of, make_rows, write_rows
from tests.population import SHARPNESS

from calibrant.artifact import (
    DECISION_TEMPLATE,
    RAW,
    Artifact,
    find_gate,
    load_artifact,
    read_thresholds,
    save_artifact,
)
from calibrant.calibrators import TemperatureScaling
from calibrant.cli.main import main
from calibrant.readouts import load_readouts


def fit(folder, data, methods, *words):
    """Read and fit, as an audit does, without its report."""
    asked = ["readout", "--model", "fake", "--data", data, *words, "--out", folder / "readouts"]
    for line in (asked, ["fit", folder / "readouts", "--methods", methods, "--out", folder / "artifact"]):
        assert main([str(word) for word in line]) == 0
    return folder


@pytest.fixture(scope="session")
def lettered(tmp_path_factory, data):
    """Maps fitted in the pipeline's words by letters; not to be changed."""
    folder = tmp_path_factory.mktemp("lettered")
    (folder / "words.jinja").write_text(DECISION_TEMPLATE + "\n", encoding="utf-8")
    return fit(folder, data, "temperature,platt", "--readout", "letter", "--template", folder / "words.jinja")


@pytest.fixture(scope="session")
def many(tmp_path_factory):
    """A map and enough questions for thresholds; not to be changed."""
    folder = tmp_path_factory.mktemp("many")
    data = write_rows(folder / "questions.jsonl", make_rows(800, seed=7))
    return fit(folder, data, "temperature", "--readout", "cloze", "--guarantee", 0.3)


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


# Temperatures


def test_decision_json(calibrant, lettered, tmp_path):
    words = ("export", lettered / "artifact", "--method", "temperature", "--out", tmp_path / "decision.json")
    # The fake model is no engine that transformers could serve.
    status, out, err = calibrant(*words, "--force")
    assert (status, out, err) == (0, f"the map temperature in {tmp_path / 'decision.json'}\n", "")
    fitted = load_artifact(lettered / "artifact").maps["temperature"]
    content = read(tmp_path / "decision.json")
    assert content["temperature"] == {"choice": fitted.temperature_}
    assert content["calibrant"]["status"] == "stale"
    assert content["calibrant"]["differences"] == [
        "its engine is 'transformers', and the map was fitted for 'calibrant'"
    ]


def test_decision_json_of_a_model_that_can_be_served(calibrant, lettered, tmp_path):
    artifact = load_artifact(lettered / "artifact")
    identity = artifact.manifest["identity"] | {"engine": "transformers"}
    save_artifact(Artifact(artifact.maps, "temperature", {**artifact.manifest, "identity": identity}), tmp_path / "a")
    assert calibrant("export", tmp_path / "a", "--out", tmp_path / "decision.json")[0] == 0
    assert read(tmp_path / "decision.json")["calibrant"]["status"] == "calibrated"


def test_a_temperature_at_its_bound_is_said_to_be_one(calibrant, tmp_path):
    held = TemperatureScaling().fit([[SHARPNESS, 0.0]], [0])
    save_artifact(Artifact({"temperature": held}, "temperature"), tmp_path / "a")
    words = ("export", tmp_path / "a", "--format", "noulxp", "--out", tmp_path / "c.json", "--force")
    assert "Note: its temperature was held by a bound" in calibrant(*words)[1]
    assert read(tmp_path / "c.json")["source"]["at_bound"] is True


def test_a_cloze_readout_is_refused_with_what_to_do(refused, audited, tmp_path):
    message = refused("export", audited / "artifact", "--method", "temperature", "--out", tmp_path / "d.json")
    assert "the map was fitted on readout 'cloze'" in message
    assert (
        "Fit it by the letter readout with calibrant.artifact.DECISION_TEMPLATE as the template, or force it" in message
    )
    assert not (tmp_path / "d.json").exists()


def test_noulxp(calibrant, lettered, tmp_path):
    words = ("export", lettered / "artifact", "--format", "noulxp", "--method", "temperature")
    assert calibrant(*words, "--out", tmp_path / "calibration.json")[0] == 0
    fitted = load_artifact(lettered / "artifact").maps["temperature"]
    content = read(tmp_path / "calibration.json")
    assert (content["standard"], content["temperature"]) == ("noulxp/0.2", {"choice": fitted.temperature_})


@pytest.mark.parametrize(
    ("format", "name"), [("decision", "decision.json"), ("noulxp", "calibration.json")], ids=["decision", "noulxp"]
)
def test_without_out_it_has_its_usual_name_here(calibrant, lettered, tmp_path, monkeypatch, format, name):
    monkeypatch.chdir(tmp_path)
    words = ("export", lettered / "artifact", "--format", format, "--method", "temperature", "--force")
    assert calibrant(*words)[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("format", ["decision", "noulxp"])
def test_maps_that_are_no_temperature_are_refused(refused, lettered, tmp_path, format):
    words = ("export", lettered / "artifact", "--format", format, "--force", "--out", tmp_path / "f.json", "--method")
    message = refused(*words, "platt")
    assert "cannot hold the map platt: it divides the scores of the options" in message
    assert message.endswith("Ask for temperature, which the artifact holds too")
    assert "raw is no map" in refused(*words, RAW)
    assert "method must be one of raw, temperature, platt; got 'spline'" in refused(*words, "spline")
    assert not (tmp_path / "f.json").exists()


def test_words_that_do_not_go_together(refused, lettered, tmp_path):
    artifact, out = lettered / "artifact", ("--out", tmp_path / "f.json")
    assert refused("export", artifact, "--format", "gguf", *out) == (
        "--format must be decision, noulxp, thresholds; got gguf"
    )
    assert "--readouts goes with --format thresholds" in refused("export", artifact, "--readouts", lettered, *out)
    assert "--format thresholds needs --readouts" in refused("export", artifact, "--format", "thresholds", *out)
    assert not (tmp_path / "f.json").exists()


# Thresholds


def thresholds_words(folder, out, *more):
    words = ("export", folder / "artifact", "--format", "thresholds", "--readouts", folder / "readouts")
    return (*words, "--target", 0.4, "--n-boot", 50, "--out", out, *more)


def test_thresholds_are_those_of_the_part_kept(calibrant, many, tmp_path):
    status, out, _ = calibrant(*thresholds_words(many, tmp_path / "t.json", "--dialect", "probability", "--seed", 3))
    assert status == 0
    artifact, said = load_artifact(many / "artifact"), load_readouts(many / "readouts")
    found = read_thresholds(tmp_path / "t.json")
    assert found.questions
    assert (found.target, found.confidence, found.status) == (0.4, "probability", "calibrated")
    every = said.option_logprobs()
    for subject in ("x", "y", "z"):
        rows = [
            row
            for row in said.rows("guarantee")
            if said.questions[row].subject == subject and said.questions[row].answer is not None
        ]
        answers = artifact.predict([every[row] for row in rows])
        correct = [a == said.questions[row].answer for a, row in zip(answers.answer, rows, strict=True)]
        gate = find_gate(correct, answers.confidence, 0.4, n_resamples=50, random_state=3)
        if isinstance(gate, str):
            assert f"left out {subject}: {gate}" in out
        else:
            assert found.questions[subject] == gate
            assert f"{subject}: from {gate.threshold:.4f} on, " in out


def test_by_default_the_confidence_is_the_one_that_servers_send(calibrant, many, tmp_path):
    assert calibrant(*thresholds_words(many, tmp_path / "t.json"))[0] == 0
    found = read_thresholds(tmp_path / "t.json")
    said = load_readouts(many / "readouts")
    rows = said.rows("guarantee")
    every = said.option_logprobs()
    p = load_artifact(many / "artifact").predict([every[row] for row in rows]).confidence
    k = np.array([every[row].size for row in rows])
    typesafe = (p - 1 / k) / (1 - 1 / k)
    assert found.confidence == "typesafe"
    for gate in found.questions.values():
        assert np.abs(typesafe - gate.threshold).min() < 1e-12


def test_those_of_no_map_are_called_uncalibrated(calibrant, many, tmp_path):
    status, out, _ = calibrant(*thresholds_words(many, tmp_path / "t.json", "--method", "raw"))
    assert (status, read_thresholds(tmp_path / "t.json").status) == (0, "uncalibrated")
    assert out.endswith(" (uncalibrated)\n")


def test_nothing_is_chosen_on_the_test_part(refused, audited, tmp_path):
    message = refused(*thresholds_words(audited, tmp_path / "t.json"))
    assert message.endswith("has no part for thresholds: make the readouts with --guarantee 0.2, and fit on them")


def test_no_threshold_is_said_and_nothing_written(refused, data, tmp_path):
    folder = fit(tmp_path / "few", data, "temperature", "--readout", "cloze", "--guarantee", 0.3)
    message = refused(*thresholds_words(folder, tmp_path / "t.json"))
    assert message.startswith("no subject has a threshold, so nothing was written. x: ")
    assert "graded answers are too few, 50 are needed; z: " in message
    assert not (tmp_path / "t.json").exists()


def test_readouts_that_the_map_has_seen_are_refused(refused, calibrant, many, tmp_path):
    # The same questions, split by another seed: some of those kept were in the fit.
    data = many / "questions.jsonl"
    words = ("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--guarantee", 0.3)
    words += ("--seed", 5, "--out", tmp_path / "r")
    assert calibrant(*words)[0] == 0
    message = refused(
        "export",
        many / "artifact",
        "--format",
        "thresholds",
        "--readouts",
        tmp_path / "r",
        "--out",
        tmp_path / "t.json",
    )
    assert "the artifact was fitted on" in message
    assert "thresholds need answers that no map was fitted on" in message


def test_readouts_of_another_prompt_are_refused_unless_forced(refused, calibrant, many, lettered, tmp_path):
    words = ("export", lettered / "artifact", "--format", "thresholds", "--readouts", many / "readouts")
    options = ("--target", 0.4, "--n-boot", 5, "--method", "temperature", "--out", tmp_path / "t.json")
    assert "the artifact was fitted for something else" in refused(*words, *options)
    status, out, _ = calibrant(*words, *options, "--force")
    assert status == 0
    assert out.endswith(f"confidence in {tmp_path / 't.json'} (stale)\n")
    assert read_thresholds(tmp_path / "t.json").status == "stale"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--dialect", "entropy"), "--dialect must be typesafe or probability for thresholds; got entropy"),
        (("--target", 95), "target must lie in (0, 1], as in 0.95 for 95 % right; got 95"),
        (("--n-boot", 0), "n_resamples must be at least 1; got 0"),
        (("--method", "spline"), "method must be one of raw, temperature; got 'spline'"),
    ],
)
def test_options_that_cannot_be_used(refused, many, tmp_path, words, message):
    assert message in refused(*thresholds_words(many, tmp_path / "t.json", *words))
    assert files_of(tmp_path) == {}


def test_a_damaged_artifact_is_named(refused, tmp_path):
    save_artifact(Artifact({"temperature": TemperatureScaling().fit([[SHARPNESS, 0.0]], [0])}, RAW), tmp_path / "a")
    (tmp_path / "a" / "arrays.safetensors").write_bytes(b"")
    assert "arrays.safetensors is not the file that was saved" in refused("export", tmp_path / "a")
