"""Free answers against the library's own generation and plain full passes, on random networks of many architectures."""

import numpy as np
import pytest
from scipy import stats

pytest.importorskip("torch", reason="the hf extra is not installed")
pytest.importorskip("transformers", reason="the hf extra is not installed")

import torch
from tests.models._tiny import CONFIGS, ROWS_ONLY, WINDOW, adapter

from calibrant.exceptions import DataError, InputError
from calibrant.models import GenerationRequest, Message, _hf_generate
from calibrant.models._hf_generate import _close_ranks, _plan, _Row

pytestmark = pytest.mark.usefixtures("one_thread")

CONVERSATIONS = [
    [Message("user", text)]
    for text in (
        "Is it so?",
        "Is it so, or not, or is it that nobody can tell before the clock strikes?",
        "Hm",
        "Is it",
    )
]
LAYERS = (0, 1, 2)  # 3 leaves the last block: the library shows it after the final norm only
EVERYWHERE = ("last_prompt", "first_answer", "last_answer")
MANY_ENDS = frozenset(range(0, 300, 9))
"""So many tokens that answers end at different lengths."""


def made(name="llama", ends=MANY_ENDS, **tokenizer):
    model = adapter(name, **tokenizer)
    model.packed = name not in ROWS_ONLY
    model._ends = frozenset(ends)
    return model


def spell_apart(tokens):
    """One character a token, another for each, so that tokens can be read off texts."""
    return "".join(chr(0x4E00 + token) for token in tokens)


def read_off(text):
    return [ord(character) - 0x4E00 for character in text]


def prompt_of(model, conversation):
    return model.encode([model.render(conversation)])[0]


def library_answers(model, prompt, most):
    """What the library's own greedy search answers."""
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        whole = model._network.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=most, do_sample=False, pad_token_id=0,
            eos_token_id=sorted(model._ends) or None,
        )  # fmt: skip
    return whole[0, len(prompt) :].tolist()


def library_says(model, tokens):
    """Log-probabilities at, and hidden states of, every token of one plain row."""
    with torch.inference_mode():
        out = model._network(input_ids=torch.tensor([tokens]), use_cache=False, output_hidden_states=True)
        states = [layer[0].numpy() for layer in out.hidden_states]
        if model._config.model_type == "mamba":  # the library leaves out what enters the first block
            states.insert(0, model._network.get_input_embeddings()(torch.tensor(tokens)).numpy())
    return out.logits[0].double().log_softmax(-1).numpy(), np.stack([states[layer] for layer in LAYERS], axis=1)


def assert_as_the_library(model, conversation, answer, tokens):
    """Check every number of an answer that consists of these tokens."""
    prompt = prompt_of(model, conversation)
    every, states = library_says(model, prompt + tokens)
    told = every[len(prompt) - 1 : -1]
    np.testing.assert_allclose(answer.logprobs, told[np.arange(len(tokens)), tokens], atol=1e-4)
    np.testing.assert_allclose(answer.entropies, -(np.exp(told) * told).sum(-1), atol=1e-4)
    assert answer.n_prompt_tokens == len(prompt)
    if answer.top is not None:
        got = [[value for _, value in place] for place in answer.top]
        np.testing.assert_allclose(got, -np.sort(-told)[:, : len(got[0])], atol=1e-4)
    if answer.hidden is not None:
        n_text = len(tokens) - (answer.finish == "stop")
        nowhere = np.full_like(states[0], np.nan)
        inside = [states[len(prompt) + at] if n_text else nowhere for at in (0, n_text - 1)]
        np.testing.assert_allclose(answer.hidden, [states[len(prompt) - 1], *inside], atol=1e-4)


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("ends", [(), MANY_ENDS], ids=["to the full length", "until they end"])
def test_greedy_answers_are_those_of_the_library(name, ends):
    model = made(name, ends)
    request = GenerationRequest(max_tokens=3 * WINDOW, top_logprobs=3, layers=LAYERS, positions=EVERYWHERE)

    answers = model.generate(CONVERSATIONS, request)

    for conversation, (answer,) in zip(CONVERSATIONS, answers, strict=True):
        tokens = library_answers(model, prompt_of(model, conversation), request.max_tokens)
        assert len(answer.tokens) == len(tokens)
        assert answer.finish == ("stop" if tokens[-1] in model._ends else "length")
        assert answer.text == "".join(answer.tokens[: len(tokens) - (answer.finish == "stop")])
        assert_as_the_library(model, conversation, answer, tokens)


