import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from calibrant.exceptions import DataError
from calibrant.models import FakeModel, GenerationRequest, Message
from calibrant.models._answer import Answer, answer_generator, check_room, open_answer

END = 0


def spell(tokens):
    return "<end>" if tuple(tokens) == (END,) else bytes(tokens).decode(errors="replace")


def grown(tokens, spell=spell, room=99, **request):
    answer = Answer(GenerationRequest(**request), spell, ends=(END,), room=room)
    for place, token in enumerate(tokens):
        top = [(token, -1.0), (65, -2.0)] if "top_logprobs" in request else []
        answer.add(token, -float(place), float(place), top)
        if answer.finish:
            break
    return answer


def test_the_token_that_ends_an_answer_is_none_of_its_text():
    answer = grown([*b"Yes", END]).completion(7)

    assert (answer.text, answer.finish, answer.n_prompt_tokens) == ("Yes", "stop", 7)
    assert answer.tokens == ("Y", "e", "s", "<end>")
    np.testing.assert_array_equal(answer.logprobs, [0, -1, -2, -3])
    np.testing.assert_array_equal(answer.entropies, [0, 1, 2, 3])
    assert answer.top is None
    assert answer.hidden is None


def test_an_empty_answer_has_the_token_that_ended_it():
    answer = grown([END])

    assert (answer.text, answer.finish, answer.tokens, answer.n_text) == ("", "stop", ["<end>"], 0)


@pytest.mark.parametrize(("room", "most"), [(99, 2), (2, 99)])
def test_an_answer_is_cut_off_at_its_length_or_at_the_end_of_the_context(room, most):
    answer = grown(b"Yes", room=room, max_tokens=most)

    assert (answer.text, answer.finish, answer.tokens, answer.n_text) == ("Ye", "length", ["Y", "e"], 2)


def test_ending_at_the_last_token_allowed_is_an_ending():
    assert grown([*b"No", END], max_tokens=3).finish == "stop"


def test_the_token_that_completes_a_character_adds_it():
    answer = grown([*"aé🙂".encode(), END])

    assert answer.tokens == ["a", "", "é", "", "", "", "🙂", "<end>"]
    assert answer.text == "aé🙂"


@pytest.mark.parametrize(("tokens", "most"), [([65, 0xC3, END], 9), ([65, 0xC3], 2)])
def test_a_character_that_is_not_completed_shows_as_broken(tokens, most):
    answer = grown(tokens, max_tokens=most)

    assert answer.text == "A�"
    assert answer.tokens[:2] == ["A", "�"]
    assert answer.n_text == 2


def test_bytes_that_never_make_a_character_do_not_pile_up():
    answer = grown([0xFF] * 6 + [END])

    assert answer.tokens == ["", "", "", "����", "", "��", "<end>"]


def test_a_stop_text_of_several_tokens_ends_an_answer_before_its_first():
    answer = grown(b"Yes\n\nQ: and then", stop=("\n\nQ",)).completion(1)

    assert (answer.text, answer.finish) == ("Yes", "stop")
    assert answer.tokens == ("Y", "e", "s", "\n")
    assert len(answer.logprobs) == len(answer.entropies) == 4


def test_a_token_that_reaches_into_a_stop_text_is_the_last():
    words = ("Yes", "!\n", "\n", "more")
    answer = grown([1, 2, 3, 4], lambda tokens: "".join(words[token - 1] for token in tokens), stop=("\n\n",))

    assert answer.text == "Yes!"
    assert answer.tokens == ["Yes", "!\n"]
    assert answer.n_text == 2


def test_a_token_may_hold_a_stop_text_and_more():
    words = ("Yes", ". Or no")
    answer = grown([1, 2], lambda tokens: "".join(words[token - 1] for token in tokens), stop=("Or", "."))

    assert (answer.text, answer.tokens, answer.n_text) == ("Yes", ["Yes", ". Or no"], 1)


def test_a_stop_text_at_once_leaves_an_empty_answer():
    answer = grown(b"\nYes", stop=("\n",))

    assert (answer.text, answer.tokens, answer.n_text) == ("", ["\n"], 0)


