import json

import pytest
from tests.cli.conftest import make_rows, write_rows

from calibrant.cli.survey_sets import load_sets, slug
from calibrant.exceptions import InputError


def load(data, *, with_context=False, limit=None, seed=0):
    return load_sets(str(data), with_context=with_context, limit=limit, seed=seed)


def row(name, **more):
    return {"id": name, "question": f"What is {name}?", "choices": ["this", "that"], "answer": 0, **more}


def test_only_questions_whose_answer_is_known_are_asked(data, rows):
    (one,), (note,) = load(data)
    assert one.name == "questions"
    assert [question.id for question in one.questions] == [row["id"] for row in rows if row["answer"] is not None]
    n_unknown = sum(row["answer"] is None for row in rows)
    assert note == f"questions: left out are questions that are {n_unknown} without a known right option."
    assert (one.facts["n_loaded"], one.facts["n"]) == (200, 200 - n_unknown)


def test_several_sets_are_told_apart_by_their_folders(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_rows(tmp_path / name / "x.jsonl", make_rows(4, seed=3))
    sets, _ = load(f"{tmp_path / 'a' / 'x.jsonl'},{tmp_path / 'b' / 'x.jsonl'}")
    assert [one.name for one in sets] == ["a/x", "b/x"]


def test_a_limit_is_drawn_from_each_set_by_the_seed(data):
    first, again, other = (load(data, limit=20, seed=seed)[0][0].questions for seed in (0, 0, 1))
    assert len(first) == 20
    assert first == again != other


def test_of_a_set_with_an_official_test_part_only_that_is_asked(tmp_path):
    rows = [row("a", extra={"split": "train"}), row("b", extra={"split": "test"}), row("b2", extra={"split": "test"})]
    (one,), (note,) = load(write_rows(tmp_path / "x.jsonl", [*rows, {**rows[1], "id": "c"}]))
    assert [question.id for question in one.questions] == ["b", "b2"]
    assert note == "x: left out are questions that are 1 outside of its official test part, 1 there twice."


def test_the_context_stands_before_the_question(tmp_path):
    rows = [row("a", extra={"context": " An abstract.\n"}), row("b")]
    path = write_rows(tmp_path / "x.jsonl", rows)
    (one,), _ = load(path, with_context=True)
    assert [question.question for question in one.questions] == ["An abstract.\n\nWhat is a?", "What is b?"]
    assert one.facts["with_context"] is True
    assert [question.question for question in load(path)[0][0].questions] == ["What is a?", "What is b?"]


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        ([row("a")], {"with_context": True}, "no question has a text in extra.context"),
        ([{"id": "a", "question": "Who?", "answer": ["me"]}], {}, "question 'a' has no choices"),
        ([row("a", answer=None)], {}, "of none of its questions the right option is known"),
        ([row("a")], {"limit": 0}, "limit must be at least 1; got 0"),
    ],
)
def test_refused(tmp_path, rows, more, message):
    with pytest.raises(InputError, match=message):
        load(write_rows(tmp_path / "x.jsonl", rows), **more)


@pytest.mark.parametrize(
    ("words", "message"),
    [("{0},{0}", "a file is given twice"), ("{0},", "several with commas between"), ("none.jsonl", "none.jsonl")],
)
def test_files_that_are_not_there_or_twice(data, words, message):
    with pytest.raises(InputError, match=message):
        load(words.format(data))


def test_names_become_folders():
    assert [slug(name) for name in ("a/x", "model 1:b", "../..", "é")] == ["a-x", "model-1-b", "unnamed", "é"]


def test_facts_are_json(data):
    (one,), _ = load(data)
    assert json.loads(json.dumps(one.facts)) == one.facts
