import sys
from types import SimpleNamespace

import pytest

from calibrant.data import load_hub_questions, questions_from_rows
from calibrant.exceptions import DataError, InputError, MissingExtraError

COLUMNS = {"question": "q", "choices": "options", "answer": "key"}


def convert(options, key):
    [question] = questions_from_rows([{"q": "Which?", "options": options, "key": key}], COLUMNS)
    return question.choices, question.answer


@pytest.mark.parametrize(
    ("options", "key", "answer"),
    [
        (["red", "blue"], 1, 1),
        (["red", "blue"], "B", 1),
        (["red", "blue"], " B ", 1),
        (["red", "blue"], "2", 1),
        (["red", "blue"], "blue", 1),
        # The text of an option wins over its number.
        (["1", "0", "2"], "1", 0),
        ({"text": ["red", "blue"], "label": ["A", "B"]}, "B", 1),
        ({"text": ["red", "blue"], "label": ["1", "2"]}, "2", 1),
        ({"text": ["red", "blue"], "label": ["0", "1"]}, "1", 1),
        # A label wins over the text of an option.
        ({"text": ["2", "1"], "label": ["1", "2"]}, "2", 1),
        (["red", "blue"], None, None),
        (["red", "blue"], -1, None),
        (["red", "blue"], "", None),
    ],
)
def test_an_answer_may_be_written_in_many_ways(options, key, answer):
    texts = options["text"] if isinstance(options, dict) else options

    assert convert(options, key) == (tuple(texts), answer)


def test_options_may_be_several_columns_and_the_last_ones_empty():
    columns = {"question": "q", "choices": ["a", "b", "c"], "answer": "key"}

    [question] = questions_from_rows([{"q": "Which?", "a": "red", "b": "blue", "c": None, "key": "2"}], columns)

    assert (question.choices, question.answer) == (("red", "blue"), 1)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("Ada", ("Ada",)),
        (["Ada", "Lovelace"], ("Ada", "Lovelace")),
        ({"text": ["Ada"]}, ("Ada",)),
        (7, ("7",)),
        ("", None),
    ],
)
def test_without_options_the_answer_is_what_is_accepted(value, answer):
    [question] = questions_from_rows([{"q": "Who?", "key": value}], {"question": "q", "answer": "key"})

    assert question.choices is None
    assert question.answer == answer


def test_other_fields_are_taken_or_kept():
    columns = {"id": "n", "question": "q", "group": "page", "subject": "topic", "context": "text"}
    rows = [{"n": 7, "q": "Who?", "page": 3, "topic": "people", "text": "Ada wrote it."}]

    [question] = questions_from_rows(rows, columns)

    assert (question.id, question.group, question.subject) == ("7", "3", "people")
    assert question.model_dump()["context"] == "Ada wrote it."


@pytest.mark.parametrize(
    ("options", "key", "message"),
    [
        (["red", "blue"], 2, r"answer: 2 is out of range for 2 choices \(0 to 1\)"),
        (["red", "blue"], "C", r"answer: 'C' is no option of \['red', 'blue'\], no letter and no number of one"),
        (["red", "blue"], "0", "answer: '0' is no option"),
        ({"text": ["red", "blue"], "label": ["A", "B"]}, "1", "answer: '1' is no option .* none of the labels A, B"),
        (["red", "blue"], True, "answer: must be the index of the right choice"),
        (["red"], 0, "choices: at least 2 are needed, got 1"),
        ("red", 0, "choices: must be a list, or a mapping with lists 'text' and 'label', got 'red'"),
        ({"text": "red"}, 0, "choices: must be a list"),
        ({"text": ["red", "blue"], "label": 1}, 0, "choices: must be a list"),
    ],
)
def test_errors_name_the_row(options, key, message):
    rows = [{"q": "Which?", "options": ["red", "blue"], "key": 0}, {"q": "Which?", "options": options, "key": key}]

    with pytest.raises(DataError, match=f"^row 1: {message}"):
        questions_from_rows(rows, COLUMNS)


def test_a_gap_between_option_columns_is_an_error():
    columns = {"question": "q", "choices": ["a", "b", "c"]}

    with pytest.raises(DataError, match="row 0: choices: choice 1 is empty"):
        questions_from_rows([{"q": "Which?", "a": "red", "b": None, "c": "blue"}], columns)


def test_an_unknown_column_is_named_with_those_there_are():
    with pytest.raises(DataError, match="row 0: there is no column 'q'; the columns are key, stem"):
        questions_from_rows([{"stem": "Who?", "key": 0}], {"question": "q"})


def test_the_question_must_have_a_column():
    with pytest.raises(InputError, match=r"columns: 'question' must be among the fields, got \['answer'\]"):
        questions_from_rows([], {"answer": "key"})


def test_ids_must_be_unique():
    rows = [{"n": 7, "q": "Who?"}, {"n": "7", "q": "What?"}]

    with pytest.raises(DataError, match="row 1: id: '7' is already the id of row 0"):
        questions_from_rows(rows, {"id": "n", "question": "q"})


def test_the_library_is_asked_for_part_and_state(monkeypatch):
    asked = []

    def load_dataset(*args, **kwargs):
        asked.append((args, kwargs))
        return [{"q": "Who?"}]

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))

    [question] = load_hub_questions("o/n", columns={"question": "q"}, split="train", subset="main", revision="abc")

    assert question.id == "train-0"
    assert asked == [(("o/n", "main"), {"split": "train", "revision": "abc"})]


def test_errors_of_the_library_are_passed_on_in_one_line(monkeypatch):
    def load_dataset(*_, **__):
        raise FileNotFoundError("no such data set")

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))

    with pytest.raises(DataError, match="o/n: the split 'test' cannot be loaded: no such data set"):
        load_hub_questions("o/n", columns={"question": "q"})


def test_errors_in_rows_name_the_data_set(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=lambda *_, **__: [{"q": ""}]))

    with pytest.raises(DataError, match="o/n, row 0: question: must be text that is not blank"):
        load_hub_questions("o/n", columns={"question": "q"})


def test_a_missing_library_is_named_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)

    with pytest.raises(MissingExtraError, match=r"The data set o/n needs .* pip install 'calibrant\[hub\]'"):
        load_hub_questions("o/n", columns={"question": "q"})
