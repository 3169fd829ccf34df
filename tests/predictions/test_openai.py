import json
import math
from pathlib import Path

import numpy as np
import pytest

from calibrant.exceptions import DataError, InputError
from calibrant.predictions import Columns, concatenate
from calibrant.predictions._openai import open_openai, recognises

REAL = Path(__file__).with_name("openai_llamacpp.jsonl")
"""Eight questions of our own to SmolLM2-135M-Instruct (Q4_1), answered by ``python -m llama_cpp.server --logits_all
true``, llama-cpp-python 0.3.36: POST /v1/chat/completions with logprobs, top_logprobs 10, max_tokens 4, temperature 0.
Each response stands as it came, with the right letter beside it."""


def token(text, share, **others):
    alternatives = [{"token": name.replace("_", " "), "logprob": math.log(p)} for name, p in others.items()]
    return {"token": text, "logprob": math.log(share), "bytes": None, "top_logprobs": alternatives}


def chat(text, *tokens, finish="stop"):
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": finish,
                "logprobs": {"content": list(tokens)} if tokens else None,
            }
        ],
    }


def read(path, columns=None):
    source = open_openai(path, columns or Columns())
    return concatenate(list(source.batches())), source


@pytest.fixture
def read_lines(tmp_path):
    def read_them(*lines, columns=None):
        path = tmp_path / "log.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        assert recognises(path)
        return read(path, columns)

    return read_them


