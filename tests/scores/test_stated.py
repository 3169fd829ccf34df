import math

import pytest

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.readouts import STATED_FORMATS
from calibrant.scores._stated import STATED_READERS, read_stated

G4 = "G1: Lyon\nP1: 0.2\nG2: Paris\nP2: 0.6\nG3: Nice\nP3: 0.1\nG4: Lille\nP4: 0.05"

WELL_FORMED = {
    "tian-1s-1": (["Guess: Paris\nProbability: 0.6"], "Paris", 0.6),
    "tian-1s-2": (["G1: Lyon\nP1: 0.2\nG2: Paris\nP2: 0.6"], "Paris", 0.6),
    "tian-1s-4": ([G4], "Paris", 0.6),
    "tian-2s-1": (["Guess: Paris", "Probability: 0.6"], "Paris", 0.6),
    "tian-2s-4": (["G1: Lyon\nG2: Paris\nG3: Nice\nG4: Lille", "P1: 0.2\nP2: 0.6\nP3: 0.1\nP4: 0.05"], "Paris", 0.6),
    "tian-2s-cot": (["Explanation: It has been so for long.\nGuess: Paris", "Probability: 0.6"], "Paris", 0.6),
    "tian-ling": (["Guess: Paris\nConfidence: Highly likely"], "Paris", 0.8709),
    "xiong-vanilla": (["Answer and Confidence (0-100): Paris, 60%"], "Paris", 0.6),
    "xiong-cot": (["Explanation: 100% sure it is in France.\nAnswer and Confidence (0-100): Paris, 60%"], "Paris", 0.6),
    "xiong-multi-step": (
        [
            "Step 1: it is a capital, Confidence: 80%\nStep 2: of France, Confidence: 75%\n"
            "Final Answer and Overall Confidence (0-100): Paris, 95%"
        ],
        "Paris",
        0.8 * 0.75,
    ),
    "xiong-top-k": (
        [G4.replace("0.05", "5%").replace("0.2", "20%").replace("0.6", "60%").replace("0.1", "10%")],
        "Paris",
        0.6,
    ),
    "self-probing": (["Paris", "Confidence (0-100): 60%"], "Paris", 0.6),
}


@pytest.mark.parametrize("form", STATED_FORMATS)
def test_every_format_that_can_be_asked_can_be_read(form):
    texts, guess, confidence = WELL_FORMED[form]
    assert read_stated(form, texts) == (guess, pytest.approx(confidence), None)


@pytest.mark.parametrize("form", STATED_READERS)
def test_every_format_that_can_be_read_can_be_asked(form):
    stages = len(STATED_FORMATS[form].stages) + STATED_FORMATS[form].fresh
    assert STATED_READERS[form][0] == stages == len(WELL_FORMED[form][0])


@pytest.mark.parametrize("form", STATED_FORMATS)
def test_a_reply_that_states_nothing_is_missing_with_its_cause(form):
    guess, confidence, cause = read_stated(form, ["The capital of France has many bridges."] * STATED_READERS[form][0])
    assert math.isnan(confidence)
    assert cause == "none"
    assert guess == ("The capital of France has many bridges." if form == "self-probing" else None)


@pytest.mark.parametrize("form", STATED_FORMATS)
def test_an_empty_reply_is_missing(form):
    guess, confidence, cause = read_stated(form, [""] * STATED_READERS[form][0])
    assert (guess, math.isnan(confidence), cause) == (None, True, "empty")


@pytest.mark.parametrize("form", STATED_FORMATS)
def test_a_stage_that_did_not_come_is_missing(form):
    texts = WELL_FORMED[form][0][:-1]
    guess, confidence, cause = read_stated(form, texts)
    assert (guess, math.isnan(confidence), cause) == (None, True, "no reply")


def test_a_confidence_without_a_guess_is_kept_and_says_so():
    assert read_stated("tian-1s-1", ["Probability: 0.6"]) == (None, 0.6, "no guess")


def test_of_guesses_that_tie_the_first_counts():
    assert read_stated("tian-1s-2", ["G1: Lyon\nP1: 0.5\nG2: Paris\nP2: 0.5"]) == ("Lyon", 0.5, None)


def test_a_guess_without_a_number_loses_to_one_with_a_number():
    assert read_stated("tian-1s-2", ["G1: Lyon\nG2: Paris\nP2: 0.0"]) == ("Paris", 0.0, None)


def test_guesses_and_probabilities_of_two_stages_meet_by_their_numbers():
    assert read_stated("tian-2s-4", ["G1: Lyon\nG2: Paris", "P2: 0.9\nP1: 0.3"]) == ("Paris", 0.9, None)


def test_a_step_that_states_nothing_leaves_no_product():
    text = "Step 1: a, Confidence: 80%\nStep 2: b\nFinal Answer and Overall Confidence (0-100): Paris, 95%"
    guess, confidence, cause = read_stated("xiong-multi-step", [text])
    assert (guess, math.isnan(confidence), cause) == ("Paris", True, "none")


@pytest.mark.parametrize("form", STATED_FORMATS)
def test_what_the_prompt_shows_is_no_confidence(form):
    """A small model that repeats the lines it was asked for has not stated anything."""

    question = Question(id="q", question="What is the capital of France?", answer=("Paris",))
    asked = STATED_FORMATS[form].conversation(question, ["x"] * (len(STATED_FORMATS[form].stages) - 1), answer="x")
    said = [message.content for message in asked if message.role == "user"]
    texts = ["x", *said] if STATED_FORMATS[form].fresh else said
    _, confidence, cause = read_stated(form, texts)
    assert math.isnan(confidence)
    assert cause is not None


def test_an_unknown_format_is_refused():
    with pytest.raises(InputError, match=r"format must be one of tian-1s-1, .*; got 'tian'"):
        read_stated("tian", ["Guess: a"])
