from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.grading import normalise_text, token_f1

words = st.lists(st.sampled_from(["paris", "lyon", "big", "city", "12"]), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "accepted", "f1"),
    [
        ("Paris", ["Paris"], 1),
        ("Paris", ["Lyon"], 0),
        ("", ["Paris"], 0),
        ("Paris", [], 0),
        ("Paris", ["Paris France"], Fraction(2, 3)),
        ("the city of Paris", ["Paris"], Fraction(1, 2)),  # one of three words, all of one
        ("very very good", ["very good"], Fraction(4, 5)),  # a word counts as often as both have it
        ("the the the", ["the"], Fraction(1, 2)),  # articles count where there is nothing else
        ("東京都", ["東京"], Fraction(4, 5)),
        ("Москва", ["москва!"], 1),
        ("Lyon", ["Paris", "Lyon Nice"], Fraction(2, 3)),  # the best counts
    ],
)
def test_by_hand(text, accepted, f1):
    assert token_f1(text, accepted) == pytest.approx(float(f1))


@given(words, words)
def test_it_is_the_harmonic_mean_of_precision_and_recall(given_words, right_words):
    shared = (Counter(given_words) & Counter(right_words)).total()
    found = token_f1(" ".join(given_words), [" ".join(right_words)])
    if not shared:
        assert found == 0
        return
    precision, recall = Fraction(shared, len(given_words)), Fraction(shared, len(right_words))
    assert found == pytest.approx(float(2 / (1 / precision + 1 / recall)))


@given(words, words, st.randoms())
def test_order_and_sides_do_not_count(one, other, random):
    mixed = random.sample(one, len(one))
    assert token_f1(" ".join(mixed), [" ".join(other)]) == token_f1(" ".join(other), [" ".join(one)])


@given(st.text(max_size=20), st.text(max_size=20))
def test_it_lies_in_0_to_1_and_is_1_where_the_texts_are_the_same(text, other):
    assert 0 <= token_f1(text, [other]) <= 1
    if normalise_text(text):
        assert token_f1(text, [other, text]) == 1
