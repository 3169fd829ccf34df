import pytest

from calibrant.data._atlas import fold, load_atlas


@pytest.fixture(scope="module")
def atlas():
    return load_atlas()


def test_the_states_are_those_of_the_united_nations(atlas):
    # Without those whose status is disputed, and the Vatican.
    assert len(atlas.countries) == 193


def test_neighbours_and_doubts_are_mutual(atlas):
    by_code = {country.code: country for country in atlas.countries}

    for country in atlas.countries:
        assert all(country.code in by_code[code].neighbours for code in country.neighbours)
        assert all(country.code in by_code[code].doubtful for code in country.doubtful)
        assert country.neighbours.isdisjoint(country.doubtful)


def test_a_title_begins_with_a_capital_letter(atlas):
    names = {country.code: (country.name, country.title) for country in atlas.countries}

    assert names["NL"] == ("the Netherlands", "The Netherlands")
    assert names["FR"] == ("France", "France")


def test_districts_and_suburbs_are_no_cities(atlas):
    names = {code: {city.name for city in atlas.cities[code]} for code in ("US", "CI", "AT")}

    assert names["US"].isdisjoint({"Brooklyn", "Queens", "Long Beach"})
    assert "Abobo" not in names["CI"]
    assert "Favoriten" not in names["AT"]


def test_cities_of_a_country_are_in_order_of_size_and_named_once(atlas):
    for cities in atlas.cities.values():
        populations = [city.population for city in cities]
        assert populations == sorted(populations, reverse=True)
        assert len({city.name for city in cities}) == len(cities)


@pytest.mark.parametrize(("name", "folded"), [("ÅRHUS", "arhus"), ("São Tomé", "sao tome"), ("Straße", "strasse")])
def test_folding_takes_case_and_accents_off(name, folded):
    assert fold(name) == folded
