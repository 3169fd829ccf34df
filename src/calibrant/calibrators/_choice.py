"""Cross-validated losses of several maps → the one to use, so that few labels mislead as little as they can."""

from collections.abc import Mapping

import numpy.typing as npt

from calibrant.calibrators._checks import check_correctness
from calibrant.calibrators._cross_validation import CrossValidatedLoss
from calibrant.exceptions import InputError

UNSMOOTHED = frozenset(
    {"none", "raw", "context", "cyclic", "prior", "daca", "temperature", "confidence-temperature", "count-temperature"}
)
"""Maps that may say 100 % after answers that were all right; ``none`` and ``raw`` are no map at all."""

FEW_NUMBERS = UNSMOOTHED | {"temperature-mix", "platt", "beta", "quadratic", "ensemble-temperature"}
"""Maps of a number for each count of options, of three numbers at most, or of none that is learnt from labels."""

LEAST_OF_EACH = 5
"""Right answers and wrong ones without which only smoothed maps of few numbers are candidates."""

LEAST_FOR_NONE = 30
"""Right answers and wrong ones from which on the standard error of a difference can be relied on."""

_ERRORS = 2.0
"""Standard errors by which a map of many numbers must be better than one of few."""


def choose_map(losses: Mapping[str, CrossValidatedLoss], y_true: npt.ArrayLike) -> str:
    """Choose the map of few numbers with the least loss, or one of many that is better by two standard errors.

    - Maps of few numbers (``FEW_NUMBERS``; no map is one) can hardly be fitted to chance, so the least loss decides.
    - A map of many numbers is taken only where it beats that one by more than two standard errors of the paired
      difference; of several, the one with the least loss.
    - From 30 right and 30 wrong answers on no map is taken, where it is a candidate, unless the one so found beats it
      by more than one standard error: a confidence that is calibrated is left as it is.
    - With fewer than 5 right or 5 wrong answers, only smoothed maps of few numbers are candidates, where there is one,
      such as Platt scaling: not no map, nor a temperature, nor maps of many numbers. What a confidence that is far too
      high costs is seen at the wrong answers, and with hardly any the most certain map looks best.

    Parameters
    ----------
    losses : mapping of str to CrossValidatedLoss
        Maps by their names in ``CALIBRATORS``, ``none`` or ``raw`` for no map, the simplest first (of equal losses the
        first is taken), all on the same answers and folds. A name that is not known counts as a map of many numbers.
    y_true : array-like of shape (n_rows,)
        Correctness of the same answers: 1 right, 0 wrong.

    Returns
    -------
    str
        Its name.

    Raises
    ------
    InputError
        If there is no candidate, or they were judged on different answers.

    Examples
    --------
    Four answers of 100 are wrong, too few to clear the stated confidence, whatever its loss:

    >>> import numpy as np
    >>> def always(loss):
    ...     return CrossValidatedLoss(np.full(100, loss), np.arange(100))
    >>> losses = {"none": always(0.20), "platt": always(0.22), "beta": always(0.21)}
    >>> choose_map(losses, [1] * 96 + [0] * 4), choose_map(losses, [1] * 95 + [0] * 5)
    ('beta', 'none')
    """
    if not losses:
        raise InputError("losses must hold at least one map; got none")
    correct = check_correctness(y_true, next(iter(losses.values())).n)
    few = {name: loss for name, loss in losses.items() if name in FEW_NUMBERS}
    smoothed = {name: loss for name, loss in few.items() if name not in UNSMOOTHED}
    if smoothed and min(correct.sum(), (1 - correct).sum()) < LEAST_OF_EACH:
        return _least(smoothed)
    if not few:
        return _least(losses)
    safe = _least(few)
    better = {
        name: loss
        for name, loss in losses.items()
        if name not in FEW_NUMBERS
        and losses[safe].mean - loss.mean > _ERRORS * losses[safe].standard_error_of_difference(loss)
    }
    chosen = _least(better) if better else safe
    plain = next((name for name in ("none", "raw") if name in losses), chosen)
    if min(correct.sum(), (1 - correct).sum()) < LEAST_FOR_NONE:
        return chosen
    saved = losses[plain].mean - losses[chosen].mean
    return chosen if saved > losses[plain].standard_error_of_difference(losses[chosen]) else plain


def _least(losses: Mapping[str, CrossValidatedLoss]) -> str:
    return min(losses, key=lambda name: losses[name].mean)
