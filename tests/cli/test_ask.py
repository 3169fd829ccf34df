import pytest
from tests.cli.conftest import make_rows

from calibrant.artifact import Artifact, load_artifact
from calibrant.cli.ask import ask
from calibrant.data import Question
from calibrant.exceptions import ArtifactError, IdentityError
from calibrant.models import FakeModel
from calibrant.readouts import load_readouts


@pytest.fixture(scope="module")
def questions():
    return [Question.model_validate(row) for row in make_rows(200)[:20]]


@pytest.fixture
def fitted(audited):
    return load_artifact(audited / "artifact")


def changed(artifact, **sections):
    return Artifact(artifact.maps, artifact.chosen, {**artifact.manifest, **sections})


def test_the_model_says_what_it_said_in_the_audit(audited, fitted, questions):
    said, known = ask(fitted, questions, None, None, force=False), load_readouts(audited / "readouts")
    rows = {question.id: row for row, question in enumerate(known.questions)}
    assert said.identity == known.identity
    assert not said.folder.exists()
    for question, logprobs in zip(said.questions, said.option_logprobs(), strict=True):
        assert logprobs == pytest.approx(known.option_logprobs()[rows[question.id]], abs=1e-9)


def test_another_model_is_asked_only_when_forced(fitted, questions, monkeypatch):
    other = changed(fitted, identity={**fitted.manifest["identity"], "weights": "fake:2"})
    assert len(ask(other, questions, None, None, force=True).questions) == 20
    monkeypatch.setattr(FakeModel, "score", None)  # asking it would be a TypeError
    with pytest.raises(IdentityError, match="weights is 'fake:1', fitted for 'fake:2'"):
        ask(other, questions, None, None, force=False)


@pytest.mark.parametrize("section", ["model", "template", "identity"])
def test_an_artifact_that_says_too_little(fitted, questions, section):
    with pytest.raises(ArtifactError, match=f"does not say which {section} it was fitted for"):
        ask(changed(fitted, **{section: None}), questions, None, None, force=False)
