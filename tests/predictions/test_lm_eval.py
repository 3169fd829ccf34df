import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from calibrant.exceptions import DataError, InputError
from calibrant.predictions import Columns, concatenate
from calibrant.predictions._lm_eval import open_lm_eval, recognises

WRITER = Path(__file__).with_name("write_lm_eval_logs.py")


@pytest.fixture(scope="session")
def logs(tmp_path_factory):
    """The folder in which lm-evaluation-harness itself put its logs."""
    folder = tmp_path_factory.mktemp("lm_eval")
    done = subprocess.run([sys.executable, str(WRITER), str(folder)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (model,) = (folder / "out").iterdir()
    return model


def log_of(logs, task):
    (path,) = logs.glob(f"samples_{task}_*.jsonl")
    return path


def read(path, columns=None):
    source = open_lm_eval(path, columns or Columns())
    return concatenate(list(source.batches())), source


# The weights of the options are 3 : 1 (the first is right), 1 : 2 : 1 (the last is) and 1 : 1 (the second is).
@pytest.mark.parametrize("task", ["by_index", "by_words", "filtered"])
def test_probabilities_are_the_shares_of_the_known_likelihoods(logs, task):
    rows, source = read(log_of(logs, task))

    assert recognises(log_of(logs, task))
    assert rows.confidence == pytest.approx([0.75, 0.5, 0.5])
    assert rows.correct.tolist() == [1, 0, 0]
    assert rows.label.tolist() == [0, 2, 1]
    assert [probs.tolist() for probs in rows.probs] == [
        pytest.approx(probs) for probs in ([0.75, 0.25], [0.25, 0.5, 0.25], [0.5, 0.5])
    ]
    assert rows.n_ties == 1
    assert rows.id == [f"{task}/{i}" for i in range(3)]
    assert rows.subject == [task] * 3
    assert source.label == "Softmax of options"
    assert not any("harness' acc" in note for note in source.notes())


def test_a_second_filter_is_named_and_not_read_twice(logs):
    rows, source = read(log_of(logs, "filtered"))

    assert len(rows) == 3
    assert "filtered: the filter plain was read, and these were not: again." in source.notes()
    assert source.facts["tasks"]["filtered"]["filter"] == "plain"


def test_a_target_that_could_be_an_index_or_a_word_is_decided_by_the_accuracy(logs):
    # The target is the word "2", option 1, which is the answer; option 2 is the word "0".
    rows, source = read(log_of(logs, "numerals"))

    assert source.facts["tasks"]["numerals"]["target"] == "text"
    assert rows.label.tolist() == [1]
    assert rows.correct.tolist() == [1]


def test_an_undecided_target_is_graded_by_acc_or_not_at_all(logs, tmp_path):
    line = json.loads(log_of(logs, "numerals").read_text())
    rest = {name: value for name, value in line.items() if name != "acc"}
    path = tmp_path / "samples_numerals.jsonl"
    path.write_text(json.dumps(rest))

    rows, source = read(path)

    assert np.isnan(rows.correct).all()
    assert rows.label.tolist() == [-1]
    assert any("does not tell" in note for note in source.notes())


def test_any_of_several_right_options_will_do(logs):
    rows, source = read(log_of(logs, "several"))

    assert (rows.correct.tolist(), rows.label.tolist()) == ([1], [-1])
    assert any("1 question has several right options" in note for note in source.notes())


def test_a_disagreement_with_the_harness_is_counted(logs, tmp_path):
    path = tmp_path / "samples_by_index.jsonl"
    path.write_text(log_of(logs, "by_index").read_text().replace('"acc": 1.0', '"acc": 0.0'))

    rows, source = read(path)

    assert rows.correct.tolist() == [1, 0, 0]
    assert any(note.startswith("1 answer is graded otherwise") for note in source.notes())


@pytest.mark.parametrize(("task", "message"), [("written", "generated"), ("one_text", "one log-likelihood")])
def test_tasks_without_a_confidence_are_refused_with_advice(logs, task, message):
    with pytest.raises(DataError, match=f"line 1: .*{message}.*--confidence"):
        open_lm_eval(log_of(logs, task), Columns())


def test_a_field_may_hold_the_confidence_of_written_answers(logs):
    rows, source = read(log_of(logs, "written"), Columns(confidence="doc.sure", subject="doc.kind"))

    assert rows.confidence.tolist() == [0.25] * 3
    assert rows.correct.tolist() == [1, 0, 0]
    assert rows.subject == ["sky", "farm", "sky"]
    assert source.label == "Stated confidence"


def test_a_folder_gives_the_newest_log_of_each_task(logs, tmp_path):
    for task in ("by_index", "by_words"):
        shutil.copy(log_of(logs, task), tmp_path)
    older = tmp_path / "samples_by_index_2020-01-01T00-00-00.000000.jsonl"
    older.write_text("what is not read does no harm")

    rows, source = read(tmp_path)

    assert recognises(tmp_path)
    assert sorted(set(rows.subject)) == ["by_index", "by_words"]
    assert len(rows) == 6
    assert any("by_index: the newest of 2 logs was read" in note for note in source.notes())
    assert read(tmp_path / log_of(logs, "by_words").name)[0].correct.tolist() == [1, 0, 0]


def test_the_output_folder_may_be_given_too_if_it_holds_one_model(logs, tmp_path):
    for model in ("one", "two"):
        (tmp_path / model).mkdir()
        shutil.copy(log_of(logs, "by_index"), tmp_path / model)

    with pytest.raises(DataError, match=r"several models.*one, two"):
        open_lm_eval(tmp_path, Columns())
    shutil.rmtree(tmp_path / "two")
    assert len(read(tmp_path)[0]) == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"filtered_resps": [["', '"filtered_resps": [["x', "line 1: filtered_resps must hold"),
        ('"filtered_resps": [[', '"filtered_resps": [{}, [', "line 1: filtered_resps must hold"),
        ('"filtered_resps"', '"other"', "line 1: no sample of lm_eval"),
        ("{", "", "line 1: not JSON"),
    ],
)
def test_damage_is_named_with_its_line(logs, tmp_path, old, new, message):
    path = tmp_path / "samples_by_index.jsonl"
    path.write_text(log_of(logs, "by_index").read_text().replace(old, new, 1))

    with pytest.raises(DataError, match=message):
        read(path)


def test_infinite_likelihoods_are_counted_and_not_filled_in(logs, tmp_path):
    text = log_of(logs, "by_index").read_text().splitlines()
    first = json.loads(text[0])
    first["filtered_resps"] = [["-inf", "False"], ["-inf", "False"]]
    path = tmp_path / "samples_by_index.jsonl"
    path.write_text("\n".join([text[1], json.dumps(first)]))

    rows, source = read(path)

    assert np.isnan(rows.confidence).tolist() == [False, True]
    assert any("no finite log-likelihoods" in note for note in source.notes())


def test_columns_of_tables_are_refused(logs):
    with pytest.raises(InputError, match="probs is not read from the format lm-eval"):
        open_lm_eval(log_of(logs, "by_index"), Columns(probs=("p",)))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1]", b'{"doc_id": 1', b"{" * 100_000])
def test_other_files_are_not_recognised(tmp_path, content):
    path = tmp_path / "samples_x.jsonl"
    path.write_bytes(content)

    assert not recognises(path)
    assert not recognises(tmp_path / "absent.jsonl")
