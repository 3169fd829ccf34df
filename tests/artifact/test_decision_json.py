import json
from types import SimpleNamespace

import numpy as np
import pytest

from calibrant.artifact import (
    DECISION_TEMPLATE,
    RAW,
    Artifact,
    export_decision,
    import_decision,
    load_artifact,
    save_artifact,
)
from calibrant.calibrators import PlattScaling, TemperatureScaling
from calibrant.data import Question
from calibrant.exceptions import ArtifactError, CalibrantError, IdentityError, InputError, OutputError
from calibrant.models import load_model
from calibrant.readouts import PromptTemplate

IDENTITY = {
    "weights": "sha256:0",
    "dtype": "float32",
    "engine": "transformers",
    "logprobs": "raw",
    "template": PromptTemplate(DECISION_TEMPLATE).sha256,
    "readout": "letter",
}
QUESTION = Question(id="q", question="What is the capital of France?", choices=("Lyon", "Paris", "Nice"), answer=1)


def scaling(temperature):
    fitted = TemperatureScaling()
    fitted.temperature_, fitted.at_bound_ = temperature, False
    return fitted


def artifact(temperature=2.5, identity=None, text=DECISION_TEMPLATE, examples=()):
    manifest = {
        "identity": IDENTITY | (identity or {}),
        "template": {"text": text, "sha256": "x", "examples": list(examples)},
        "fitted_on": {"n": 300},
    }
    platt = PlattScaling().fit([0.2, 0.8, 0.6], [0, 1, 1])
    return Artifact({"temperature": scaling(temperature), "platt": platt}, "temperature", manifest)


def write(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


# The file


def test_the_temperature_of_a_choice_and_where_it_comes_from(tmp_path):
    content = export_decision(artifact(), tmp_path / "decision.json")
    assert json.loads((tmp_path / "decision.json").read_text(encoding="utf-8")) == content
    assert content["temperature"] == {"choice": 2.5}
    note = content["calibrant"]
    assert (note["map"], note["status"], note["differences"]) == ("temperature", "calibrated", [])
    assert note["holds_for"] == IDENTITY
    assert note["fitted_on"] == {"n": 300}
    assert "only for the model, number format, words and readout" in note["note"]


def test_a_file_that_is_there_keeps_its_other_settings(tmp_path):
    present = {"labels": {"noul": ["yes", "no"]}, "temperature": {"noul": 3, "choice": 9}, "noul_options": ["x"]}
    write(tmp_path / "decision.json", present)
    content = export_decision(artifact(), tmp_path / "decision.json")
    assert content["temperature"] == {"noul": 3, "choice": 2.5}
    assert {key: content[key] for key in ("labels", "noul_options")} == {
        key: present[key] for key in ("labels", "noul_options")
    }


def test_a_file_that_is_something_else_is_left_alone(tmp_path):
    write(tmp_path / "decision.json", {"mine": 1})
    with pytest.raises(ArtifactError, match=r"decision.json is no decision.json of transformers"):
        export_decision(artifact(), tmp_path / "decision.json", force=True)
    assert json.loads((tmp_path / "decision.json").read_text(encoding="utf-8")) == {"mine": 1}


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        export_decision(artifact(), tmp_path / "file" / "decision.json")


# What it cannot hold


def test_other_maps_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"decision.json cannot hold the map platt: .* Ask for temperature"):
        export_decision(artifact(), tmp_path / "d.json", method="platt", force=True)
    with pytest.raises(InputError, match="cannot hold the map raw"):
        export_decision(Artifact({}, RAW), tmp_path / "d.json", force=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (artifact(identity={"readout": "cloze"}), "the map was fitted on readout 'cloze'"),
        (artifact(identity={"engine": "llama.cpp"}), "the map was fitted for 'llama.cpp'"),
        (artifact(text="{{ question }}"), "fitted with another template or examples"),
        (artifact(examples=[{"id": "a"}]), "fitted with another template or examples"),
        (Artifact({"temperature": scaling(2.0)}, "temperature"), "readout None"),
    ],
)
def test_what_was_fitted_otherwise_is_refused_unless_forced(tmp_path, given, message):
    with pytest.raises(IdentityError, match=message):
        export_decision(given, tmp_path / "d.json")
    assert not list(tmp_path.iterdir())
    note = export_decision(given, tmp_path / "d.json", force=True)["calibrant"]
    assert note["status"] == "stale"
    assert any(message in difference for difference in note["differences"]) or message == "readout None"


