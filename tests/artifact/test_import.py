import json

import pytest

from calibrant.artifact import import_artifact
from calibrant.exceptions import ArtifactError, InputError

IDENTITY = {"weights": "w", "dtype": "float32", "engine": "e", "logprobs": "raw", "template": "t", "readout": "letter"}


@pytest.mark.parametrize(
    ("content", "format"),
    [
        ({"temperature": {"noul": 2.0}}, "decision.json"),
        ({"standard": "noulxp/0.2", "temperature": {"noul": 2.0}}, "calibration.json"),
    ],
)
def test_either_format_is_recognised_by_what_it_holds(tmp_path, content, format):
    (tmp_path / "f.json").write_text(json.dumps(content), encoding="utf-8")
    artifact = import_artifact(tmp_path / "f.json", question_type="noul", identity=IDENTITY)
    assert artifact.maps["temperature"].temperature_ == 2.0
    assert artifact.manifest["imported"]["format"] == format
    assert artifact.manifest["imported"]["question_type"] == "noul"
    assert artifact.manifest["identity"] == IDENTITY


def test_thresholds_are_no_map(tmp_path):
    (tmp_path / "f.json").write_text('{"version": 1, "questions": {}}', encoding="utf-8")
    with pytest.raises(ArtifactError, match="holds thresholds or steps by question, and no temperature"):
        import_artifact(tmp_path / "f.json")


def test_something_else_is_refused(tmp_path):
    (tmp_path / "f.json").write_text('{"mine": 1}', encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"f.json is no decision.json"):
        import_artifact(tmp_path / "f.json")
    with pytest.raises(InputError, match="there is no file"):
        import_artifact(tmp_path / "none.json")
