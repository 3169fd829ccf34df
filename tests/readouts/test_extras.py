"""Readings besides the usual one: options where nothing is asked, and options in other orders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.data import Question
from calibrant.exceptions import DataError, InputError
from calibrant.models import FakeModel, Prompt
from calibrant.readouts import DEFAULT_TEMPLATE, PromptTemplate, read
from calibrant.readouts._extras import CONTENT_FREE, Extras, empty, move, own_order

ICE = Question(id="ice", question="Is ice cold?", choices=("no", "yes"), answer=1)
SKY = Question(id="sky", question="The sky?", choices=("blue", "green", "red"), answer=0)
SUM = Question(id="sum", question="2 + 2 =", choices=("3", "4", "5", "22"), answer=1)
MIXED = [ICE, SKY, SUM, SKY.model_copy(update={"id": "again", "question": "The sea?"})]
PLAIN = PromptTemplate("{{ question }}")
LISTED = PromptTemplate("{{ question }}{% for letter, choice in options %} {{ letter }}={{ choice }}{% endfor %}")


def codes(text):
    return tuple(text.encode())


def asked(content):
    return codes(f"user: {content}\nassistant:")


def run(model, folder, questions=MIXED, **options):
    given = {"kind": "letter", "template": LISTED, "quiet": True} | options
    return read(model, {"test": questions}, folder, **given)


class Placed(FakeModel):
    """Looks at places only: A has half of what is left, B half of the rest, and so on."""

    def _logprobs(self, path):
        logprobs = np.full(256, -50.0)
        for place in range(26):
            logprobs[ord("A") + place] = -(place + 1) * np.log(2)
        return logprobs


class Knowing(FakeModel):
    """Looks for one option in the prompt, and says its letter with probability .9 wherever it stands."""

    known = ("yes", "blue", "4")

    def _logprobs(self, path):
        text = bytes(path).decode()
        logprobs = np.full(256, np.log(0.01))
        for word in text.split():
            letter, _, choice = word.partition("=")
            if choice in self.known:
                logprobs[ord(letter)] = np.log(0.9)
        return logprobs


class Recording(FakeModel):
    """Remembers every prompt that it was given."""

    def __init__(self, **options):
        super().__init__(**options)
        self.prompts, self.hidden = [], []

    def score(self, prompts, *, head=0, hidden=None):
        for prompt in prompts:
            assert head < len(prompt.tokens)
        self.prompts += prompts
        self.hidden += [hidden] * len(prompts)
        return super().score(prompts, head=head, hidden=hidden)


# ---- The questions that are put ----


def test_an_empty_question_keeps_its_options_where_they_are_scored():
    assert (empty(ICE, "cloze").question, empty(ICE, "cloze").choices) == ("N/A", ("no", "yes"))
    assert (empty(SKY, "letter").question, empty(SKY, "letter").choices) == ("N/A", ("N/A",) * 3)


def test_options_move_on_and_the_last_come_first():
    assert [move(SUM, s).choices for s in range(5)] == [
        ("3", "4", "5", "22"),
        ("22", "3", "4", "5"),
        ("5", "22", "3", "4"),
        ("4", "5", "22", "3"),
        ("3", "4", "5", "22"),
    ]


def test_no_right_option_is_left_where_it_would_be_wrong():
    assert move(SUM, 1).answer is None
    assert empty(SUM, "cloze").answer is None


@given(st.integers(2, 26))
def test_every_option_stands_once_at_every_place(k):
    question = Question(id="q", question="?", choices=tuple(str(i) for i in range(k)))
    shown = np.array([move(question, s).choices for s in range(k)]).astype(int)

    for s in range(k):
        for own in range(k):
            assert shown[s, (own + s) % k] == own
    # What is read at a place, put back, is the option that stood there.
    np.testing.assert_array_equal(own_order(shown), np.tile(np.arange(k), (k, 1)))


def test_by_default_nothing_more_is_asked():
    assert not Extras()
    assert Extras().settings == {}
    assert Extras().build(FakeModel(), MIXED, PLAIN, "cloze") == [()] * 4


def test_options_are_put_behind_a_question_that_asks_nothing():
    (prompts,) = Extras(context=True).build(FakeModel(), [ICE], PLAIN, "cloze")

    assert prompts == (Prompt(asked("N/A"), (codes(" no"), codes(" yes"))),)


def test_a_seam_is_kept_where_nothing_is_asked():
    class Merging(FakeModel):
        def encode(self, texts):
            return [list(text.encode().replace(b": ", b"\x01")) for text in texts]

    ((prompt,),) = Extras(context=True).build(Merging(), [ICE], PLAIN, "cloze")

    assert bytes(prompt.tokens) == b"user\x01N/A\nassistant"
    assert prompt.continuations == (tuple(b"\x01no"), tuple(b"\x01yes"))


def test_letters_depend_on_the_number_of_options_only_where_nothing_is_asked():
    built = Extras(context=True).build(FakeModel(), MIXED, LISTED, "letter")

    assert built[0] == (Prompt(asked("N/A A=N/A B=N/A"), (codes("A"), codes("B"))),)
    assert built[1] == (Prompt(asked("N/A A=N/A B=N/A C=N/A"), (codes("A"), codes("B"), codes("C"))),)
    assert built[3] == built[1] != built[0]


def test_a_question_of_k_options_is_asked_in_k_less_one_more_orders():
    built = Extras(orders="cyclic").build(FakeModel(), MIXED, LISTED, "letter")

    assert [len(prompts) for prompts in built] == [1, 2, 3, 2]
    assert [prompt.tokens for prompt in built[1]] == [
        asked("The sky? A=red B=blue C=green"),
        asked("The sky? A=green B=red C=blue"),
    ]


def test_examples_stand_before_a_question_that_asks_nothing():
    template = PromptTemplate("{{ question }}", (SKY,))
    ((prompt,),) = Extras(context=True).build(FakeModel(), [ICE], template, "cloze")

    assert prompt.tokens == codes("user: The sky?\nassistant: blue\nuser: N/A\nassistant:")


# ---- What is kept ----


def test_a_model_that_looks_at_places_only_likes_all_options_alike_in_the_mean(tmp_path):
    readouts = run(Placed(), tmp_path / "r", orders="cyclic")

    halves = -np.log(2) * np.arange(1, 5)
    for question, orders in zip(readouts.questions, readouts.order_logprobs(), strict=True):
        k = len(question.choices)
        assert orders.shape == (k, k)
        # Row s, option i: what the model gives to place (i + s) mod K.
        expected = [[halves[(i + s) % k] for i in range(k)] for s in range(k)]
        np.testing.assert_allclose(orders, expected)
        np.testing.assert_allclose(orders.mean(axis=0), orders.mean(axis=0)[0])


def test_a_model_that_knows_says_the_same_in_every_order(tmp_path):
    readouts = run(Knowing(), tmp_path / "r", orders="cyclic")

    for question, orders in zip(readouts.questions, readouts.order_logprobs(), strict=True):
        np.testing.assert_allclose(np.exp(orders[:, question.answer]), 0.9)
        np.testing.assert_allclose(np.exp(np.delete(orders, question.answer, axis=1)), 0.01)


def test_the_first_order_is_the_usual_reading_and_is_not_read_again(tmp_path):
    model = Recording()
    readouts = run(model, tmp_path / "r", orders="cyclic")

    for orders, usual in zip(readouts.order_logprobs(), readouts.option_logprobs(), strict=True):
        np.testing.assert_array_equal(orders[0], usual)
    assert len(model.prompts) == len(set(model.prompts)) == 2 + 3 + 4 + 3


def test_every_order_is_what_the_model_says_to_it(tmp_path):
    readouts = run(FakeModel(), tmp_path / "r", [SKY], orders="cyclic")
    ((usual, first, second),) = readouts.order_logprobs()

    model = FakeModel()
    shown = [
        model._logprobs(asked(f"The sky? A={a} B={b} C={c}"))[65:68]
        for a, b, c in (("blue", "green", "red"), ("red", "blue", "green"), ("green", "red", "blue"))
    ]
    np.testing.assert_allclose(usual, shown[0])
    np.testing.assert_allclose(first, shown[1][[1, 2, 0]])
    np.testing.assert_allclose(second, shown[2][[2, 0, 1]])


def test_what_is_kept_of_options_where_nothing_is_asked(tmp_path):
    model = FakeModel()
    letter = run(model, tmp_path / "letter", context=True).context_logprobs()
    cloze = run(model, tmp_path / "cloze", kind="cloze", template=PLAIN, context=True).context_logprobs()

    np.testing.assert_allclose(letter[0], model._logprobs(asked("N/A A=N/A B=N/A"))[65:67])
    np.testing.assert_array_equal(letter[1], letter[3])
    path = asked("N/A")
    for i, choice in enumerate(SUM.choices):
        text = codes(f" {choice}")
        expected = sum(model._logprobs((*path, *text[:place]))[token] for place, token in enumerate(text))
        assert cloze[2][i] == pytest.approx(expected)


def test_letters_where_nothing_is_asked_are_read_once_for_each_number_of_options(tmp_path):
    model = Recording()
    run(model, tmp_path / "r", MIXED, context=True)

    assert len([prompt for prompt in model.prompts if codes(CONTENT_FREE) == prompt.tokens[6:9]]) == 3
    assert len(model.prompts) == 4 + 3


def test_both_may_be_asked_for_and_neither_changes_the_other(tmp_path):
    both = run(FakeModel(), tmp_path / "both", context=True, orders="cyclic")
    context = run(FakeModel(), tmp_path / "context", context=True)
    orders = run(FakeModel(), tmp_path / "orders", orders="cyclic")
    usual = run(FakeModel(), tmp_path / "usual")

    for one, other in (
        (both.context_logprobs(), context.context_logprobs()),
        (both.order_logprobs(), orders.order_logprobs()),
        (both.option_logprobs(), usual.option_logprobs()),
    ):
        for got, expected in zip(one, other, strict=True):
            np.testing.assert_array_equal(got, expected)
    assert context.order_logprobs() is None
    assert orders.context_logprobs() is None
    assert usual.order_logprobs() is None
    assert usual.context_logprobs() is None


# ---- What cannot be read ----


@pytest.mark.parametrize(
    ("extras", "kind", "message"),
    [
        (Extras(context=True), "auto", "^context .* need a fixed readout: name letter or cloze$"),
        (Extras(orders="cyclic"), "auto", "^cyclic orders need a fixed readout: name letter$"),
        (Extras(orders="cyclic"), "cloze", "^orders cyclic needs --readout letter: .* no order to change$"),
        (Extras(orders="random"), "letter", "^orders must be one of given, cyclic; got 'random'$"),
    ],
)
def test_what_cannot_be_read_is_refused(extras, kind, message):
    with pytest.raises(InputError, match=message):
        extras.check(kind)


@pytest.mark.parametrize(
    ("extras", "kind"),
    [
        (Extras(), "auto"),
        (Extras(context=True), "cloze"),
        (Extras(context=True, orders="cyclic"), "letter"),
    ],
)
def test_what_can_be_read_is_let_through(extras, kind):
    extras.check(kind)


def test_an_empty_question_that_does_not_fit_is_told_from_the_question():
    short = ICE.model_copy(update={"question": "?"})
    length = len(asked("N/A")) + len(" yes")
    Extras(context=True).build(FakeModel(context_length=length), [short], PLAIN, "cloze")

    with pytest.raises(DataError, match=f"^context: question 'ice': .* too long: {length} tokens"):
        Extras(context=True).build(FakeModel(context_length=length - 1), [short], PLAIN, "cloze")


def test_an_order_that_does_not_fit_is_told_from_the_usual_one():
    class Greedy(FakeModel):
        """Needs two tokens more for an option that comes first."""

        def encode(self, texts):
            return [list(text.encode().replace(b"A=red", b"A=red  ")) for text in texts]

    model = Greedy(context_length=len(asked("The sky? A=blue B=green C=red")) + 1)

    with pytest.raises(DataError, match=r"^orders: question 'sky': its text is too long"):
        Extras(orders="cyclic").build(model, [SKY], LISTED, "letter")


def test_a_template_that_fails_where_nothing_is_asked_says_so():
    template = PromptTemplate("{{ 1 / (question | length - 3) }}")

    with pytest.raises(InputError, match=r"^context: template, at question 'ice': division by zero"):
        Extras(context=True).build(FakeModel(), [ICE], template, "letter")


def test_the_embedded_words_need_no_change():
    """Equal options are refused in data, and must be let through here."""
    ((prompt,),) = Extras(context=True).build(FakeModel(), [ICE], PromptTemplate(DEFAULT_TEMPLATE), "letter")

    assert b"N/A\n\nA. N/A\nB. N/A\n" in bytes(prompt.tokens)
