import numpy as np
import pytest

from calibrant.data import Question
from calibrant.exceptions import ModelError
from calibrant.models import FakeModel
from calibrant.readouts import Claim
from calibrant.readouts._p_true import p_true_question, p_true_sha256, read_p_true

FRANCE = Question(id="f", question="What is the capital of France?", answer=("Paris",))
ICE = Question(id="c", question="Is ice cold?", choices=("yes", "no", "at times"), answer=0)
CLAIMS = [Claim(FRANCE, "Paris"), Claim(FRANCE, "Lyon")]


class Judge(FakeModel):
    """Gives the letter of True, and that of False, what ``judge`` says of the text; the rest goes to the byte 0."""

    def __init__(self, judge, context_length=4096):
        super().__init__(context_length=context_length)
        self.judge, self.seen = judge, []

    def _logprobs(self, path):
        text = bytes(path).decode()
        self.seen.append(text)
        asked = text[text.rindex("Proposed answer:") :]
        probabilities = np.full(256, 1e-300)
        true, false = self.judge(text)
        letters = "AB" if "A. True" in asked else "BA"
        for letter, probability in zip(letters, (true, false), strict=True):
            probabilities[ord(letter)] = probability
        probabilities[0] = 1 - true - false
        return np.log(probabilities)


class FirstPlace(Judge):
    """Likes the letter A, whatever it stands for."""

    def _logprobs(self, path):
        probabilities = np.full(256, 1e-300)
        probabilities[[ord("A"), ord("B"), 0]] = 0.6, 0.2, 0.2
        return np.log(probabilities)


def test_the_probability_is_that_of_true_among_the_two_by_hand():
    model = Judge(lambda text: (0.3, 0.1) if "Proposed answer: Paris" in text else (0.05, 0.2))
    paris, lyon = read_p_true(model, CLAIMS, "p-true")
    assert (paris["probability"], paris["mass"]) == (pytest.approx(0.75), pytest.approx(0.4))
    assert (lyon["probability"], lyon["mass"]) == (pytest.approx(0.2), pytest.approx(0.25))
    assert (paris["variant"], paris["error"]) == ("p-true", None)


def test_a_love_of_the_first_letter_is_averaged_out():
    (one,) = read_p_true(FirstPlace(None), CLAIMS[:1], "p-true")
    assert (one["probability"], one["mass"]) == (pytest.approx((0.75 + 0.25) / 2), pytest.approx(0.8))


def test_orders_are_averaged_as_probabilities_not_as_counts():
    """In one order 0.45 against 0.05, in the other 0.01 against 0.03: (0.9 + 0.25) / 2."""
    model = Judge(lambda text: (0.45, 0.05) if "A. True" in text else (0.01, 0.03))
    (one,) = read_p_true(model, CLAIMS[:1], "p-true")
    assert (one["probability"], one["mass"]) == (pytest.approx(0.575), pytest.approx(0.27))


def test_batches_change_nothing():
    claims = [Claim(FRANCE, f"City {i}" * (i + 1)) for i in range(9)]
    together = read_p_true(FakeModel(), claims, "p-true")
    apart = [read_p_true(FakeModel(), [claim], "p-true", batch_tokens=1)[0] for claim in claims]
    assert [one["probability"] for one in together] == pytest.approx([one["probability"] for one in apart])


def test_samples_are_shown_once_each_in_their_order():
    claim = Claim(FRANCE, "Paris", ("Lyon", "Paris", " Lyon\n", ""))
    lines = p_true_question(claim, ("True", "False"), with_samples=True).question.splitlines()
    assert lines[lines.index("Ideas that came up:") + 1 : -1] == ["- Lyon", "- Paris"]
    model = Judge(lambda text: (0.4, 0.1) if "- Lyon" in text else (0.1, 0.1))
    (one,) = read_p_true(model, [Claim(FRANCE, "Paris", ("Lyon",))], "p-true-samples")
    assert one["probability"] == pytest.approx(0.8)
    (plain,) = read_p_true(model, [Claim(FRANCE, "Paris", ("Lyon",))], "p-true")
    assert plain["probability"] == pytest.approx(0.5)


