"""The transformers adapter against the library itself, row by row, on random networks of many architectures."""

import logging
import warnings

import numpy as np
import pytest

pytest.importorskip("torch", reason="the hf extra is not installed")
pytest.importorskip("transformers", reason="the hf extra is not installed")

import torch
from tests.models._tiny import BOS, CONFIGS, N_ROWS, ROWS_ONLY, WINDOW, adapter, save_tiny, tiny_network, tiny_tokenizer

from calibrant.exceptions import InputError, ModelError
from calibrant.models import HiddenRequest, Message, Prompt, common_head
from calibrant.models._hf_load import load
from calibrant.models.hf import TransformersModel

pytestmark = pytest.mark.usefixtures("one_thread")

# Different lengths, one continuation that begins another, one of a single token; every path is longer than the windows.
TEXTS = {
    "Is it so? A short one.": (" yes", " yes, always", "n", " no"),
    "Is it so? A longer one, which goes on for a while before it stops.": (" maybe", " never in the life of a clock"),
    "Is it so, or not": (" so", "s"),
}
LAYERS = (0, 1, 2)  # 3 leaves the last block: the library shows it after the final norm only


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    made = {}

    def make(name="llama"):
        if name not in made:
            folder = tmp_path_factory.mktemp("models") / name.replace(" ", "-")
            made[name] = load(str(folder), save_tiny(folder, name), device="cpu", dtype="float32")
        return made[name]

    return make


def prompts_of(model):
    return [
        Prompt(tuple(model.encode([text])[0]), tuple(tuple(ids[1:]) for ids in model.encode(options)))
        for text, options in TEXTS.items()
    ]


def library_says(model, tokens):
    """Log-probabilities at, and hidden states of, every token of one plain row."""
    with torch.inference_mode():
        out = model._network(input_ids=torch.tensor([tokens]), use_cache=False, output_hidden_states=True)
        states = [layer[0].numpy() for layer in out.hidden_states]
        if model._config.model_type == "mamba":  # the library leaves out what enters the first block
            states.insert(0, model._network.get_input_embeddings()(torch.tensor(tokens)).numpy())
    return out.logits[0].double().log_softmax(-1).numpy(), states


def assert_as_the_library(model, prompts, readings, layers=()):
    for prompt, reading in zip(prompts, readings, strict=True):
        n = len(prompt.tokens)
        states = []
        for tokens, logprobs in zip(prompt.continuations, reading.logprobs, strict=True):
            every, hidden = library_says(model, [*prompt.tokens, *tokens])
            expected = [every[n - 1 + i, token] for i, token in enumerate(tokens)]
            np.testing.assert_allclose(logprobs, expected, atol=1e-4)
            states.append([hidden[layer][-1] for layer in layers])
        if layers:
            prompt_state = [hidden[layer][n - 1] for layer in layers]
            np.testing.assert_allclose(reading.hidden, [prompt_state, *states], atol=1e-4)


@pytest.mark.parametrize("name", CONFIGS)
def test_scores_are_those_of_the_library(tiny, name):
    model = tiny(name)
    prompts = prompts_of(model)

    assert model.packed is (name not in ROWS_ONLY)
    assert min(prompt.length for prompt in prompts) > 2 * WINDOW
    assert_as_the_library(model, prompts, model.score(prompts))
    assert_as_the_library(model, prompts, model.score(prompts, head=common_head(prompts)))
    assert_as_the_library(model, prompts[:1], model.score(prompts[:1]))


@pytest.mark.parametrize("name", CONFIGS)
def test_hidden_states_are_those_of_the_library(tiny, name):
    model = tiny(name)
    prompts = prompts_of(model)
    request = HiddenRequest(LAYERS, ("last_prompt", "last_option"))

    readings = model.score(prompts, head=common_head(prompts), hidden=request)

    assert_as_the_library(model, prompts, readings, LAYERS)


@pytest.mark.parametrize("name", ["llama", "gemma3 that sees", "mamba"])
def test_the_last_layer_is_kept_before_the_final_norm(tiny, name):
    model = tiny(name)
    prompt = prompts_of(model)[0]

    reading = model.score([prompt], hidden=HiddenRequest((3,)))[0]

    after = library_says(model, prompt.tokens)[1][-1][-1]
    decoder = model._network.get_decoder()
    norm = getattr(decoder, "norm", None) or decoder.norm_f
    np.testing.assert_allclose(norm(torch.tensor(reading.hidden[0, 0])).detach(), after, atol=1e-4)
    assert np.abs(reading.hidden[0, 0] - after).max() > 0.1


@pytest.mark.parametrize("name", ["llama", "mamba"])
def test_positions_keep_their_order(tiny, name):
    model = tiny(name)
    prompt = prompts_of(model)[0]

    there = model.score([prompt], hidden=HiddenRequest((1,), ("last_prompt", "last_option")))[0].hidden
    back = model.score([prompt], hidden=HiddenRequest((1,), ("last_option", "last_prompt")))[0].hidden

    np.testing.assert_allclose(back, np.concatenate([there[1:], there[:1]]), atol=1e-5)


