import pytest

from calibrant.language._numbers import find_numbers
from calibrant.language._scale import find_scale, to_probability


def read(text, scale):
    (number,) = find_numbers(text)
    return to_probability(number, scale)


@pytest.mark.parametrize(
    ("text", "auto", "percent", "unit"),
    [
        # Readable in one way only.
        ("0", 0.0, 0.0, 0.0),
        ("90", 0.9, 0.9, 0.9),
        ("100", 1.0, 1.0, 1.0),
        ("101", *["out of range"] * 3),
        ("-1", *["out of range"] * 3),
        ("0.5%", 0.005, 0.005, 0.005),
        ("1%", 0.01, 0.01, 0.01),
        ("101%", *["out of range"] * 3),
        ("99.9%", 0.999, 0.999, 0.999),
        ("9/10", 0.9, 0.9, 0.9),
        ("11/10", *["out of range"] * 3),
        ("0.6-0.7", 0.65, "ambiguous scale", 0.65),
        ("60-70", 0.65, 0.65, 0.65),
        ("95-105%", *["out of range"] * 3),
        # Readable in two: what was asked for decides, if it can.
        ("1", "ambiguous scale", 0.01, 1.0),
        ("1.0", 1.0, "ambiguous scale", 1.0),
        ("0.9", 0.9, "ambiguous scale", 0.9),
        (".9", 0.9, "ambiguous scale", 0.9),
    ],
)
def test_what_was_asked_for_decides_only_where_two_readings_are_possible(text, auto, percent, unit):
    assert [read(text, scale) for scale in ("auto", "percent", "unit")] == [auto, percent, unit]


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("(0-100)", "percent"),
        ("0% to 100%", "percent"),
        ("1 to 100", "percent"),
        ("between 0 and 1", "unit"),
        ("(0.0 to 1.0)", "unit"),
        ("on a scale of 1 to 10", "ten"),
        ("(1-5)", "other"),
        ("scale of 1 to 5", "other"),
        ("0-10%", None),
        ("90-100%", None),
        ("1 to 5", None),
    ],
)
def test_a_scale_that_is_named_is_blanked_out_in_its_place(text, scale):
    blank, named = find_scale(text)

    assert named == scale
    assert len(blank) == len(text)
    assert any(letter.isdigit() for letter in blank) == (scale is None)


def test_out_of_ten_and_on_a_scale_that_says_nothing():
    assert read("8", "ten") == 0.8
    assert read("85", "ten") == 0.85
    assert read("4", "other") == "ambiguous scale"
    assert read("40%", "other") == 0.4