def test_a_real_server_is_read_by_the_letters_of_the_options():
    rows, source = read(REAL)

    assert recognises(REAL)
    for i, line in enumerate(map(json.loads, REAL.read_text().splitlines())):
        first = line["response"]["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        shares = dict.fromkeys("ABCD", 0.0)
        for entry in first:
            if entry["token"].strip() in shares:
                shares[entry["token"].strip()] += math.exp(entry["logprob"])
        assert rows.probs[i] == pytest.approx(np.array(list(shares.values())) / sum(shares.values()))
        assert rows.confidence[i] == pytest.approx(max(shares.values()) / sum(shares.values()))
        assert rows.label[i] == "ABCD".index(line["label"])
    # The model says A whatever is asked.
    assert rows.correct.tolist() == [1, 0, 0, 0, 1, 0, 0, 0]
    assert source.label == "Softmax of letters"
    assert source.facts["n_options"] == 4
    assert any("cut off" in note for note in source.notes())


def test_forms_of_a_letter_are_summed_and_the_rest_is_reported(read_lines):
    line = chat("B", token("B", 0.3, B=0.3, _B=0.3, A=0.15, a=0.1, E=0.1)) | {"label": "B"}

    rows, source = read_lines(line)

    assert rows.confidence == pytest.approx([0.8])
    assert rows.probs[0] == pytest.approx([0.2, 0.8])
    assert (rows.correct.tolist(), rows.label.tolist()) == ([1], [1])
    notes = source.notes()
    assert any("hold 0.750 of the probability on average" in note and "up to 0.050" in note for note in notes)
    assert any("taken to be A to B" in note for note in notes)
    counted, _ = read_lines(line, columns=Columns(n_options="5"))
    assert counted.confidence == pytest.approx([0.6 / 0.85])


def test_a_letter_that_was_not_logged_leaves_the_other_options_unknown(read_lines):
    rows, source = read_lines(
        chat("B", token("B", 0.6, B=0.6, A=0.2)) | {"label": "C"},
    )

    assert rows.confidence == pytest.approx([0.75])
    assert (rows.correct.tolist(), rows.label.tolist(), rows.probs[0].tolist()) == ([0], [-1], [])
    assert any("not among the tokens logged" in note for note in source.notes())


def test_a_sentence_is_no_letter_and_is_not_graded_as_one(read_lines):
    rows, source = read_lines(chat("A dog barks.", token("A", 0.9, A=0.9, B=0.1)) | {"label": "A"})

    assert np.isnan(rows.correct).all()
    assert np.isnan(rows.confidence).all()
    assert any("1 answer does not begin with a letter" in note for note in source.notes())


def test_the_probability_of_the_text_as_written(read_lines):
    rows, source = read_lines(
        chat("Paris.", token("Par", 0.5), token("is", 0.5), token(".", 0.5)) | {"label": " paris"},
        chat("Rome", token("Rome", 0.25), finish="length") | {"label": "Paris"},
        chat("Rome", token("Rome", 0.25)) | {"correct": True, "label": "Paris"},
        chat("Rome", token("Rome", 0.25)),
        chat("Rome") | {"label": "Rome"},
    )

    assert rows.confidence[:4].tolist() == pytest.approx([0.125, 0.25, 0.25, 0.25])
    assert math.isnan(rows.confidence[4])
    assert rows.correct[[0, 1, 2, 4]].tolist() == [1, 0, 1, 1]
    assert math.isnan(rows.correct[3])
    assert rows.id == ["1", "2", "3", "4", "5"]
    assert source.label == "Text probability"
    assert any("1 answer has no log-probabilities" in note for note in source.notes())
    assert any("1 answer was cut off" in note for note in source.notes())


def test_minus_9999_is_missing_and_no_number(read_lines):
    low = token("x", 0.5) | {"logprob": -9999.0}
    rows, source = read_lines(
        chat("yx", token("y", 0.5), low) | {"label": "yx"},
        chat("B", token("B", 0.5, B=0.5) | {"top_logprobs": [{"token": "A", "logprob": -9999.0}]}) | {"label": "B"},
    )

    assert math.isnan(rows.confidence[0])
    # Nothing is known but the letter itself: a share of 1 would be made up.
    assert math.isnan(rows.confidence[1])
    assert any("1 answer holds a token whose log-probability was not given" in note for note in source.notes())


def test_batch_output_and_older_completions(read_lines):
    legacy = {
        "object": "text_completion",
        "choices": [
            {
                "text": " A",
                "logprobs": {
                    "tokens": [" A"],
                    "token_logprobs": [math.log(0.6)],
                    "top_logprobs": [{" A": math.log(0.6), "B": math.log(0.2)}],
                    "text_offset": [0],
                },
            }
        ],
    }
    rows, source = read_lines(
        {"custom_id": "q1", "response": {"status_code": 200, "body": legacy}, "label": "B"},
        {"custom_id": "q2", "response": None, "error": {"code": "batch_expired"}, "label": "B"},
    )

    assert rows.id == ["q1", "q2"]
    assert rows.confidence[0] == pytest.approx(0.75)
    assert rows.correct[0] == 0
    assert np.isnan([rows.confidence[1], rows.correct[1]]).all()
    assert "1 line holds an error in place of an answer." in source.notes()


def test_columns_say_where_things_are(read_lines):
    rows, source = read_lines(
        chat("x") | {"meta": {"right": 1, "p": 0.5, "who": "w", "what": 3, "name": "n"}},
        columns=Columns(
            correct="meta.right", confidence="meta.p", group="meta.who", subject="meta.what", id="meta.name"
        ),
    )

    assert (rows.correct.tolist(), rows.confidence.tolist()) == ([1], [0.5])
    assert (rows.group, rows.subject, rows.id) == (["w"], ["3"], ["n"])
    assert source.label == "Stated confidence"


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("{", "line 2: not JSON"),
        ('{"label": "A"}', "line 2: no chat completion"),
        (json.dumps(chat("x", token("x", 0.5) | {"logprob": 0.5})), "line 2: a log-probability must not be above 0"),
        (json.dumps(chat("x", {"token": 1, "logprob": -1})), "line 2: every token of logprobs must be a text"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path, second, message):
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(chat("x", token("x", 0.5))) + "\n" + second)

    with pytest.raises(DataError, match=message):
        read(path)


def test_columns_of_tables_are_refused():
    with pytest.raises(InputError, match="probs is not read from the format openai-logprobs"):
        open_openai(REAL, Columns(probs=("p",)))


@pytest.mark.parametrize("content", [b"", b"\xff", b"[1]", b'{"choices": ["a", "b"], "answer": 1}', b'{"response": 1}'])
def test_other_files_are_not_recognised(tmp_path, content):
    (tmp_path / "x.jsonl").write_bytes(content)

    assert not recognises(tmp_path / "x.jsonl")
    assert not recognises(tmp_path)
