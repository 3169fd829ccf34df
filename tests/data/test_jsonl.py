import errno
import os
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.data import Question, encode_questions, read_questions, write_questions
from calibrant.exceptions import DataError, OutputError

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
LINE = '{"id": "a", "question": "Is ice cold?", "choices": ["no", "yes"], "answer": 1}'

texts = st.text(min_size=1).filter(str.strip)
names = st.text(string.ascii_letters, min_size=1)
choices = st.lists(texts, min_size=2, max_size=6, unique_by=lambda text: " ".join(text.split()))


@st.composite
def questions(draw):
    fields = {"id": draw(texts), "question": draw(texts), "group": draw(texts), "subject": draw(texts)}
    fields["answerable"] = draw(st.booleans())
    fields["choices"] = draw(st.none() | choices)
    if fields["answerable"]:
        n_choices = len(fields["choices"] or ())
        right = st.integers(0, n_choices - 1) if n_choices else st.lists(texts, min_size=1)
        fields["answer"] = draw(st.none() | right)
    extra = draw(st.dictionaries(names, st.integers() | st.text() | st.lists(st.booleans()), max_size=3))
    return Question.model_validate({f"my_{name}": value for name, value in extra.items()} | fields)


@given(written=st.lists(questions(), min_size=1, max_size=5, unique_by=lambda question: question.id))
def test_what_is_written_is_read_back(tmp_path_factory, written):
    path = tmp_path_factory.mktemp("jsonl") / "questions.jsonl"

    write_questions(path, written)

    assert read_questions(path) == written
    assert path.read_bytes() == encode_questions(read_questions(path))


def test_blank_lines_and_a_byte_order_mark_are_tolerated(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\r\n" + LINE.encode() + b"\r\n\n  \n")

    assert [question.id for question in read_questions(path)] == ["a"]


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text(LINE.replace("ice cold", "ice\u2028cold"), encoding="utf-8")

    assert read_questions(path)[0].question == "Is ice\u2028cold?"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LINE.replace("1}", "4}"), r"answer: 4 is out of range for 2 choices \(0 to 1\)"),
        (LINE.replace('"id"', '"di"'), "id: is missing"),
        (LINE, "id: 'a' is already the id of line 1; ids must be unique"),
        (LINE[:-1], r"not JSON \(EOF while parsing an object at column \d+\); one JSON object a line is needed"),
        ("[1, 2]", r"a JSON object is needed, got \[1, 2\]"),
        ("null", "a JSON object is needed, got null"),
        (r'{"id": "\ud800", "question": "?"}', "not JSON"),
    ],
)
def test_errors_name_file_and_line(tmp_path, content, message):
    path = tmp_path / "questions.jsonl"
    path.write_text(f"{LINE}\n\n{content}\n", encoding="utf-8")

    with pytest.raises(DataError, match=f"questions.jsonl, line 3: {message}"):
        read_questions(path)


def test_other_encodings_are_refused(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_bytes(LINE.encode() + b"\n" + LINE.replace("cold", "ís").encode("latin-1"))

    with pytest.raises(DataError, match=r"line 2: byte \d+ is not UTF-8; save the file in UTF-8"):
        read_questions(path)


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_a_file_without_questions_is_refused(tmp_path, content):
    path = tmp_path / "questions.jsonl"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(DataError, match="holds no questions"):
        read_questions(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none.jsonl does not exist"):
        read_questions(tmp_path / "none.jsonl")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(DataError, match="is a folder"):
        read_questions(tmp_path)


def test_an_unreadable_file_is_named(tmp_path):
    with pytest.raises(DataError, match="cannot be read: Not a directory"):
        read_questions(_file(tmp_path) / "questions.jsonl")


def test_writing_makes_the_folder(tmp_path):
    path = tmp_path / "new" / "questions.jsonl"
    write_questions(path, [Question(id="b", question="Who?")])

    assert [question.id for question in read_questions(path)] == ["b"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = _file(tmp_path)

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device; nothing was changed"):
        write_questions(path, [Question(id="b", question="Who?")])

    assert path.read_text(encoding="utf-8") == LINE
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not beside this checkout")
@pytest.mark.parametrize("name", sorted(path.name for path in SHARED.glob("*.jsonl")))
def test_every_shared_data_set_is_read(name):
    path = SHARED / name

    assert len(read_questions(path)) == sum(1 for line in path.read_bytes().split(b"\n") if line.strip())


def _file(folder):
    path = folder / "questions.jsonl"
    path.write_text(LINE, encoding="utf-8")
    return path
