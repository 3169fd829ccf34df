import json
import re

import pytest
from tests.cli.conftest import write_rows

from calibrant.readouts import load_answers

FREE = [
    {"id": f"q{i:02}", "question": f"What is the capital of land {i}?", "answer": [f"City {i}"], "group": f"g{i}"}
    for i in range(24)
]


@pytest.fixture(scope="module")
def free(tmp_path_factory):
    """A JSONL file of 24 free questions."""
    return write_rows(tmp_path_factory.mktemp("free") / "free.jsonl", FREE)


def test_what_was_asked_is_said_in_a_few_lines(calibrant, free, tmp_path):
    words = ("answer", "--model", "fake", "--data", free, "--samples", 2, "--p-true", "--stated", "tian-1s-1,tian-2s-1")
    status, out, _ = calibrant(*words, "--out", tmp_path / "a")
    assert status == 0
    first, second = out.splitlines()
    assert first == f"24 questions (12 train, 5 calibration, 7 test), in {tmp_path / 'a'}"
    counts = r"(\d+) of answers, (\d+) of samples, (\d+) of stated confidence"
    said = re.fullmatch(rf"(\d+) tokens in [\d.]+ s \(\d+ a second\): {counts}", second)
    answers = load_answers(tmp_path / "a")
    rows = answers.table.to_pylist()
    expected = [
        sum(len(row["tokens"]) for row in rows),
        sum(sample["n_tokens"] for row in rows for sample in row["samples"]),
        sum(reply["n_tokens"] for row in rows for reply in row["stated"]),
    ]
    assert [int(number) for number in said.groups()] == [sum(expected), *expected]
    assert answers.p_true_variants == ("p-true", "p-true-samples")
    assert answers.stated_formats == ("tian-1s-1", "tian-2s-1")
    assert answers.manifest["data"]["source"] == str(free)


def test_little_is_asked_by_default(calibrant, free, tmp_path):
    assert calibrant("answer", "--model", "fake", "--data", free, "--out", tmp_path)[0] == 0
    answers = load_answers(tmp_path)
    assert (answers.p_true_variants, answers.stated_formats) == ((), ())
    assert answers.samples() == [[]] * 24


def test_without_samples_none_are_shown(calibrant, free, tmp_path):
    assert calibrant("answer", "--model", "fake", "--data", free, "--p-true", "--out", tmp_path)[0] == 0
    assert load_answers(tmp_path).p_true_variants == ("p-true",)


def test_what_was_cut_off_and_what_did_not_come_is_counted(calibrant, tmp_path):
    data = write_rows(
        tmp_path / "data.jsonl", [*FREE, FREE[0] | {"id": "long", "group": "x", "question": "Why? " * 900}]
    )
    words = ("answer", "--model", "fake", "--data", data, "--samples", 2, "--max-tokens", 1, "--out", tmp_path / "a")
    *_, cut, missing = calibrant(*words)[1].splitlines()
    assert cut == "cut off: 24 answers, 48 samples"
    assert missing == "missing: 3 too long"


def test_questions_with_options_are_asked_too(calibrant, data, tmp_path):
    words = ("answer", "--model", "fake", "--data", data, "--limit", 20, "--hidden-layers", "0,2", "--out", tmp_path)
    assert calibrant(*words)[0] == 0
    answers = load_answers(tmp_path)
    assert [states.shape for states in answers.hidden()] == [(2, 2, 8)] * 20
    assert all(question.choices for question in answers.questions)


def test_the_embedded_questions_are_opened_on_request(calibrant, tmp_path):
    words = ("answer", "--model", "fake", "--open", "--limit", 30, "--out", tmp_path)
    assert calibrant(*words)[0] == 0
    answers = load_answers(tmp_path)
    assert all(question.choices is None for question in answers.questions)
    assert not {"land_border", "largest_city"} & {question.subject for question in answers.questions}


def test_other_questions_are_not_opened(refused, data, tmp_path):
    message = refused("answer", "--model", "fake", "--data", data, "--open", "--out", tmp_path / "a")
    assert message.startswith("open: question 'q0000' is not of world-facts")


def test_words_and_examples_are_used(calibrant, free, tmp_path):
    template = tmp_path / "prompt.jinja"
    template.write_text("Think: {{ question }}", encoding="utf-8")
    examples = write_rows(tmp_path / "examples.jsonl", FREE[3:5])
    words = ("answer", "--model", "fake", "--data", free, "--template", template, "--examples", examples)
    assert calibrant(*words, "--out", tmp_path / "a")[0] == 0
    answers = load_answers(tmp_path / "a")
    assert answers.manifest["template"]["text"] == "Think: {{ question }}"
    assert [example["id"] for example in answers.manifest["template"]["examples"]] == ["q03", "q04"]
    assert {question.id for question in answers.questions} == {row["id"] for row in FREE} - {"q03", "q04"}


def test_the_same_command_again_goes_on(calibrant, free, tmp_path):
    words = ("answer", "--model", "fake", "--data", free, "--samples", 2, "--out", tmp_path / "a")
    first = calibrant(*words)
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    (tmp_path / "a" / "manifest.json").write_text(json.dumps(manifest | {"finished": False}))
    assert calibrant(*words) == first


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--stated", "tian"), "stated must be of tian-1s-1"),
        (("--samples", -1), "samples must be at least 0; got -1"),
        (("--max-tokens", 0), "max_tokens and n must be at least 1"),
        (("--hidden-positions", "last_option"), "must be last_prompt or first_answer or last_answer"),
        (("--model", "./none"), "model: there is no file or folder './none'"),
        (("--model", "http://127.0.0.1:9/v1/systemone"), "does not answer in its own words"),
    ],
)
def test_what_cannot_be_asked_is_refused(refused, free, tmp_path, words, message):
    assert message in refused("answer", "--model", "fake", "--data", free, "--out", tmp_path / "a", *words)
    assert not (tmp_path / "a").exists()


def test_a_folder_of_readouts_is_not_overwritten(refused, calibrant, data, tmp_path):
    readout = ("readout", "--model", "fake", "--data", data, "--readout", "letter", "--limit", 20, "--out", tmp_path)
    assert calibrant(*readout)[0] == 0
    message = refused("answer", "--model", "fake", "--data", data, "--limit", 20, "--out", tmp_path)
    assert "must be of format 'calibrant/answers', version 1; it is 'calibrant/readouts'" in message
