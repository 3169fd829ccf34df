import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.language import PHRASE_TABLES, PhraseTable, parse_confidence, say_probability

ENDS = PhraseTable("ends", "for this test", {"no": 0.0, "yes": 1.0, "half": 0.5, "even": 0.5})


@pytest.mark.parametrize(
    ("probability", "phrase"),
    [(0, "no"), (1, "yes"), (0.24, "no"), (0.76, "yes"), (0.25, "half"), (0.75, "half"), (0.5, "half"), (0.26, "half")],
)
def test_the_nearest_the_weaker_and_the_first(probability, phrase):
    assert say_probability(probability, table=ENDS) == phrase


def test_a_tie_is_a_tie_in_decimals():
    # In binary 0.55 lies nearer to 0.5 + 0.1 than to 0.5.
    assert say_probability(0.55, table="survey-median") == "about even"


@given(st.floats(0, 1), st.sampled_from(sorted(PHRASE_TABLES)))
def test_no_phrase_is_nearer(probability, name):
    said = PHRASE_TABLES[name].phrases[say_probability(probability, table=name)]

    assert abs(said - probability) <= min(abs(p - probability) for p in PHRASE_TABLES[name].phrases.values()) + 1e-11


@pytest.mark.parametrize("name", PHRASE_TABLES)
def test_what_is_said_is_read_as_it_was_meant(name):
    for value in PHRASE_TABLES[name].phrases.values():
        assert parse_confidence(say_probability(value, table=name), table=name).value == value


@pytest.mark.parametrize("probability", [-0.01, 1.01, 90, float("nan"), float("inf")])
def test_what_is_no_probability_is_refused(probability):
    with pytest.raises(InputError, match="probability must lie between 0 and 1; got"):
        say_probability(probability)
