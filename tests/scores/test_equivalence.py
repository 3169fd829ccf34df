import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.scores import PairwiseEquivalence, by_text

words = st.lists(st.sampled_from(["", "a1", "a2", "A1.", "b1", "b2", "c1", " "]), max_size=8)


def same_letter(question, pairs):
    return [one.strip()[0].lower() == other.strip()[0].lower() for one, other in pairs]


@pytest.mark.parametrize(
    ("texts", "sets"),
    [
        ([], []),
        (["Paris"], [0]),
        (["Paris", "the paris.", "Lyon", "PARIS!"], [0, 0, 1, 0]),
        (["", " ", "Paris", ""], [0, 0, 1, 0]),
        (["東京", "东京", "東京。"], [0, 1, 0]),
        (["3.5", "35", "-3.5"], [0, 1, 2]),
    ],
)
def test_by_text(texts, sets):
    assert by_text("?", texts) == sets


def test_pairs_are_compared_with_openers_only_and_each_once():
    asked = []

    def judge(question, pairs):
        asked.append((question, list(pairs)))
        return same_letter(question, pairs)

    assert PairwiseEquivalence(judge)("q", ["a1", "b1", "a2", "b2", "c1"]) == [0, 1, 0, 1, 2]
    assert asked == [
        ("q", [("a1", "b1"), ("a1", "a2"), ("a1", "b2"), ("a1", "c1")]),
        ("q", [("b1", "b2"), ("b1", "c1")]),
    ]


def test_equal_texts_and_empty_ones_are_not_asked_about():
    def judge(question, pairs):
        raise AssertionError(pairs)

    assert PairwiseEquivalence(judge)("q", ["Paris", "paris.", "", " ", "Paris"]) == [0, 0, 1, 1, 0]


def test_what_is_known_is_not_asked_again_unless_the_question_is_another():
    sets = PairwiseEquivalence(same_letter)

    assert sets("q", ["a1", "a2", "b1"]) == [0, 0, 1]
    assert sets.judged == 2
    assert sets("q", ["A2!", "a1", "b1"]) == [0, 0, 1]  # (a2, a1) is known, (a2, b1) is not
    assert sets.judged == 3
    assert sets("other", ["a1", "a2"]) == [0, 0]
    assert sets.judged == 4


def test_what_cannot_be_told_is_different_and_counted():
    sets = PairwiseEquivalence(lambda question, pairs: [None] * len(pairs))

    assert sets("q", ["a", "b", "c"]) == [0, 1, 2]
    assert (sets.judged, sets.undecided) == (3, 3)


def test_a_relation_that_is_not_transitive_puts_an_answer_into_the_first_set_that_fits():
    # b is like a and like c, a is not like c.
    sets = PairwiseEquivalence(lambda question, pairs: ["b1" in pair for pair in pairs])

    assert sets("q", ["a1", "b1", "c1"]) == [0, 0, 1]
    assert sets("q", ["a1", "c1", "b1"]) == [0, 1, 0]
    assert sets("q", ["b1", "a1", "c1"]) == [0, 0, 0]


@given(words)
def test_sets_are_numbered_as_they_come_and_equal_texts_stay_together(texts):
    for sets in (by_text("q", texts), PairwiseEquivalence(same_letter)("q", texts)):
        assert len(sets) == len(texts)
        firsts = list(dict.fromkeys(sets))
        assert firsts == list(range(len(firsts)))
        assert all(a == b for x, a in zip(texts, sets, strict=True) for y, b in zip(texts, sets, strict=True) if x == y)


@given(words, st.randoms(use_true_random=False))
def test_the_order_of_answers_changes_the_numbers_only(texts, random):
    order = random.sample(range(len(texts)), len(texts))
    for ways in (by_text, PairwiseEquivalence(same_letter)):
        sets, moved = ways("q", texts), ways("q", [texts[place] for place in order])
        pairs = {(sets[place], number) for place, number in zip(order, moved, strict=True)}
        assert len(pairs) == len(set(sets)) == len(set(moved))
