import errno
import hashlib
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import safetensors.numpy
from tests.checks import as_lists, evidence_sample
from tests.population import draw_logits

import calibrant.files
from calibrant.artifact import RAW, Artifact, fit_artifact, load_artifact, save_artifact
from calibrant.calibrators import CALIBRATORS, Evidence
from calibrant.exceptions import ArtifactError, OutputError
from calibrant.scores import max_probability

LOGITS, RIGHT = draw_logits(120)
ARTIFACT = fit_artifact(
    LOGITS, RIGHT, [str(i) for i in range(120)], manifest={"label": "right", "identity": {"a": "é"}}
)
NEW = draw_logits(40, seed=5)[0]


@pytest.fixture
def folder(tmp_path):
    save_artifact(ARTIFACT, tmp_path / "artifact")
    return tmp_path / "artifact"


def edit(folder, manifest=None, arrays=None):
    """Change both files as somebody would who knows how they are hashed."""
    held = safetensors.numpy.load_file(folder / "arrays.safetensors")
    data = safetensors.numpy.save(arrays(held) if arrays else held)
    content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del content["sha256"]
    content["arrays_sha256"] = hashlib.sha256(data).hexdigest()
    content = manifest(content) if manifest else content
    content["sha256"] = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    (folder / "arrays.safetensors").write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def edit_bytes(folder, data):
    """Put other bytes in place of the arrays, and hash them as we do."""
    content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del content["sha256"]
    content["arrays_sha256"] = hashlib.sha256(data).hexdigest()
    content["sha256"] = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    (folder / "arrays.safetensors").write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def test_what_is_saved_is_two_files_and_no_pickle(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["arrays.safetensors", "manifest.json"]
    json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    safetensors.numpy.load_file(folder / "arrays.safetensors")


PREDICT = """
import json, pathlib, sys
from calibrant.artifact import load_artifact
from calibrant.calibrators import Evidence
artifact, given = load_artifact(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
logits = Evidence(**given) if isinstance(given, dict) else given
said = {name: artifact.predict(logits, name) for name in (None, "raw", *artifact.maps)}
print(json.dumps([[p.answer.tolist(), [c.hex() for c in p.confidence.tolist()]] for p in said.values()]))
"""


def predict_elsewhere(folder, logits):
    """What another process makes of an artifact: for every map the answers, and the confidences to the last bit."""
    given = as_lists(logits)
    if isinstance(given, Evidence):
        given = vars(given) | {"states": given.states.tolist()}
    (folder.parent / "logits.json").write_text(json.dumps(given), encoding="utf-8")
    arguments = [sys.executable, "-c", PREDICT, str(folder), str(folder.parent / "logits.json")]
    return json.loads(subprocess.run(arguments, capture_output=True, text=True, check=True).stdout)


def predict_here(artifact, logits):
    said = [artifact.predict(logits, name) for name in (None, RAW, *artifact.maps)]
    return [[p.answer.tolist(), [c.hex() for c in p.confidence.tolist()]] for p in said]


def test_another_process_predicts_the_same_to_the_last_bit(folder):
    assert predict_elsewhere(folder, NEW) == predict_here(ARTIFACT, NEW)


def test_so_it_does_with_every_map_that_there_is(tmp_path):
    # Four options a question, since some maps have parameters for each.
    sample = evidence_sample(options=4)
    confidence = max_probability(sample.X.logprobs)
    correct = np.array([row.argmax() for row in sample.X.logprobs]) == sample.y
    given = {"logits": (sample.X.logprobs, sample.y), "evidence": (sample.X, sample.y)}
    maps = {name: cls().fit(*given.get(cls.input_kind, (confidence, correct))) for name, cls in CALIBRATORS.items()}
    artifact, some = Artifact(maps, RAW), sample.X.take(range(50))
    save_artifact(artifact, tmp_path / "artifact")
    assert predict_elsewhere(tmp_path / "artifact", some) == predict_here(artifact, some)


def test_nothing_in_an_artifact_is_ever_unpickled(folder, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    assert load_artifact(folder).chosen == ARTIFACT.chosen
    for content in (pickle.dumps(ARTIFACT.maps["platt"]), b"\x80\x04."):
        (folder / "arrays.safetensors").write_bytes(content)
        with pytest.raises(ArtifactError, match=r"arrays.safetensors is not the file that was saved"):
            load_artifact(folder)
        edit_bytes(folder, content)
        with pytest.raises(ArtifactError, match=r"arrays.safetensors cannot be read"):
            load_artifact(folder)


def test_the_manifest_comes_back(folder):
    loaded = load_artifact(str(folder))
    assert loaded.chosen == ARTIFACT.chosen
    assert ARTIFACT.manifest.items() <= loaded.manifest.items()


def test_saving_again_gives_the_same_bytes(folder, tmp_path):
    save_artifact(load_artifact(folder), tmp_path / "again")
    for name in ("manifest.json", "arrays.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_raw_alone_can_be_saved(tmp_path):
    save_artifact(Artifact({}, RAW), tmp_path)
    assert load_artifact(tmp_path).predict([[0.0, 0.0]]).confidence.tolist() == [0.5]


def test_saving_over_another_artifact_replaces_it(folder):
    save_artifact(Artifact({}, RAW), folder)
    assert load_artifact(folder).maps == {}


@pytest.mark.parametrize("name", ["manifest.json", "arrays.safetensors"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ArtifactError, match=f"holds no artifact: there is no {name} in it"):
        load_artifact(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ArtifactError, match=r"none holds no artifact"):
        load_artifact(tmp_path / "none")


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "file").write_text("{}", encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"manifest.json cannot be read: Not a directory"):
        load_artifact(tmp_path / "file")


def test_a_folder_in_place_of_a_file(folder):
    (folder / "arrays.safetensors").unlink()
    (folder / "arrays.safetensors").mkdir()
    with pytest.raises(ArtifactError, match=r"arrays.safetensors cannot be read: Is a directory"):
        load_artifact(folder)


@pytest.mark.parametrize("name", ["manifest.json", "arrays.safetensors"])
@pytest.mark.parametrize("keep", [0, 1, 40, -1])
def test_a_truncated_file_is_refused(folder, name, keep):
    data = (folder / name).read_bytes()
    # The last byte of the manifest is a line feed, which says nothing.
    (folder / name).write_bytes(data[: keep - 1 if keep < 0 else keep])
    with pytest.raises(ArtifactError):
        load_artifact(folder)


@pytest.mark.parametrize("name", ["manifest.json", "arrays.safetensors"])
def test_any_changed_byte_is_refused(folder, name):
    data = bytearray((folder / name).read_bytes())
    for place in range(7, len(data) - 2, 97):
        changed = data.copy()
        changed[place] = ord("7") if data[place] != ord("7") else ord("8")
        (folder / name).write_bytes(changed)
        if json_equal(name, data, changed):
            continue
        with pytest.raises(ArtifactError):
            load_artifact(folder)


def json_equal(name, one, other):
    try:
        return name == "manifest.json" and json.loads(one) == json.loads(other)
    except ValueError:
        return False


@pytest.mark.parametrize(
    "content",
    ["", "[]", "nul", '{"a": NaN}', '{"a": 1e999}', "[" * 100_000, '{"a": ' + "9" * 5000 + "}", b"\xff"],
    ids=["empty", "list", "word", "NaN", "infinite", "deep", "long", "bytes"],
)
def test_a_manifest_that_is_no_json_object_is_refused(folder, content):
    (folder / "manifest.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ArtifactError, match="damaged artifact"):
        load_artifact(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"format": "calibrant/readouts"},
            "must be of format 'calibrant/artifact', version 1; it is 'calibrant/readouts'",
        ),
        ({"version": 2}, "must be of format 'calibrant/artifact', version 1; .* version 2"),
        ({"maps": None}, "names no maps"),
        ({"maps": {"spline": {"class": "Spline", "params": {}}}}, "knows no map 'spline'"),
        ({"maps": {}}, "holds '.*', which belongs to no map"),
        ({"chosen": "spline"}, "the chosen map 'spline' is not among raw, temperature, platt, isotonic, histogram"),
        ({"chosen": None}, "the chosen map None is not among"),
        ({"chosen": ["raw"]}, "the chosen map .* is not among"),
    ],
)
def test_a_consistent_edit_of_the_manifest_is_refused(folder, change, message):
    edit(folder, manifest=lambda content: content | change)
    with pytest.raises(ArtifactError, match=message):
        load_artifact(folder)


def test_an_edit_of_the_hashes_alone_changes_nothing(folder):
    edit(folder)
    assert load_artifact(folder).predict(NEW).confidence.tolist() == ARTIFACT.predict(NEW).confidence.tolist()


@pytest.mark.parametrize(
    "arrays",
    [
        lambda held: {},
        lambda held: held | {"platt/slope_": np.array(np.nan)},
        lambda held: held | {"platt/slope_": np.array([1.0, 2.0])},
        lambda held: held | {"platt/fit": np.array(1.0)},
        lambda held: held | {"platt/__class__": np.array(1.0)},
        lambda held: held | {"isotonic/values_": held["isotonic/values_"][:-1]},
        lambda held: held | {"histogram/values_": held["histogram/values_"].astype(np.float16)},
        lambda held: held | {"stray": np.array(1.0)},
    ],
)
def test_a_consistent_edit_of_the_arrays_is_refused(folder, arrays):
    edit(folder, arrays=arrays)
    with pytest.raises(ArtifactError, match=r"artifact: |belongs to no map"):
        load_artifact(folder)


def test_numbers_that_numpy_does_not_know_are_refused(folder):
    header = json.dumps({"platt/slope_": {"dtype": "F8_E5M2", "shape": [1], "data_offsets": [0, 1]}}).encode()
    data = len(header).to_bytes(8, "little") + header + b"\0"
    edit_bytes(folder, data)
    with pytest.raises(ArtifactError):
        load_artifact(folder)


@pytest.mark.parametrize("failing", [1, 2])
def test_a_full_disk_leaves_the_old_artifact(folder, monkeypatch, failing):
    calls, fsync = [], os.fsync

    def full(handle):
        calls.append(handle)
        if len(calls) == failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    monkeypatch.setattr(calibrant.files.os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        save_artifact(Artifact({}, RAW), folder)
    assert load_artifact(folder).chosen == ARTIFACT.chosen
    assert sorted(path.name for path in folder.iterdir()) == ["arrays.safetensors", "manifest.json"]


def test_a_folder_in_the_way_of_a_file_is_named(folder):
    (folder / "manifest.json").unlink()
    (folder / "manifest.json" / "mine").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"artifact cannot be written: Is a directory"):
        save_artifact(ARTIFACT, folder)
    assert not list(folder.glob(".*"))


def test_a_run_killed_between_the_two_files_leaves_a_folder_that_is_refused(folder, tmp_path):
    save_artifact(Artifact({}, RAW), tmp_path / "other")
    (tmp_path / "other" / "arrays.safetensors").replace(folder / "arrays.safetensors")
    with pytest.raises(ArtifactError, match=r"arrays.safetensors is not the file that was saved with manifest.json"):
        load_artifact(folder)


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"file.* cannot be written"):
        save_artifact(ARTIFACT, tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
