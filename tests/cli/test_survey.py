import json
import shutil

import pytest
from tests.cli.conftest import files_of, write_rows

from calibrant.evaluation import read_survey

QUICK = ("--n-boot", 20)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Two files of 24 questions each."""
    folder = tmp_path_factory.mktemp("sets")
    for name in ("x", "y"):
        rows = [
            {"id": f"{name}{i}", "question": f"Which of {name} is {i}?", "choices": ["this", "that"], "answer": i % 2}
            for i in range(24)
        ]
        write_rows(folder / f"{name}.jsonl", rows)
    return folder


def words(sets, tmp_path, *more, models=("fake",), data=("x", "y")):
    files = ",".join(str(sets / f"{name}.jsonl") for name in data)
    return ("survey", *models, "--data", files, *QUICK, "--out", tmp_path / "out", *more)


def test_models_times_sets(calibrant, sets, tmp_path):
    status, out, err = calibrant(*words(sets, tmp_path, "--json", "--names", "a,b", models=("fake", "fake")))
    found = json.loads(out)
    assert (status, err.strip()) == (0, "")
    assert [(cell["model"], cell["data"], cell["source"]) for cell in found["cells"]] == [
        (model, data, "options") for model in "ab" for data in "xy"
    ]
    assert all(cell["n"] == cell["n_asked"] == 24 for cell in found["cells"])
    assert (list(found["models"]), list(found["data"])) == (["a", "b"], ["x", "y"])
    assert found["models"]["a"]["source"] == "fake"
    assert found["provenance"]["command"].startswith("calibrant survey ")
    assert sum("option likelihoods are read instead" in note for note in found["notes"]) == 4
    assert json.loads((tmp_path / "out" / "survey.json").read_text(encoding="utf-8")) == found
    assert (tmp_path / "out" / "survey.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    for place in ("a/x/xiong-vanilla-probe", "a/x/options", "b/y/options"):
        assert (tmp_path / "out" / place / "manifest.json").exists()


def test_every_option_counts(calibrant, sets, tmp_path):
    options = ("--confidence", "options", "--limit", 10, "--seed", 3, "--bins", 5, "--strategy", "quantile")
    _, out, _ = calibrant(*words(sets, tmp_path, *options, "--edges", "left", "--json", data=("x",)))
    found = json.loads(out)
    settings = found["settings"]
    keys = ("n_boot", "seed", "n_bins", "strategy", "edges")
    assert [settings[key] for key in keys] == [20, 3, 5, "quantile", "left"]
    assert (found["cells"][0]["n_asked"], found["notes"]) == (10, [])
    assert not (tmp_path / "out" / "fake" / "x" / "xiong-vanilla-probe").exists()


def test_the_same_command_again_asks_nothing_and_says_the_same(calibrant, sets, tmp_path):
    command = words(sets, tmp_path, "--json")
    first = json.loads(calibrant(*command)[1])
    before = {name: data for name, data in files_of(tmp_path / "out").items() if not name.startswith("survey.")}
    again = json.loads(calibrant(*command)[1])
    after = {name: data for name, data in files_of(tmp_path / "out").items() if not name.startswith("survey.")}
    assert before == after
    assert first["cells"] == again["cells"]


def test_another_set_is_added_to_what_is_there(calibrant, sets, tmp_path):
    calibrant(*words(sets, tmp_path, data=("x",)))
    there = files_of(tmp_path / "out" / "fake" / "x")
    _, out, _ = calibrant(*words(sets, tmp_path, "--json"))
    assert files_of(tmp_path / "out" / "fake" / "x") == there
    assert [cell["data"] for cell in json.loads(out)["cells"]] == ["x", "y"]


def test_a_person_is_told_the_headline_and_where_the_page_is(calibrant, sets, tmp_path):
    _, out, _ = calibrant(*words(sets, tmp_path, data=("x",)))
    record = read_survey(json.loads((tmp_path / "out" / "survey.json").read_text(encoding="utf-8")))
    assert record.headline in " ".join(out.split())
    assert str(tmp_path / "out" / "survey.html") in out.replace("\n", "")


def test_the_page_again(calibrant, sets, tmp_path):
    calibrant(*words(sets, tmp_path, data=("x",)))
    shutil.copy(tmp_path / "out" / "survey.json", tmp_path / "survey.json")
    assert calibrant("report", tmp_path / "survey.json")[:2] == (0, f"The page: {tmp_path / 'survey.html'}\n")
    assert (tmp_path / "survey.html").read_bytes() == (tmp_path / "out" / "survey.html").read_bytes()


@pytest.mark.parametrize(
    ("models", "more", "message"),
    [
        (("fake", "fake"), (), "two are called 'fake'; give each a name of its own by --names"),
        (("fake",), ("--names", "a,b"), "names must give each of the 1 models a name of its own; got a, b"),
        (("fake",), ("--with-context",), "no question has a text in extra.context"),
        (("fake",), ("--confidence", "guessed"), "got guessed"),
        (("none.gguf",), (), "there is no file or folder 'none.gguf'"),
        ((), (), "the following arguments are required: models"),
    ],
)
def test_refused(refused, sets, tmp_path, models, more, message):
    assert message in refused(*words(sets, tmp_path, *more, models=models, data=("x",)))
    assert not (tmp_path / "out" / "survey.json").exists()
