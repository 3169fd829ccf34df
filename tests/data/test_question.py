import pytest
from pydantic import ValidationError

from calibrant.data._question import as_question
from calibrant.exceptions import InputError

ROW = {"id": "a", "question": "Is ice cold?", "choices": ["no", "yes"], "answer": 1}


def test_defaults_are_the_id_as_group_and_one_subject():
    question = as_question(ROW)

    assert (question.group, question.subject, question.answerable) == ("a", "all", True)


def test_null_group_and_subject_are_the_defaults():
    question = as_question(ROW | {"group": None, "subject": None})

    assert (question.group, question.subject) == ("a", "all")


def test_unknown_fields_are_kept():
    question = as_question(ROW | {"source": "me", "extra": {"split": "test"}})

    assert question.model_dump()["source"] == "me"
    assert question.model_dump()["extra"] == {"split": "test"}


def test_a_question_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        as_question(ROW).answer = 0


@pytest.mark.parametrize(
    ("fields", "labelled"),
    [
        ({}, True),
        ({"answer": None}, False),
        ({"answer": None, "answerable": False}, True),
        ({"choices": None, "answer": ["yes"]}, True),
        ({"choices": None, "answer": None}, False),
    ],
)
def test_labelled_means_that_the_right_reply_is_known(fields, labelled):
    assert as_question(ROW | fields).labelled is labelled


@pytest.mark.parametrize("choices", [None, ["no", "yes"]])
def test_an_empty_answer_that_extra_marks_is_unanswerable(choices):
    question = as_question(ROW | {"choices": choices, "answer": [], "extra": {"answerable": False}})

    assert question.answer is None
    assert not question.answerable


def test_the_field_wins_over_extra():
    assert as_question(ROW | {"answerable": True, "extra": {"answerable": False}}).answerable


def test_case_tells_options_apart():
    assert as_question(ROW | {"choices": ["Tt", "tt"]}).choices == ("Tt", "tt")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"answer": 4}, r"answer: 4 is out of range for 2 choices \(0 to 1\)"),
        ({"answer": -1}, r"answer: -1 is out of range for 2 choices \(0 to 1\)"),
        ({"answer": True}, "answer: must be the index of the right choice .* got True"),
        ({"answer": "yes"}, "answer: must be the index of the right choice .* got 'yes'"),
        ({"answer": 1.0}, "answer: must be the index of the right choice .* got 1.0"),
        ({"answer": ["yes"]}, r"answer: with choices it must be the index of the right one, got \['yes'\]"),
        ({"answer": 1, "answerable": False}, "answer: must be null where answerable is false, got 1"),
        ({"choices": None}, "answer: without choices it must be a list of accepted texts, got 1"),
        ({"choices": None, "answer": []}, "answer: an empty list; give the accepted texts, or set answerable to false"),
        ({"choices": None, "answer": ["a", " "]}, r"answer: no accepted text may be blank, got \['a', ' '\]"),
        ({"choices": []}, "choices: at least 2 are needed, got 0"),
        ({"choices": ["no"]}, "choices: at least 2 are needed, got 1"),
        ({"choices": ["no", ""]}, "choices: choice 1 is empty"),
        ({"choices": ["\t", "no"]}, "choices: choice 0 is empty"),
        ({"choices": ["no", "yes", "no "]}, "choices: choices 0 and 2 are both 'no'; no two may be the same"),
        ({"choices": ["no", 1]}, r"choices: must be a list of texts, or null, got \['no', 1\]"),
        ({"choices": "no"}, "choices: must be a list of texts, or null, got 'no'"),
        ({"question": "  "}, "question: must be text that is not blank, got '  '"),
        ({"question": None}, "question: must be text that is not blank, got None"),
        ({"id": 7}, "id: must be text that is not blank, got 7"),
        ({"id": ""}, "id: must be text that is not blank, got ''"),
        ({"group": 7}, "group: must be text that is not blank, got 7"),
        ({"subject": ""}, "subject: must be text that is not blank, got ''"),
        ({"answerable": "no"}, "answerable: must be true or false, got 'no'"),
        ({"extra": {"answerable": "no"}}, "answerable: must be true or false, got 'no'"),
        ({"question": ["x" * 99]}, r"question: must be text that is not blank, got \['x{55}\.\.\.$"),
    ],
)
def test_errors_name_the_field_and_say_what_is_allowed(fields, message):
    with pytest.raises(InputError, match=f"^{message}"):
        as_question(ROW | fields)


@pytest.mark.parametrize("field", ["id", "question"])
def test_a_missing_field_is_named(field):
    row = {key: value for key, value in ROW.items() if key != field}

    with pytest.raises(InputError, match=f"^{field}: is missing; it must be text"):
        as_question(row)


def test_what_is_no_mapping_is_refused():
    with pytest.raises(InputError, match=r"^a question must be a mapping of fields, got \[1\]"):
        as_question([1])
