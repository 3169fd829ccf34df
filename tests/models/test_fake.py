import numpy as np
import pytest

from calibrant.models import FakeModel, HiddenRequest, Message, Prompt, check_model

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
