import numpy as np
import pytest

from calibrant.data import Question
from calibrant.exceptions import DataError, InputError
from calibrant.models import FakeModel, Prompt, Reading
from calibrant.readouts import PromptTemplate
from calibrant.readouts._prompts import build_prompts, read_row

ICE = Question(id="ice", question="Is ice cold?", choices=("no", "yes"), answer=1)
PLAIN = PromptTemplate("{{ question }}")
ASKED = "user: Is ice cold?\nassistant:"


def codes(text):
    return tuple(text.encode())


class Merging(FakeModel):
    """Joins a colon and the space behind it into one token, as byte-pair tokenizers do."""

    def encode(self, texts):
        return [list(text.encode().replace(b": ", b"\x01")) for text in texts]


class Spaced(FakeModel):
    """Knows each letter in two forms, and no letter C."""

    def token_forms(self, text):
        return (ord(text), ord(text.lower())) if text != "C" else ()


class Silent(FakeModel):
    """Has no token for a full stop."""

    def encode(self, texts):
        return [list(text.encode().replace(b" .", b"")) for text in texts]


def test_cloze_puts_each_option_behind_the_prompt():
    assert build_prompts(FakeModel(), [ICE], PLAIN, "cloze") == [Prompt(codes(ASKED), (codes(" no"), codes(" yes")))]


def test_letters_are_single_tokens_behind_the_prompt():
    assert build_prompts(FakeModel(), [ICE], PLAIN, "letter") == [Prompt(codes(ASKED), ((65,), (66,)))]


def test_every_form_of_a_letter_is_asked_for():
    (prompt,) = build_prompts(Spaced(), [ICE], PLAIN, "letter")

    assert prompt.continuations == ((65,), (97,), (66,), (98,))


def test_a_token_that_straddles_the_seam_moves_it_back():
    (prompt,) = build_prompts(Merging(), [ICE], PLAIN, "cloze")

    # The colon belongs to the prompt, but its token does not: it holds the option's space too.
    assert prompt.tokens == tuple(b"user\x01Is ice cold?\nassistant")
    assert prompt.continuations == (tuple(b"\x01no"), tuple(b"\x01yes"))


def test_options_that_begin_alike_are_still_read_from_the_end_of_the_prompt():
    alike = ICE.model_copy(update={"choices": ("not now", "not yet")})
    (prompt,) = build_prompts(FakeModel(), [alike], PLAIN, "cloze")

    assert prompt.tokens == codes(ASKED)


def test_an_option_that_begins_another_is_no_fault():
    longer = ICE.model_copy(update={"choices": ("no", "no way")})
    (prompt,) = build_prompts(FakeModel(), [longer], PLAIN, "cloze")

    assert prompt.continuations == (codes(" no"), codes(" no way"))


def test_an_option_that_the_tokenizer_swallows_is_named():
    dot = ICE.model_copy(update={"choices": ("no", ".")})

    with pytest.raises(DataError, match="question 'ice': option 1 of its choices has no token that the model knows"):
        build_prompts(Silent(), [dot], PLAIN, "cloze")


def test_questions_keep_their_own_numbers_of_options():
    three = Question(id="sky", question="The sky?", choices=("blue", "green", "red"), answer=0)

    prompts = build_prompts(FakeModel(), [ICE, three, ICE], PLAIN, "cloze")

    assert [len(prompt.continuations) for prompt in prompts] == [2, 3, 2]
    assert prompts[1].continuations[2] == codes(" red")


def test_a_letter_that_the_model_has_no_token_for_is_named():
    three = Question(id="sky", question="The sky?", choices=("blue", "green", "red"), answer=0)

    with pytest.raises(InputError, match="the model has no token for the letter C; use the cloze readout"):
        build_prompts(Spaced(), [three], PLAIN, "letter")


# " yes" is the longest: 30 + 4 tokens.
@pytest.mark.parametrize(("kind", "length"), [("cloze", len(ASKED) + 4), ("letter", len(ASKED) + 1)])
def test_a_prompt_may_fill_the_context_but_no_more(kind, length):
    build_prompts(FakeModel(context_length=length), [ICE], PLAIN, kind)

    with pytest.raises(DataError, match=f"question 'ice': .* is too long: {length} tokens .* reads {length - 1}"):
        build_prompts(FakeModel(context_length=length - 1), [ICE], PLAIN, kind)


def test_an_option_longer_than_the_context_is_named_with_its_question():
    long = ICE.model_copy(update={"choices": ("no", "yes " * 100)})

    with pytest.raises(DataError, match=r"question 'ice': option 1 of its choices is too long: 4\d\d tokens"):
        build_prompts(FakeModel(context_length=100), [ICE, long], PLAIN, "cloze")


@pytest.mark.parametrize("kind", ["cloze", "letter"])
def test_a_question_longer_than_the_context_is_named(kind):
    with pytest.raises(DataError, match="question 'ice': its text is too long"):
        build_prompts(FakeModel(context_length=20), [ICE], PLAIN, kind)


def test_the_forms_of_a_letter_are_summed():
    # A: .1 + .2, B: .3 + .05
    reading = Reading(tuple(np.log([p]) for p in (0.1, 0.2, 0.3, 0.05)))

    row = read_row(Spaced(), ICE, "letter", reading)

    np.testing.assert_allclose(np.exp(row["letter_logprobs"]), [0.3, 0.35])
    assert row["letter_mass"] == pytest.approx(0.65)


def test_the_tokens_of_an_option_are_summed_and_its_bytes_counted():
    question = ICE.model_copy(update={"choices": ("né", "yes")})
    reading = Reading((np.log([0.5, 0.5]), np.log([0.1, 0.2, 0.3])))

    row = read_row(FakeModel(), question, "cloze", reading)

    np.testing.assert_allclose(np.exp(row["cloze_logprobs"]), [0.25, 0.006])
    assert row["cloze_bytes"] == [3, 3]
    np.testing.assert_allclose(np.exp(row["cloze_token_logprobs"][1]), [0.1, 0.2, 0.3])
