import json

import numpy as np
import pytest

from calibrant.selection import as_content


@pytest.fixture
def answers(tmp_path):
    """600 answers, all right above 0.6 and half of them below."""
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 1, 600).round(3)
    correct = np.where(confidence > 0.6, 1, rng.integers(0, 2, 600))
    path = tmp_path / "answers.csv"
    lines = [f"{p},{c}" for p, c in zip(confidence, correct, strict=True)]
    path.write_text("\n".join(["confidence,correct", *lines]), encoding="utf-8")
    return path, correct, confidence


def test_what_it_says_is_what_the_selection_finds(calibrant, answers, tmp_path):
    path, correct, confidence = answers
    status, out, _ = calibrant("select", path, "--out", tmp_path / "s")
    found = json.loads((tmp_path / "s" / "selection.json").read_text(encoding="utf-8"))
    expected = as_content(correct, confidence)
    assert status == 0
    assert {name: found[name] for name in expected} == expected
    for name in ("threshold", "bands", "on_average"):
        assert found[name]["sentence"] in out


def test_a_risk_that_cannot_be_met_is_status_1_and_said(calibrant, tmp_path):
    (tmp_path / "bad.csv").write_text("confidence,correct\n" + "0.9,0\n0.9,1\n" * 50, encoding="utf-8")
    status, out, _ = calibrant("select", tmp_path / "bad.csv", "--out", tmp_path / "s", "--json")
    assert status == 1
    assert json.loads(out)["threshold"]["threshold"] is None


def test_readouts_give_the_part_that_was_kept_for_it(calibrant, refused, data, audited, tmp_path):
    asked = ("--model", "fake", "--data", data, "--readout", "cloze")
    assert calibrant("readout", *asked, "--guarantee", "0.3", "--out", tmp_path / "r")[0] == 0
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["splits"]) == {"train", "calibration", "test", "guarantee"}
    assert manifest["splits"]["guarantee"] == pytest.approx(60, abs=6)
    assert calibrant("fit", tmp_path / "r", "--methods", "platt", "--out", tmp_path / "a")[0] == 0
    words = ("select", tmp_path / "r", "--artifact", tmp_path / "a", "--out", tmp_path / "s", "--json")
    status, out, _ = calibrant(*words)
    # Some of the kept questions have no known answer, and two of a group count once.
    assert json.loads(out)["n_rows"] <= manifest["splits"]["guarantee"]
    assert status in (0, 1)
    assert "name the maps with --artifact" in refused("select", tmp_path / "r", "--out", tmp_path / "s")
    message = refused("select", audited / "readouts", "--artifact", audited / "artifact", "--out", tmp_path / "s")
    assert "has no part for guarantees: make the readouts with --guarantee 0.2" in message


@pytest.mark.parametrize("share", ["-0.1", "0.6"])
def test_a_share_out_of_range(refused, data, tmp_path, share):
    words = ("readout", "--model", "fake", "--data", data, "--guarantee", share, "--out", tmp_path / "r")
    assert "guarantee must be a share from 0 to 0.5" in refused(*words)
