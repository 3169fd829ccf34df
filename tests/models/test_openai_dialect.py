import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.models import Message
from calibrant.models._http import RequestError
from calibrant.models._openai_dialect import Chat, Completions, missing_mass, read_choices, whole_text
from calibrant.predictions._token_logprobs import Token


def chat(content="Red", finish="stop", logprobs=None, **message):
    return {"message": {"content": content, **message}, "finish_reason": finish, "logprobs": logprobs}


def entry(token, logprob=-1.0, top=None, data=None):
    told = [{"token": word, "logprob": value} for word, value in (top or {}).items()]
    return {"token": token, "logprob": logprob, "bytes": data, "top_logprobs": told}


def read(*choices, dialect=None, stop=(), n_top=3):
    found = read_choices(dialect or Chat(), {"choices": list(choices)}, stop)
    return [choice.completion(n_top, 7) for choice in found]


def test_a_conversation_as_turns_and_as_lines():
    asked = [Message("system", "Be brief."), Message("user", "Hm?")]
    begun = [*asked, Message("assistant", "Well,")]

    assert Chat().content(asked) == {
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hm?"}]
    }
    assert Completions().content(asked) == {"prompt": "Be brief.\n\nQuestion: Hm?\nAnswer:"}
    assert Completions().content(begun) == {"prompt": "Be brief.\n\nQuestion: Hm?\nAnswer: Well,"}
    assert Completions().content([*begun, Message("user", "And?")]) == {
        "prompt": "Be brief.\n\nQuestion: Hm?\nAnswer: Well,\n\nQuestion: And?\nAnswer:"
    }


def test_an_answer_with_its_numbers():
    top = {"Blue": -2.0, "Red": -0.5, "Mauve": -3.0, "Grey": -4.0}
    (answer,) = read(chat(logprobs={"content": [entry("Red", -0.5, top)]}), n_top=2)

    assert (answer.text, answer.finish, answer.tokens, answer.n_prompt_tokens) == ("Red", "stop", ("Red",), 7)
    np.testing.assert_array_equal(answer.logprobs, [-0.5])
    assert answer.top == ((("Red", -0.5), ("Blue", -2.0)),)
    assert answer.entropies is None
    assert answer.error is None


def test_what_is_outside_the_likeliest_is_missing_and_no_number():
    tokens = [entry("R", -9999.0, {"B": -0.5, "X": -9999.0}), entry("ed", None)]
    (answer,) = read(chat(logprobs={"content": tokens}))

    assert np.isnan(answer.logprobs).all()
    assert answer.top == ((("B", -0.5),), ())


def test_the_token_taken_is_not_one_of_the_likeliest_if_others_are_likelier():
    (answer,) = read(chat(logprobs={"content": [entry("Red", -5.0, {"B": -0.5, "C": -1.5})]}), n_top=2)

    assert answer.top == ((("B", -0.5), ("C", -1.5)),)


@pytest.mark.parametrize("logprobs", [None, {}, {"content": None}, {"content": []}])
def test_no_log_probabilities_are_none_rather_than_certainty(logprobs):
    (answer,) = read(chat(content="", logprobs=logprobs))

    assert (answer.text, answer.tokens, answer.logprobs, answer.top) == ("", None, None, None)


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "filter"),
        (None, "stop"),
        ("eos", "stop"),
        ([], "stop"),
    ],
)
def test_why_an_answer_ended(word, finish):
    assert read(chat(finish=word))[0].finish == finish


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (chat(content=None), ""),
        (chat(content=None, refusal="I can't help with that."), "I can't help with that."),
        (chat(content=[{"type": "text", "text": "Re"}, {"type": "text", "text": "d"}]), "Red"),
        (chat(content="Wien ist schön. 日本 🙂"), "Wien ist schön. 日本 🙂"),
        (chat(content="cut \ud83d"), "cut \N{REPLACEMENT CHARACTER}"),
    ],
)
def test_what_a_message_says(choice, text):
    answer = read(choice)[0]

    assert answer.text == text
    answer.text.encode()


def test_the_token_that_completes_a_character_adds_it():
    smile = list("🙂".encode())
    parts = [entry("\\xf0\\x9f", data=smile[:2]), entry("\\x99\\x82", data=smile[2:]), entry("!", data=[33])]
    (answer,) = read(chat(content="🙂!", logprobs={"content": parts}))

    assert answer.tokens == ("", "🙂", "!")


@pytest.mark.parametrize("data", [["x"], [300], [-1], [1.5], "R", {"0": 1}])
def test_bytes_that_are_none_leave_a_token_as_it_is(data):
    assert read(chat(logprobs={"content": [entry("Red", data=data)]}))[0].tokens == ("Red",)


def test_a_server_that_does_not_stop_is_cut_here():
    tokens = [entry(word) for word in ("Yes", "!", "\n", "Q", ":")]
    (answer,) = read(chat(content="Yes!\nQ:", finish="length", logprobs={"content": tokens}), stop=("\n", "Q"))

    assert (answer.text, answer.finish) == ("Yes!", "stop")
    assert answer.tokens == ("Yes", "!", "\n")


def test_tokens_behind_a_text_that_the_server_cut_are_cut_as_well():
    tokens = [entry(word) for word in ("Yes", ".\n", "\n", "Q")]

    assert read(chat(content="Yes.", logprobs={"content": tokens}), stop=("\n",))[0].tokens == ("Yes", ".\n")
    # Tokens that spell another text are left alone.
    assert len(read(chat(content="yes", logprobs={"content": tokens}))[0].tokens) == 4


def test_answers_come_in_the_order_of_their_index():
    choices = [{"index": i, **chat(content=str(i))} for i in (2, 0, 1)]

    assert [answer.text for answer in read(*choices)] == ["0", "1", "2"]


def test_the_older_completions():
    logprobs = {
        "tokens": ["", " Red"],
        "token_logprobs": [None, -0.5],
        "top_logprobs": [None, {" Red": -0.5, " Blue": -1.0}],
    }
    (answer,) = read({"text": " Red", "finish_reason": "length", "logprobs": logprobs}, dialect=Completions())

    assert (answer.text, answer.finish, answer.tokens) == (" Red", "length", ("", " Red"))
    np.testing.assert_array_equal(answer.logprobs, [np.nan, -0.5])
    assert answer.top == ((), ((" Red", -0.5), (" Blue", -1.0)))


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"choices": []},
        {"choices": [{}]},
        {"choices": ["Red"]},
        {"choices": [chat(logprobs={"content": [entry("Red", 0.7)]})]},
        {"choices": [chat(logprobs={"content": [{"token": 7, "logprob": -1}]})]},
    ],
)
def test_what_is_no_reply_is_named(reply):
    with pytest.raises(RequestError, match="unreadable"):
        read_choices(Chat(), reply, ())


@given(st.text())
def test_whole_texts_stay_as_they_are(text):
    assert whole_text(text) == text


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=20))
def test_missing_mass_is_what_is_left_of_one(weights):
    total = sum(weights) * 1.25
    told = {str(i): math.log(weight / total) for i, weight in enumerate(weights)}

    assert math.isclose(missing_mass(Token("0", told["0"], told)), 0.2, abs_tol=1e-9)
