import json

import numpy as np
import pytest

from calibrant.artifact import Gate, Thresholds, find_gate, find_thresholds, read_thresholds, write_thresholds
from calibrant.exceptions import ArtifactError, InputError

GATE = {"type": "choice", "threshold": 0.7, "accuracy": 0.95, "coverage": 0.5, "n": 200}
CONTENT = {
    "version": 1,
    "model": "m",
    "generatedAt": "2026-01-01T00:00:00Z",
    "guard": {"method": "bootstrap", "resamples": 1000, "seed": 0},
    "tolerance": 0,
    "questions": {"tone": GATE},
    "definitions": {"tone": {"type": "choice"}},
}
CUT = {"target": 0.9, "threshold": 0.8, "precision": 0.91, "recall": 0.4, "flagged": 0.2, "n": 120}


def write(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def draw(n, seed=0):
    rng = np.random.default_rng(seed)
    confidence = rng.random(n)
    return (rng.random(n) < confidence).astype(float), confidence


# What is found


def test_each_subject_has_the_gate_of_its_own_answers():
    correct, confidence = draw(300)
    subjects = ["b", "a", "a"] * 100
    found, without = find_thresholds(correct, confidence, subjects, target=0.8, model="m", n_resamples=20)
    own = np.array(subjects) == "b"
    assert found.questions["b"] == find_gate(correct[own], confidence[own], 0.8, n_resamples=20)
    assert list(found.questions) == ["a", "b"]
    assert without == {}
    assert found.types == {"a": "choice", "b": "choice"}
    assert found.guard == {"method": "bootstrap", "resamples": 20, "seed": 0}
    assert (found.target, found.confidence, found.model) == (0.8, "typesafe", "m")


def test_what_is_unknown_is_left_out_and_not_wrong():
    correct, confidence = draw(200)
    hidden = np.concatenate([correct, np.full(100, np.nan)])
    stated = np.concatenate([confidence, np.ones(100)])
    found, _ = find_thresholds(hidden, stated, ["a"] * 300, target=0.8, model="m", n_resamples=20)
    assert found.questions["a"] == find_gate(correct, confidence, 0.8, n_resamples=20)


def test_a_subject_without_a_threshold_is_named_with_the_reason():
    correct, confidence = np.concatenate([np.ones(60), np.zeros(60), np.ones(9)]), np.full(129, 0.5)
    subjects = ["good"] * 60 + ["bad"] * 60 + ["few"] * 9
    found, without = find_thresholds(correct, confidence, subjects, target=0.9, model="m", n_resamples=5)
    assert list(found.questions) == ["good"]
    assert without == {
        "bad": "at no threshold are 90 % of the 60 answers right",
        "few": "9 graded answers are too few, 50 are needed",
    }


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1.0], [0.5], ["a", "b"]), {}, "correct, confidence and subjects must have one entry an answer"),
        (([1.0], [0.5, 0.5], ["a"]), {}, "must have one entry an answer"),
        (([1.0], [1.5], ["a"]), {}, r"confidence must lie in \[0, 1\]; got 1.5"),
        (([1.0], [0.5], ["a"]), {"target": 0.0}, r"target must lie in \(0, 1\]"),
        (([1.0], [0.5], ["a"]), {"question_type": "free"}, "question_type must be one of"),
    ],
)
def test_arguments_that_cannot_be_used(arguments, options, message):
    with pytest.raises(InputError, match=message):
        find_thresholds(*arguments, **{"target": 0.9, "model": "m", **options})


# The file


def test_what_is_written_comes_back(tmp_path):
    correct, confidence = draw(300)
    found, _ = find_thresholds(correct, confidence, ["a"] * 300, target=0.8, model="m", n_resamples=20)
    write_thresholds(found, tmp_path / "t.json")
    assert read_thresholds(tmp_path / "t.json") == found
    content = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    assert content["version"] == 1
    assert {"model", "generatedAt", "guard", "tolerance", "questions", "definitions"} <= content.keys()
    assert content["questions"]["a"].keys() == GATE.keys()


