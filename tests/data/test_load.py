import sys
from types import SimpleNamespace

import pytest

from calibrant.data import Question, load_questions, write_questions
from calibrant.exceptions import DataError, InputError


@pytest.mark.parametrize("source", [None, "world-facts"])
def test_the_embedded_set_is_the_default(source):
    assert load_questions(source)[0].id == "capital-AD"


@pytest.mark.parametrize("name", ["questions.jsonl", "questions"])
@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_file_is_read_whatever_its_name(tmp_path, name, kind):
    path = tmp_path / name
    write_questions(path, [Question(id="a", question="Who?")])

    assert [question.id for question in load_questions(kind(path))] == ["a"]


def test_a_missing_jsonl_file_is_named_as_a_file(tmp_path):
    with pytest.raises(DataError, match=r"none\.jsonl does not exist"):
        load_questions(tmp_path / "none.jsonl")


def test_columns_make_it_a_data_set_of_the_hub(monkeypatch):
    rows = [{"stem": "Who?"}]
    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=lambda *_, **__: rows))

    assert load_questions("owner/name", columns={"question": "stem"})[0].question == "Who?"


def test_a_hub_id_without_columns_says_what_is_missing():
    with pytest.raises(InputError, match=r"'owner/name' is no file that exists; .* hub together with columns"):
        load_questions("owner/name")


@pytest.mark.parametrize("source", [None, "world-facts", "file.jsonl"])
def test_columns_are_for_the_hub_only(source):
    with pytest.raises(InputError, match="columns: only a data set on the hub has columns"):
        load_questions(source, columns={"question": "q"})


@pytest.mark.parametrize("source", ["a/b/c", "/data/x", "a b"])
def test_what_cannot_be_a_hub_id_is_refused(source):
    with pytest.raises(InputError, match="is no id of a data set on the hub"):
        load_questions(source, columns={"question": "q"})
