"""The real aligned model inside its wheel: what the tiny random ones cannot show."""

import numpy as np
import pytest

from calibrant.data import Question
from calibrant.models import GenerationRequest, HiddenRequest, Message, common_head
from calibrant.readouts import PromptTemplate
from calibrant.readouts._prompts import build_prompts, read_row

pytestmark = pytest.mark.model

QUESTIONS = [
    Question(id=str(i), question=text, choices=choices, answer=0)
    for i, (text, choices) in enumerate(
        [
            ("What is the capital of France?", ("Paris", "Lyon")),
            ("What is the capital of France?", ("Paris", "Paris, of course", "Lyon")),
            ("2 + 2 =", ("4", "5", "22")),
            ("Which gas do plants take in?", ("carbon dioxide", "carbon monoxide", "oxygen")),
            ("Is ice cold?\n\nThink before you answer, and give one word only.", ("yes", "no")),
            ("¿Cuál es la capital de España?", ("Madrid", "Barcelona", "Córdoba")),
            ("Which sign is a smile?", ("🙂", "☹", "†")),
            ("Say it. " * 12, ("it", "it. it")),
            ("Why does a boat float?", ("Because it pushes water away that weighs as much as it does.", "Magic")),
            ("?", ("a", "b", "c", "d", "e")),
        ]
    )
]


@pytest.mark.parametrize("kind", ["letter", "cloze"])
def test_packed_is_single_is_plain(embedded, kind):
    # Every form of every letter is a row of its own in the plain way, so letters get fewer questions.
    questions = QUESTIONS if kind == "cloze" else QUESTIONS[1:3]
    prompts = build_prompts(embedded, questions, PromptTemplate(), kind)
    packed = embedded.score(prompts, head=common_head(prompts))

    assert embedded.packed
    assert common_head(prompts) > 10
    for prompt, reading in zip(prompts, packed, strict=True):
        (single,) = embedded.score([prompt])
        plain = embedded._plain(prompt)
        for got, alone, expected in zip(reading.logprobs, single.logprobs, plain, strict=True):
            np.testing.assert_allclose(got, expected, atol=1e-3)
            np.testing.assert_allclose(alone, expected, atol=1e-3)


def test_hidden_states_are_those_of_the_library(embedded):
    torch = pytest.importorskip("torch")
    prompts = build_prompts(embedded, QUESTIONS[:2], PromptTemplate(), "cloze")
    readings = embedded.score(
        prompts, head=common_head(prompts), hidden=HiddenRequest((0, 18), ("last_prompt", "last_option"))
    )

    for prompt, reading in zip(prompts, readings, strict=True):
        for tokens, states in zip(((), *prompt.continuations), reading.hidden, strict=True):
            ids = torch.tensor([[*prompt.tokens, *tokens]])
            with torch.inference_mode():
                every = embedded._network(input_ids=ids, output_hidden_states=True, use_cache=False).hidden_states
            for got, layer in zip(states, (0, 18), strict=True):
                np.testing.assert_allclose(got, every[layer][0, -1], atol=1e-3 * float(every[layer].abs().max()))


def test_a_letter_has_a_form_with_and_without_a_space(embedded):
    forms = embedded.token_forms("A")

    assert {embedded._tokenizer.decode([form]) for form in forms} == {"A", " A"}


def test_letters_get_some_but_not_more_than_all_of_the_mass(embedded):
    questions = QUESTIONS[3:6]
    prompts = build_prompts(embedded, questions, PromptTemplate(), "letter")

    for question, reading in zip(questions, embedded.score(prompts), strict=True):
        row = read_row(embedded, question, "letter", reading)
        assert 0 < row["letter_mass"] <= 1
        assert np.exp(row["letter_logprobs"]).sum() == pytest.approx(row["letter_mass"])


def test_it_knows_the_capital_of_france(embedded):
    prompts = build_prompts(embedded, QUESTIONS[:1], PromptTemplate(), "cloze")
    row = read_row(embedded, QUESTIONS[0], "cloze", embedded.score(prompts)[0])

    assert int(np.argmax(row["cloze_logprobs"])) == 0


def test_the_template_opens_the_conversation_once(embedded):
    (prompt,) = build_prompts(embedded, QUESTIONS[:1], PromptTemplate(), "cloze")

    assert embedded._tokenizer.decode(list(prompt.tokens)).count("<|im_start|>system") == 1
    assert embedded.answer_prefix == ""


CONVERSATIONS = [
    [Message("user", text)]
    for text in (
        "What is the capital of France?",
        "Say hello in Japanese, then in Greek.",
        "Name a prime number above 7.",
    )
]


def test_answers_are_those_of_the_library(embedded):
    torch = pytest.importorskip("torch")
    request = GenerationRequest(max_tokens=12, layers=(18,), positions=("last_prompt", "last_answer"))

    for conversation, (answer,) in zip(CONVERSATIONS, embedded.generate(CONVERSATIONS, request), strict=True):
        prompt = torch.tensor(embedded.encode([embedded.render(conversation)]))
        with torch.inference_mode():
            whole = embedded._network.generate(
                prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=12, do_sample=False, pad_token_id=2
            )
            out = embedded._network(input_ids=whole, use_cache=False, output_hidden_states=True)
        tokens = whole[0, prompt.shape[1] :]
        told = out.logits[0, prompt.shape[1] - 1 : -1].double().log_softmax(-1).numpy()
        states = out.hidden_states[18][0]
        last = len(whole[0]) - 1 - (answer.finish == "stop")

        assert answer.text == embedded._tokenizer.decode(tokens, skip_special_tokens=True)
        np.testing.assert_allclose(answer.logprobs, told[np.arange(len(tokens)), tokens.numpy()], atol=1e-3)
        np.testing.assert_allclose(answer.entropies, -(np.exp(told) * told).sum(-1), atol=1e-3)
        near = 1e-3 * float(states.abs().max())
        np.testing.assert_allclose(answer.hidden[:, 0], states[[prompt.shape[1] - 1, last]], atol=near)


def test_an_answer_ends_with_the_turn(embedded):
    ((answer,),) = embedded.generate(CONVERSATIONS[:1])

    assert (answer.text, answer.finish) == ("The capital of France is Paris.", "stop")
    assert answer.tokens[-1] == "<|im_end|>"
    assert "".join(answer.tokens[:-1]) == answer.text


def test_drawn_answers_differ_and_some_are_right(embedded):
    (answers,) = embedded.generate(CONVERSATIONS[:1], GenerationRequest(max_tokens=16, n=10, temperature=0.7))

    assert len({answer.text for answer in answers}) > 1
    assert any("Paris" in answer.text for answer in answers)


def test_a_begun_answer_is_gone_on_with(embedded):
    begun = [*CONVERSATIONS[0], Message("assistant", "The capital of France is")]

    assert embedded.generate([begun])[0][0].text.startswith(" Paris")
