import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest

from calibrant.exceptions import DataError, InputError
from calibrant.predictions import Columns, concatenate
from calibrant.predictions._systemone import open_systemone, recognises

QUESTIONS = {
    "urgent": {"type": "noul", "instructions": "Does the customer need help today?"},
    "team": {"type": "choice", "instructions": "Which team?", "criteria": {"billing": "money", "sales": None}},
    "anger": {"type": "score", "instructions": "How angry?", "criteria": ["Calm", "Frustrated", "Very angry"]},
}
STATES = ["I was charged twice and need my money today.", "What does the large plan cost?", "Your product is awful!"]
LABELS = [
    {"urgent": True, "team": "billing", "anger": 1},
    {"urgent": False, "team": "sales", "anger": "Calm"},
    {"urgent": False, "team": {"billing": 0.5, "sales": 0.5}, "anger": {"2": 1}},
]


@pytest.fixture(scope="session")
def exchanges():
    """What a server that speaks System One really answers: sparrow-decider, with the model in its wheel."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = "from sparrow_decider.cli import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", start, "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return [_ask(f"http://127.0.0.1:{port}/v1/systemone", state, server) for state in STATES]
    finally:
        server.terminate()
        server.wait()


def _ask(url, state, server):
    body = {"model": "any", "state": state, "questions": QUESTIONS}
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    for _ in range(200):
        assert server.poll() is None, "sparrow-decider ended"
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError("sparrow-decider did not start")


def write(path, *lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def log(exchanges, tmp_path):
    lines = [answer | {"labels": labels} for answer, labels in zip(exchanges, LABELS, strict=True)]
    return write(tmp_path / "log.jsonl", *lines)


def read(path, columns=None):
    source = open_systemone(path, columns or Columns())
    return concatenate(list(source.batches())), source


def test_a_real_server_is_read_from_its_probabilities(log, exchanges):
    rows, source = read(log)

    assert recognises(log)
    assert rows.id == [f"{line}/{question}" for line in (1, 2, 3) for question in QUESTIONS]
    assert rows.group == ["1"] * 3 + ["2"] * 3 + ["3"] * 3
    assert rows.subject == ["noul", "choice", "score"] * 3
    assert rows.label.tolist() == [1, 0, 1, 0, 1, 0, 0, -1, 2]
    for i, (exchange, labels) in enumerate(zip(exchanges, LABELS, strict=True)):
        answers = exchange["answers"]
        yes = answers["urgent"]["noul"]
        assert rows.confidence[3 * i] == pytest.approx(max(yes, 1 - yes))
        assert rows.correct[3 * i] == ((yes > 0.5) == labels["urgent"])
        for j, question in ((1, "team"), (2, "anger")):
            probs = answers[question]["probabilities"]
            assert rows.confidence[3 * i + j] == pytest.approx(max(probs.values()) / sum(probs.values()))
        if isinstance(labels["team"], str):
            assert rows.correct[3 * i + 1] == (answers["team"]["choice"] == labels["team"])
    assert np.flatnonzero(np.isnan(rows.correct)).tolist() == [7]
    notes = source.notes()
    assert any("choice 3, noul 3, score 3" in note for note in notes)
    assert any(note.startswith("1 label is none of the options, or a distribution") for note in notes)


def test_a_named_field_of_the_answer_is_read_instead(log, exchanges):
    rows, source = read(log, Columns(confidence="confidence"))

    assert rows.confidence[1] == exchanges[0]["answers"]["team"]["confidence"]
    assert source.label == "Stated confidence"


# As the types of OpenAI's client describe a response of /v1/decisions: lists in the order of the questions.
DECISIONS = {
    "model": "gpt-6-luna",
    "answers": [
        {"type": "predicate", "name": "urgent", "probability": 0.25},
        {
            "type": "choice",
            "name": "team",
            "choice": "billing",
            "confidence": 0.1,
            "probabilities": [{"value": "billing", "probability": 0.75}, {"value": True, "probability": 0.25}],
        },
        {
            "type": "score",
            "name": None,
            "score": 0.9,
            "confidence": 0.2,
            "probabilities": [
                {"value": 0, "label": "Calm", "probability": 0.125},
                {"value": 1, "label": "Angry", "probability": 0.875},
            ],
        },
        {"type": "refusal", "name": "age"},
    ],
    "usage": {"input_tokens": 1, "output_tokens": 0, "total_tokens": 1},
}


@pytest.mark.parametrize("under", [None, "response", "output", "result"])
def test_decisions_are_lists_and_know_refusals(tmp_path, under):
    line = DECISIONS if under is None else {under: DECISIONS}
    path = write(
        tmp_path / "log.jsonl", line | {"labels": {"urgent": False, "team": True, "2": "Angry", "age": 1, "absent": 1}}
    )

    rows, source = read(path)

    assert recognises(path)
    assert rows.confidence.tolist()[:3] == [0.75, 0.75, 0.875]
    assert rows.correct.tolist()[:3] == [1, 0, 1]
    assert rows.label.tolist() == [0, 1, 1, -1, -1]
    assert np.isnan(rows.confidence[3:]).all()
    assert np.isnan(rows.correct[3:]).all()
    assert source.facts["model"] == "gpt-6-luna"
    assert "1 question was refused." in source.notes()
    assert any(note.startswith("1 labelled question has no answer") for note in source.notes())


def choice(probs, **more):
    return {"answers": {"q": {"type": "choice", "probabilities": probs} | more}, "labels": {"q": "a"}}


def test_rounded_probabilities_are_divided_by_their_sum_and_counted(tmp_path):
    rows, source = read(write(tmp_path / "log.jsonl", choice({"a": 0.5, "b": 0.5, "c": 0.04})))

    assert rows.confidence == pytest.approx([0.5 / 1.04])
    assert rows.n_ties == 1
    assert any(note.startswith("1 row of probabilities summed to 1 only within rounding") for note in source.notes())


def test_the_answer_given_goes_before_the_most_probable_one(tmp_path):
    rows, source = read(write(tmp_path / "log.jsonl", choice({"a": 0.25, "b": 0.75}, choice="a")))

    assert (rows.confidence.tolist(), rows.correct.tolist()) == ([0.25], [1])
    assert any("1 answer is not the most probable option" in note for note in source.notes())


def test_half_and_half_is_a_no_and_a_tie(tmp_path):
    line = {"answers": {"q": {"type": "noul", "noul": 0.5}}, "labels": {"q": "no"}}
    rows, _ = read(write(tmp_path / "log.jsonl", line))

    assert (rows.confidence.tolist(), rows.correct.tolist(), rows.n_ties) == ([0.5], [1], 1)


def test_an_error_in_place_of_answers_is_counted(tmp_path):
    line = {"questions": QUESTIONS, "error": {"message": "overloaded"}, "labels": {"team": "sales"}}
    path = write(tmp_path / "log.jsonl", line)
    rows, _ = read(path)

    assert recognises(path)
    assert np.isnan(rows.confidence).all()
    assert rows.subject == ["choice"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (choice({"a": 0.5, "b": 0.4}), "line 1, question 'q': the probabilities must sum to 1.*0.9"),
        (choice({"a": 1.5, "b": -0.5}), r"line 1, question 'q': probabilities lie in \[0, 1\]; got 1.5"),
        (choice({"a": "x"}), r"probabilities lie in \[0, 1\]; got nan"),
        ({"answers": {"q": {"noul": 95}}, "labels": {"q": True}}, "line 1, question 'q': .*divide percentages by 100"),
        ({"answers": {}, "labels": [1]}, "line 1: labels must be an object"),
        ({"answers": {}}, "no line has labels"),
    ],
)
def test_damage_is_named_with_line_and_question(tmp_path, line, message):
    with pytest.raises(DataError, match=message):
        read(write(tmp_path / "log.jsonl", line))


def test_columns_of_tables_are_refused(log):
    with pytest.raises(InputError, match="correct is not read from the format systemone"):
        open_systemone(log, Columns(correct="x"))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1]", b'{"answers": {}}', b'{"question": "a", "answer": 1}'])
def test_other_files_are_not_recognised(tmp_path, content):
    (tmp_path / "x.jsonl").write_bytes(content)

    assert not recognises(tmp_path / "x.jsonl")
    assert not recognises(tmp_path)
