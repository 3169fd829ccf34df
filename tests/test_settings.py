from pathlib import Path

import pytest

from calibrant.exceptions import InputError
from calibrant.settings import check_dtype, settings

NAMES = ("CALIBRANT_CACHE", "CALIBRANT_DEVICE", "CALIBRANT_DTYPE", "XDG_CACHE_HOME", "OPENAI_API_KEY")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_without_a_word_of_the_environment(bare_environment):
    assert settings().cache == bare_environment / ".cache" / "calibrant"
    assert (settings().device, settings().dtype) == ("auto", "float32")


def test_the_environment_decides(monkeypatch):
    monkeypatch.setenv("CALIBRANT_CACHE", "/somewhere/else")
    monkeypatch.setenv("CALIBRANT_DEVICE", "cuda:1")
    monkeypatch.setenv("CALIBRANT_DTYPE", "bfloat16")

    assert settings().cache == Path("/somewhere/else")
    assert (settings().device, settings().dtype) == ("cuda:1", "bfloat16")


def test_the_key_is_read_and_not_shown(monkeypatch):
    assert settings().openai_api_key == ""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden")
    settings.cache_clear()

    assert settings().openai_api_key == "sk-hidden"
    assert "hidden" not in repr(settings())


def test_the_home_of_all_caches_is_honoured(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")

    assert settings().cache == Path("/caches/calibrant")


def test_a_tilde_is_the_home(monkeypatch, bare_environment):
    monkeypatch.setenv("CALIBRANT_CACHE", "~/mine")

    assert settings().cache == bare_environment / "mine"


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_variable_is_as_good_as_none(monkeypatch, name):
    before = settings()
    monkeypatch.setenv(name, "")
    settings.cache_clear()

    assert settings() == before


def test_a_number_format_that_is_none_is_refused_by_its_variable(monkeypatch):
    monkeypatch.setenv("CALIBRANT_DTYPE", "float8")

    with pytest.raises(InputError, match="CALIBRANT_DTYPE must be one of float32, bfloat16; got 'float8'"):
        settings()


def test_a_number_format_is_refused_by_the_name_of_its_option():
    assert check_dtype("bfloat16", "dtype") == "bfloat16"
    with pytest.raises(InputError, match="dtype must be one of"):
        check_dtype("Float32", "dtype")


def test_the_environment_is_read_once(monkeypatch):
    before = settings()
    monkeypatch.setenv("CALIBRANT_DEVICE", "mps")

    assert settings() is before
