"""Share of questions answered, with an interval that holds for a threshold chosen on the same rows."""

import math
from typing import NamedTuple


class Coverage(NamedTuple):
    """A share with the ends of its interval, all in [0, 1]."""

    share: float
    """Share of the rows that are answered."""

    low: float
    """Lower end for the share of all questions."""

    high: float
    """Upper end."""


def coverage_of(answered: int, n: int, *, level: float) -> Coverage:
    """Share answered; its interval holds at every threshold at once, so also at the one that was chosen.

    The half-width is sqrt(log(2 / (1 - level)) / (2 n)). An interval for one share given in advance would be narrower
    and would not hold here, as the threshold was chosen by a look at these rows.

    Parameters
    ----------
    answered : int
        Rows answered.
    n : int
        Rows, at least 1.
    level : float
        Coverage of the interval, in (0, 1).

    Returns
    -------
    Coverage
        The share and its interval.

    References
    ----------
    Massart (1990), The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality, Annals of Probability 18.

    Examples
    --------
    log(2 / 0.05) = 3.689, and the root of a 200th of it 0.136:

    >>> [round(end, 3) for end in coverage_of(50, 100, level=0.95)]
    [0.5, 0.364, 0.636]
    """
    share = answered / n
    half = math.sqrt(math.log(2 / (1 - level)) / (2 * n))
    return Coverage(share, max(0.0, share - half), min(1.0, share + half))
