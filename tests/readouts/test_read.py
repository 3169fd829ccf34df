"""Reading a whole set: what is stored, and that no way to be stopped changes it."""

import errno
import os

import numpy as np
import pyarrow.parquet as pq
import pytest

from calibrant.data import Question
from calibrant.exceptions import DataError, InputError, OutputError, StoreError
from calibrant.models import FakeModel, HiddenRequest
from calibrant.readouts import PromptTemplate, load_readouts, read
from calibrant.readouts._prompts import build_prompts

PLAIN = PromptTemplate("{{ question }}{% if kind == 'letter' %} letter{% endif %}")


LISTED = PromptTemplate("{{ question }}{% for letter, choice in options %} {{ letter }} {{ choice }}{% endfor %}")


class Counting(FakeModel):
    """Counts its batches, and stops at one of them as a user or a fault would."""

    def __init__(self, stop_at=None, error=KeyboardInterrupt, **options):
        super().__init__(**options)
        self.calls, self._stop_at, self._error = 0, stop_at, error

    def score(self, prompts, *, head=0, hidden=None):
        if self.calls == self._stop_at:
            raise self._error
        self.calls += 1
        return super().score(prompts, head=head, hidden=hidden)


class Loud(FakeModel):
    """Has hidden states beyond the range of half precision."""

    def score(self, prompts, *, head=0, hidden=None):
        readings = super().score(prompts, head=head, hidden=hidden)
        for reading in readings:
            reading.hidden[:, -1] *= 100_000
        return readings


