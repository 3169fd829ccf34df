import hashlib
import json

import pyarrow.parquet as pq
import pytest

from calibrant.data import Question
from calibrant.exceptions import StoreError
from calibrant.models import FakeModel
from calibrant.readouts import Readouts, load_readouts, read

QUESTIONS = [Question(id=str(i), question="?", choices=("a", "b"), answer=0) for i in range(3)]


@pytest.fixture
def folder(tmp_path):
    read(FakeModel(), {"test": QUESTIONS}, tmp_path / "r", kind="cloze", quiet=True)
    return tmp_path / "r"


def edit_manifest(folder, **changes):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_what_was_written_is_loaded(folder):
    readouts = load_readouts(str(folder))

    assert isinstance(readouts, Readouts)
    assert list(readouts.questions) == QUESTIONS
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "questions.jsonl",
        "rows-00000.parquet",
    ]


def strip_new_columns(folder, name="rows-00000.parquet"):
    """Make a shard what an earlier version wrote."""
    path = folder / name
    pq.write_table(pq.read_table(path).drop_columns(["context_logprobs", "order_logprobs"]), path)
    files = json.loads((folder / "manifest.json").read_text())["files"]
    edit_manifest(folder, files=files | {name: hashlib.sha256(path.read_bytes()).hexdigest()})


def test_a_folder_of_an_earlier_version_is_loaded_and_run_again(folder):
    before = load_readouts(folder)
    strip_new_columns(folder)
    readouts = load_readouts(folder)

    assert "order_logprobs" not in readouts.table.column_names
    assert (readouts.context_logprobs(), readouts.order_logprobs()) == (None, None)
    for got, expected in zip(readouts.option_logprobs(), before.option_logprobs(), strict=True):
        assert got.tolist() == expected.tolist()
    again = read(FakeModel(), {"test": QUESTIONS}, folder, kind="cloze", quiet=True)
    assert again.table.equals(readouts.table)


def test_a_run_begun_by_an_earlier_version_is_taken_up(tmp_path):
    class Stopping(FakeModel):
        n_left = 256

        def score(self, prompts, *, head=0, hidden=None):
            self.n_left -= len(prompts)
            if self.n_left < 0:
                raise KeyboardInterrupt
            return super().score(prompts, head=head, hidden=hidden)

    parts = {"test": [Question(id=str(i), question="?", choices=("a", "b"), answer=0) for i in range(300)]}
    with pytest.raises(KeyboardInterrupt):
        read(Stopping(), parts, tmp_path / "r", kind="cloze", quiet=True)
    strip_new_columns(tmp_path / "r")
    readouts = read(FakeModel(), parts, tmp_path / "r", kind="cloze", quiet=True)

    assert len(readouts.option_logprobs()) == 300
    assert (readouts.context_logprobs(), readouts.order_logprobs()) == (None, None)


def test_a_folder_without_readouts_is_refused(tmp_path):
    with pytest.raises(StoreError, match=r"holds no readouts \(no manifest\.json\)"):
        load_readouts(tmp_path)


def test_an_unfinished_folder_is_refused(tmp_path):
    class Stopping(FakeModel):
        def score(self, prompts, *, head=0, hidden=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(Stopping(), {"test": QUESTIONS}, tmp_path, kind="cloze", quiet=True)

    with pytest.raises(StoreError, match="is not finished: run the same command again"):
        load_readouts(tmp_path)


@pytest.mark.parametrize("name", ["rows-00000.parquet", "questions.jsonl"])
def test_a_file_that_was_lost_is_named(folder, name):
    (folder / name).unlink()

    with pytest.raises(StoreError, match=f"{name} was changed or lost after it was written"):
        load_readouts(folder)


def test_a_shard_that_was_changed_is_named(folder):
    path = folder / "rows-00000.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)

    with pytest.raises(StoreError, match=r"rows-00000\.parquet was changed or lost"):
        load_readouts(folder)


def test_an_answer_that_was_changed_is_noticed(folder):
    path = folder / "questions.jsonl"
    path.write_text(path.read_text().replace('"answer":0', '"answer":1', 1))

    with pytest.raises(StoreError, match=r"questions\.jsonl was changed or lost"):
        load_readouts(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"damaged readouts: .*manifest\.json, line 1: not JSON"),
        ("[]", "must hold a JSON object"),
        ('{"format": "calibrant/artifact", "version": 1}', "must be of format 'calibrant/readouts', version 1"),
        ('{"format": "calibrant/readouts", "version": 99}', "it is 'calibrant/readouts', version 99"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused(folder, content, message):
    (folder / "manifest.json").write_text(content)

    with pytest.raises(StoreError, match=message):
        load_readouts(folder)
    with pytest.raises(StoreError, match=message):
        read(FakeModel(), {"test": QUESTIONS}, folder, kind="cloze", quiet=True)


@pytest.mark.parametrize("changes", [{"settings": None}, {"files": None}, {"files": {}}, {"kind": None}])
def test_a_manifest_with_a_part_torn_out_is_refused(folder, changes):
    edit_manifest(folder, **changes)

    with pytest.raises(StoreError):
        load_readouts(folder)
