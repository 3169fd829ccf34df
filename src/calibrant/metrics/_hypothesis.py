"""What a test of calibration finds, and the cases that every such test treats alike."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calibrant.metrics._check import Rows
from calibrant.types import FloatArray

_TOO_FEW = "Fewer than two rows could have told anything: all others stated {}."
_REFUTED = "An answer to which the confidence gave no chance at all happened, so that no p-value is needed."


@dataclass(frozen=True)
class CalibrationTest:
    """How well perfect calibration explains what happened: each answer correct with just the probability stated."""

    statistic: float
    """What the test measures; NaN where it is undefined."""

    p_value: float
    """Probability, under perfect calibration, of a statistic at least as extreme, in [0, 1]; small = miscalibrated. NaN
    where it is undefined; 0 where an answer was correct at confidence 0 or wrong at confidence 1."""

    degrees_of_freedom: int | None = None
    """Those of the chi-square distribution; None where the test has another."""

    reason: str | None = None
    """Why the p-value is NaN, or is 0 whatever the statistic; None where neither is so."""


def standardised(
    rows: Rows, raw: float, variance: FloatArray, silent: str, tail: Callable[[float], float]
) -> CalibrationTest:
    """Divide a sum by the standard deviation that it has under perfect calibration, and judge the result.

    Parameters
    ----------
    rows : Rows
        Checked rows whose score is a probability.
    raw : float
        The sum.
    variance : ndarray of shape (n_samples,)
        What one copy of each row adds to the variance of the sum.
    silent : str
        Which probabilities add none, for the reason.
    tail : callable
        The p-value of a statistic.

    Returns
    -------
    CalibrationTest
        Undefined where at most one row adds to the variance; refuted where the impossible happened.
    """
    deviation = float(np.sqrt(rows.weight @ variance))
    statistic = raw / deviation if deviation > 0 else np.inf
    if is_refuted(rows):
        return refuted(statistic)
    if rows.weight[variance > 0].sum() <= 1:
        return too_few(silent)
    return CalibrationTest(statistic, tail(statistic))


def is_refuted(rows: Rows) -> bool:
    """Whether an answer was correct at confidence 0, or wrong at confidence 1."""
    return bool(((rows.y_score == 1 - rows.y_true) & (rows.weight > 0)).any())


def refuted(statistic: float, degrees_of_freedom: int | None = None) -> CalibrationTest:
    """Report that the impossible happened, which has probability 0 under perfect calibration."""
    return CalibrationTest(statistic, 0.0, degrees_of_freedom, _REFUTED)


def too_few(silent: str = "0 or 1", degrees_of_freedom: int | None = None) -> CalibrationTest:
    """Report that at most one row states anything but the probabilities named, which tell nothing."""
    return CalibrationTest(np.nan, np.nan, degrees_of_freedom, _TOO_FEW.format(silent))
