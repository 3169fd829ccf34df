import json
from dataclasses import replace
from typing import get_type_hints

import pytest

from calibrant.cli import before_after
from calibrant.cli.columns import ColumnOptions
from calibrant.cli.compare import CompareOptions
from calibrant.models.fake import FakeModel
from calibrant.readouts import load_readouts

QUICK = ("--n-boot", 50)


@pytest.fixture
def two(monkeypatch):
    """Two models that order options alike, ``flat`` and ``sharp``; what was loaded is noted."""
    loaded = []
    models = {"flat": FakeModel(0.1), "sharp": FakeModel(1.0)}

    def load(source, **options):
        loaded.append((source, options))
        return models[source]

    monkeypatch.setattr(before_after, "load_model", load)
    return loaded


def compare(calibrant, data, out, *words):
    status, printed, err = calibrant(
        "compare", "--models", "flat", "sharp", "--data", data, *QUICK, *words, "--out", out, "--json"
    )
    assert status == 0, err
    return json.loads(printed)


def test_the_same_test_questions_through_both(calibrant, data, two, tmp_path):
    found = compare(calibrant, data, tmp_path, "--readout", "cloze", "--limit", 100)
    assert list(found["methods"]) == ["flat", "sharp"]
    before, after = (load_readouts(tmp_path / "readouts" / side) for side in ("before", "after"))
    assert before.questions == after.questions
    assert set(before.split) == {"test"}
    assert [source for source, _ in two] == ["flat", "sharp"]
    assert found["gain"]["confidence"]["value"] > 0
    assert json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8")) == found
    assert found["gain"]["sentence"] in (tmp_path / "comparison.html").read_text(encoding="utf-8").replace("\xa0", " ")


def test_what_is_kept_is_taken_up_and_only_for_the_same_request(calibrant, refused, data, two, tmp_path):
    words = ("--readout", "cloze", "--limit", 40)
    first = compare(calibrant, data, tmp_path, *words)
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "readouts").rglob("*.parquet")}
    again = compare(calibrant, data, tmp_path, *words, "--seed", 0)
    assert again["gain"] == first["gain"]
    assert written == {path: path.stat().st_mtime_ns for path in (tmp_path / "readouts").rglob("*.parquet")}
    message = refused("compare", "--models", "flat", "sharp", "--data", data, *words, "--seed", 1, "--out", tmp_path)
    assert "readouts" in message


def test_every_option_counts(calibrant, data, two, tmp_path):
    (tmp_path / "words.txt").write_text("{{ question }} Choose.", encoding="utf-8")
    words = (
        "--names",
        "base,aligned",
        "--limit",
        40,
        "--seed",
        3,
        "--bins",
        5,
        "--device",
        "cpu",
        "--dtype",
        "float32",
    )
    found = compare(
        calibrant,
        data,
        tmp_path,
        *words,
        "--readout",
        "cloze",
        "--template",
        tmp_path / "words.txt",
        "--batch-tokens",
        99,
    )
    assert list(found["methods"]) == ["base", "aligned"]
    assert (found["settings"]["n_bins"], found["settings"]["seed"]) == (5, 3)
    assert two[0][1] == {"device": "cpu", "dtype": "float32"}
    made = load_readouts(tmp_path / "readouts" / "before")
    assert made.manifest["template"]["text"] == "{{ question }} Choose."
    assert made.settings["batch_tokens"] == 99
    assert made.manifest["seed"] == 3
    assert len(made.questions) == 12


class Salted(FakeModel):
    """Another fixed pseudo-random function of the same bytes."""

    def __init__(self, salt):
        super().__init__()
        self.salt = salt

    def score(self, prompts, **options):
        return super().score([replace(prompt, tokens=(self.salt, *prompt.tokens)) for prompt in prompts], **options)


