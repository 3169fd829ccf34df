import pytest

pytest.importorskip("torch", reason="the hf extra is not installed")
pytest.importorskip("transformers", reason="the hf extra is not installed")

from tests.models._tiny import CHAT_TEMPLATE, tiny_network, tiny_tokenizer

from calibrant.models._hf_tokens import Speller, ending_tokens


def test_what_ends_an_answer_is_found_in_settings_tokenizer_and_template():
    network, tokenizer = tiny_network(), tiny_tokenizer(chat=True)
    assert ending_tokens(network, tokenizer) == {0, 1}  # <s> by the settings, </s> by the tokenizer

    network.generation_config.eos_token_id = [7, 9]
    assert ending_tokens(network, tokenizer) == {1, 7, 9}
    network.generation_config.eos_token_id = None
    assert ending_tokens(network, tokenizer) == {1}

    tokenizer.add_special_tokens({"additional_special_tokens": ["<turn>", "</turn>"]})
    tokenizer.chat_template = (
        "{% for message in messages %}<turn>{{ message.role }}: {{ message.content }} </turn>\n{% endfor %}<turn>"
    )
    assert ending_tokens(network, tokenizer) == {1, tokenizer.convert_tokens_to_ids("</turn>")}


@pytest.mark.parametrize("template", [CHAT_TEMPLATE, "{{ raise_exception('No assistant, please') }}"])
def test_a_template_that_ends_no_turn_adds_nothing(template):
    tokenizer = tiny_tokenizer(chat=True)
    tokenizer.chat_template = template

    assert ending_tokens(tiny_network(), tokenizer) == {0, 1}


def test_tokens_are_spelled_as_they_stand_behind_a_text():
    tokenizer = tiny_tokenizer(merges=(("Ġ", "A"), ("A", "B")))
    spell = Speller(tokenizer)
    (space_a,) = tokenizer(" A", add_special_tokens=False)["input_ids"]

    assert spell([space_a]) == " A"
    assert spell([1]) == "</s>"
    assert spell(tokenizer("é", add_special_tokens=False)["input_ids"]) == "é"
    assert spell(tokenizer("é", add_special_tokens=False)["input_ids"][:1]) == "�"
    assert spell([299]) == ""  # a row of the network that no token belongs to
