"""What people mean by words of probability: phrase -> probability, each table with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from calibrant.exceptions import InputError


@dataclass(frozen=True, eq=False)
class PhraseTable:
    """Phrases and the probability that each stands for.

    Raises
    ------
    InputError
        If there is no phrase, one is not in lower case with single spaces, or a probability lies outside [0, 1].

    Examples
    --------
    >>> PhraseTable("mine", "my own reading", {"sure": 0.95, "not sure": 0.4}).phrases["not sure"]
    0.4
    """

    name: str
    """What it is called in ``PHRASE_TABLES`` and in reports."""

    source: str
    """Who says so, and how the numbers came about."""

    phrases: Mapping[str, float]
    """Phrase, in lower case with single spaces -> probability in [0, 1]. The order is that of the source."""

    def __post_init__(self) -> None:
        if not self.phrases:
            raise InputError(f"table '{self.name}': at least one phrase is needed")
        for phrase, probability in self.phrases.items():
            if not phrase or phrase != " ".join(phrase.lower().split()):
                raise InputError(f"table '{self.name}': phrases are in lower case with single spaces; got {phrase!r}")
            if not 0 <= probability <= 1:
                raise InputError(f"table '{self.name}': {phrase!r} must lie between 0 and 1; got {probability!r}")
        object.__setattr__(self, "phrases", MappingProxyType(dict(self.phrases)))


_SURVEY = (
    "W. Fagen-Ulmschneider, Perception of Probability Words: an internet survey of 123 people about 17 phrases, "
    "raw answers at github.com/wadefagen/datasets"
)

PHRASE_TABLES: Mapping[str, PhraseTable] = MappingProxyType(
    {
        table.name: table
        for table in (
            PhraseTable(
                "survey",
                f"{_SURVEY}; the mean answer",
                {
                    "almost certain": 0.9204,
                    "highly likely": 0.8709,
                    "very good chance": 0.8053,
                    "we believe": 0.7508,
                    "likely": 0.7091,
                    "probably": 0.6868,
                    "probable": 0.6762,
                    "better than even": 0.5812,
                    "about even": 0.5068,
                    "probably not": 0.2468,
                    "we doubt": 0.2237,
                    "unlikely": 0.2118,
                    "improbable": 0.1677,
                    "chances are slight": 0.1440,
                    "little chance": 0.1285,
                    "highly unlikely": 0.1076,
                    "almost no chance": 0.0651,
                },
            ),
            PhraseTable(
                "survey-median",
                f"{_SURVEY}; the median answer",
                {
                    "almost certain": 0.95,
                    "highly likely": 0.9,
                    "very good chance": 0.8,
                    "we believe": 0.75,
                    "likely": 0.7,
                    "probably": 0.7,
                    "probable": 0.7,
                    "better than even": 0.6,
                    "about even": 0.5,
                    "probably not": 0.25,
                    "we doubt": 0.2,
                    "unlikely": 0.2,
                    "improbable": 0.1,
                    "chances are slight": 0.1,
                    "little chance": 0.1,
                    "highly unlikely": 0.05,
                    "almost no chance": 0.02,
                },
            ),
            PhraseTable(
                "kent",
                "S. Kent, Words of Estimative Probability, Studies in Intelligence, 1964; the middle of his ranges",
                {
                    "certain": 1.0,
                    "almost certain": 0.93,
                    "probable": 0.75,
                    "chances about even": 0.5,
                    "probably not": 0.3,
                    "almost certainly not": 0.07,
                    "impossible": 0.0,
                },
            ),
        )
    }
)
"""``survey`` (means), ``survey-median`` and ``kent``."""


def find_table(table: str | PhraseTable) -> PhraseTable:
    """Find a table by its name; a table is returned as it is.

    Raises
    ------
    InputError
        If there is no table of that name.

    Examples
    --------
    >>> find_table("kent").phrases["probable"]
    0.75
    """
    if isinstance(table, PhraseTable):
        return table
    if table not in PHRASE_TABLES:
        raise InputError(f"table must be one of {', '.join(PHRASE_TABLES)}, or a PhraseTable; got {table!r}")
    return PHRASE_TABLES[table]
