import subprocess
import sys

import pytest
from tests.scores._tiny_encoder import save_encoder

from calibrant.exceptions import InputError, MissingExtraError
from calibrant.models import FakeModel
from calibrant.scores import PairwiseEquivalence, by_embedding, by_entailment, by_text, load_equivalence


def test_by_name():
    assert load_equivalence("text") is by_text
    same = load_equivalence("asking", model=FakeModel(answers={"": "Yes"}))
    assert same("q", ["one", "other"]) == [0, 0]


@pytest.mark.parametrize("name", ["", "meaning", "text:x", "entailment", "entailment:", "embedding:x", "asking:x"])
def test_an_unknown_name_is_refused_with_those_that_there_are(name):
    with pytest.raises(InputError, match=r"one of text, embedding, entailment:MODEL, asking; got"):
        load_equivalence(name, model=FakeModel())


def test_asking_needs_a_model():
    with pytest.raises(InputError, match="needs the model"):
        load_equivalence("asking")


@pytest.mark.usefixtures("one_thread")
def test_a_cross_encoder_by_its_folder(tmp_path):
    folder = save_encoder(tmp_path, labels=("entailment", "neutral", "contradiction"))

    assert isinstance(load_equivalence(f"entailment:{folder}"), PairwiseEquivalence)


@pytest.mark.usefixtures("one_thread")
def test_a_sentence_encoder_by_its_folder(tmp_path):
    folder = save_encoder(tmp_path)

    assert by_embedding(folder, threshold=-1)("q", ["paris", "lyon"]) == [0, 0]
    assert by_embedding(str(folder), threshold=1)("q", ["paris", "lyon"]) == [0, 1]


@pytest.mark.parametrize("threshold", [-1.1, 85, float("nan")])
def test_a_threshold_is_a_cosine(threshold):
    with pytest.raises(InputError, match="threshold must lie between -1 and 1"):
        by_embedding(threshold=threshold)


@pytest.mark.parametrize("load", [by_embedding, lambda: by_entailment("some/model")])
def test_without_the_libraries_the_extra_is_named(load, monkeypatch):
    for name in ("_encoder", "_embedding", "_entailment"):
        monkeypatch.delitem(sys.modules, f"calibrant.scores.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"torch.*calibrant\[hf\]"):
        load()


def test_the_scores_alone_load_no_network_library():
    code = "import sys, calibrant.scores; print({'torch', 'transformers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