def test_a_line_feed_at_the_end_of_the_template_is_no_other_template(tmp_path):
    assert export_decision(artifact(text=DECISION_TEMPLATE + "\n"), tmp_path / "d.json")["temperature"]


@pytest.mark.parametrize(
    ("present", "message"),
    [
        ({"labels": {"choice": ["a", "b"]}}, "names other labels"),
        ({"labels": {"choice": "AB"}}, "names other labels"),
        ({"chat_template": "x"}, "has a template of its own"),
        ({"temperature": {}, "adapter": "lora"}, "names an adapter"),
    ],
)
def test_settings_under_which_it_does_not_hold_are_refused(tmp_path, present, message):
    write(tmp_path / "decision.json", present)
    with pytest.raises(IdentityError, match=message):
        export_decision(artifact(), tmp_path / "decision.json")
    assert export_decision(artifact(), tmp_path / "decision.json", force=True)["calibrant"]["status"] == "stale"


def test_letters_as_labels_are_those_of_the_readout(tmp_path):
    write(tmp_path / "decision.json", {"labels": {"choice": ["A", "B", "C"]}})
    assert export_decision(artifact(), tmp_path / "decision.json")["calibrant"]["status"] == "calibrated"


def test_a_template_beside_it_is_another_template(tmp_path):
    (tmp_path / "decision_template.jinja").write_text("{{ state }}", encoding="utf-8")
    with pytest.raises(IdentityError, match="has a template of its own"):
        export_decision(artifact(), tmp_path / "decision.json")


# And back


def test_it_comes_back_to_the_last_bit(tmp_path):
    export_decision(artifact(np.nextafter(2.5, 3)), tmp_path / "decision.json")
    imported = import_decision(tmp_path / "decision.json")
    assert imported.chosen == "temperature"
    assert imported.maps["temperature"].temperature_ == np.nextafter(2.5, 3)
    save_artifact(imported, tmp_path / "artifact")
    given = [[1.0, -2.0], [0.5, 0.0, 3.0]]
    assert load_artifact(tmp_path / "artifact").predict(given).confidence.tolist() == (
        artifact(np.nextafter(2.5, 3)).predict(given).confidence.tolist()
    )


def test_what_the_file_says_of_its_identity_is_not_believed(tmp_path):
    export_decision(artifact(), tmp_path / "decision.json")
    imported = import_decision(tmp_path / "decision.json")
    assert imported.check_identity(IDENTITY, force=True) == "stale"
    with pytest.raises(IdentityError):
        imported.check_identity(IDENTITY)
    stated = import_decision(tmp_path / "decision.json", identity=IDENTITY)
    assert stated.check_identity(IDENTITY) == "calibrated"


@pytest.mark.parametrize(("kind", "expected"), [("choice", 2.0), ("noul", 3.0), ("score", 1.0)])
def test_each_type_has_its_own_temperature_or_1(tmp_path, kind, expected):
    path = write(tmp_path / "decision.json", {"temperature": {"choice": 2, "noul": 3.0}})
    assert import_decision(path, question_type=kind).maps["temperature"].temperature_ == expected


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"standard": "noulxp/0.2", "temperature": {"choice": 2}},
        {"temperature": 2},
        {"temperature": [2]},
        {"temperature": {"choice": None}},
        {"temperature": {"choice": "2"}},
        {"temperature": {"choice": True}},
        {"temperature": {"choice": 0}},
        {"temperature": {"choice": float("nan")}},
        {"temperature": {"choice": float("inf")}},
        {"temperature": {"choice": 1e9}},
        {"temperature": {"choice": 2}, "labels": ["A"]},
    ],
)
def test_a_file_that_cannot_be_taken_is_refused(tmp_path, content):
    with pytest.raises(ArtifactError, match=r"decision.json"):
        import_decision(write(tmp_path / "decision.json", content))


