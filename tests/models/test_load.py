"""What the user names, before any library is asked."""

import builtins
import sys

import pytest

from calibrant.exceptions import InputError, MissingExtraError, ModelError
from calibrant.models import FakeModel, OpenAIModel, SystemOneModel, load_model, need_scoring
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


def test_an_address_with_a_name_is_a_model_behind_a_server():
    model = load_model("http://127.0.0.1:1/v1#org/tiny:latest")

    assert isinstance(model, OpenAIModel)
    assert repr(model) == "OpenAIModel('http://127.0.0.1:1/v1', 'org/tiny:latest')"
    assert repr(load_model("HTTPS://api.example/v1/#tiny")) == "OpenAIModel('https://api.example/v1', 'tiny')"


@pytest.mark.parametrize(
    ("path", "name"), [("systemone", "jev-latest"), ("decisions#gpt", "gpt"), ("systemone/#x", "x")]
)
def test_an_address_of_typed_decisions_is_a_model_for_options(path, name):
    model = load_model(f"http://127.0.0.1:1/v1/{path}")

    assert isinstance(model, SystemOneModel)
    assert model.name == name
    assert load_model(model.identity.source).identity == model.identity


def test_a_server_without_a_name_is_refused_and_its_address_not_shown():
    with pytest.raises(ModelError, match="named behind a #") as caught:
        load_model("http://me:hidden@127.0.0.1:1/v1")
    assert "hidden" not in str(caught.value)


def test_what_needs_likelihoods_of_given_texts_refuses_a_server():
    with pytest.raises(ModelError, match=r"'tiny' is behind a server.*calibrant answer.*needs the weights"):
        need_scoring(load_model("http://127.0.0.1:1/v1#tiny"))
    with pytest.raises(ModelError, match=r"'jev-latest' is behind a server.*needs the weights"):
        need_scoring(load_model("http://127.0.0.1:1/v1/systemone"))
    model = load_model("fake")
    assert need_scoring(model) is model
