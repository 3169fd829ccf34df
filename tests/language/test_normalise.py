import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.language import normalise_answer


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        # SQuAD's own rules: case, punctuation, articles, white space.
        ("The  Eiffel\tTower.", "eiffel tower"),
        ("an apple, a pear and the plum", "apple pear and plum"),
        ("Twenty-one", "twentyone"),
        ("don't", "dont"),
        ("don’t", "dont"),
        ("theatre anna", "theatre anna"),
        ("1,000", "1000"),
        ("$5", "5"),
        ("€5", "5"),
        # What changes a number stays.
        ("3.5", "3.5"),
        ("3.5.", "3.5"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("(-5)", "-5"),
        ("-$5", "-5"),
        ("-.5", "-.5"),
        ("...5", "5"),
        ("- 5", "5"),
        ("5-10", "510"),
        # Other scripts and forms.
        ("ＰＡＲＩＳ", "paris"),
        ("«Ёлка»!", "ёлка"),
        ("東京。", "東京"),
        ("हिन्दी", "हिन्दी"),
        ("مرحبا؟", "مرحبا"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("Cafe\u0301", "café"),
        ("Pa\u00adris", "paris"),
        # Nothing would be left.
        ("A", "a"),
        ("(a)", "a"),
        ("the the", "the the"),
        ("+", "+"),
        ("?!", "?!"),
        ("", ""),
        (" \n", ""),
    ],
)
def test_by_hand(text, normal):
    assert normalise_answer(text) == normal


@pytest.mark.parametrize(("one", "other"), [("3.5", "35"), ("-5", "5"), (".5", "5"), ("Café", "Cafe"), ("A", "B")])
def test_what_is_not_the_same_stays_different(one, other):
    assert normalise_answer(one) != normalise_answer(other)


@given(st.text(max_size=30))
def test_once_is_enough_and_only_an_empty_text_becomes_empty(text):
    normal = normalise_answer(text)

    assert normalise_answer(normal) == normal
    assert normal == " ".join(normal.split())
    assert bool(normal) == bool(unicodedata.normalize("NFKC", text).split())


@given(st.text(alphabet=" aAbthe.,-5", max_size=20))
def test_once_is_enough_where_the_rules_meet(text):
    normal = normalise_answer(text)

    assert normalise_answer(normal) == normal
    assert normalise_answer(text.upper()) == normal
    assert normalise_answer(f"  {text}\n") == normal
