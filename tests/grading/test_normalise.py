import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from calibrant.grading import normalise_text
from calibrant.grading._normalise import find_words, split_words


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("  The Eiffel\tTower.\n", "eiffel tower"),
        ("U.S.A.", "usa"),
        ("An apple a day", "apple day"),
        ("São Paulo", "sao paulo"),
        ("SAO PAULO", "sao paulo"),
        ("Sa\u0303o Paulo", "sao paulo"),  # the accent as a character of its own
        ("Ngũgĩ wa Thiong'o", "ngugi wa thiongo"),
        ("Łódź", "lodz"),
        ("Ærøskøbing", "aeroskobing"),
        ("İstanbul", "istanbul"),
        ("Straße", "strasse"),
        ("Αθήνα", "αθηνα"),
        ("Москва", "москва"),
        ("Королёв", "королев"),
        ("Москва\u0301", "москва"),
        ("ќерка", "ќерка"),  # this acute makes another letter
        ("ӗ", "ӗ"),
        ("йод", "йод"),  # и with a breve is a letter of its own
        ("東京。", "東京"),
        ("がっこう", "がっこう"),  # か with its marks is another sound
        ("हिन्दी", "हिन्दी"),
        ("القاهرة", "القاهرة"),
        ("서울", "서울"),
        ("«Ёлка»!", "елка"),
        ("“Paris”", "paris"),
        ("Paris—the capital", "paris capital"),
        ("１２", "12"),
        ("١٩٤٥", "1945"),
        ("१९४७", "1947"),
        ("1,000", "1000"),
        ("1 000", "1000"),
        ("1\u202f000\u202f000", "1000000"),
        ("1.000.000", "1000000"),
        ("1'000", "1000"),
        ("3,5", "3.5"),
        ("3.5", "3.5"),
        ("-3.5", "-3.5"),
        ("$5", "5"),
        ("1945.", "1945"),
        ("in 2020 500 people", "in 2020 500 people"),  # a year, not a thousand
        ("A", "a"),
        ("", ""),
        (" \n", ""),
    ],
)
def test_by_hand(text, form):
    assert normalise_text(text) == form


def test_what_differs_stays_apart():
    for one, other in [("1.5", "15"), ("1,5", "15"), ("-3", "3"), ("резать", "резат"), ("か", "が"), ("и", "й")]:
        assert normalise_text(one) != normalise_text(other)


texts = st.text(max_size=30) | st.text("aAnTthe éÉ\u0301\u0308её1 0,.-'()東が\u200d\u0131ﬁ", max_size=20)


@example("1' 000")  # without the apostrophe a thousand
@given(texts)
def test_once_more_changes_nothing(text):
    form = normalise_text(text)
    assert normalise_text(form) == form


@given(texts)
def test_how_a_text_is_composed_changes_nothing(text):
    decomposed = unicodedata.normalize("NFD", text)
    assert normalise_text(decomposed) == normalise_text(unicodedata.normalize("NFC", text))


@given(st.text(st.characters(categories=["Lo"], exclude_characters="ªº"), min_size=1, max_size=8))
def test_letters_of_scripts_without_case_survive(text):
    assert normalise_text(text) == unicodedata.normalize("NFKC", text)


def test_words():
    assert split_words("The tower, in Paris.") == ["tower", "in", "paris"]
    assert split_words("東京 2020") == ["東", "京", "2020"]
    assert split_words("") == []


def test_a_run_of_words_is_found_wherever_it_begins():
    assert find_words(["a", "a", "a"], ["a", "a"]) == [0, 1]
    assert find_words(["guinea"], ["guin"]) == []
    assert find_words(["a"], []) == []
    assert find_words([], ["a"]) == []
