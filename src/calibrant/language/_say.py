"""Probability -> the phrase that stands nearest to it."""

import math

from calibrant.exceptions import InputError
from calibrant.language._phrases import PhraseTable, find_table


def say_probability(probability: float, *, table: str | PhraseTable = "survey") -> str:
    """Say a probability in words: the phrase of the table that lies nearest to it.

    Where two are as near, it is the weaker one, nearer to one half, and the first of the table if these are the same.

    Parameters
    ----------
    probability : float
        In [0, 1].
    table : str or PhraseTable
        One of ``PHRASE_TABLES``, or your own.

    Returns
    -------
    str
        The phrase, in lower case.

    Raises
    ------
    InputError
        If the probability is no number between 0 and 1, or the table is unknown.

    Examples
    --------
    >>> say_probability(0.91), say_probability(0.2), say_probability(0.625, table="kent")
    ('almost certain', 'unlikely', 'chances about even')
    """
    if not 0 <= probability <= 1 or math.isnan(probability):
        raise InputError(f"probability must lie between 0 and 1; got {probability!r}")
    phrases = find_table(table).phrases

    def distance(phrase: str) -> tuple[float, float]:
        # Rounded, so that 0.55 is as far from 0.5 as from 0.6.
        return round(abs(phrases[phrase] - probability), 12), round(abs(phrases[phrase] - 0.5), 12)

    return min(phrases, key=distance)
