"""Facts -> questions: one function a relation. The options are of one kind, and exactly one of them is right.

``invented`` are names that do not exist: the same is asked of them, and no option is right.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random

from calibrant.data._atlas import City, Country, fold
from calibrant.data._draw import pick, shuffled
from calibrant.data._elements import Element
from calibrant.data._question import Question
from calibrant.data._states import State

_CONTINENTS = ("Africa", "Asia", "Europe", "North America", "Oceania", "South America")
# Two names of one family are too much alike to be options of one question.
_CURRENCY_FAMILIES = {"Denar": "Dinar", "Koruna": "Krona", "Krone": "Krona", "Pound": "Lira", "Rial": "Riyal"}
_QUESTIONS_A_COUNTRY = 2
_LARGE = 100_000
# Counts of different years, and with or without suburbs, differ by less than this factor.
_CLEARLY = 1.5


def capital(countries: Sequence[Country], invented: Iterable[str], rng: Random) -> Iterator[Question]:
    """Ask for the capital of a country, among capitals of its continent."""
    pools = _by_region(countries, lambda country: country.capital)
    text = "What is the capital of {}?"
    for country in countries:
        if country.capital:
            yield _ask("capital", country.code, text.format(country.name), country.capital, pools[country.region], rng)
    for name in invented:
        yield _ask("capital", name, text.format(name), None, _any(pools, rng), rng)


def continent(countries: Sequence[Country], invented: Iterable[str], rng: Random) -> Iterator[Question]:
    """Ask for the continent of a country, among all six that have countries."""
    text = "Which continent is {} part of?"
    for country in countries:
        if country.continent:
            yield _ask("continent", country.code, text.format(country.name), country.continent, _CONTINENTS, rng, 6)
    for name in invented:
        yield _ask("continent", name, text.format(name), None, _CONTINENTS, rng, 6)


def currency(countries: Sequence[Country], invented: Iterable[str], rng: Random) -> Iterator[Question]:
    """Ask for the currency of a country, among those of its continent that cannot be mistaken for it."""
    pools = _by_region(countries, lambda country: country.currency)
    text = "Which currency is used in {}?"
    for country in countries:
        if country.currency:
            others = _one_a_family(pools[country.region], country.currency, rng)
            yield _ask("currency", country.code, text.format(country.name), country.currency, others, rng)
    for name in invented:
        yield _ask("currency", name, text.format(name), None, _one_a_family(_any(pools, rng), None, rng), rng)


def calling_code(countries: Sequence[Country], rng: Random) -> Iterator[Question]:
    """Ask for the calling code of a country, among three of the same zone, which is the first digit."""
    zones: dict[str, list[str]] = defaultdict(list)
    for country in countries:
        if country.calling_code:
            zones[country.calling_code[:2]].append(country.calling_code)
    for country in countries:
        if country.calling_code:
            text = f"What is the international calling code of {country.name}?"
            others = zones[country.calling_code[:2]]
            yield _ask("calling_code", country.code, text, country.calling_code, others, rng, 3)


def land_border(countries: Sequence[Country], invented: Iterable[str], rng: Random) -> Iterator[Question]:
    """Ask for a neighbour of a country, among countries of its continent that are none."""
    pools = _by_region(countries, lambda country: country.title)
    text = "Which of these countries shares a land border with {}?"
    for country in countries:
        near = [other.title for other in countries if other.code in country.neighbours]
        close = country.neighbours | country.doubtful | {country.code}
        far = [other.title for other in countries if other.region == country.region and other.code not in close]
        if near and len(far) >= 3:
            yield _ask("land_border", country.code, text.format(country.name), pick(near, rng), far, rng)
    for name in invented:
        yield _ask("land_border", name, text.format(name), None, _any(pools, rng), rng)


def city_country(
    countries: Sequence[Country], cities: Mapping[str, Sequence[City]], invented: Iterable[str], rng: Random
) -> Iterator[Question]:
    """Ask for the country of a large city, among five of a continent, unless the name of the city gives it away."""
    pools = _by_region(countries, lambda country: country.title)
    text = "In which country is the city of {}?"
    for country in countries:
        telling = [fold(name) for name in (country.name, country.capital or country.name)]
        names = [
            city.name
            for city in cities[country.code]
            if city.is_unique
            and city.population >= _LARGE
            and not city.name.endswith(" City")
            and not any(fold(city.name) in name or name in fold(city.name) for name in telling)
        ]
        for number, name in enumerate(names[:_QUESTIONS_A_COUNTRY], start=1):
            others = pools[country.region]
            yield _ask("city_country", country.code, text.format(name), country.title, others, rng, 5, number)
    for name in invented:
        yield _ask("city_country", name, text.format(name), None, _any(pools, rng), rng, 5)


def largest_city(countries: Sequence[Country], cities: Mapping[str, Sequence[City]], rng: Random) -> Iterator[Question]:
    """Ask for the most populous of four cities of one country, by a margin that no count disputes."""
    for country in countries:
        own = cities[country.code]
        smaller = [city.name for city in own if city.population * _CLEARLY < own[0].population][:8]
        if len(smaller) >= 3 and own[0].population >= _LARGE:
            text = f"Which of these cities in {country.name} has the largest population?"
            yield _ask("largest_city", country.code, text, own[0].name, smaller, rng)


def state_capital(states: Sequence[State], rng: Random) -> Iterator[Question]:
    """Ask for the capital of a state of the United States, among well-known cities of that state."""
    for state in states:
        text = f"What is the capital of the U.S. state of {state.name}?"
        yield _ask("state_capital", f"US-{state.code}", text, state.capital, state.other_cities, rng)


def element_symbol(elements: Sequence[Element], invented: Iterable[str], rng: Random) -> Iterator[Question]:
    """Ask for the symbol of an element, among those that begin alike."""
    text = "What is the chemical symbol of the element {}?"
    for element in elements:
        others = _begin_alike(elements, element.symbol[0] + element.name[0].upper())
        yield _ask("element_symbol", element.symbol, text.format(element.name), element.symbol, others, rng)
    for name in invented:
        yield _ask("element_symbol", name, text.format(name.lower()), None, _begin_alike(elements, name[0]), rng)


def element_number(elements: Sequence[Element], invented: Iterable[str], rng: Random) -> Iterator[Question]:
    """Ask for the atomic number of an element, among numbers near by of which it is as often the lowest as not."""
    text = "What is the atomic number of the element {}?"
    for element in elements:
        others = _window(element.number, len(elements), rng)
        yield _ask("element_number", element.symbol, text.format(element.name), str(element.number), others, rng)
    for name in invented:
        others = _window(pick(elements, rng).number, len(elements), rng)
        yield _ask("element_number", name, text.format(name.lower()), None, others, rng)


def _ask(
    subject: str,
    entity: str,
    text: str,
    right: str | None,
    others: Iterable[str],
    rng: Random,
    n_choices: int = 4,
    number: int | None = None,
) -> Question:
    """Put the right option, if there is one, among some of the others, in random order."""
    wrong = shuffled(sorted(set(others) - {right}), rng)[: n_choices - (right is not None)]
    choices = shuffled(wrong if right is None else [right, *wrong], rng)
    return Question(
        id=f"{subject}-{entity}" + ("" if number is None else f"-{number}"),
        question=text,
        choices=tuple(choices),
        answer=None if right is None else choices.index(right),
        group=entity,
        subject=subject,
        answerable=right is not None,
    )


def _by_region(countries: Iterable[Country], fact: Callable[[Country], str | None]) -> dict[str, list[str]]:
    pools: dict[str, list[str]] = defaultdict(list)
    for country in countries:
        value = fact(country)
        if value is not None:
            pools[country.region].append(value)
    return pools


def _any(pools: Mapping[str, list[str]], rng: Random) -> list[str]:
    return pools[pick(sorted(pools), rng)]


def _one_a_family(names: Iterable[str], right: str | None, rng: Random) -> list[str]:
    """One name of each family, chosen at random, and none of the family of the right one."""
    families = {_CURRENCY_FAMILIES.get(name, name): name for name in shuffled(sorted(set(names)), rng)}
    return [
        name for family, name in families.items() if right is None or family != _CURRENCY_FAMILIES.get(right, right)
    ]


def _begin_alike(elements: Sequence[Element], initials: str) -> list[str]:
    alike = [element.symbol for element in elements if element.symbol[0] in initials]
    # W and its like stand alone: then any will do.
    return alike if len(alike) > 3 else [element.symbol for element in elements]


def _window(number: int, last: int, rng: Random) -> list[str]:
    """Ten numbers from 1 to the last, with the given one at a random place as far as the ends allow."""
    low = min(max(1, number - int(rng.random() * 10)), last - 9)
    return [str(other) for other in range(low, low + 10)]