def questions(n, first=0, choices=("a", "b")):
    return [
        Question(id=f"q{i}", question="?" * (1 + i % 5), choices=choices, answer=i // 3 % 2)
        for i in range(first, first + n)
    ]


def numbered(n, first=0, choices=("a", "b")):
    return [Question(id=f"q{i}", question=f"{i}?", choices=choices, answer=0) for i in range(first, first + n)]


UNANSWERED = [Question(id="u", question="?", choices=("a", "b"))]
SMALL = {"train": questions(6), "test": questions(4, 6)}
# Two shards of one part and one of another, of two batches each.
LARGE = {"train": questions(300), "test": questions(20, 300)}
BIG_BATCHES = 1500


def stored(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".json"}


def run(model, folder, parts=SMALL, **options):
    return read(model, parts, folder, **{"template": PLAIN, "kind": "cloze", "quiet": True} | options)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Read the large set once, both ways for the train part: what every interrupted run must come to."""
    folder = tmp_path_factory.mktemp("whole") / "readouts"
    model = Counting()
    run(model, folder, LARGE, kind="auto", batch_tokens=BIG_BATCHES)
    return folder, model.calls


# ---- What is stored ----


def test_rows_are_in_the_order_of_the_questions(tmp_path):
    readouts = run(FakeModel(), tmp_path / "r")

    assert [question.id for question in readouts.questions] == [f"q{i}" for i in range(10)]
    assert readouts.table.column("id").to_pylist() == [f"q{i}" for i in range(10)]
    assert readouts.split == ("train",) * 6 + ("test",) * 4
    assert readouts.rows("test") == [6, 7, 8, 9]
    assert readouts.rows("train", "test") == list(range(10))


def test_numbers_are_those_of_the_model(tmp_path):
    readouts = run(FakeModel(), tmp_path / "r")
    model = FakeModel()

    for question, logprobs in zip(readouts.questions, readouts.option_logprobs(), strict=True):
        path = f"user: {question.question}\nassistant:".encode()
        for choice, got in zip(question.choices, logprobs, strict=True):
            expected = 0.0
            for i, byte in enumerate(f" {choice}".encode()):
                expected += model._logprobs([*path, *f" {choice}".encode()[:i]])[byte]
            assert got == pytest.approx(expected)


def test_letters_are_stored_with_their_mass(tmp_path):
    readouts = run(FakeModel(), tmp_path / "r", kind="letter")

    assert readouts.kind == "letter"
    mass = readouts.table.column("letter_mass").to_pylist()
    assert [np.exp(row).sum() for row in readouts.option_logprobs()] == pytest.approx(mass)
    assert all(0 < value <= 1 for value in mass)


def test_numbers_of_options_may_differ(tmp_path):
    mixed = [Question(id=str(n), question="?", choices=tuple("abcdefg"[:n]), answer=0) for n in (2, 7, 3)]

    for kind in ("letter", "cloze"):
        readouts = run(FakeModel(), tmp_path / kind, {"test": mixed}, kind=kind)
        assert [len(row) for row in readouts.option_logprobs()] == [2, 7, 3]


def test_likelihoods_per_byte_are_divided_by_the_bytes_of_the_option(tmp_path):
    readouts = run(FakeModel(), tmp_path / "r", {"test": questions(2, choices=("é", "yes"))})

    for whole, per_byte in zip(readouts.option_logprobs(), readouts.option_logprobs(per_byte=True), strict=True):
        np.testing.assert_allclose(per_byte, whole / [2, 3])


def test_unanswerable_questions_and_odd_ids_are_kept(tmp_path):
    odd = [
        Question(id="a/b: é\u2028\"'\n", question="?", choices=("a", "b"), answerable=False),
        Question(id="ﷺ" * 200, question="?", choices=("a", "b")),
    ]
    readouts = run(FakeModel(), tmp_path / "r", {"test": odd})

    assert list(readouts.questions) == odd
    assert not readouts.questions[0].answerable
    assert len(readouts.option_logprobs()) == 2


def test_an_empty_part_is_no_fault(tmp_path):
    readouts = run(FakeModel(), tmp_path / "r", {"train": questions(2), "calibration": [], "test": []}, kind="auto")

    assert readouts.rows("calibration") == []
    assert len(readouts.option_logprobs()) == 2


def test_the_manifest_says_how_it_was_made(tmp_path):
    readouts = run(FakeModel(), tmp_path / "r", facts={"seed": 3})

    manifest = readouts.manifest
    assert manifest["model"]["name"] == "fake"
    assert manifest["template"] == {"text": PLAIN.text, "sha256": PLAIN.sha256, "examples": []}
    assert manifest["splits"] == {"train": 6, "test": 4}
    assert manifest["seed"] == 3
    assert readouts.identity == {
        **FakeModel().identity.binding(),
        "template": PLAIN.sha256,
        "readout": "cloze",
    }


# ---- auto ----


def test_auto_chooses_on_the_train_part_and_says_so(tmp_path):
    # With these questions the fake is right more often by one way than by the other.
    parts = {"train": questions(12, choices=("a", "b", "c")), "test": questions(4, 12)}
    letter, cloze = (run(FakeModel(), tmp_path / kind, parts, kind=kind) for kind in ("letter", "cloze"))
    train = range(12)
    accuracy = {
        readouts.kind: np.mean(
            [np.argmax(readouts.option_logprobs()[i]) == readouts.questions[i].answer for i in train]
        )
        for readouts in (letter, cloze)
    }
    readouts = run(FakeModel(), tmp_path / "auto", parts, kind="auto")

    assert accuracy["letter"] != accuracy["cloze"]
    assert readouts.kind == max(accuracy, key=accuracy.get)
    assert readouts.manifest["choice"] == {"kind": readouts.kind, **accuracy, "n": 12}
    same = {"letter": letter, "cloze": cloze}[readouts.kind]
    for got, expected in zip(readouts.option_logprobs(), same.option_logprobs(), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_the_test_part_is_read_one_way_only(tmp_path):
    readouts = run(FakeModel(), tmp_path / "r", kind="auto")
    other = "cloze" if readouts.kind == "letter" else "letter"

    column = readouts.table.column(f"{other}_logprobs").to_pylist()
    assert all(value is not None for value in column[:6])
    assert all(value is None for value in column[6:])
    with pytest.raises(InputError, match=f"holds the {other} readout for some questions only"):
        readouts.option_logprobs(other)


# ---- Stopped and taken up ----


def test_a_run_stopped_at_any_batch_comes_to_the_same_bytes(tmp_path, uninterrupted):
    whole, n_calls = uninterrupted
    expected = stored(whole)
    assert len([name for name in expected if name.startswith("rows")]) == 3
    repeated = []

    for stop_at in range(n_calls):
        folder = tmp_path / str(stop_at)
        with pytest.raises(KeyboardInterrupt):
            run(Counting(stop_at), folder, LARGE, kind="auto", batch_tokens=BIG_BATCHES)
        model = Counting()
        run(model, folder, LARGE, kind="auto", batch_tokens=BIG_BATCHES)

        assert stored(folder) == expected
        repeated.append(stop_at + model.calls - n_calls)

    # Only batches of the shard in which it was stopped are read again, and at its first batch none is.
    assert repeated[0] == 0
    assert sorted(set(repeated)) == list(range(max(repeated) + 1))
    assert repeated.count(0) == 3


def test_a_crash_is_taken_up_like_an_interruption(tmp_path, uninterrupted):
    folder = tmp_path / "r"
    with pytest.raises(MemoryError):
        run(Counting(3, MemoryError), folder, LARGE, kind="auto", batch_tokens=BIG_BATCHES)
    run(FakeModel(), folder, LARGE, kind="auto", batch_tokens=BIG_BATCHES)

    assert stored(folder) == stored(uninterrupted[0])


def test_a_disk_that_is_full_at_any_write_leaves_what_can_be_taken_up(tmp_path, monkeypatch):
    whole = tmp_path / "whole"
    writes = 0

    def fsync(_):
        nonlocal writes
        writes += 1
        if writes == full_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    full_at = None
    request = HiddenRequest((1,))
    run(FakeModel(), whole, hidden=request)
    n_writes, expected = writes, stored(whole)

    for stop in range(1, n_writes + 1):
        folder = tmp_path / str(stop)
        writes, full_at = 0, stop
        with pytest.raises(OutputError, match=r"cannot be written: No space left on device; nothing was changed"):
            run(FakeModel(), folder, hidden=request)
        full_at = None
        run(FakeModel(), folder, hidden=request)

        assert stored(folder) == expected


def test_what_a_killed_write_leaves_behind_is_passed_over(tmp_path):
    folder = tmp_path / "r"
    folder.mkdir()
    (folder / ".rows-00000.parquet-x7f").write_bytes(b"half")

    assert len(run(FakeModel(), folder).questions) == 10


def test_a_finished_folder_is_read_back_without_the_model(tmp_path):
    class Asleep(FakeModel):
        def render(self, messages):
            raise AssertionError("the model was asked")

    first = run(FakeModel(), tmp_path / "r")
    manifest = (tmp_path / "r" / "manifest.json").read_bytes()
    second = run(Asleep(), tmp_path / "r")

    assert second.table.equals(first.table)
    assert (tmp_path / "r" / "manifest.json").read_bytes() == manifest


@pytest.mark.parametrize("name", ["rows-00001.parquet", "hidden-00001.safetensors"])
@pytest.mark.parametrize("damage", ["cut", "flip", "lose"])
def test_a_damaged_shard_is_read_again(tmp_path, name, damage):
    folder, parts = tmp_path / "r", {"test": questions(600)}
    request = HiddenRequest((1,))
    with pytest.raises(KeyboardInterrupt):
        run(Counting(2), folder, parts, hidden=request, batch_tokens=10**6)
    assert (folder / name).exists()
    before, path = stored(folder), folder / name
    if damage == "lose":
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data if damage == "flip" else data[: len(data) // 2])
    model = Counting()

    run(model, folder, parts, hidden=request, batch_tokens=10**6)

    assert model.calls == 2  # the damaged one and the third, which was never read
    assert {shard: data for shard, data in stored(folder).items() if shard in before} == before


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"kind": "letter"}, "readout"),
        ({"template": PromptTemplate("{{ question }}!")}, "template"),
        ({"parts": {"train": questions(6), "test": questions(4, 7)}}, "questions"),
        ({"parts": {"train": questions(5), "test": questions(5, 5)}}, "splits"),
        ({"hidden": HiddenRequest((1,))}, "hidden"),
        ({"batch_tokens": 7}, "batch_tokens"),
        ({"model": FakeModel(sharpness=2.0)}, "model"),
    ],
)
def test_a_folder_made_with_other_settings_is_refused(tmp_path, changed, setting):
    run(FakeModel(), tmp_path / "r")
    before = stored(tmp_path / "r")
    options = {"template": PLAIN, "kind": "cloze", "quiet": True} | changed

    with pytest.raises(StoreError, match=rf"r was made with another {setting} \(.*name another folder, or delete"):
        read(options.pop("model", FakeModel()), options.pop("parts", SMALL), tmp_path / "r", **options)
    assert stored(tmp_path / "r") == before


def test_a_folder_begun_on_another_device_is_refused(tmp_path):
    class Elsewhere(Counting):
        @property
        def identity(self):
            return type(super().identity)(**vars(super().identity) | {"device": "cuda:0"})

    with pytest.raises(KeyboardInterrupt):
        run(Elsewhere(0), tmp_path / "r")

    with pytest.raises(StoreError, match=r"made with another device \('cuda', now 'cpu'\)"):
        run(FakeModel(), tmp_path / "r")


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")

    with pytest.raises(StoreError, match="is not empty and holds no readouts: name another folder"):
        run(FakeModel(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_that_cannot_be_made_is_told_of(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(OutputError, match="cannot be written"):
        run(FakeModel(), tmp_path / "file")


# ---- Readings besides ----


def test_a_run_with_more_readings_stopped_at_any_batch_comes_to_the_same_bytes(tmp_path):
    parts = {"test": [*numbered(60), *numbered(90, 60, choices=("a", "b", "c"))]}
    options = {"kind": "letter", "template": LISTED, "context": True, "orders": "cyclic", "batch_tokens": 2000}
    model = Counting()
    run(model, tmp_path / "whole", parts, **options)
    expected = stored(tmp_path / "whole")
    # 390 readings of 150 questions: more than a shard's worth.
    assert len([name for name in expected if name.startswith("rows")]) == 2

    repeated = []
    for stop_at in range(model.calls):
        folder = tmp_path / str(stop_at)
        with pytest.raises(KeyboardInterrupt):
            run(Counting(stop_at), folder, parts, **options)
        again = Counting()
        run(again, folder, parts, **options)

        assert stored(folder) == expected
        repeated.append(stop_at + again.calls - model.calls)
    assert repeated.count(0) == 2


def test_hidden_states_are_those_of_the_usual_reading(tmp_path):
    request = HiddenRequest((1,))
    usual = run(FakeModel(), tmp_path / "usual", kind="letter", hidden=request)
    more = run(FakeModel(), tmp_path / "more", kind="letter", hidden=request, context=True, orders="cyclic")

    np.testing.assert_array_equal(np.stack(more.hidden()), np.stack(usual.hidden()))


@pytest.mark.parametrize("options", [{"context": True}, {"orders": "cyclic"}])
def test_a_folder_with_other_readings_besides_is_refused(tmp_path, options):
    (setting,) = options
    run(FakeModel(), tmp_path / "without", kind="letter")
    run(FakeModel(), tmp_path / "with", kind="letter", **options)

    with pytest.raises(StoreError, match=rf"made with another {setting} \(None, now "):
        run(FakeModel(), tmp_path / "without", kind="letter", **options)
    with pytest.raises(StoreError, match=rf"made with another {setting} \(.*, now None\)"):
        run(FakeModel(), tmp_path / "with", kind="letter")


def test_the_manifest_says_what_was_read_besides_and_nothing_by_default(tmp_path):
    usual = run(FakeModel(), tmp_path / "usual", kind="letter").manifest["settings"]
    more = run(FakeModel(), tmp_path / "more", kind="letter", context=True, orders="cyclic").manifest["settings"]

    assert more == usual | {"context": True, "orders": "cyclic"}
    assert not {"context", "orders"} & set(usual)


def test_shards_hold_fewer_questions_where_more_is_read_of_each(tmp_path):
    four = numbered(100, choices=tuple("abcd"))

    run(FakeModel(), tmp_path / "r", {"test": four}, kind="letter", orders="cyclic", template=LISTED)

    rows = [pq.read_table(path).num_rows for path in sorted((tmp_path / "r").glob("rows-*"))]
    assert rows == [64, 36]


# ---- Hidden states ----


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_hidden_states_come_back_by_question_position_and_layer(tmp_path, dtype):
    mixed = [Question(id=str(n), question="?", choices=tuple("abcdefg"[:n]), answer=0) for n in (2, 7, 3)]
    request = HiddenRequest((0, 2), ("last_prompt", "last_option"))

    readouts = run(FakeModel(), tmp_path / "r", {"test": mixed}, hidden=request, hidden_dtype=dtype)

    states = readouts.hidden()
    assert [array.shape for array in states] == [(3, 2, 8), (8, 2, 8), (4, 2, 8)]
    assert all(array.dtype == np.float32 for array in states)
    prompts = build_prompts(FakeModel(), mixed, PLAIN, "cloze")
    for array, reading in zip(states, FakeModel().score(prompts, hidden=request), strict=True):
        np.testing.assert_allclose(array, reading.hidden, rtol=1e-3 if dtype == "float16" else 0, atol=1e-6)
    assert readouts.manifest["settings"]["hidden"] == {
        "layers": [0, 2],
        "positions": ["last_prompt", "last_option"],
        "dtype": dtype,
        "final_norm": False,
    }


def test_half_precision_keeps_what_is_beyond_its_range(tmp_path):
    request = HiddenRequest((1, 2))
    exact = run(Loud(), tmp_path / "single", hidden=request).hidden()
    halved = run(Loud(), tmp_path / "half", hidden=request, hidden_dtype="float16").hidden()

    assert np.abs(np.stack(exact)).max() > 65504
    np.testing.assert_allclose(np.stack(halved), np.stack(exact), rtol=2e-3, atol=1e-3)
    # The scale is a layer's own: the quiet layer loses nothing to the loud one.
    np.testing.assert_allclose(np.stack(halved)[:, :, 0], np.stack(exact)[:, :, 0], rtol=1e-3, atol=1e-6)


def test_hidden_states_go_with_letters_too(tmp_path):
    readouts = run(FakeModel(), tmp_path / "r", kind="letter", hidden=HiddenRequest((1,)))

    assert np.stack(readouts.hidden()).shape == (10, 1, 1, 8)


def test_hidden_states_that_were_not_kept_are_told_of(tmp_path):
    with pytest.raises(InputError, match="holds no hidden states: read them with --hidden-layers"):
        run(FakeModel(), tmp_path / "r").hidden()


# ---- Requests that cannot be met ----


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parts": {"test": []}}, "questions: there are none to read"),
        ({"parts": {"test": questions(2)}, "kind": "auto"}, "auto chooses on answered questions of the train part"),
        ({"parts": {"train": UNANSWERED}, "kind": "auto"}, "auto chooses on answered questions of the train part"),
        ({"parts": {"train": questions(2), "test": questions(2)}}, "the id 'q0' is there twice; ids must be unique"),
        ({"kind": "Letter"}, "kind must be one of auto, letter, cloze; got 'Letter'"),
        ({"hidden": HiddenRequest((3,))}, "hidden layers must lie in 0 to 2 for this model; got 3"),
        ({"hidden": HiddenRequest((-1,))}, "hidden layers must lie in 0 to 2 for this model; got -1"),
        ({"hidden": HiddenRequest(())}, "at least one layer and one position must be named"),
        ({"hidden": HiddenRequest((1,)), "hidden_dtype": "int8"}, "hidden_dtype must be one of float32, float16"),
        ({"context": True, "kind": "auto"}, "context log-probabilities need a fixed readout: name letter or cloze"),
        ({"orders": "cyclic", "kind": "auto"}, "cyclic orders need a fixed readout: name letter"),
        ({"orders": "cyclic", "kind": "cloze"}, "orders cyclic needs --readout letter"),
        ({"hidden": HiddenRequest((1,)), "kind": "auto"}, "hidden states need a fixed readout: name letter or cloze"),
        ({"hidden": HiddenRequest((1,), ("last_option",)), "kind": "letter"}, "last_option needs --readout cloze"),
    ],
)
def test_a_request_that_cannot_be_met_writes_nothing(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        run(FakeModel(), tmp_path / "r", **options)
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("kind", ["auto", "cloze"])
def test_a_question_that_does_not_fit_is_found_before_anything_is_read(tmp_path, kind):
    long = Question(id="long", question="?" * 100, choices=("a", "b"), answer=0)
    model = Counting(context_length=80)

    with pytest.raises(DataError, match="question 'long': its text is too long"):
        run(model, tmp_path / "r", SMALL | {"test": [long]}, kind=kind)
    assert model.calls == 0
    assert not (tmp_path / "r").exists()


def test_quiet_is_quiet(tmp_path, capfd):
    run(FakeModel(), tmp_path / "r")

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "options", [{"kind": "auto"}, {"kind": "cloze"}, {"kind": "letter", "context": True, "orders": "cyclic"}]
)
def test_every_question_is_counted_once(tmp_path, capfd, monkeypatch, options):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")

    run(FakeModel(), tmp_path / "r", quiet=False, **options)

    assert "10/10" in capfd.readouterr().err


def test_thousands_of_questions_are_planned_and_stored_in_seconds(tmp_path):
    # Not a benchmark: it catches a template compiled, or a manifest hashed, once a question.
    readouts = run(FakeModel(), tmp_path / "r", {"test": questions(2000)}, kind="letter")

    assert pq.read_table(tmp_path / "r" / "rows-00007.parquet").num_rows == 2000 - 7 * 256
    assert load_readouts(tmp_path / "r").table.equals(readouts.table)
