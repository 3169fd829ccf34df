import pytest
from tests.scores._tiny_encoder import LONGEST, save_encoder

from calibrant.exceptions import ModelError
from calibrant.scores._encoder import load_encoder

pytestmark = pytest.mark.usefixtures("one_thread")

TEXTS = ["paris", "the capital of france is paris", "lyon ?", "paris", "what is the city"] * 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_encoder(tmp_path_factory.mktemp("encoder"))


def test_every_text_is_in_one_batch_with_its_own_tokens(folder):
    encoder = load_encoder(str(folder), "embedding")
    places = []
    for own, batch in encoder.batches(TEXTS):
        assert len(own) <= 32
        assert all(values.shape == batch["input_ids"].shape for values in batch.values())
        lengths = batch["attention_mask"].sum(1).tolist()
        assert lengths == [len(TEXTS[place].split()) + 2 for place in own]
        for place, tokens, length in zip(own, batch["input_ids"].tolist(), lengths, strict=True):
            assert tokens[:length] == encoder.tokenizer(TEXTS[place])["input_ids"]
        places += own

    assert sorted(places) == list(range(len(TEXTS)))


def test_lengths_count_both_texts_and_the_special_tokens(folder):
    encoder = load_encoder(str(folder), "embedding")

    assert encoder.lengths(["paris", "the city"]) == [3, 4]
    assert encoder.lengths([("paris", "the city")]) == [6]
    assert encoder.longest == LONGEST
    # Neither a warning nor a cut.
    assert encoder.lengths(["paris " * 100]) == [102]


def test_texts_are_cut_only_where_that_is_asked_for(folder):
    encoder = load_encoder(str(folder), "embedding")
    [(_, whole)] = encoder.batches(["paris " * 10])
    [(_, cut)] = encoder.batches(["paris " * 10], 5)

    assert whole["input_ids"].shape == (1, 12)
    assert cut["input_ids"].shape == (1, 5)


def test_dropout_is_off(folder):
    assert not load_encoder(str(folder), "embedding").network.training


def test_a_network_without_the_head_that_is_needed_is_refused(folder):
    with pytest.raises(ModelError, match=r"weights are not in its files.*such as classifier.*classification"):
        load_encoder(str(folder), "classification")


def test_a_cross_encoder_that_was_published_without_a_pooler_can_embed(tmp_path):
    network = load_encoder(str(save_encoder(tmp_path / "whole")), "embedding").network
    save_encoder(tmp_path / "bare")
    kept = {key: values for key, values in network.state_dict().items() if not key.startswith("pooler.")}
    network.save_pretrained(tmp_path / "bare", state_dict=kept)

    load_encoder(str(tmp_path / "bare"), "embedding")


def test_a_folder_that_is_no_model_is_one_line(tmp_path):
    with pytest.raises(ModelError, match=r"^model '.*' cannot be loaded: [^\n]*$"):
        load_encoder(str(tmp_path), "embedding")


def test_no_texts_are_no_batches(folder):
    encoder = load_encoder(str(folder), "embedding")

    assert list(encoder.batches([])) == encoder.lengths([]) == []
