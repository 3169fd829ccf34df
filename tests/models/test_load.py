"""What the user names, before any library is asked."""

import builtins
import sys

import pytest

from calibrant.exceptions import InputError, MissingExtraError, ModelError
from calibrant.models import FakeModel, load_model
from calibrant.settings import settings


@pytest.fixture(autouse=True)
def fresh_settings():
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_the_fake_needs_no_library():
    assert isinstance(load_model("fake"), FakeModel)


@pytest.mark.parametrize("source", ["./gone", "../gone", "~/gone", "gone.gguf", "a/b/c", "/gone/away"])
def test_a_path_that_is_not_there_is_not_looked_for_on_the_hub(source):
    with pytest.raises(ModelError, match=f"there is no file or folder '{source}'"):
        load_model(source)


def test_a_file_that_is_not_gguf_is_refused(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"?")

    with pytest.raises(ModelError, match=r"a file must be a GGUF file \(\.gguf\); got '.*model\.bin'"):
        load_model(str(path))


def test_a_number_format_that_no_adapter_knows_is_refused(tmp_path):
    with pytest.raises(InputError, match="dtype must be one of float32, bfloat16; got 'int8'"):
        load_model(str(tmp_path), dtype="int8")


def test_a_missing_library_is_named_with_its_command(monkeypatch, tmp_path):
    real = builtins.__import__

    def without_torch(name, *arguments, **named):
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return real(name, *arguments, **named)

    for module in ("calibrant.models._hf_load", "calibrant.models.hf", "calibrant.models._hooks"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.delattr("calibrant.models._hf_load", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_torch)

    with pytest.raises(MissingExtraError, match=r"needs the package 'torch'.*pip install 'calibrant\[hf\]'"):
        load_model(str(tmp_path))
