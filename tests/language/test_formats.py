import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.language import parse_guess, parse_guesses, parse_joint, parse_steps, parse_tagged

ALL = (parse_guess, parse_joint, parse_tagged)


def both(guess):
    return guess.answer, guess.confidence.value


@pytest.mark.parametrize(
    ("text", "answer", "value"),
    [
        ("Guess: Paris\nProbability: 0.9", "Paris", 0.9),
        ("**Guess:** Paris\n**Probability:** 0.9", "Paris", 0.9),
        ("**Guess**: Paris\n**Probability**: 90%", "Paris", 0.9),
        ("Probability: .8\nGuess: Paris", "Paris", 0.8),
        ('- Guess: "Paris"\n- Probability: 1', "Paris", 1.0),
        ("1. Guess: Paris\r\n2. Probability: 0.95\r\n", "Paris", 0.95),
        ("Guess:\nParis\nProbability:\n0.9", "Paris", 0.9),
        ("Sure! Here it is.\n\nGuess: 1990\nProbability: 0.8\n\nNote: In 1991, 50% left.", "1990", 0.8),
        ("Explanation: 3 of 10, that is 30%\nGuess: 1990", "1990", None),
        ("Guess: Paris (0.9)", "Paris (0.9)", None),
        ("Guess: Paris\nProbability: high", "Paris", None),
        ("Guess: Paris\nConfidence: Almost Certain", "Paris", 0.9204),
        ("Answer: 42\nConfidence (0-1): 0.7", "42", 0.7),
        ("Guess: Lyon\nProbability: 0.2\nGuess: Paris\nProbability: 0.7", "Paris", 0.7),
        ("Guess:\nProbability: 0.5", None, 0.5),
        ("Paris, 90%", None, None),
    ],
)
def test_a_guess_and_its_probability(text, answer, value):
    assert both(parse_guess(text)) == (answer, value)


@pytest.mark.parametrize(
    ("text", "guesses"),
    [
        ("G1: Paris\nP1: 0.7\nG2: Lyon\nP2: 0.2", [("Paris", 0.7), ("Lyon", 0.2)]),
        ("**G1:** Paris\n**P1:** 70%\n\n**G2:** Lyon\n**P2:** 1", [("Paris", 0.7), ("Lyon", 1.0)]),
        ("G1: a\nG2: b\nP1: 0.1\nP2: 0.6", [("a", 0.1), ("b", 0.6)]),
        ("G2: b\nP2: 0.6\nG1: a\nP1: 0.1", [("a", 0.1), ("b", 0.6)]),
        ("G1: Paris, P1: 0.9\nG2: 1,000 P2: 0.1", [("Paris", 0.9), ("1,000", 0.1)]),
        ("P1: 0.9\nP2: .1", [(None, 0.9), (None, 0.1)]),
        ("G1: a\nP1: 0.5\nG3: c", [("a", 0.5), ("c", None)]),
        ("G1 (most likely): a\nP1: about 0.8, as in 1990", [("a", 0.8)]),
        ("G1: a\nP1: 0.3\nG1: b\nP1: 0.4", [("b", 0.4)]),
        ("".join(f"G{k}: a{k}\nP{k}: 0.{k}\n" for k in range(1, 5)), [(f"a{k}", k / 10) for k in range(1, 5)]),
        ("Paris", []),
        ("", []),
    ],
)
def test_guesses_in_the_order_of_their_numbers(text, guesses):
    assert [both(guess) for guess in parse_guesses(text)] == guesses


@pytest.mark.parametrize(
    ("end", "answer", "value", "cause"),
    [
        ("A, 90%", "A", 0.9, None),
        ("A,100", "A", 1.0, None),
        ("(B) 1,000 m, 85", "(B) 1,000 m", 0.85, None),
        ("1,000, 85%", "1,000", 0.85, None),
        ("C (90%)", "C", 0.9, None),
        ("C 90%", "C", 0.9, None),
        ("[D], [75%]", "D", 0.75, None),
        ("42 - 85%", "42", 0.85, None),
        ("7, 70", "7", 0.7, None),
        ("A. Paris, France, 1%", "A. Paris, France", 0.01, None),
        ("A, 1", "A", 0.01, None),
        ("A, confidence: 90%", "A", 0.9, None),
        ("\nA, 80%", "A", 0.8, None),
        ("B, 150%", "B", None, "out of range"),
        ("B, 0.9", "B", None, "ambiguous scale"),
        ("Paris, France", "Paris, France", None, "none"),
        ("1,000", "1,000", None, "none"),
        ("", None, None, "none"),
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "Answer and Confidence (0-100): ",
        "**Answer and Confidence (0-100):** ",
        "Explanation: In 1990 it was 50%.\nFinal Answer and Overall Confidence(0-100): ",
    ],
)
def test_answer_and_confidence_on_a_line(name, end, answer, value, cause):
    guess = parse_joint(name + end)

    assert (*both(guess), guess.confidence.cause) == (answer, value, cause)


