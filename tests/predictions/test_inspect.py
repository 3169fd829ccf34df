import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from calibrant.exceptions import DataError
from calibrant.predictions import Columns, _log, _zip_json, concatenate
from calibrant.predictions._inspect import open_inspect, recognises

WRITER = Path(__file__).with_name("write_inspect_logs.py")


@pytest.fixture(scope="session")
def logs(tmp_path_factory):
    """A folder a task, with the logs that inspect_ai itself put there."""
    folder = tmp_path_factory.mktemp("inspect")
    done = subprocess.run([sys.executable, str(WRITER), str(folder)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder


def log_of(logs, task):
    (path,) = (logs / task).iterdir()
    return path


def read(path, columns=None):
    source = open_inspect(path, columns or Columns())
    rows = concatenate(list(source.batches()))
    order = np.argsort(rows.id)
    return rows, source, order


def rewrite(log, path, change):
    """Write a log again with members changed, packed as any zip tool would."""
    archive = _zip_json.ZipOfJson(log)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in archive.names:
            if name == "header.json" or name.startswith("samples/"):
                content = change(name, archive.read(name))
                out.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


def test_the_probability_of_the_very_text(logs):
    # 0.5, and 0.5 times 0.25; the second answer, 11 for 10, is wrong.
    rows, source, order = read(log_of(logs, "tokens"))

    assert recognises(log_of(logs, "tokens"))
    assert rows.confidence[order] == pytest.approx([0.5, 0.125])
    assert rows.correct[order].tolist() == [1, 0]
    assert [rows.id[i] for i in order] == ["a", "b"]
    assert [rows.subject[i] for i in order] == ["sums", "tokens"]
    assert source.label == "Text probability"
    assert any("first scorer, match; the others are sure" in note for note in source.notes())


@pytest.mark.parametrize(
    ("columns", "confidence"),
    [
        (Columns(correct="sure"), 0.75),
        (Columns(confidence="scores.sure.metadata.nested.p"), 0.5),
        (Columns(correct="scores.sure.value", confidence="scores.sure.metadata.confidence"), 0.75),
    ],
)
def test_what_a_scorer_stated(logs, columns, confidence):
    rows, source, order = read(log_of(logs, "tokens"), columns)

    assert rows.confidence.tolist() == [confidence] * 2
    assert rows.correct[order].tolist() == [1, 0]
    assert source.label == "Stated confidence"


@pytest.mark.parametrize("log_format", ["eval", "json"])
def test_the_letters_of_options_over_all_their_forms(logs, log_format):
    rows, source, order = read(log_of(logs, f"letters_{log_format}"))

    assert log_of(logs, f"letters_{log_format}").suffix == f".{log_format}"
    assert recognises(log_of(logs, f"letters_{log_format}"))
    # Epoch 1: A has 0.5 + 0.1 and B 0.2. Epoch 2: B has 0.4 and A is not there; C is no option.
    assert rows.confidence[order] == pytest.approx([0.75, 1.0])
    assert rows.correct[order].tolist() == [1, 0]
    first, second = (rows.probs[i].tolist() for i in order)
    assert first == pytest.approx([0.75, 0.25])
    assert second == []
    assert rows.label[order].tolist() == [0, -1]
    assert [rows.id[i] for i in order] == ["1/1", "1/2"]
    assert rows.group == ["1", "1"]
    notes = source.notes()
    assert any("hold 0.600 of the probability on average, at the least 0.400" in note for note in notes)
    assert any("hold up to 0.200" in note for note in notes)
    assert any(note.startswith("For 1 sample the letter of an option was not among") for note in notes)


def test_a_score_is_right_wrong_or_neither(logs):
    rows, source, order = read(log_of(logs, "grades"))

    #        C  I  P    N  1  0  0.5  True yes no error none other
    wanted = [1, 0, None, 0, 1, 0, None, 1, 1, 0, None, None, None]
    assert [None if np.isnan(value) else value for value in rows.correct[order]] == wanted
    stated = rows.confidence[order]
    assert np.isnan(stated[10])
    assert np.delete(stated, 10) == pytest.approx(np.delete(np.arange(13) / 100, 10))
    notes = source.notes()
    assert "1 sample ended in an error." in notes
    assert "1 sample has no score of this scorer." in notes
    assert any(note.startswith("3 scores are neither right nor wrong") for note in notes)


def test_no_confidence_at_all_says_what_was_looked_for(logs):
    with pytest.raises(DataError, match=r"metadata\.confidence of the score.*token log-probabilities.*logprobs"):
        open_inspect(log_of(logs, "bare"), Columns())
    with pytest.raises(DataError, match=r"Looked for: metadata\.p in the samples"):
        open_inspect(log_of(logs, "bare"), Columns(confidence="metadata.p"))


def test_an_unknown_scorer_names_those_there_are(logs):
    with pytest.raises(DataError, match=r"match, sure.*got 'macth'"):
        open_inspect(log_of(logs, "tokens"), Columns(correct="macth"))


def test_a_folder_gives_the_newest_log_of_each_task(logs, tmp_path):
    shutil.copy(log_of(logs, "tokens"), tmp_path)
    shutil.copy(log_of(logs, "letters_json"), tmp_path)
    rewrite(
        log_of(logs, "tokens"),
        tmp_path / "older.eval",
        lambda name, record: record | {"eval": record["eval"] | {"created": "2020"}} if "eval" in record else record,
    )

    rows, source, _ = read(tmp_path)

    assert recognises(tmp_path)
    assert sorted(rows.id) == ["letters_json/1/1", "letters_json/1/2", "tokens/a", "tokens/b"]
    assert any("tokens: the newest of 2 logs was read" in note for note in source.notes())


def test_logs_of_several_models_are_not_pooled(logs, tmp_path):
    shutil.copy(log_of(logs, "tokens"), tmp_path)
    rewrite(
        log_of(logs, "tokens"),
        tmp_path / "other.eval",
        lambda name, record: record | {"eval": record["eval"] | {"model": "other"}} if "eval" in record else record,
    )

    with pytest.raises(DataError, match=r"several models.*mockllm/model, other"):
        open_inspect(tmp_path, Columns())


def test_a_log_that_was_not_finished_says_so(logs, tmp_path):
    path = rewrite(
        log_of(logs, "tokens"),
        tmp_path / "cut.eval",
        lambda name, record: record | {"status": "cancelled"} if name == "header.json" else record,
    )

    assert any("its status is cancelled" in note for note in read(path)[1].notes())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", r"samples/b_epoch_1\.json: not JSON"),
        (b"[1]", r"samples/b_epoch_1\.json: a JSON object is needed"),
        (b"{}", r"samples/b_epoch_1\.json: a sample must have an id"),
    ],
)
def test_a_damaged_sample_is_named(logs, tmp_path, content, message):
    path = rewrite(
        log_of(logs, "tokens"),
        tmp_path / "damaged.eval",
        lambda name, record: content if name == "samples/b_epoch_1.json" else record,
    )

    with pytest.raises(DataError, match=message):
        read(path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.9, 0.99])