def test_a_file_of_jev_eval(tmp_path):
    composite = {key: GATE[key] for key in ("threshold", "accuracy", "coverage", "n")} | {"questions": ["tone", "a"]}
    content = CONTENT | {"composite": composite, "yesAt": {"spam": [CUT]}, "later": {"unknown": 1}}
    read = read_thresholds(write(tmp_path / "t.json", content))
    gate = Gate(0.7, 0.95, 0.5, 200)
    assert read == Thresholds(
        model="m",
        generated_at="2026-01-01T00:00:00Z",
        guard=CONTENT["guard"],
        questions={"tone": gate},
        types={"tone": "choice"},
        composite=gate,
        composite_of=("tone", "a"),
        definitions={"tone": {"type": "choice"}},
        yes_at={"spam": [CUT]},
    )


@pytest.mark.parametrize("guard", [{"method": "holdout", "fraction": 0.3, "seed": 0}, {"method": "none"}])
def test_other_guards(tmp_path, guard):
    assert read_thresholds(write(tmp_path / "t.json", CONTENT | {"guard": guard})).guard == guard


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "must be a thresholds.json of version 1; its version is 2"),
        ({"version": None}, "its version is None"),
        ({"version": True}, "its version is True"),
        ({"version": "1"}, "its version is '1'"),
        ({"model": 3}, "model must be a text"),
        ({"generatedAt": None}, "generatedAt must be a text"),
        ({"guard": None}, "guard must be an object"),
        ({"guard": {"method": "luck"}}, "guard.method must be one of bootstrap, holdout, none; it is 'luck'"),
        ({"guard": {"method": ["none"]}}, "guard.method must be one of"),
        ({"tolerance": -1}, "tolerance must be a whole number from 0; it is -1"),
        ({"tolerance": 0.5}, "tolerance must be a whole number"),
        ({"questions": None}, "questions must be an object"),
        ({"questions": []}, "questions must be an object"),
        ({"questions": {"tone": 0.5}}, "questions.tone must be an object"),
        ({"questions": {"tone": GATE | {"type": "free"}}}, "questions.tone.type must be one of choice, score, noul"),
        ({"questions": {"tone": GATE | {"threshold": 1.5}}}, "questions.tone.threshold must be a number from 0 to 1"),
        ({"questions": {"tone": GATE | {"threshold": None}}}, "questions.tone.threshold must be a number"),
        ({"questions": {"tone": GATE | {"threshold": float("nan")}}}, "questions.tone.threshold must be a number"),
        ({"questions": {"tone": GATE | {"accuracy": "1"}}}, "questions.tone.accuracy must be a number"),
        ({"questions": {"tone": GATE | {"coverage": True}}}, "questions.tone.coverage must be a number"),
        ({"questions": {"tone": GATE | {"n": 1.5}}}, "questions.tone.n must be a whole number"),
        ({"composite": {"threshold": 0.5}}, "composite.accuracy must be a number"),
        ({"composite": [1]}, "composite must be an object"),
        ({"composite": GATE | {"questions": "a"}}, "composite.questions must be a list of texts"),
        ({"definitions": []}, "definitions must be an object"),
        ({"yesAt": []}, "yesAt must be an object"),
        ({"yesAt": {"a": CUT}}, "yesAt.a must be a list"),
        ({"yesAt": {"a": [1]}}, r"yesAt.a\[0\] must be an object"),
        ({"yesAt": {"a": [CUT | {"recall": 2}]}}, r"yesAt.a\[0\].recall must be a number"),
        ({"calibrant": {"status": 1}}, "calibrant.status must be a text"),
        ({"calibrant": {"target": 95}}, "calibrant.target must be a number"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused(tmp_path, change, message):
    with pytest.raises(ArtifactError, match=message):
        read_thresholds(write(tmp_path / "t.json", CONTENT | change))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"there is no file .*t.json"):
        read_thresholds(tmp_path / "t.json")


def test_an_entry_that_is_missing_is_not_filled_in(tmp_path):
    for key in ("model", "generatedAt", "guard", "questions"):
        rest = {other: value for other, value in CONTENT.items() if other != key}
        with pytest.raises(ArtifactError, match=key):
            read_thresholds(write(tmp_path / "t.json", rest))


def test_one_that_was_read_can_be_written_again_without_a_loss(tmp_path):
    composite = {key: GATE[key] for key in ("threshold", "accuracy", "coverage", "n")} | {"questions": ["tone", "a"]}
    content = CONTENT | {"composite": composite, "yesAt": {"spam": [CUT]}, "tolerance": 1}
    write_thresholds(read_thresholds(write(tmp_path / "t.json", content)), tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    assert {key: value for key, value in again.items() if key != "calibrant"} == content
