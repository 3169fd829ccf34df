import errno
import os

import pytest

from calibrant.exceptions import InputError, OutputError
from calibrant.files import read_json, write_atomically, write_json


def failing(error):
    def fail(*_):
        raise error

    return fail


def test_what_is_written_is_there(tmp_path):
    path = tmp_path / "new" / "deep" / "file.bin"

    write_atomically(path, b"whole")

    assert path.read_bytes() == b"whole"
    assert [file.name for file in path.parent.iterdir()] == ["file.bin"]


def test_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old and longer")

    write_atomically(path, b"new")

    assert path.read_bytes() == b"new"


def test_others_may_read_it(tmp_path):
    write_atomically(tmp_path / "file", b"")

    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    full = failing(OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr(*{"fsync": (os, "fsync", full), "replace": (type(path), "replace", full)}[step])

    with pytest.raises(OutputError, match=r"file cannot be written: No space left on device; nothing was changed"):
        write_atomically(path, b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("file", b"old")]


def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", failing(KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("file", b"old")]


def test_the_file_appears_only_once_it_is_on_the_disk(tmp_path, monkeypatch):
    path = tmp_path / "file"
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(path.exists()))

    write_atomically(path, b"new")

    assert seen == [False]


@pytest.mark.parametrize("place", ["file/below", "folder"])
def test_a_place_that_cannot_be_written_is_named(tmp_path, place):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()

    with pytest.raises(OutputError, match=f"{place} cannot be written"):
        write_atomically(tmp_path / place, b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_json_comes_back(tmp_path):
    content = {"text": "é\u2028 🙂", "numbers": [1, 0.1, None, True], "inner": {"a": {}}}

    write_json(tmp_path / "file.json", content)

    assert read_json(tmp_path / "file.json") == content
    assert "é" in (tmp_path / "file.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1.0, {"a": float("-inf")}]])
def test_what_json_has_no_word_for_is_refused(tmp_path, value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "file.json", {"value": value})
    assert not (tmp_path / "file.json").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1,\n oops}', r"file\.json, line 2: not JSON"),
        (b"", r"file\.json, line 1: not JSON"),
        (b'{"a": "\xff"}', r"file\.json is not UTF-8 text"),
        (b"[1, 2]", r"file\.json must hold a JSON object; it holds a list"),
        (b"[" * 100_000, r"file\.json: not JSON of ours \(nested too deeply\)"),
    ],
)
def test_a_file_that_is_not_a_json_object_is_named(tmp_path, content, message):
    (tmp_path / "file.json").write_bytes(content)

    with pytest.raises(InputError, match=message):
        read_json(tmp_path / "file.json")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"there is no file .*file\.json"):
        read_json(tmp_path / "file.json")


def test_a_folder_is_not_read_as_a_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_json(tmp_path)