def test_no_damage_to_the_archive_is_a_traceback(logs, tmp_path, share):
    whole = log_of(logs, "tokens").read_bytes()
    at = int(share * len(whole))
    path = tmp_path / "damaged.eval"
    for damaged in (
        whole[:at],
        whole[:at] + bytes(8) + whole[at + 8 :],
        whole[:at] + b"\xff" * 300 + whole[at + 300 :],
    ):
        path.write_bytes(damaged)
        recognises(path)
        try:
            read(path)
        except DataError as error:
            assert str(path) in str(error)  # noqa: PT017


def test_a_member_that_unpacks_too_far_is_refused(logs, tmp_path, monkeypatch):
    monkeypatch.setattr(_zip_json, "LARGEST_RECORD", 1 << 20)
    bomb = rewrite(
        log_of(logs, "tokens"),
        tmp_path / "bomb.eval",
        lambda name, record: b" " * (1 << 24) + b"{}" if name == "samples/a_epoch_1.json" else record,
    )

    with pytest.raises(DataError, match=r"a_epoch_1\.json: unpacks to more than 1,048,576 bytes"):
        read(bomb)
    monkeypatch.setattr(_zip_json, "LARGEST_RECORD", 1000)
    with pytest.raises(DataError, match="1,000 bytes"):
        read(log_of(logs, "tokens"))
    assert _log.LARGEST_RECORD > 1 << 20


def test_every_member_is_checked_against_its_checksum(logs, tmp_path):
    # Members that are packed with Zstandard, which Python's zipfile does not check for us.
    log = log_of(logs, "tokens")
    with zipfile.ZipFile(log) as archive:
        member = archive.getinfo("samples/a_epoch_1.json")
    assert member.compress_type == 93
    path = tmp_path / "other.eval"
    path.write_bytes(log.read_bytes().replace(member.CRC.to_bytes(4, "little"), bytes(4)))

    with pytest.raises(DataError, match=r"a_epoch_1\.json: damaged \(its checksum differs\)"):
        read(path)


@pytest.mark.parametrize("name", ["x.eval", "x.json", "x.txt"])
@pytest.mark.parametrize("content", [b"", b"PK", b"{}", b'{"version": 1}', b"\xff" * 50])
def test_other_files_are_not_recognised(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)

    assert not recognises(tmp_path / name)
    assert not recognises(tmp_path)
    assert not recognises(tmp_path / "absent.eval")
