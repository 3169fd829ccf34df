import json
import shutil

import pytest


def test_the_page_from_an_evaluation_is_that_of_the_audit(calibrant, audited, tmp_path):
    status, out, _ = calibrant("report", audited / "evaluation.json", "--out", tmp_path / "new" / "page.html")
    assert (status, out) == (0, f"The page: {tmp_path / 'new' / 'page.html'}\n")
    assert (tmp_path / "new" / "page.html").read_bytes() == (audited / "report.html").read_bytes()


def test_without_a_name_the_page_stands_beside_the_file(calibrant, audited, tmp_path):
    shutil.copy(audited / "evaluation.json", tmp_path / "e.json")
    assert calibrant("report", tmp_path / "e.json")[:2] == (0, f"The page: {tmp_path / 'report.html'}\n")
    assert (tmp_path / "report.html").read_bytes() == (audited / "report.html").read_bytes()


def test_the_page_of_a_check_again(calibrant, audited, tmp_path):
    words = ("--n-boot", 20, "--out", tmp_path / "first")
    assert calibrant("check", audited / "artifact", audited / "readouts", *words)[0] in (0, 1)
    shutil.copy(tmp_path / "first" / "check.json", tmp_path / "check.json")
    assert calibrant("report", tmp_path / "check.json")[:2] == (0, f"The page: {tmp_path / 'check.html'}\n")
    assert (tmp_path / "check.html").read_bytes() == (tmp_path / "first" / "check.html").read_bytes()


def test_the_page_of_a_comparison_again(calibrant, tmp_path):
    for name, sure in (("a", 0.9), ("b", 0.6)):
        rows = "".join(f"{i},{int(i % 3 > 0)},{sure}\n" for i in range(30))
        (tmp_path / f"{name}.csv").write_text(f"id,correct,confidence\n{rows}", encoding="utf-8")
    words = ("--n-boot", 20, "--out", tmp_path / "first")
    assert calibrant("compare", tmp_path / "a.csv", tmp_path / "b.csv", *words)[0] == 0
    page = tmp_path / "again.html"
    assert calibrant("report", tmp_path / "first" / "comparison.json", "--out", page)[0] == 0
    assert page.read_bytes() == (tmp_path / "first" / "comparison.html").read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"format": "calibrant/artifact"}', "'format' must be one of calibrant/evaluation, calibrant/comparison"),
        ('{"format": ["calibrant/check"]}', "it is ['calibrant/check']. Give a file that calibrant evaluate"),
        ('{"format": "calibrant/check"}', "The check has no key 'version'; run `calibrant check` to make it anew"),
        ("", "line 1: not JSON"),
        ('{"format": ', "line 1: not JSON"),
        ("[]", "must hold a JSON object"),
        ("{}", "has no key 'format'"),
        (b"\xff", "is not UTF-8 text"),
    ],
)
def test_a_file_that_has_no_page_is_refused(refused, tmp_path, content, message):
    path = tmp_path / "e.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert message in refused("report", path, "--out", tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_a_missing_key_is_named(refused, audited, tmp_path):
    content = json.loads((audited / "evaluation.json").read_text(encoding="utf-8"))
    del content["methods"]["raw"]["curve"]
    (tmp_path / "e.json").write_text(json.dumps(content), encoding="utf-8")
    assert "methods.raw.curve" in refused("report", tmp_path / "e.json")


def test_a_missing_file_is_named(refused, tmp_path):
    assert refused("report", tmp_path / "none.json") == f"there is no file {tmp_path / 'none.json'}"