@pytest.mark.parametrize("answer", ["A", "(a)", "A. yes", "a) yes indeed"])
def test_a_letter_is_shown_as_its_option(answer):
    text = p_true_question(Claim(ICE, answer), ("True", "False")).question
    assert text.endswith("Possible answers:\n- yes\n- no\n- at times\nProposed answer: yes")


@pytest.mark.parametrize("answer", ["D", "A cold thing", "yes", "7"])
def test_what_is_no_letter_of_an_option_is_shown_as_it_is(answer):
    assert p_true_question(Claim(ICE, answer), ("True", "False")).question.endswith(f"Proposed answer: {answer}")
    assert p_true_question(Claim(FRANCE, "A"), ("True", "False")).question.endswith("Proposed answer: A")


def test_examples_are_shown_with_whether_they_were_right():
    shots = [Claim(ICE, "A", right=True), Claim(FRANCE, "Nice", right=False)]
    model = Judge(lambda text: (0.2, 0.2))
    read_p_true(model, CLAIMS[:1], "p-true-few", shots=shots)
    for text, letters in zip(model.seen, ("AB", "AB", "BA", "BA"), strict=True):
        turns = [line.removeprefix("assistant: ") for line in text.splitlines() if line.startswith("assistant: ")]
        assert turns == list(letters)
        assert text.index("Proposed answer: yes") < text.index("Proposed answer: Nice") < text.index("Paris")


def test_examples_belong_to_one_variant_only():
    model = Judge(lambda text: (0.2, 0.2))
    read_p_true(model, CLAIMS[:1], "p-true", shots=[Claim(ICE, "A", right=True)])
    assert not any("assistant: A" in text for text in model.seen)


def test_what_cannot_be_read_is_missing_with_its_cause():
    claims = [Claim(FRANCE, " \n"), Claim(FRANCE, "x" * 5000), Claim(FRANCE, "Paris")]
    empty, long, good = read_p_true(FakeModel(), claims, "p-true")
    assert (empty["error"], long["error"], good["error"]) == ("no answer", "too long", None)
    assert (empty["probability"], long["mass"]) == (None, None)
    (one,) = read_p_true(FakeModel(), [Claim(FRANCE, "Paris", ("", " "))], "p-true-samples")
    assert (one["probability"], one["error"]) == (None, "no samples")


class Reading:
    def __init__(self, logprobs, missing=0.0, error=None):
        self.logprobs = None if logprobs is None else np.array(logprobs)
        self.missing, self.error = missing, error


class Server:
    """Tells letters, or refuses to."""

    def __init__(self, readings):
        self.readings = readings

    def letter_probabilities(self, conversations, letters):
        assert list(letters) == ["A", "B"]
        if self.readings is None:
            raise ModelError("no log-probabilities")
        return self.readings(conversations)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (Reading(np.log([0.3, 0.1])), ((0.75 + 0.25) / 2, None)),
        (Reading([np.log(0.5), -np.inf], missing=0.004), (0.5, None)),
        (Reading([np.log(0.5), -np.inf], missing=0.4), (None, "letter not told")),
        (Reading([-np.inf, -np.inf], missing=0.0), (None, "letter not told")),
        (Reading([np.log(0.5), -np.inf], missing=np.nan), (None, "letter not told")),
        (Reading(None, error="timeout"), (None, "timeout")),
    ],
)
def test_a_server_is_asked_for_letters(reading, expected):
    (one,) = read_p_true(Server(lambda conversations: [reading] * len(conversations)), CLAIMS[:1], "p-true")
    assert (one["probability"], one["error"]) == (expected[0] and pytest.approx(expected[0]), expected[1])


def test_a_server_that_tells_no_letters_leaves_nothing():
    for model in (Server(None), object()):
        assert [one["error"] for one in read_p_true(model, CLAIMS, "p-true")] == ["no letter probabilities"] * 2


def test_the_hash_is_that_of_what_is_said():
    shots = [Claim(ICE, "A", right=True)]
    wrong = [Claim(ICE, "A", right=False)]
    assert len({p_true_sha256(()), p_true_sha256(shots), p_true_sha256(wrong)}) == 3