def test_a_type_of_question_that_is_not_known(tmp_path):
    with pytest.raises(InputError, match="question_type must be one of choice, score, noul; got 'free'"):
        import_decision(write(tmp_path / "d.json", {"temperature": {}}), question_type="free")


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_a_truncated_file_is_refused(tmp_path, place):
    export_decision(artifact(), tmp_path / "decision.json")
    data = (tmp_path / "decision.json").read_bytes()
    (tmp_path / "decision.json").write_bytes(data[:place])
    with pytest.raises(CalibrantError):
        import_decision(tmp_path / "decision.json")


# The library itself


def test_the_words_are_those_of_transformers():
    pytest.importorskip("torch", reason="the hf extra is not installed")
    template_utils = pytest.importorskip("transformers.decision.template_utils")
    asked = {"type": "choice", "criteria": dict.fromkeys(QUESTION.choices)}
    theirs = template_utils.Question.from_request("q", asked, SimpleNamespace(labels={}, noul_options=[]))
    compiled = template_utils._compile_jinja_template(template_utils.DECISION_PROMPT)
    expected = compiled.render(state=QUESTION.question, question=theirs)
    assert PromptTemplate(DECISION_TEMPLATE).messages(QUESTION, "letter")[-1].content == expected


def test_transformers_takes_the_file(tmp_path):
    pytest.importorskip("torch", reason="the hf extra is not installed")
    decision = pytest.importorskip("transformers.decision")
    export_decision(artifact(), tmp_path / "decision.json")
    config = decision.DecisionConfig.from_pretrained(tmp_path)
    assert config.temperature == {"choice": 2.5}
    # What its own code writes is taken back too.
    config.save_pretrained(tmp_path / "saved")
    assert import_decision(tmp_path / "saved" / "decision.json").maps["temperature"].temperature_ == 2.5


@pytest.mark.model
@pytest.mark.slow
def test_the_pipeline_of_transformers_answers_with_our_probabilities(tmp_path):
    transformers = pytest.importorskip("transformers", reason="the hf extra is not installed")
    pytest.importorskip("transformers.decision")
    from calibrant.readouts._prompts import build_prompts, read_row

    try:
        model = load_model("embedded", device="cpu", dtype="float32")
    except CalibrantError as error:
        if "not installed" not in str(error):
            raise
        pytest.skip(str(error))
    converted = type(tmp_path)(model._network.name_or_path)
    folder = tmp_path / "model"
    folder.mkdir()
    for file in converted.iterdir():
        (folder / file.name).symlink_to(file)
    export_decision(artifact(3.7), folder / "decision.json")
    questions = [
        QUESTION,
        Question(id="r", question="2 + 2 =", choices=("5", "4"), answer=1),
        Question(id="s", question="Which gas do plants take in?", choices=("oxygen", "carbon dioxide", "a", "b", "c")),
    ]
    prompts = build_prompts(model, questions, PromptTemplate(DECISION_TEMPLATE), "letter")
    rows = [
        read_row(model, question, "letter", reading)["letter_logprobs"]
        for question, reading in zip(questions, model.score(prompts), strict=True)
    ]
    expected = scaling(3.7).predict_proba(rows)

    pipeline = transformers.pipeline("decision", model=str(folder), device="cpu")
    for question, calibrated, raw in zip(questions, expected, rows, strict=True):
        criteria = dict.fromkeys(question.choices)
        answer = pipeline({"state": question.question, "questions": {"q": {"type": "choice", "criteria": criteria}}})[
            "q"
        ]
        # The pipeline reads "A", the readout "A" and " A": on this model the second adds next to nothing.
        np.testing.assert_allclose(list(answer["probabilities"].values()), calibrated, atol=1e-4)
        assert np.abs(calibrated - scaling(1.0).predict_proba([raw])[0]).max() > 0.01  # or it would show nothing