def test_the_likeliest_tokens_are_spelled():
    answer = grown([*b"Hi", END], top_logprobs=2).completion(1)

    assert answer.top == tuple(((token, -1.0), ("A", -2.0)) for token in ("H", "i", "<end>"))


@pytest.mark.parametrize(
    ("tokens", "stop", "expected"),
    [
        ([*b"ab", END], (), [-1, 0, 1]),
        (b"abcd", ("cd",), [-1, 0, 1]),
        ([END], (), [-1, None, None]),
        (b"cd", ("cd",), [-1, None, None]),
    ],
)
def test_positions_are_those_of_the_text(tokens, stop, expected):
    answer = grown(tokens, stop=stop, positions=("last_prompt", "first_answer", "last_answer"))

    assert answer.positions() == expected


def test_states_of_an_empty_answer_are_absent():
    answer = grown([END], layers=(0, 1), positions=("last_answer", "last_prompt"))
    answer.states[-1] = np.ones((2, 3), dtype=np.float32)

    hidden = answer.completion(1).hidden

    assert hidden.shape == (2, 2, 3)
    assert np.isnan(hidden[0]).all()
    assert (hidden[1] == 1).all()


WORDS = ("a", "b", "ab", "ba", "", "aab", "b" * 3)


@given(
    st.lists(st.integers(1, len(WORDS)), min_size=1, max_size=12),
    st.lists(st.text("ab", min_size=1, max_size=4), max_size=3).map(tuple),
    st.booleans(),
)
@example([1, 2, 1, 2, 2], ("ababb",), False)
def test_an_answer_ends_before_the_first_stop_text_and_no_state_is_dropped_too_soon(tokens, stop, ends):
    answer = Answer(
        GenerationRequest(stop=stop, max_tokens=len(tokens) + ends),
        lambda ids: "" if tuple(ids) == (END,) else "".join(WORDS[token - 1] for token in ids),
        ends=(END,),
        room=99,
    )
    needed = []
    for token in [*tokens, *([END] if ends else [])]:
        answer.add(token, 0.0, 0.0)
        if answer.finish:
            break
        needed.append(answer.first_needed)
    whole = "".join(WORDS[token - 1] for token in tokens)
    cuts = [whole.find(text) for text in stop if text in whole]

    assert answer.finish == ("stop" if cuts or ends else "length")
    assert "".join(answer.tokens).startswith(answer.text)
    assert not any(text in answer.text for text in stop)
    if not cuts:
        assert answer.text == whole
        assert len(answer.tokens) == len(tokens) + ends
    else:
        assert whole.startswith(answer.text)
        # The text that was seen when it stopped, which is not always the earliest that would come.
        assert any(whole.startswith(answer.text + text) for text in stop)
    assert all(first <= answer.n_text - 1 for first in needed)
    assert len("".join(answer.tokens[: answer.n_text])) >= len(answer.text)


def test_each_answer_has_a_generator_of_its_own():
    def numbers(*which):
        return answer_generator(*which).random(3).tolist()

    assert numbers("Is it?", 0, 0) == numbers("Is it?", 0, 0)
    others = [("Is it!", 0, 0), ("Is it?", 1, 0), ("Is it?", 0, 1), ("Is it?", 10, 0), ("Is it?", 0, 10)]
    assert len({tuple(numbers(*which)) for which in [("Is it?", 0, 0), *others]}) == 6


def test_an_answer_follows_the_turns_or_what_was_begun():
    model = FakeModel()
    asked = [Message("user", "Hm?")]

    assert open_answer(model, asked) == "user: Hm?\nassistant:"
    assert open_answer(model, [*asked, Message("assistant", "Well")]) == "user: Hm?\nassistant: Well"
    assert open_answer(model, [*asked, Message("assistant", "")]) == "user: Hm?\nassistant:"


def test_what_leaves_no_room_is_named():
    check_room([], 4)
    check_room([3, 1], 4)
    with pytest.raises(DataError, match=r"conversations\[1\]: 4 tokens leave no room for an answer in a context of 4"):
        check_room([3, 4], 4)
    with pytest.raises(DataError, match=r"conversations\[0\]: it has no text"):
        check_room([0], 4)