@pytest.mark.parametrize("name", ["llama", "mamba"])
def test_a_prompt_without_continuations_has_hidden_states(tiny, name):
    model = tiny(name)
    prompt = Prompt(prompts_of(model)[0].tokens, ())

    reading = model.score([prompt, prompts_of(model)[2]], hidden=HiddenRequest((1,), ("last_option", "last_prompt")))[0]

    assert reading.logprobs == ()
    np.testing.assert_allclose(reading.hidden[:, 0], [library_says(model, prompt.tokens)[1][1][-1]], atol=1e-4)


def test_an_empty_batch_says_nothing(tiny):
    assert tiny().score([]) == []


def test_a_head_may_not_cover_a_whole_prompt(tiny):
    with pytest.raises(InputError, match="leave nothing of a prompt"):
        tiny().score([Prompt((1, 2, 3), ((4,),))], head=3)


def test_another_head_is_computed_anew(tiny):
    model = tiny()
    prompts = prompts_of(model)
    others = [Prompt((BOS, 9, 8, 7, *prompt.tokens), prompt.continuations) for prompt in prompts]

    for own in (prompts, others, prompts):
        assert_as_the_library(model, own, model.score(own, head=4))


@pytest.mark.parametrize("name", ["llama", "gemma2", "gemma3"])
def test_plain_attention_takes_the_same_masks(name):
    model = adapter(name)
    model._network.set_attn_implementation("eager")

    model.check()

    assert model.packed
    assert_as_the_library(model, prompts_of(model), model.score(prompts_of(model)))


def test_capped_logits_stay_capped(tiny):
    # The cap is 3, so no two log-probabilities can be more than 6 apart; without it some are.
    every = Prompt(prompts_of(tiny("gemma2"))[0].tokens, tuple((token,) for token in range(N_ROWS)))
    model = tiny("gemma2")
    network = model._network

    capped = np.concatenate(model.score([every])[0].logprobs)
    network.config.final_logit_softcapping, cap = None, network.config.final_logit_softcapping
    try:
        free = np.concatenate(model.score([every])[0].logprobs)
    finally:
        network.config.final_logit_softcapping = cap

    assert np.ptp(capped) < 6 < np.ptp(free)


def test_the_check_finds_a_mask_that_forgets_the_window():
    class Shortsighted(TransformersModel):
        def _masks(self, visible, positions, keys):
            return self._additive(visible)

    good = adapter("gemma3")
    # As wide as the window is, the probes alone would not cross it.
    good._config.sliding_window = 200
    model = Shortsighted(good._network, good._tokenizer, good.identity)

    model.check()

    assert not model.packed
    assert model._config.sliding_window == 200
    assert_as_the_library(model, prompts_of(model), model.score(prompts_of(model)))


def test_trees_that_come_out_wrong_make_way_for_rows():
    class Blind(TransformersModel):
        def _masks(self, visible, positions, keys):
            return self._additive(np.ones_like(visible))

    good = adapter()
    model = Blind(good._network, good._tokenizer, good.identity)

    model.check()

    assert not model.packed
    assert_as_the_library(model, prompts_of(model), model.score(prompts_of(model)))


def test_rows_are_as_many_at_a_time_as_prompts():
    model = adapter()
    model.packed = False
    sizes = []
    model._network.register_forward_pre_hook(
        lambda _, __, named: sizes.append(len(named["input_ids"])), with_kwargs=True
    )
    prompts = prompts_of(model)

    model.score(prompts)
    model.score([Prompt(prompts[0].tokens, tuple((token,) for token in range(N_ROWS)))])

    # 3 + 2 + 1 rows: " yes" and "n" cost nothing apart where they differ in the last token only.
    assert all(size <= len(prompts) for size in sizes)
    assert sizes[-1] == 1


def test_a_network_that_gives_no_numbers_is_refused():
    model = adapter()
    torch.nn.init.constant_(model._network.get_output_embeddings().weight, float("nan"))

    with pytest.raises(ModelError, match="differ by nan nats"):
        model.check()


def test_a_network_that_padding_on_the_left_disturbs_is_told_of():
    class Deaf(type(tiny_network())):
        def forward(self, attention_mask=None, position_ids=None, cache=None, **inputs):
            if attention_mask is not None and attention_mask.dim() == 2:
                attention_mask = torch.ones_like(attention_mask)
            return super().forward(attention_mask=attention_mask, position_ids=position_ids, cache=cache, **inputs)

    network = tiny_network()
    network.__class__ = Deaf
    model = adapter(network=network)

    with pytest.warns(UserWarning, match=r"padding on the left changes this model's log-probabilities by \d"):
        model.check()


