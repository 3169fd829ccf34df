import numpy as np
import pytest

from calibrant.artifact import Artifact, StateSite, evidence_of, find_site, gather_evidence, read_site
from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.models import FakeModel, HiddenRequest
from calibrant.readouts import read

QUESTIONS = [
    Question(id="a", question="Is ice cold?", choices=("yes", "no"), answer=0, subject="ice"),
    Question(id="b", question="Which is hot?", choices=("fire", "ice", "snow"), answer=0, subject="fire"),
]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("said")
    hidden = HiddenRequest((0, 2), ("last_option", "last_prompt"))
    return read(FakeModel(), {"train": QUESTIONS}, folder / "r", kind="cloze", hidden=hidden, context=True, quiet=True)


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    folder = tmp_path_factory.mktemp("letters") / "r"
    return read(FakeModel(), {"train": QUESTIONS}, folder, kind="letter", orders="cyclic", quiet=True)


def test_only_what_is_needed_is_gathered(said):
    evidence = gather_evidence(said, ())
    assert len(evidence) == 2
    assert (evidence.context, evidence.orders, evidence.base, evidence.states, evidence.tasks) == (None,) * 5


def test_all_that_was_read_comes_in_the_order_of_the_questions(said, letters):
    evidence = gather_evidence(said, ("context", "orders", "states", "tasks", "base"))
    assert [len(row) for row in evidence.context] == [2, 3]
    assert (evidence.orders, evidence.base) == (None, None)
    assert evidence.tasks == ["ice", "fire"]
    # Options' ends come first, in two layers; the end of the prompt in the last of them is asked for.
    expected = [states[-1, 1] for states in said.hidden()]
    assert np.array_equal(evidence.states, np.stack(expected))
    assert [row.shape for row in gather_evidence(letters, ("orders",)).orders] == [(2, 2), (3, 3)]


def test_a_site_may_be_named(said):
    evidence = gather_evidence(said, ("states",), site=StateSite("last_prompt", 0))
    assert np.array_equal(evidence.states, np.stack([states[-1, 0] for states in said.hidden()]))
    with pytest.raises(InputError, match=r"holds no states of layer 1 at last_prompt: .* --hidden-layers 1"):
        gather_evidence(said, ("states",), site=StateSite("last_prompt", 1))


def test_a_site_is_found_where_states_were_kept(said, letters):
    assert find_site(said) == StateSite("last_prompt", 2)
    assert find_site(letters) is None
    assert gather_evidence(letters, ("states",)).states is None


@pytest.mark.parametrize("noted", [None, "x", {}, {"position": "last_prompt"}, {"position": 1, "layer": 2}])
def test_a_manifest_that_notes_no_site(noted):
    assert read_site({"states": noted}) is None


def test_a_manifest_notes_the_site(said):
    artifact = Artifact({}, "raw", {"states": {"position": "last_prompt", "layer": 0}})
    assert read_site(artifact.manifest) == StateSite("last_prompt", 0)
    assert evidence_of(artifact, said).states is None  # no map looks at them


def test_the_base_model_must_have_been_asked_the_same(said, letters, tmp_path):
    again = read(FakeModel(2.0), {"train": QUESTIONS[::-1]}, tmp_path / "base", kind="cloze", quiet=True)
    base = gather_evidence(said, ("base",), base=again).base
    expected = again.option_logprobs()[::-1]
    assert all(np.array_equal(one, other) for one, other in zip(base, expected, strict=True))
    with pytest.raises(InputError, match="read the base model with --readout cloze"):
        gather_evidence(said, ("base",), base=letters)
    part = read(FakeModel(2.0), {"train": QUESTIONS[:1]}, tmp_path / "part", kind="cloze", quiet=True)
    with pytest.raises(InputError, match="does not hold the question 'b'"):
        gather_evidence(said, ("base",), base=part)