def test_answers_end_at_different_lengths_here():
    # Else the tests of compaction would show nothing.
    answers = made().generate(CONVERSATIONS, GenerationRequest(max_tokens=40, n=5, temperature=1.0))

    assert len({len(answer.tokens) for own in answers for answer in own}) > 5


def assert_alike(one, other):
    assert (one.text, one.finish, one.tokens, one.n_prompt_tokens) == (
        other.text, other.finish, other.tokens, other.n_prompt_tokens,
    )  # fmt: skip
    for numbers in ("logprobs", "entropies", "hidden"):
        np.testing.assert_allclose(getattr(one, numbers), getattr(other, numbers), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "budget"),
    [
        ("llama", 1),
        ("llama", 150),
        ("llama", 400),
        ("llama", 10_000),
        ("gemma3", 150),
        ("gemma3", 10_000),
        ("mamba", 1),
    ],
)
def test_company_changes_nothing(monkeypatch, name, budget):
    model = made(name)
    request = GenerationRequest(max_tokens=25, n=4, temperature=1.0, layers=(1,), positions=EVERYWHERE)
    alone = [model.generate([conversation], request)[0] for conversation in CONVERSATIONS]
    monkeypatch.setattr(_hf_generate, "BATCH_TOKENS", budget)

    together = model.generate(CONVERSATIONS[::-1], request)[::-1]

    for own, others in zip(together, alone, strict=True):
        for one, other in zip(own, others, strict=True):
            assert_alike(one, other)


@pytest.mark.parametrize("name", ["llama", "lfm2"])
def test_a_first_answer_is_the_same_however_many_follow(name):
    model = made(name)
    few, many = (model.generate(CONVERSATIONS[:1], GenerationRequest(n=n, temperature=0.7))[0] for n in (2, 5))

    assert [answer.text for answer in few] == [answer.text for answer in many[:2]]


def test_the_seed_repeats_and_changes_what_is_drawn():
    model = made()
    first, again, other = (
        [
            answer.text
            for answer in model.generate(CONVERSATIONS[:1], GenerationRequest(n=4, temperature=1.0, seed=seed))[0]
        ]
        for seed in (0, 0, 1)
    )

    assert first == again
    assert not set(first) & set(other)
    assert len(set(first)) == 4


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_follow_the_tempered_distribution_and_numbers_stay_the_models_own(temperature):
    model = made(ends=())
    model._spell = spell_apart
    n = 3000
    answers = model.generate(CONVERSATIONS[:1], GenerationRequest(max_tokens=1, n=n, temperature=temperature))[0]
    told = library_says(model, prompt_of(model, CONVERSATIONS[0]))[0][-1]
    shares = np.exp(told / temperature)
    shares /= shares.sum()
    drawn = np.concatenate([read_off(answer.text) for answer in answers])

    np.testing.assert_allclose([answer.logprobs[0] for answer in answers], told[drawn], atol=1e-4)
    counts = np.bincount(drawn, minlength=len(told))
    common = shares * n >= 5
    observed, expected = (np.append(values[common], values[~common].sum()) for values in (counts, shares * n))
    assert common.sum() > 10
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_no_temperature_draws_nothing_and_computes_once():
    model = made()
    rows = []
    model._network.register_forward_pre_hook(
        lambda _, __, named: rows.append(len(named["input_ids"])), with_kwargs=True
    )

    answers = model.generate(CONVERSATIONS[:1], GenerationRequest(n=3))[0]

    assert len(answers) == 3
    assert len({answer.text for answer in answers}) == 1
    assert set(rows) == {1}


def test_prompts_are_read_once_and_rows_leave_when_they_are_over():
    model = made()
    shapes = []
    model._network.register_forward_pre_hook(
        lambda _, __, named: shapes.append(tuple(named["input_ids"].shape)), with_kwargs=True
    )
    requests = [GenerationRequest(max_tokens=30), GenerationRequest(max_tokens=30, n=5, temperature=1.0)]

    greedy, drawn = model.generate_each(CONVERSATIONS, requests)

    prompts = [prompt_of(model, conversation) for conversation in CONVERSATIONS]
    head = next(i for i in range(99) if len({prompt[i] for prompt in prompts}) > 1)
    assert head > 5  # it passes through the base model, which these shapes do not show
    assert shapes[0] == (len(prompts), max(map(len, prompts)) - head)
    lengths = [len(answer.tokens) for own in (*greedy, *drawn) for answer in own]
    # The token that ends an answer does not pass.
    assert shapes[1:] == [(sum(n > t for n in lengths), 1) for t in range(1, max(lengths))]


