import pytest
from tests.cli.conftest import make_rows, write_rows

from calibrant.artifact import Artifact, evidence_of, load_artifact
from calibrant.calibrators import AdaptiveTemperature, ContextualCalibration
from calibrant.cli.ask import said_of
from calibrant.exceptions import ArtifactError, IdentityError
from calibrant.models import FakeModel
from calibrant.readouts import load_readouts


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    return str(write_rows(tmp_path_factory.mktemp("asked") / "questions.jsonl", make_rows(200)[:20]))


@pytest.fixture
def fitted(audited):
    return load_artifact(audited / "artifact")


def changed(artifact, **sections):
    return Artifact(artifact.maps, artifact.chosen, {**artifact.manifest, **sections})


def test_the_model_says_what_it_said_in_the_audit(audited, fitted, some):
    known = load_readouts(audited / "readouts")
    rows = {question.id: row for row, question in enumerate(known.questions)}
    with said_of(fitted, some, None, None, force=False) as said:
        assert said.identity == known.identity
        assert said.folder.exists()
        for question, logprobs in zip(said.questions, said.option_logprobs(), strict=True):
            assert logprobs == pytest.approx(known.option_logprobs()[rows[question.id]], abs=1e-9)
    assert not said.folder.exists()


def test_a_folder_is_read_back_and_stays(audited, fitted):
    with said_of(fitted, str(audited / "readouts"), None, None, force=False) as said:
        assert len(said.questions) == 200
    assert said.folder.exists()


def test_what_the_maps_look_at_is_read_too(audited, fitted, some):
    names = {"context": ContextualCalibration, "ats": AdaptiveTemperature}
    known = Artifact({name: cls() for name, cls in names.items()}, "raw", fitted.manifest)
    site = {"states": {"position": "last_prompt", "layer": 1}}
    with said_of(changed(known, **site), some, None, None, force=False) as said:
        evidence = evidence_of(changed(known, **site), said)
        assert evidence.states.shape == (20, 8)
        assert [len(row) for row in evidence.context] == [len(question.choices) for question in said.questions]


def test_another_model_is_asked_only_when_forced(fitted, some, monkeypatch):
    other = changed(fitted, identity={**fitted.manifest["identity"], "weights": "fake:2"})
    with said_of(other, some, None, None, force=True) as said:
        assert len(said.questions) == 20
    monkeypatch.setattr(FakeModel, "score", None)  # asking it would be a TypeError
    with (
        pytest.raises(IdentityError, match="weights is 'fake:1', fitted for 'fake:2'"),
        said_of(other, some, None, None, force=False),
    ):
        pass


@pytest.mark.parametrize("section", ["model", "template", "identity"])
def test_an_artifact_that_says_too_little(fitted, some, section):
    with (
        pytest.raises(ArtifactError, match=f"does not say which {section} it was fitted for"),
        said_of(changed(fitted, **{section: None}), some, None, None, force=False),
    ):
        pass
