import numpy as np
import pytest

from calibrant.exceptions import DataError
from calibrant.models import FakeModel, GenerationRequest, HiddenRequest, Message, Prompt, check_model

PROMPT = Prompt((1, 2, 3), ((4,), (4, 5), (6, 7)))


def test_it_always_says_the_same():
    first, second = (FakeModel().score([PROMPT])[0] for _ in range(2))

    np.testing.assert_equal(first.logprobs, second.logprobs)


def test_what_it_says_is_frozen():
    # Tests elsewhere and docs lean on these numbers.
    np.testing.assert_allclose(FakeModel().score([PROMPT])[0].logprobs[1], [-6.5604245, -6.8165953], atol=1e-6)


def test_all_bytes_sum_to_one():
    every = Prompt((1, 2, 3), tuple((byte,) for byte in range(256)))

    assert np.exp(np.concatenate(FakeModel(sharpness=5.0).score([every])[0].logprobs)).sum() == pytest.approx(1)


def test_it_obeys_the_check_that_adapters_make():
    check_model(FakeModel(), vocabulary=256, tolerance=1e-12)


def test_a_token_depends_on_all_before_it():
    one, other = (FakeModel().score([Prompt(tokens, ((9,),))])[0] for tokens in ((1, 2), (3, 2)))

    assert one.logprobs[0][0] != other.logprobs[0][0]


def test_sharpness_makes_it_surer():
    every = Prompt((1, 2, 3), tuple((byte,) for byte in range(256)))
    mild, sharp = (np.concatenate(FakeModel(sharpness=s).score([every])[0].logprobs) for s in (1.0, 4.0))

    assert sharp.max() > mild.max()
    assert np.argmax(sharp) == np.argmax(mild)


def test_another_sharpness_is_another_model():
    assert FakeModel(2.0).identity.binding() != FakeModel().identity.binding()


def test_hidden_states_come_by_position_then_layer():
    request = HiddenRequest((0, 2), ("last_prompt", "last_option"))
    states = FakeModel().score([PROMPT], hidden=request)[0].hidden

    assert states.shape == (4, 2, 8)  # the prompt, then three continuations
    assert states.dtype == np.float32
    whole = FakeModel().score([Prompt((1, 2, 3, 4, 5), ((1,),))], hidden=HiddenRequest((2,)))[0].hidden
    np.testing.assert_array_equal(states[2, 1], whole[0, 0])


def test_it_tokenises_to_bytes():
    model = FakeModel()

    assert model.encode(["Aé"]) == [[65, 0xC3, 0xA9]]
    assert model.token_forms("A") == (65,)
    assert model.token_forms("é") == ()


def test_it_renders_a_line_a_message():
    assert FakeModel().render([Message("system", "Be brief."), Message("user", "Hm?")]) == (
        "system: Be brief.\nuser: Hm?\nassistant:"
    )


ASKED = [Message("user", "What is the capital of France?")]


def test_its_answers_are_those_of_the_script():
    model = FakeModel(answers={"France": ("Paris", "Lyon"), "Spain": "Madrid", "": "No idea"})
    others = [[Message("user", f"What is the capital of {place}?")] for place in ("Spain", "Atlantis")]

    assert [own[0].text for own in model.generate([ASKED, *others])] == ["Paris", "Madrid", "No idea"]
    drawn = {answer.text for answer in model.generate([ASKED], GenerationRequest(n=30, temperature=1.0))[0]}
    assert drawn == {"Paris", "Lyon"}


def test_a_rule_is_given_the_conversation():
    model = FakeModel(answers=lambda turns: f"{len(turns)} turns, the last of the {turns[-1].role}")

    assert model.generate([[*ASKED, Message("assistant", "It")]])[0][0].text == "2 turns, the last of the assistant"


def test_what_is_not_scripted_is_answered_all_the_same():
    conversations = [[Message("user", str(i))] for i in range(20)]
    first, second = ([own[0].text for own in FakeModel().generate(conversations)] for _ in range(2))

    assert first == second
    assert len(set(first)) > 2
    assert all(first)


def test_draws_repeat_with_the_seed_and_do_not_depend_on_company():
    def drawn(conversations, **request):
        answers = FakeModel().generate(conversations, GenerationRequest(temperature=1.0, **request))
        return [answer.text for answer in answers[-1]]

    assert drawn([ASKED], n=9) == drawn([[Message("user", "?")], ASKED], n=9)
    assert drawn([ASKED], n=9) == drawn([ASKED], n=20)[:9]
    assert drawn([ASKED], n=20) != drawn([ASKED], n=20, seed=1)


def test_numbers_of_an_answer_are_those_of_its_scores():
    model = FakeModel(answers={"": "Paris"})
    request = GenerationRequest(layers=(0, 2), positions=("last_answer", "last_prompt", "first_answer"), top_logprobs=3)
    answer = model.generate([ASKED], request)[0][0]
    prompt = Prompt(tuple(model.encode([model.render(ASKED)])[0]), (tuple(b"Paris\0"), tuple(b"Paris"), tuple(b"P")))
    reading = model.score([prompt], hidden=HiddenRequest((0, 2), ("last_prompt", "last_option")))[0]

    np.testing.assert_allclose(answer.logprobs, reading.logprobs[0])
    np.testing.assert_array_equal(answer.hidden, reading.hidden[[2, 0, 3]])
    assert answer.tokens == ("P", "a", "r", "i", "s", "<end>")
    assert answer.n_prompt_tokens == len(prompt.tokens)
    every = model.score([Prompt(prompt.tokens, tuple((byte,) for byte in range(256)))])[0]
    logprobs = np.concatenate(every.logprobs)
    assert answer.entropies[0] == pytest.approx(-(np.exp(logprobs) * logprobs).sum())
    np.testing.assert_allclose([value for _, value in answer.top[0]], -np.sort(-logprobs)[:3])


def test_answers_stop_where_they_must():
    model = FakeModel(answers={"": "Paris.\nOf course"})

    def answer(**request):
        return model.generate([ASKED], GenerationRequest(**request))[0][0]

    assert (answer(stop=("\n",)).text, answer(stop=("\n",)).finish) == ("Paris.", "stop")
    assert (answer(max_tokens=3).text, answer(max_tokens=3).finish) == ("Par", "length")
    assert FakeModel(answers={"": ""}).generate([ASKED])[0][0].text == ""
    short = FakeModel(context_length=50, answers={"": "x" * 99})
    assert short.generate([ASKED])[0][0].text == "x" * (50 - len(short.render(ASKED)))
    with pytest.raises(DataError, match=r"conversations\[1\]: 66 tokens leave no room .* context of 50"):
        short.generate([ASKED, [Message("user", "x" * 49)]])
