"""p-values of several tests → p-values that hold for all of them together."""

from collections.abc import Sequence

import numpy as np

from calibrant.types import FloatArray


def holm(p_values: Sequence[float]) -> FloatArray:
    """p-values made larger, so that calling those below alpha significant errs anywhere with at most that probability.

    The smallest of m is multiplied by m, the next by m - 1, and so on, and none may fall below the one before. It holds
    however the tests depend on each other.

    Parameters
    ----------
    p_values : sequence of float
        One a test; NaN where a test is undefined, which then counts as none.

    Returns
    -------
    ndarray of shape (n_tests,)
        In the order given, in [0, 1]; NaN stays.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> holm([0.02, 0.01, float("nan"), 0.8]).round(6).tolist()
    [0.04, 0.03, nan, 0.8]
    """
    given = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(given.size, np.nan)
    order = [int(place) for place in np.argsort(given) if not np.isnan(given[place])]
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * float(given[place])))
        adjusted[place] = largest
    return adjusted