def test_requests_asked_together_are_answered_as_alone():
    model = made()
    requests = [
        GenerationRequest(max_tokens=9, layers=(2, 0), positions=("last_answer",)),
        GenerationRequest(max_tokens=30, n=3, temperature=1.0, top_logprobs=2, layers=(1,)),
        GenerationRequest(max_tokens=20, n=2, temperature=0.5, stop=("e", "!"), layers=(0,), seed=3),
    ]

    together = model.generate_each(CONVERSATIONS, requests)

    for request, answers in zip(requests, together, strict=True):
        for own, others in zip(answers, model.generate(CONVERSATIONS, request), strict=True):
            for one, other in zip(own, others, strict=True):
                assert_alike(one, other)
                assert (one.top is None) == (request.top_logprobs == 0)


@pytest.mark.parametrize("name", ["llama", "mamba"])
@pytest.mark.parametrize(("at", "n_stop"), [(0, 1), (1, 3), (6, 1), (6, 3)])
def test_a_stop_text_ends_before_it_and_states_are_those_of_the_text(name, n_stop, at):
    model = made(name, ends=())
    model._spell = spell_apart
    whole = GenerationRequest(max_tokens=15, n=2, temperature=1.0)
    for conversation in CONVERSATIONS:
        expected = model.generate([conversation], whole)[0][1]
        stop = expected.text[at : at + n_stop]
        cut = GenerationRequest(
            max_tokens=15, n=2, temperature=1.0, stop=("?", stop), layers=LAYERS, positions=EVERYWHERE
        )
        answer = model.generate([conversation], cut)[0][1]

        first = expected.text.find(stop)  # hardly ever earlier
        assert (answer.text, answer.finish) == (expected.text[:first], "stop")
        assert_as_the_library(model, conversation, answer, read_off(expected.text[: first + 1]))


@pytest.mark.parametrize("name", ["llama", "bloom"])
def test_the_last_token_of_all_has_its_states_too(name):
    model = made(name, ends=())
    model._spell = lambda tokens: "".join(f"{token}!" for token in tokens)
    request = GenerationRequest(max_tokens=5, layers=LAYERS, positions=("last_answer", "first_answer"))
    reaching = GenerationRequest(max_tokens=9, stop=("!",), layers=LAYERS, positions=("last_answer", "first_answer"))

    for conversation in CONVERSATIONS:
        prompt = prompt_of(model, conversation)
        ((cut_off,),), ((reached,),) = model.generate_each([conversation], [request, reaching])
        tokens = [int(token[:-1]) for token in cut_off.tokens]
        states = library_says(model, prompt + tokens)[1]
        np.testing.assert_allclose(cut_off.hidden, [states[-1], states[len(prompt)]], atol=1e-4)
        assert (reached.text, reached.tokens) == (str(tokens[0]), cut_off.tokens[:1])
        np.testing.assert_allclose(reached.hidden, [states[len(prompt)]] * 2, atol=1e-4)


@pytest.mark.parametrize("chat", [False, True])
def test_an_assistants_last_turn_is_gone_on_with(chat):
    model = made(ends=(), chat=chat)
    begun = [*CONVERSATIONS[0], Message("assistant", "Well, I")]
    prompt = model.encode([model.render(CONVERSATIONS[0]) + ("Well, I" if chat else " Well, I")])[0]

    (answer,) = model.generate([begun], GenerationRequest(max_tokens=8))[0]

    tokens = library_answers(model, prompt, 8)
    every, _ = library_says(model, prompt + tokens)
    np.testing.assert_allclose(answer.logprobs, every[len(prompt) - 1 : -1][np.arange(8), tokens], atol=1e-4)
    assert answer.n_prompt_tokens == len(prompt)


def test_nothing_asked_is_nothing_answered():
    assert made().generate([]) == []
    assert made().generate_each(CONVERSATIONS[:1], []) == []


def test_the_same_conversation_twice_is_answered_alike():
    one, other = made().generate([CONVERSATIONS[0]] * 2, GenerationRequest(n=2, temperature=1.0))

    assert [answer.text for answer in one] == [answer.text for answer in other]


@pytest.mark.parametrize("name", ["llama", "gpt2"])
def test_the_context_is_filled_and_not_passed(name):
    model = made(name, ends=())
    long = [Message("user", "x" * 230)]
    prompt = prompt_of(model, long)

    answers = model.generate(
        [long, CONVERSATIONS[0]], GenerationRequest(max_tokens=40, layers=LAYERS, positions=EVERYWHERE)
    )

    room = model.context_length - len(prompt)
    assert 2 < room < 40
    assert len(answers[0][0].tokens) == room
    assert answers[0][0].finish == "length"
    assert_as_the_library(model, long, answers[0][0], library_answers(model, prompt, room))
    assert len(answers[1][0].tokens) == 40


