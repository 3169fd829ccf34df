import pytest

from calibrant.exceptions import InputError
from calibrant.language import PHRASE_TABLES, PhraseTable
from calibrant.language._phrases import find_table

BELOW = {
    "probably not",
    "we doubt",
    "unlikely",
    "improbable",
    "little chance",
    "chances are slight",
    "highly unlikely",
    "almost no chance",
}


@pytest.mark.parametrize("name", PHRASE_TABLES)
def test_every_table_says_its_source_under_its_own_name(name):
    assert PHRASE_TABLES[name].name == name
    assert len(PHRASE_TABLES[name].source.split()) > 5


def test_the_two_readings_of_the_survey_are_of_the_same_words():
    means, medians = PHRASE_TABLES["survey"].phrases, PHRASE_TABLES["survey-median"].phrases

    assert set(means) == set(medians)
    assert len(means) == 17
    # People answer in round numbers, and a few answer the wrong way round, which draws means towards the middle.
    assert all(abs(means[phrase] - medians[phrase]) < 0.07 for phrase in means)
    assert all((round(100 * value) % 5 == 0) or value == 0.02 for value in medians.values())


@pytest.mark.parametrize("name", ["survey", "survey-median"])
def test_words_of_doubt_lie_below_one_half_and_no_others(name):
    phrases = PHRASE_TABLES[name].phrases

    assert {phrase for phrase, value in phrases.items() if value < 0.5} == BELOW


def test_kents_ranges_lie_in_order_about_one_half():
    assert list(PHRASE_TABLES["kent"].phrases.values()) == [1.0, 0.93, 0.75, 0.5, 0.3, 0.07, 0.0]


def test_a_table_is_found_by_name_and_is_its_own():
    mine = PhraseTable("mine", "my own reading", {"sure": 0.9})

    assert find_table("kent") is PHRASE_TABLES["kent"]
    assert find_table(mine) is mine


def test_an_unknown_table_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"survey, survey-median, kent.*got 'tian'"):
        find_table("tian")


@pytest.mark.parametrize(
    ("phrases", "message"),
    [
        ({}, "at least one phrase"),
        ({"Sure": 0.9}, "lower case.*'Sure'"),
        ({"quite  sure": 0.9}, "single spaces"),
        ({"": 0.9}, "lower case"),
        ({"sure": 90}, r"'sure' must lie between 0 and 1; got 90"),
        ({"sure": float("nan")}, "between 0 and 1"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(phrases, message):
    with pytest.raises(InputError, match=message):
        PhraseTable("mine", "my own reading", phrases)


def test_a_table_does_not_change():
    given = {"sure": 0.9}
    table = PhraseTable("mine", "my own reading", given)
    given["sure"] = 0.1

    assert table.phrases["sure"] == 0.9
    with pytest.raises(TypeError):
        table.phrases["sure"] = 0.1
