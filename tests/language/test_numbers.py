from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.language._numbers import find_numbers


def found(text):
    return [(n.written, n.low, n.high) for n in find_numbers(text)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("90", [("decimal", 90, 90)]),
        (".85", [("decimal", 0.85, 0.85)]),
        ("1,5 %", [("percent", 1.5, 1.5)]),
        ("0,95", [("decimal", 0.95, 0.95)]),
        ("1,000", [("decimal", 1000, 1000)]),
        ("1e-3", [("decimal", 0.001, 0.001)]),
        ("90\\%", [("percent", 90, 90)]),
        ("90 per cent", [("percent", 90, 90)]),
        ("90pct", [("percent", 90, 90)]),
        ("-5%", [("percent", -5, -5)]),
        ("- 5%", [("percent", 5, 5)]),
        ("90 ± 5%", [("percent", 90, 90)]),
        ("ninety-five percent", [("percent", 95, 95)]),
        ("a hundred percent", [("percent", 100, 100)]),
        ("seventeen", [("decimal", 17, 17)]),
        ("seven", [("decimal", 7, 7)]),
        ("60-70%", [("range", 60, 70)]),
        ("60 - 70 %", [("range", 60, 70)]),
        ("60% to 70%", [("range", 60, 70)]),
        ("between 70 and 60", [("range", 60, 70)]),
        ("sixty to seventy percent", [("range", 60, 70)]),
        ("4 - 90%", [("percent", 90, 90)]),
        ("90% - 5", [("percent", 90, 90), ("decimal", 5, 5)]),
        ("9/10", [("fraction", 0.9, 0.9)]),
        ("nine out of ten", [("fraction", 0.9, 0.9)]),
        ("50/50", [("fraction", 0.5, 0.5)]),
        ("60/40", [("fraction", 0.6, 0.6)]),
        ("3/0", []),
    ],
)
def test_as_they_are_written(text, numbers):
    assert found(text) == numbers


@pytest.mark.parametrize(
    "text", ["12/10/2020", "12:30", "85th", "G1", "v1.2.3", "90th percentile", "someone", "tenth", "٩٠"]
)
def test_what_is_no_number_of_this_kind(text):
    assert found(text) == []


@given(st.text(alphabet="0123456789.,:/%- \nbetwnadouf±eE", max_size=40))
def test_it_ends_and_stays_within_the_text(text):
    numbers = list(find_numbers(text))

    assert all(0 <= n.start < n.end <= len(text) for n in numbers)
    assert all(a.end <= b.start for a, b in pairwise(numbers))
