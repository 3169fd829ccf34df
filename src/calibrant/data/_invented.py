"""Names of countries, cities and elements that do not exist, for questions without an answer."""

from collections.abc import Collection
from random import Random
from typing import Literal

from calibrant.data._atlas import fold
from calibrant.data._draw import pick

_STARTS = (
    "Bral Cren Dorv Elth Fral Glav Hest Jorv Kelv Lorv Mest Norv Orsk Prel Quen Resk Stav Threl Urv Velm Wesk Zelm"
)
_MIDDLES = "a e i o u an el in or ur"
_ENDINGS = {
    "country": "dia land lia mark nesia ria stan via",
    "city": "bad burg dal grad mere polis ton ville",
    "element": "dium lium nium rium sium thium tium vium",
}


def invent(kind: Literal["country", "city", "element"], count: int, real: Collection[str], rng: Random) -> list[str]:
    """Make up names that sound like the kind; no two are the same, and none, folded, is among the real ones.

    Examples
    --------
    >>> invent("city", 1, (), Random(0))
    ['Urvingrad']
    """
    names: dict[str, None] = {}
    while len(names) < count:
        name = "".join(pick(part.split(), rng) for part in (_STARTS, _MIDDLES, _ENDINGS[kind]))
        if fold(name) not in real:
            names[name] = None
    return list(names)
