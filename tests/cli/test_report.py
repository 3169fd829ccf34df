import json

import pytest


def test_the_page_from_an_evaluation_is_that_of_the_audit(calibrant, audited, tmp_path):
    status, out, _ = calibrant("report", audited / "evaluation.json", "--out", tmp_path / "new" / "page.html")
    assert (status, out) == (0, f"The page: {tmp_path / 'new' / 'page.html'}\n")
    assert (tmp_path / "new" / "page.html").read_bytes() == (audited / "report.html").read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: not JSON"),
        ('{"format": ', "line 1: not JSON"),
        ("[]", "must hold a JSON object"),
        ("{}", "has no key 'format'"),
        (b"\xff", "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_evaluation_is_refused(refused, tmp_path, content, message):
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
