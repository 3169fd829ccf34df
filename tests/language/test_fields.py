import re

import pytest

from calibrant.language._fields import clean_answer, find_fields, line_end, read_field

NAME, OTHER = re.compile(r"^Guess:", re.MULTILINE), re.compile(r"^P:", re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Guess: a\nP: 1", [" a"]),
        ("Guess:\n\na\nP: 1", ["a"]),
        ("Guess: **\na", ["a"]),
        ("Guess:\nP: 1", [""]),
        ("Guess:\nGuess: b", ["", " b"]),
        ("Guess:", [""]),
        ("Guess: \n ", [""]),
        ("no Guess: a", []),
    ],
)
def test_a_value_is_on_the_line_or_below_but_is_no_other_field(text, values):
    found = list(find_fields(text, NAME, OTHER))

    assert [value.rstrip("\r") if value.strip() else "" for _, value in found] == values
    assert all(text[start : start + len(value)] == value for start, value in found)


def test_a_field_says_where_in_the_whole_text_it_was_read():
    text = "Guess: 1990\nProbability: about 0.8 (in 1990)"
    start = text.index(" about")
    stated = read_field(start, text[start:], "unit", None)

    assert (stated.value, text[slice(*stated.span)]) == (0.8, "0.8")
    assert read_field(0, "  ", "unit", None).cause == "empty"


@pytest.mark.parametrize(
    ("answer", "clean"),
    [
        ("  Paris ", "Paris"),
        ("**Paris**", "Paris"),
        ('"Paris"', "Paris"),
        ("[B]", "B"),
        ("<Paris>", "Paris"),
        ("[a] or [b]", "[a] or [b]"),
        ("", None),
        ("[]", None),
        ("****", None),
    ],
)
def test_an_answer_without_decoration(answer, clean):
    assert clean_answer(answer) == clean


def test_the_end_of_a_line():
    assert [line_end("ab\ncd", start) for start in (0, 2, 3, 5)] == [2, 2, 5, 5]