@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize("wrong", [[Message("user", "x" * 300)], []])
def test_a_conversation_that_cannot_be_answered_is_named_before_anything_is_computed(wrong, chat):
    model = made(chat=chat)
    model._network.register_forward_pre_hook(lambda *_: pytest.fail("it computed"))
    model._network.base_model.register_forward_pre_hook(lambda *_: pytest.fail("it computed"))

    with pytest.raises(DataError, match=r"conversations\[2\]: (3[12]\d tokens leave no room|it has no text)"):
        model.generate([*CONVERSATIONS[:2], wrong])


@pytest.mark.parametrize("layers", [(4,), (-1, 0)])
def test_a_layer_that_is_not_there_is_refused(layers):
    with pytest.raises(InputError, match="layers: this model has layers 0 to 3; got"):
        made().generate(CONVERSATIONS, GenerationRequest(layers=layers))


def test_hooks_are_gone_and_scores_are_as_before():
    model = made()
    probe = [Message("user", "Is it so, or not?")]
    request = GenerationRequest(max_tokens=5, layers=LAYERS)
    first = model.generate([probe, CONVERSATIONS[0]], request)

    assert [module for module in model._network.modules() if module._forward_hooks or module._forward_pre_hooks] == []
    model.check()
    for one, other in zip(first, model.generate([probe, CONVERSATIONS[0]], request), strict=True):
        assert_alike(one[0], other[0])


def test_eager_attention_answers_alike():
    model, eager = made("gemma3"), made("gemma3")
    eager._network.set_attn_implementation("eager")
    request = GenerationRequest(max_tokens=20, layers=(1,))

    for one, other in zip(model.generate(CONVERSATIONS, request), eager.generate(CONVERSATIONS, request), strict=True):
        assert_alike(one[0], other[0])


def test_bfloat16_answers_in_full_precision_numbers():
    exact = made(ends=())
    model = made(ends=())
    model._network.to(torch.bfloat16)

    for (answer,), (near,) in zip(
        model.generate(CONVERSATIONS, GenerationRequest(max_tokens=1)),
        exact.generate(CONVERSATIONS, GenerationRequest(max_tokens=1)),
        strict=True,
    ):
        np.testing.assert_allclose(answer.entropies, near.entropies, atol=0.2)


def test_tokens_of_no_probability_do_no_harm():
    model = made(ends=())
    model._spell = spell_apart

    def forbid(_, __, logits):
        return logits.masked_fill(torch.arange(logits.shape[-1]) % 2 == 0, -torch.inf)

    model._network.get_output_embeddings().register_forward_hook(forbid)
    answers = model.generate(CONVERSATIONS, GenerationRequest(max_tokens=20, n=10, temperature=3.0))

    for own in answers:
        for answer in own:
            assert all(token % 2 for token in read_off(answer.text))
            assert np.isfinite(answer.logprobs).all()
            assert np.isfinite(answer.entropies).all()


def test_texts_are_joined_tokens_whatever_bytes_come():
    answers = made(ends=()).generate(CONVERSATIONS, GenerationRequest(max_tokens=40, n=20, temperature=3.0))

    assert all("".join(answer.tokens) == answer.text for own in answers for answer in own)
    assert any("�" in answer.text for own in answers for answer in own)


# ---- Plans ----


def test_batches_hold_similar_lengths_within_the_budget(monkeypatch):
    monkeypatch.setattr(_hf_generate, "BATCH_TOKENS", 120)
    request = GenerationRequest(max_tokens=10)
    row = _Row((0, 0), request, answer=None, n_prompt=1, rng=None)

    # 30 and 10 to come, three times; 20 and 10, four times; what is above the budget goes alone.
    lengths = [20, 30, 20, 200, 20, 30, 20, 30, 5]
    plan = _plan([range(length) for length in lengths], [[row]] * len(lengths))
    assert plan == [[3], [1, 5, 7], [0, 2, 4, 6], [8]]
    assert _plan([range(20)] * 3, [[row] * 2] * 3) == [[0, 1], [2]]


@pytest.mark.parametrize(
    ("stays", "order"), [([], []), ([False], []), ([True] * 3, [0, 1, 2]), ([False, True, True], [2, 1])]
)
def test_who_stays_in_front_keeps_the_place(stays, order):
    assert _close_ranks([bool(stay) for stay in stays]) == order
