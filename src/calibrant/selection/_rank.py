"""How many of n + 1 rows, any of which might be the new one, may fail at a level."""

import math


def n_allowed(level: float, n: int) -> int:
    """Whole part of level (n + 1).

    Parameters
    ----------
    level : float
        Share that may fail, in (0, 1).
    n : int
        Rows seen.

    Returns
    -------
    int
        From 0 to n. 0: so few rows cannot support the level.

    Examples
    --------
    >>> n_allowed(0.1, 8), n_allowed(0.1, 9), n_allowed(0.1, 29)
    (0, 1, 3)
    """
    # A product that is whole may lie a hair below it in floats, as 0.29 · 100 does.
    return math.floor(level * (n + 1) + 1e-9)


def n_needed(level: float) -> int:
    """Fewest rows that support a level: the least n with level (n + 1) of at least 1.

    Examples
    --------
    >>> n_needed(0.1), n_needed(0.3)
    (9, 3)
    """
    return math.ceil(1 / level - 1 - 1e-9)
