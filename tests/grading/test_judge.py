import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.grading import JUDGE_PROMPT, judge_answers
from calibrant.models import Completion, FakeModel

PARIS = ["Paris", "City of Light"]


def judge(replies, texts, accepted=None, **more):
    model = FakeModel(answers=replies)
    return judge_answers(model, ["Which city?"] * len(texts), texts, accepted or [PARIS] * len(texts), **more)


@pytest.mark.parametrize(
    ("reply", "grade"),
    [
        ("correct", 1),
        ("Correct.", 1),
        (" **CORRECT**\n", 1),
        ("correct\nIt is", 1),
        ("incorrect", 0),
        ("Incorrect!", 0),
    ],
)
def test_clear_replies(reply, grade):
    assert judge({"": reply}, ["in Paris"]).correct.tolist() == [grade]


@pytest.mark.parametrize(
    "reply", ["", "Yes", "not correct", "correct or not", "correct incorrect", "correctly", "Let me see\ncorrect", "c"]
)
def test_unclear_replies_are_ungraded_and_counted(reply):
    graded = judge({"": reply}, ["in Paris"])
    assert np.isnan(graded.correct).all()
    assert graded.causes == {"judge unreadable": 1}


def test_the_judge_is_shown_the_question_what_is_accepted_and_the_answer():
    seen = []

    def watch(turns):
        seen.append(turns)
        return "correct"

    judge_answers(FakeModel(answers=watch), ["Which city?"], [" in {question} Paris "], [PARIS])
    [[turn]] = seen
    assert turn.role == "user"
    assert "Question: Which city?\nAccepted answers: Paris; City of Light\n" in turn.content
    assert "<<<in {question} Paris>>>" in turn.content  # what a reply holds is no place to fill


def test_it_is_not_asked_about_what_needs_no_judge():
    seen = []

    def watch(turns):
        seen.append(turns[-1].content)
        return "correct"

    texts = ["", "I don't know.", "x", "y", "z"]
    accepted = [PARIS, PARIS, None, PARIS, PARIS]
    graded = judge(watch, texts, accepted, errors=[None, None, None, "timeout", None])
    assert len(seen) == 1
    assert "<<<z>>>" in seen[0]
    np.testing.assert_array_equal(graded.correct, [0, 0, np.nan, np.nan, 1])
    assert graded.cause == ("empty", "refusal", "unlabelled", "timeout", None)
    assert graded.abstained.tolist() == [False, True, False, False, False]


def test_an_abstention_is_told_without_a_label_and_words_of_refusal_can_be_the_answer():
    graded = judge({"": "correct"}, ["Unknown", "Unknown"], [None, ["unknown"]])
    assert graded.abstained.tolist() == [True, False]
    assert graded.correct[1] == 1


def test_a_judge_that_fails_is_counted_and_stops_no_other():
    class Failing:
        identity = FakeModel().identity

        def generate(self, conversations, request=None):
            return [
                [
                    Completion("", "error", error="timeout")
                    if "<<<a>>>" in turns[0].content
                    else Completion("correct", "stop")
                ]
                for turns in conversations
            ]

    graded = judge_answers(Failing(), ["Which?"] * 2, ["a", "b"], [PARIS] * 2)
    np.testing.assert_array_equal(graded.correct, [np.nan, 1])
    assert graded.causes == {"judge: timeout": 1}


def test_a_reply_that_is_too_long_for_the_judge_is_counted():
    model = FakeModel(context_length=1500, answers={"": "correct"})
    graded = judge_answers(model, ["Which?"] * 2, ["a" * 2000, "b"], [PARIS] * 2)
    np.testing.assert_array_equal(graded.correct, [np.nan, 1])
    assert graded.causes == {"judge: too long": 1}


def test_more_replies_than_are_asked_at_once_keep_their_order():
    texts = [f"number {i}." for i in range(150)]
    graded = judge(lambda turns: "correct" if "7." in turns[0].content else "incorrect", texts)
    assert graded.correct.tolist() == [float(i % 10 == 7) for i in range(150)]


def test_arguments_are_checked():
    with pytest.raises(InputError, match=r"^questions must have one entry a reply, so 2; got 1"):
        judge_answers(FakeModel(), ["Which?"], ["a", "b"], [PARIS] * 2)
    with pytest.raises(InputError, match=r"^accepted, row 0: a list of texts"):
        judge_answers(FakeModel(), ["Which?"], ["a"], ["Paris"])
    with pytest.raises(InputError, match=r"^prompt must hold .*; it lacks \{accepted\}, \{answer\}"):
        judge(lambda turns: "correct", ["a"], prompt="{question}")
    assert judge_answers(FakeModel(), [], [], [], prompt=JUDGE_PROMPT).correct.size == 0
