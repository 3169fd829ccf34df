import json

import pytest

from calibrant.evaluation import read_comparison


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three files for the same 60 questions: b claims more than a, c has its rows in another order and one missing."""
    folder = tmp_path_factory.mktemp("compared")
    a = [(f"q{i}", int(i % 3 > 0), 0.5 + 0.4 * (i % 5) / 5) for i in range(60)]
    b = [(name, right, min(0.99, said + 0.2)) for name, right, said in a]
    c = [(name, int(i % 4 > 0), said) for i, (name, _, said) in enumerate(a)][:0:-1]
    for name, rows in (("a", a), ("b", b), ("c", c)):
        lines = ["id,correct,confidence", *(",".join(map(str, row)) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


QUICK = ("--n-boot", 50)


def test_as_many_files_as_are_given(calibrant, folder, tmp_path):
    files = [folder / f"{name}.csv" for name in "abc"]
    status, out, err = calibrant("compare", *files, *QUICK, "--out", tmp_path, "--json")
    found = json.loads(out)
    assert (status, err.strip()) == (0, "")
    assert list(found["methods"]) == ["a", "b", "c"]
    assert (found["n"], found["matched_by"], len(found["differences"])) == (59, "id", 15)
    assert found["methods"]["a"]["file"]["n_unmatched"] == 1
    assert json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8")) == found
    assert (tmp_path / "comparison.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert found["provenance"]["command"].startswith("calibrant compare ")


def test_every_option_counts(calibrant, folder, tmp_path):
    files = [folder / f"{name}.csv" for name in "abc"]
    options = ("--names", "one,two,three", "--reference", "first", "--seed", 4, "--bins", 5, "--edges", "left")
    _, out, _ = calibrant("compare", *files, *QUICK, *options, "--out", tmp_path, "--json")
    found = json.loads(out)
    settings = found["settings"]
    assert [settings[key] for key in ("n_boot", "seed", "n_bins", "edges")] == [50, 4, 5, "left"]
    assert found["reference"] == "one"
    assert {(one["a"], one["b"]) for one in found["differences"]} == {("one", "two"), ("one", "three")}


def test_columns_are_those_named(calibrant, tmp_path):
    for name in "ab":
        rows = [{"q": i, "r": {"ok": i % 2 == 0, "p": 0.6}} for i in range(30)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    files = [tmp_path / f"{name}.jsonl" for name in "ab"]
    columns = ("--confidence", "r.p", "--correct", "r.ok", "--id", "q")
    _, out, _ = calibrant("compare", *files, *QUICK, *columns, "--out", tmp_path / "out", "--json")
    found = json.loads(out)
    assert (found["n"], found["matched_by"]) == (30, "id")
    assert found["methods"]["a"]["metrics"]["accuracy"]["value"] == 0.5


def test_a_person_is_told_the_headline_the_verdicts_and_where_the_page_is(calibrant, folder, tmp_path):
    _, out, _ = calibrant("compare", folder / "a.csv", folder / "b.csv", *QUICK, "--out", tmp_path)
    record = read_comparison(json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8")))
    assert record.headline in " ".join(out.split())
    assert "b minus a" in out
    assert "no difference shown" in out
    assert str(tmp_path / "comparison.html") in out.replace("\n", "")


def test_files_of_one_name_are_told_apart_by_their_folders(calibrant, folder, tmp_path):
    for place in ("x", "y"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a.csv").write_bytes((folder / "a.csv").read_bytes())
    files = [tmp_path / place / "a.csv" for place in ("x", "y")]
    _, out, _ = calibrant("compare", *files, *QUICK, "--out", tmp_path / "out", "--json")
    assert list(json.loads(out)["methods"]) == ["x/a", "y/a"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.csv"], "compare needs two files or more, or --models BEFORE AFTER; got 1"),
        (["a.csv", "a.csv"], "a file is given twice"),
        (["a.csv", "b.csv", "--names", "x"], "names must give each of the 2 files a name of its own; got x"),
        (["a.csv", "b.csv", "--names", "x,x"], "names must give each of the 2 files a name of its own; got x, x"),
        (["a.csv", "b.csv", "--reference", "b"], "--reference must be none or first; got b"),
        (["a.csv", "b.csv", "--n-boot", "5"], "at least 19"),
        (["a.csv", "missing.csv"], "missing.csv"),
        ([], "compare needs two files or more, or --models BEFORE AFTER; got 0"),
    ],
)
def test_refused(refused, folder, tmp_path, words, message):
    files = [folder / word if word.endswith(".csv") else word for word in words]
    assert message in refused("compare", *files, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