def test_auto_reads_both_alike_and_asks_again_where_a_model_alone_would_have_been_read_otherwise(
    calibrant, data, monkeypatch, tmp_path
):
    monkeypatch.setattr(before_after, "load_model", lambda source, **_: Salted(int(source)))
    seen = set()
    for salt in range(2, 9):
        out = tmp_path / str(salt)
        words = ("--models", 1, salt, "--data", data, "--limit", 40, *QUICK, "--out", out, "--json")
        found = json.loads(calibrant("compare", *words)[1])
        alone = [load_readouts(out / "readouts" / side) for side in ("before", "after")]
        sums = {kind: sum(one.manifest["choice"][kind] for one in alone) for kind in ("letter", "cloze")}
        kind = "letter" if sums["letter"] > sums["cloze"] else "cloze"
        assert [method["file"]["facts"]["readout"] for method in found["methods"].values()] == [kind, kind]
        names = {f"{side}-{kind}" for side, one in zip(("before", "after"), alone, strict=True) if one.kind != kind}
        assert {path.name for path in (out / "readouts").iterdir()} == {"before", "after"} | names
        for name in names:
            assert set(load_readouts(out / "readouts" / name).split) == {"test"}
        seen.add(len(names))
        if seen == {0, 1}:
            break
    assert seen == {0, 1}


def test_a_person_is_told_what_was_gained(calibrant, data, two, tmp_path):
    words = (
        "--models",
        "flat",
        "sharp",
        "--data",
        data,
        "--limit",
        100,
        "--readout",
        "cloze",
        *QUICK,
        "--out",
        tmp_path,
    )
    status, out, _ = calibrant("compare", *words)
    found = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert status == 0
    assert found["gain"]["sentence"] in " ".join(out.split())
    [line] = [line for line in out.splitlines() if line.startswith("both wrong")]
    cell = found["gain"]["cells"][3]
    assert line.split() == [
        "both",
        "wrong",
        str(cell["n"]),
        f"{100 * cell['before']:.1f}",
        f"{100 * cell['after']:.1f}",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--models", "flat"), "expected 2 arguments"),
        (("--models", "flat", "sharp", "--names", "a,a"), "names must give each of the 2 models a name of its own"),
        (("--models", "flat", "sharp", "--names", "a"), "names must give each of the 2 models a name of its own"),
        (("--models", "flat", "sharp", "--confidence", "p"), "--confidence goes with files of predictions"),
        (("--models", "flat", "sharp", "--readout", "words"), "--readout must be auto or letter or cloze; got words"),
        (("a.csv", "b.csv", "--batch-tokens", 5), "--batch-tokens goes with --models BEFORE AFTER"),
        (("a.csv", "--models", "flat", "sharp"), "takes files or --models, not both; got 1 files beside --models"),
        ((), "compare needs two files or more, or --models BEFORE AFTER; got 0"),
    ],
)
def test_refused(refused, two, tmp_path, words, message):
    assert message in refused("compare", *words, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert two == []


def test_compare_takes_all_that_is_said_of_files_and_of_models():
    expected = get_type_hints(ColumnOptions) | get_type_hints(before_after.ModelOptions)
    assert get_type_hints(CompareOptions) == expected


def test_names_are_the_last_parts_of_the_sources():
    called = before_after._called
    assert called(["org/base", "/x/aligned.gguf"]) == ("base", "aligned")
    assert called(["fake", "fake"]) == ("fake (before)", "fake (after)")


class Read:
    """Readouts of which only the choice counts."""

    def __init__(self, kind, letter, cloze, turn="user: …"):
        self.kind = kind
        self.manifest = {"choice": {"letter": letter, "cloze": cloze, "n": 40}, "turn": turn}


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (Read("letter", 0.6, 0.5), Read("letter", 0.4, 0.3), "letter"),
        (Read("letter", 0.8, 0.5), Read("cloze", 0.4, 0.5), "letter"),
        (Read("letter", 0.55, 0.5), Read("cloze", 0.25, 0.5), "cloze"),
        (Read("letter", 0.75, 0.5), Read("cloze", 0.25, 0.5), "cloze"),  # a tie
    ],
)
def test_one_way_of_reading_for_both_by_their_train_accuracies_together(first, second, kind):
    chosen, [note] = before_after._settle([first, second], "auto")
    assert chosen == kind
    assert "on 40 questions of the train part" in note
    assert before_after._settle([first, second], first.kind) == (first.kind, [])


def test_where_models_are_shown_a_turn_differently_it_is_said():
    same, other = Read("cloze", 0, 0), Read("cloze", 0, 0, turn="Question: …\nAnswer:")
    assert before_after._turns([same, same], "AB") == []
    [note] = before_after._turns([same, other], "AB")
    assert "A: 'user: …'; B: 'Question: …\\nAnswer:'" in note
