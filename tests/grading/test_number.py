import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.grading import Quantity, read_number
from calibrant.grading._number import is_number, same_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", 42),
        ("It is 42.", 42),
        ("1,000", 1000),
        ("1 000", 1000),
        ("1\u202f000\u00a0000", 1e6),
        ("1.000.000", 1e6),
        ("1'000", 1000),
        ("1,00,000", 1e5),
        ("1,234.56", 1234.56),
        ("1.234,56", 1234.56),
        ("1,5", 1.5),
        ("0,25 l", 0.25),
        ("1.5e3", 1500),
        ("1.5E-3", 0.0015),
        ("1.5 × 10^3 kg", 1500),
        ("6.02 x 10²³", 6.02e23),
        ("3 × 10⁻⁴", 3e-4),
        ("-5", -5),
        ("−5 °C", -5),
        ("-$5", -5),
        ("-.5", -0.5),
        (".5", 0.5),
        ("½", 0.5),
        ("2½", 2.5),
        ("2 1/2", 2.5),
        ("3/4", 0.75),
        ("$1,000,000", 1e6),
        ("1.5 million people", 1.5e6),
        ("2 billion", 2e9),
        ("5km", 5),
        ("the 20th", 20),
        ("between 10-12", 12),
        ("1, 2, 3", 3),
        ("1,2,3", 3),
        ("in 2020 500 people", 500),
        ("area: 5 m²", 5),
        ("It took 7 men 12 days.", 12),
        ("The answer is 42, since 6 times 7 is that.", 42),
        ("The answer is 5. Not -5.", 5),
        ("The answer is 3 + 4 = 7, by rule 12.", 7),
        ("Answer: about 30 of 40", 30),
        ("so 3 times 4. #### 12", 12),
        (r"\boxed{12} in all 3 cases", 12),
        ("12 apples. The answer is clear.", 12),
        ("١٢٣", 123),
        ("１２", 12),
        ("5 / 0 is undefined, so 7", 7),
    ],
)
def test_by_hand(text, value):
    assert read_number(text).value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("text", ["", "twelve", "COVID", "H2O", "Paris", "5/0", "m²"])
def test_no_number(text):
    assert read_number(text) is None


@pytest.mark.parametrize("text", ["50%", "50 %", "50 percent", "50 per cent", "50 ％", r"50\%"])
def test_percentages(text):
    assert read_number(text) == Quantity(50, is_percent=True)


@pytest.mark.parametrize(
    "text", ["1945", "1,000", "-3.5", "$5", "5 €", "50%", "3/4", "½", " 7 ", "1.5e3", "2 million", "+49"]
)
def test_numbers_and_nothing_else(text):
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "12 km", "4 July", "twelve", "1-2", "H2O", "1945.", "5/0", "$"])
def test_more_than_a_number(text):
    assert not is_number(text)


def percent(value):
    return Quantity(value, is_percent=True)


def bare(value):
    return Quantity(value, is_percent=False)


@pytest.mark.parametrize(
    ("given_", "right", "same"),
    [
        (bare(5), bare(5), True),
        (bare(5), bare(-5), False),
        (bare(0.1 + 0.2), bare(0.3), True),
        (bare(0), bare(0), True),
        (bare(1e-9), bare(0), False),
        (percent(50), bare(0.5), True),
        (bare(0.5), percent(50), True),
        (percent(50), bare(50), True),
        (bare(50), percent(50), True),
        (percent(0.5), bare(0.5), False),  # a share of a half is no half percent
        (bare(0.5), percent(0.5), False),
        (percent(0.5), percent(0.5), True),
        (bare(1), percent(100), True),
        (bare(1), percent(1), False),
    ],
)
def test_same_by_hand(given_, right, same):
    assert same_number(given_, right, 0) is same


def test_the_tolerance_is_relative_to_the_right_one():
    assert same_number(bare(110), bare(100), 0.1)
    assert not same_number(bare(100), bare(111.2), 0.1)
    assert same_number(bare(-99), bare(-100), 0.01)
    assert not same_number(bare(98.9), bare(100), 0.01)


@given(st.integers(-(10**12), 10**12), st.sampled_from([",", " ", "'", "_", "\u202f"]))
def test_a_number_is_read_back_however_its_thousands_are_set_apart(value, mark):
    assert read_number(f"It is {value:,}.".replace(",", mark)).value == value
    assert is_number(f"{value:,}".replace(",", mark))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_python_writes_it_is_read_back(value):
    assert read_number(repr(value)).value == value


@given(st.text("0123456789,.-/% ex×^10½²$", max_size=20) | st.text(max_size=30))
def test_any_text_is_read(text):
    number = read_number(text)
    assert number is None or abs(number.value) < float("inf")
