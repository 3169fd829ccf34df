"""The calibration error that chance alone would show."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.metrics._binning import Binning, join_gaps
from calibrant.metrics._check import check_choice, check_count, check_prob
from calibrant.types import BinEdges, BinStrategy, FloatArray, Norm

_CHUNK_CELLS = 1 << 20
"""How many simulated answers are held at a time (8 MiB of uniform numbers)."""


@dataclass(frozen=True, eq=False)
class NoiseFloor:
    """Calibration errors of a perfectly calibrated model that has the same confidences."""

    mean: float
    """Mean of the simulated errors: what perfect calibration shows on average."""

    limit: float
    """95th percentile of the simulated errors: above it perfect calibration is rejected."""

    draws: FloatArray
    """The simulated errors, rising, shape (n_draws,)."""

    def p_value(self, observed: float) -> float:
        """Probability that perfect calibration shows an error of at least ``observed``; small = miscalibrated.

        Parameters
        ----------
        observed : float
            The error measured with the same bins and norm.

        Returns
        -------
        float
            (1 + simulated errors that are no smaller) / (1 + n_draws), so that it is never 0.

        Raises
        ------
        InputError
            If ``observed`` is NaN.
        """
        if np.isnan(observed):
            raise InputError("observed must be a number; got NaN. An undefined calibration error has no p-value.")
        # A draw equal to the observed error may differ from it in the last digits, since its sums run in another order.
        n_smaller = np.searchsorted(self.draws, observed - 1e-12)
        return float(1 + self.draws.size - n_smaller) / (1 + self.draws.size)


def calibration_noise_floor(
    y_prob: npt.ArrayLike,
    *,
    n_bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    norm: Norm = "l1",
    n_draws: int = 1000,
    random_state: int = 0,
) -> NoiseFloor:
    """Calibration errors that these confidences would show if they were perfectly calibrated; the floor, not a grade.

    Each draw makes every answer correct with the probability that was stated for it, and measures
    `expected_calibration_error`.

    Parameters
    ----------
    y_prob : array-like of shape (n_samples,)
        Confidence, in [0, 1].
    n_bins : int, default=15
        How many bins.
    strategy : {'uniform', 'quantile', 'unique'}, default='uniform'
        Bins of equal width, cut at exactly k / n_bins, of equal weight with ties kept together, or one a distinct
        value whatever ``n_bins``.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.
    norm : {'l1', 'l2', 'max'}, default='l1'
        How the gaps of the bins are joined.
    n_draws : int, default=1000
        How many data sets to simulate.
    random_state : int, default=0
        Seed.

    Returns
    -------
    NoiseFloor
        Mean, limit and all draws.

    Raises
    ------
    InputError
        If an argument is out of range.

    References
    ----------
    Bröcker, Smith (2007), Increasing the reliability of reliability diagrams, Weather and Forecasting 22.

    Examples
    --------
    Who is certain and calibrated is always right, so that any error at all speaks against it:

    >>> floor = calibration_noise_floor([0.0, 1.0, 1.0], n_draws=99)
    >>> floor.limit, floor.p_value(0.0), floor.p_value(0.1)
    (0.0, 1.0, 0.01)
    """
    prob = check_prob(y_prob)
    check_choice("norm", norm, Norm)
    check_count("n_draws", n_draws)
    binning = Binning(n_bins, strategy, edges)
    index = binning.index(prob, binning.borders(prob, np.ones(prob.size)))
    order = np.argsort(index, kind="stable")
    _, starts, size = np.unique(index[order], return_index=True, return_counts=True)
    expected = np.add.reduceat(prob[order], starts)
    chunks = _draw_correct(prob[order], starts, n_draws, np.random.default_rng(random_state))
    errors = [join_gaps((correct - expected) / size, size.astype(np.float64), norm) for correct in chunks]
    draws = np.sort(np.concatenate(errors))
    return NoiseFloor(mean=float(draws.mean()), limit=float(np.quantile(draws, 0.95)), draws=draws)


def _draw_correct(
    prob: FloatArray, starts: npt.NDArray[np.intp], n_draws: int, rng: np.random.Generator
) -> Iterator[FloatArray]:
    """Correct answers a bin, in pieces of shape (draws, n_bins) small enough to hold.

    Rows of a bin differ in probability, so their number correct is no binomial; each row is drawn on its own.
    """
    step = max(1, _CHUNK_CELLS // prob.size)
    for done in range(0, n_draws, step):
        correct = rng.random((min(step, n_draws - done), prob.size)) < prob
        yield np.add.reduceat(correct, starts, axis=1, dtype=np.float64)
