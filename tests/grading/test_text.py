import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.grading import grade_texts, normalise_text, token_f1

PARIS = ["Paris", "City of Light", "Париж"]


def grade(text, accepted, rule="exact", **more):
    return grade_texts([text], [accepted], rule, **more).correct[0]


@pytest.mark.parametrize(
    ("text", "exact", "contains", "f1"),
    [
        ("Paris", 1, 1, 1),
        (" paris.\n", 1, 1, 1),
        ("The City of Light", 1, 1, 1),
        ("ПАРИЖ", 1, 1, 1),
        ("Paris, France", 0, 1, 1),  # F1 is 2/3
        ("It is Paris.", 0, 1, 1),  # F1 is 1/2, which is enough
        ("I think that it is Paris.", 0, 1, 0),
        ("not Paris", 0, 1, 1),  # the trap that the docstring names
        ("Parisian", 0, 0, 0),
        ("city", 0, 0, 1),  # F1 against City of Light is 1/2
        ("Lyon", 0, 0, 0),
        ("light of the city", 0, 0, 1),
    ],
)
def test_texts_by_hand(text, exact, contains, f1):
    assert [grade(text, PARIS, rule) for rule in ("exact", "contains", "f1")] == [exact, contains, f1]


def test_the_threshold_of_f1_is_reached_by_what_equals_it():
    # One of one word right, one of two there: 2/3.
    assert grade("Einstein", ["Albert Einstein"], "f1", threshold=2 / 3) == 1
    assert grade("Einstein", ["Albert Einstein"], "f1", threshold=0.67) == 0
    assert grade("Albert Einstein", ["Albert Einstein"], "f1", threshold=1) == 1


def test_numbers():
    texts = ["It has 1,000 islands", "about 1001", "some", "-1000", "1e3"]
    graded = grade_texts(texts, [["1000"]] * 5, "number")
    np.testing.assert_array_equal(graded.correct, [1, 0, np.nan, 0, 1])
    assert graded.causes == {"no number": 1}
    assert grade("about 1001", ["1000"], "number", tolerance=0.001) == 1
    assert grade("7", ["5", "7"], "number") == 1


def test_letters():
    cities = ["Lyon", "Paris"]
    texts = ["B", "A", "A or B", "C", "Paris", "I don't know"]
    graded = grade_texts(texts, [1] * 6, "letter", choices=[cities] * 6)
    np.testing.assert_array_equal(graded.correct, [1, 0, np.nan, np.nan, 1, 0])
    assert graded.cause == (None, None, "several options", "no option", None, "refusal")
    assert graded.abstained.tolist() == [False] * 5 + [True]


def test_labels_from_numpy_are_labels():
    graded = grade_texts(["A", "B"], np.array([1, 1]), "letter", choices=[["x", "y"]] * 2)
    assert graded.correct.tolist() == [0, 1]


def test_empty_replies_and_refusals_are_wrong_and_counted():
    graded = grade_texts(["", " \n", "I don't know.", "Rome"], [PARIS] * 4)
    assert graded.correct.tolist() == [0, 0, 0, 0]
    assert graded.cause == ("empty", "empty", "refusal", None)
    assert graded.causes == {"empty": 2, "refusal": 1}
    assert graded.abstained.tolist() == [False, False, True, False]


def test_a_refusal_is_wrong_under_every_rule():
    assert grade("I don't know whether it is Paris.", PARIS, "contains") == 0
    assert grade("I don't know. It has 3 of them.", ["3"], "number") == 0
    assert grade("I don't know Paris", ["I do not know Paris"], "f1") == 0


def test_words_of_refusal_can_be_the_answer():
    graded = grade_texts(["Unknown.", "Unknown."], [["unknown"], ["Homer"]])
    assert graded.correct.tolist() == [1, 0]
    assert graded.abstained.tolist() == [False, True]
    options = ["the father", "the mother", "cannot be determined"]
    graded = grade_texts(["Cannot be determined."] * 2, [2, 0], "letter", choices=[options] * 2)
    assert graded.correct.tolist() == [1, 0]
    assert graded.abstained.tolist() == [False, False]


def test_without_a_label_a_reply_is_ungraded_and_its_abstention_still_told():
    graded = grade_texts(["Paris", "I don't know.", ""], [None] * 3)
    assert np.isnan(graded.correct).all()
    assert graded.causes == {"unlabelled": 3}
    assert graded.abstained.tolist() == [False, True, False]


def test_what_did_not_come_is_ungraded_with_its_cause():
    graded = grade_texts(["", "Paris", "I don't know"], [PARIS] * 3, errors=["timeout", None, "filter"])
    np.testing.assert_array_equal(graded.correct, [np.nan, 1, np.nan])
    assert graded.cause == ("timeout", None, "filter")
    assert not graded.abstained.any()


def test_no_replies():
    graded = grade_texts([], [])
    assert (graded.correct.shape, graded.abstained.shape, graded.abstained.dtype) == ((0,), (0,), bool)


@pytest.mark.parametrize("accepted", ["Paris", [], [""], ["Paris", "  "], [1], 1, [None]])
def test_what_cannot_be_accepted_is_named(accepted):
    with pytest.raises(InputError, match=r"^accepted, row 1: "):
        grade_texts(["Paris", "Paris"], [["Paris"], accepted])


@pytest.mark.parametrize("accepted", [2, -1, True, ["x"], "x"])
def test_a_label_that_is_no_option_is_named(accepted):
    with pytest.raises(InputError, match=r"^accepted, row 1: the index of one of 2 options"):
        grade_texts(["A", "A"], [0, accepted], "letter", choices=[["x", "y"]] * 2)


def test_the_letter_rule_needs_options():
    with pytest.raises(InputError, match=r"^accepted, row 0: the index of one of 0 options"):
        grade_texts(["A"], [0], "letter")


def test_the_number_rule_needs_numbers():
    with pytest.raises(InputError, match=r"^accepted, row 0: the rule number needs a number in every text"):
        grade_texts(["12"], [["twelve"]], "number")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rule": "fuzzy"}, "rule must be one of exact, contains, f1, number, letter; got 'fuzzy'"),
        ({"threshold": 0}, "threshold must lie above 0 and be at most 1; got 0"),
        ({"threshold": 1.1}, "threshold must lie above 0 and be at most 1; got 1.1"),
        ({"tolerance": -1}, "tolerance must be at least 0 and finite; got -1"),
        ({"tolerance": math.nan}, "tolerance must be at least 0 and finite; got nan"),
        ({"errors": [None, None]}, "errors must have one entry a reply, so 1; got 2"),
        ({"choices": []}, "choices must have one entry a reply, so 1; got 0"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(InputError) as caught:
        grade_texts(["x"], [["x"]], **arguments)
    assert str(caught.value) == message


def test_lengths_must_agree():
    with pytest.raises(InputError, match=r"^accepted must have one entry a reply, so 1; got 2"):
        grade_texts(["x"], [["x"], ["y"]])


texts = st.text("abcAB .,é東1", min_size=1, max_size=12) | st.text(min_size=1, max_size=15)


@given(texts, texts.filter(str.strip))
def test_exact_implies_f1_of_1_and_containing(text, answer):
    if normalise_text(answer) and grade(text, [answer]) == 1:
        assert token_f1(text, [answer]) == 1
        assert grade(text, [answer], "f1", threshold=1) == grade(text, [answer], "contains") == 1


@given(texts, texts.filter(str.strip))
def test_one_more_accepted_answer_takes_nothing_away(text, answer):
    for rule in ("exact", "contains", "f1"):
        assert grade(text, [answer, "Paris"], rule) >= grade(text, ["Paris"], rule)