def test_two_lines_instead_of_one_and_the_last_of_several():
    assert both(parse_joint("Answer: A\nConfidence: 90")) == ("A", 0.9)
    assert both(parse_joint("Answer and Confidence: A, 20%\nAnswer and Confidence: B, 80%")) == ("B", 0.8)


def test_steps_and_what_they_lead_to():
    steps = parse_steps(
        "Step 1: 3 apples at 20% off, Confidence: 90%\n"
        "**Step 2:** so it is 5\n"
        "Step 3: in 1990 (Confidence: 85)\nas one sees\n"
        "Step 4:\nConfidence: high\n"
        "Step 5: Confidence: 120%\n"
        "Final Answer and Overall Confidence (0-100): 42, 80%"
    )

    assert [c.value for c in steps.confidences] == [0.9, None, 0.85, None, None]
    assert [c.cause for c in steps.confidences] == [None, "none", None, "none", "out of range"]
    assert both(steps.final) == ("42", 0.8)


def test_a_reply_without_steps_or_without_an_end():
    assert parse_steps("Final Answer and Overall Confidence (0-100): A, 80%").confidences == ()
    cut = parse_steps("Step 1: so, Confidence: 70%\nStep 2: th")
    assert [c.value for c in cut.confidences] == [0.7, None]
    assert both(cut.final) == (None, None)
    # The overall confidence on a line of its own is not that of the last step.
    split = parse_steps("Step 1: so, Confidence: 70%\nFinal Answer: A\nConfidence: 60%")
    assert [c.value for c in split.confidences] == [0.7]
    assert both(split.final) == ("A", 0.6)


@pytest.mark.parametrize(
    ("text", "answer", "value"),
    [
        ("<think>90%</think><answer> 12 </answer><confidence>0.7</confidence>", "12", 0.7),
        ("<answer>12</answer> I am 90% sure", "12", None),
        ("<confidence>1</confidence>", None, 1.0),
        ("<answer>12</answer><confidence>100.</confidence>", "12", 1.0),
        ("<answer>12</answer><confidence>0.9 <answer>7</answer>", "7", 0.9),
    ],
)
def test_tags(text, answer, value):
    assert both(parse_tagged(text)) == (answer, value)


@pytest.mark.parametrize("parse", ALL)
def test_nothing_is_empty(parse):
    for text in ("", " \n"):
        assert parse(text).answer is None
        assert parse(text).confidence.cause == "empty"


def test_each_says_where_in_the_reply_its_confidence_stands():
    replies = {
        parse_guess: "Guess: 0.8 l\nProbability: **0.8** (0.9?)",
        parse_joint: "Answer and Confidence (0-100): 80%, 80% ",
        parse_tagged: "<answer>0.8</answer><confidence> 0.8</confidence>",
    }
    for parse, reply in replies.items():
        confidence = parse(reply).confidence
        start, end = confidence.span
        assert confidence.value == 0.8
        assert reply[start:end] in ("0.8", "80%")
        assert start > reply.index("8") + 1


NAMES = ["Guess:", "Probability:", "Answer and Confidence (0-100):", "Step 1:", "G1:", "P1:"]
TAGS = ["<answer>", "</answer>", "<confidence>", "</confidence>"]
PIECES = st.sampled_from([*NAMES, *TAGS, "\n", " ", "**", "0.9", "90%", "1,000", "Paris", ",", "-", "likely", "150"])


@given(st.lists(PIECES, max_size=16).map("".join))
def test_any_reply_gives_a_probability_or_a_cause(text):
    steps = parse_steps(text)
    guesses = [parse(text) for parse in ALL] + [*parse_guesses(text), steps.final]
    for confidence in [*(guess.confidence for guess in guesses), *steps.confidences]:
        assert (confidence.value is None) != (confidence.cause is None)
        assert confidence.value is None or 0 <= confidence.value <= 1
        assert confidence.span is None or 0 <= confidence.span[0] < confidence.span[1] <= len(text)
