import json

import numpy as np
import pytest
from tests.readouts.conftest import make_answers

from calibrant.data import Question
from calibrant.exceptions import InputError, StoreError
from calibrant.models import Completion, FakeModel
from calibrant.readouts import ask, is_answers, is_readouts, load_answers, load_readouts, read


def test_what_was_written_is_loaded(answers):
    again = load_answers(str(answers.folder))
    assert again.table.equals(answers.table)
    assert again.questions == answers.questions
    assert sorted(path.name for path in answers.folder.iterdir()) == [
        "manifest.json",
        "questions.jsonl",
        "rows-00000.parquet",
    ]


def test_a_row_holds_all_that_was_said(answers):
    row = answers.table.to_pylist()[0]
    assert (row["answer"], row["finish"], row["error"], row["tokens"]) == ("Paris", "stop", None, [*"Paris", "<end>"])
    n = len(row["tokens"])
    assert len(row["logprobs"]) == len(row["entropies"]) == len(row["top_logprobs"]) == n
    assert all(len(place) == 5 and place == sorted(place, reverse=True) for place in row["top_logprobs"])
    assert [sample["text"] in ("Paris", "Atlantis") for sample in row["samples"]] == [True] * 5
    assert [one["variant"] for one in row["p_true"]] == ["p-true", "p-true-samples"]
    assert row["stated"] == [
        {
            "format": "tian-1s-1",
            "texts": ["Guess: Paris\nProbability: 0.8"],
            "finish": "stop",
            "n_tokens": 30,
            "error": None,
        }
    ]


def test_a_sample_that_says_what_the_answer_says_is_as_likely(answers):
    for logprobs, own, text in zip(answers.token_logprobs(), answers.samples(), answers.texts(), strict=True):
        same = [sample for sample in own if sample["text"] == text]
        assert [sample["logprob"] for sample in same] == pytest.approx([logprobs.sum()] * len(same))
        assert all(sample["n_tokens"] == len(sample["text"]) + 1 for sample in own)


def test_columns_are_read_by_question(answers):
    n = len(answers.questions)
    assert [len(values) for values in (answers.texts(), answers.token_entropies(), answers.top_logprobs())] == [n] * 3
    assert answers.p_true().shape == answers.p_true_mass("p-true-samples").shape == (n,)
    assert ((answers.p_true() > 0) & (answers.p_true() < 1)).all()
    assert (answers.p_true_variants, answers.stated_formats) == (("p-true", "p-true-samples"), ("tian-1s-1",))
    assert [len(answers.rows(part)) for part in ("train", "calibration", "test", "guarantee")] == [4, 4, 4, 0]


def test_what_was_not_asked_for_is_not_there(tmp_path):
    answers = make_answers(tmp_path / "a", samples=0, stated=(), p_true=())
    assert answers.samples() == [[]] * 12
    assert (answers.p_true_variants, answers.stated_formats) == ((), ())
    with pytest.raises(InputError, match="holds no 'p-true': ask with --p-true"):
        answers.p_true()
    with pytest.raises(InputError, match="no stated confidence in the format 'tian-1s-1': ask with --stated"):
        answers.stated("tian-1s-1")
    with pytest.raises(InputError, match="holds no hidden states: ask with --hidden-layers"):
        answers.hidden()


class Telling(FakeModel):
    """A server that tells little: no numbers of the first answer, some of the second, and none of the third."""

    def generate(self, conversations, request=None):
        said = [
            Completion("a", "stop"),
            Completion("b", "length", tokens=("b", "b"), logprobs=np.array([-1.0, np.nan])),
            Completion("", "error", error="timeout"),
        ]
        places = [int(messages[-1].content[1]) for messages in conversations]
        return [[said[place]] * request.n for place in places]


def test_what_a_server_does_not_tell_is_missing(tmp_path):
    questions = [Question(id=f"q{i}", question=f"?{i}", answer=("a",)) for i in range(3)]
    answers = ask(Telling(), {"test": questions}, tmp_path / "a", samples=2, p_true=("p-true",), quiet=True)
    assert answers.texts() == ["a", "b", ""]
    assert answers.finishes() == ["stop", "length", "error"]
    none, some, error = answers.token_logprobs()
    assert (none, error) == (None, None)
    assert np.array_equal(some, [-1.0, np.nan], equal_nan=True)
    assert answers.token_entropies() == answers.top_logprobs() == [None] * 3
    assert [[sample["logprob"] for sample in own] for own in answers.samples()] == [[None] * 2] * 3
    assert [[sample["n_tokens"] for sample in own] for own in answers.samples()] == [[None] * 2, [2] * 2, [None] * 2]
    assert np.isnan(answers.p_true()).tolist() == [False, False, True]
    assert answers.errors() == {"timeout": 3, "no answer": 1}


def test_the_identity_is_that_of_model_prompt_and_asking(answers, tmp_path):
    assert answers.identity == {
        "weights": "fake:1",
        "dtype": "float64",
        "engine": "calibrant",
        "logprobs": "raw",
        "template": answers.settings["template"],
        "readout": "answer",
        "max_tokens": 32,
        "samples": 5,
        "temperature": 1.0,
    }
    assert make_answers(tmp_path / "b", max_tokens=8).identity != answers.identity


def test_folders_of_the_two_kinds_are_told_apart(answers, tmp_path):
    assert is_answers(answers.folder)
    assert not is_answers(tmp_path)
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    assert not is_answers(tmp_path)
    with pytest.raises(StoreError, match=r"must be of format .calibrant/readouts., .* it is .calibrant/answers."):
        load_readouts(answers.folder)


def test_readouts_are_no_answers(tmp_path):
    question = Question(id="q", question="?", choices=("a", "b"), answer=0)
    read(FakeModel(), {"test": [question]}, tmp_path / "r", kind="cloze", quiet=True)
    assert is_readouts(tmp_path / "r")
    assert not is_answers(tmp_path / "r")
    with pytest.raises(StoreError, match="must be of format 'calibrant/answers'"):
        load_answers(tmp_path / "r")


def test_a_folder_that_was_changed_is_refused(answers):
    (answers.folder / "rows-00000.parquet").write_bytes(b"")
    with pytest.raises(StoreError, match=r"rows-00000\.parquet was changed or lost .* and ask the model again"):
        load_answers(answers.folder)


def test_a_folder_without_answers_is_refused(tmp_path):
    with pytest.raises(StoreError, match=r"holds no answers \(no manifest\.json\)"):
        load_answers(tmp_path)


def test_a_damaged_manifest_is_refused(answers):
    path = answers.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"files": {}}), encoding="utf-8")
    with pytest.raises(StoreError, match=r"manifest\.json is damaged: delete .* and ask the model again"):
        load_answers(answers.folder)