@pytest.mark.parametrize("name", ["llama", "gemma3", "mamba"])
def test_bfloat16_loads_and_is_near(tmp_path, name):
    model = load(str(tmp_path), save_tiny(tmp_path, name), device="cpu", dtype="bfloat16")
    exact = adapter(name)
    exact.packed = model.packed
    prompts = prompts_of(model)

    assert model.identity.dtype == "bfloat16"
    assert model._network.dtype == torch.bfloat16
    request = HiddenRequest((1,))
    for got, wanted in zip(model.score(prompts, hidden=request), exact.score(prompts), strict=True):
        assert got.hidden.dtype == np.float32
        np.testing.assert_allclose(np.concatenate(got.logprobs), np.concatenate(wanted.logprobs), atol=0.5)


def test_without_a_chat_template_a_conversation_is_questions_and_answers():
    model = adapter()
    turns = [
        Message("system", "Be brief."),
        Message("user", "Is ice cold?"),
        Message("assistant", "yes"),
        Message("user", "Is fire?"),
    ]

    assert model.render(turns) == "Be brief.\n\nQuestion: Is ice cold?\nAnswer: yes\n\nQuestion: Is fire?\nAnswer:"
    assert model.answer_prefix == " "


def test_with_a_chat_template_it_is_the_template_that_speaks():
    model = adapter(chat=True)

    assert model.render([Message("user", "Is {fire} hot?")]) == "<s><user>Is {fire} hot?<assistant>"
    assert model.answer_prefix == ""


def test_a_template_that_refuses_is_an_error_of_the_model():
    model = adapter(chat=True)
    model._tokenizer.chat_template = "{{ raise_exception('No system turn, please') }}"

    with pytest.raises(ModelError, match="tiny: its chat template refuses the prompt: No system turn, please"):
        model.render([Message("system", "Be brief.")])


def test_a_text_opens_with_one_special_token_either_way():
    text = [Message("user", "Hm?")]
    plain, chat = adapter(), adapter(chat=True)

    assert plain.encode([plain.render(text)])[0].count(BOS) == 1
    assert chat.encode([chat.render(text)])[0].count(BOS) == 1
    assert chat.encode([chat.render(text)])[0][0] == BOS


def test_a_special_token_at_the_end_is_left_out():
    assert adapter(ending=True).encode(["ab"]) == adapter().encode(["ab"])


def test_a_tokenizer_without_special_tokens_opens_with_none():
    model = adapter()
    bare = tiny_tokenizer()
    bare.backend_tokenizer.post_processor = None

    assert TransformersModel(model._network, bare, model.identity).encode(["ab"])[0] == model.encode(["ab"])[0][1:]


def test_all_forms_of_a_letter_are_found():
    model = adapter(merges=(("Ġ", "A"), ("A", "Ċ"), ("A", "B")))
    vocabulary = model._tokenizer.get_vocab()

    assert set(model.token_forms("A")) == {vocabulary["A"], vocabulary["ĠA"], vocabulary["AĊ"]}
    assert model.token_forms("no such token") == ()


def test_tokens_without_a_row_in_the_network_have_no_form():
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens([f"<{i}>" for i in range(N_ROWS)])
    model = adapter()
    wide = TransformersModel(model._network, tokenizer, model.identity)

    assert len(tokenizer) > N_ROWS
    assert wide.token_forms("<0>") == (258,)
    assert wide.token_forms(f"<{N_ROWS - 1}>") == ()


def test_long_texts_make_no_noise(caplog):
    model = adapter()
    model._tokenizer.model_max_length = 4
    logger = logging.getLogger("transformers")
    logger.addHandler(caplog.handler)

    model.encode(["much longer than that"])

    logger.removeHandler(caplog.handler)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("name", "length"), [("llama", 256), ("gpt2", 256), ("mamba", 1 << 20), ("gemma3 that sees", 256)]
)
def test_the_context_is_read_from_the_text_configuration(tiny, name, length):
    assert tiny(name).context_length == length
    assert tiny(name).n_layers == 3


@pytest.mark.parametrize("name", ["llama", "gpt2"])
def test_a_path_as_long_as_the_context_is_read(tiny, name):
    model = tiny(name)
    prompt = Prompt(tuple(range(2, 252)), ((3, 4, 5, 6, 7, 8), (9,)))

    assert prompt.length == model.context_length
    assert_as_the_library(model, [prompt], model.score([prompt], head=7, hidden=HiddenRequest((1,), ("last_option",))))


def test_hooks_are_gone_after_a_pass(tiny):
    model = adapter()
    model.score(prompts_of(model), hidden=HiddenRequest((0, 1)))

    hooked = [m for m in model._network.modules() if m._forward_hooks or m._forward_pre_hooks]
    assert hooked == []


def test_loading_warns_of_nothing(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(str(tmp_path), save_tiny(tmp_path), device="cpu", dtype="float32")
