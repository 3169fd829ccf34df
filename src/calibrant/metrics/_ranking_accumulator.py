"""AUROC, AURC and the risk-coverage curve of more rows than fit in memory, with certified bounds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from calibrant.exceptions import InputError
from calibrant.metrics._bootstrap import Interval
from calibrant.metrics._cells import N_CELLS, add_to_cells, cells_of, least_of
from calibrant.metrics._check import check_between, check_binary, check_count, holds_weight
from calibrant.metrics._metric import Metric
from calibrant.metrics._ranking import auroc
from calibrant.metrics._selective import RiskCoverageCurve, aurc, risk_coverage_curve
from calibrant.metrics._stream import pieces, require_weight
from calibrant.types import FloatArray, IntArray

_UNSEEN = -1.0
"""Stands for the confidence of a cell without rows."""


@dataclass(frozen=True)
class Bounded:
    """A value known to within bounds; nothing here is an interval of chance."""

    value: float
    """The best guess: what it would be if the rows that cannot be told apart were tied."""

    low: float
    """No lower value is possible."""

    high: float
    """No higher value is possible."""


class RankingAccumulator:
    """AUROC, AURC and the risk-coverage curve of confidence in [0, 1], in pieces, with certified bounds.

    Right and wrong rows are counted in a million cells, fine towards 0 and towards 1. Rows in one cell are known to be
    tied where all of them have one value, as confidence in round numbers has; otherwise their order is not known, and
    the bounds take it at its best and at its worst. For a smooth density they are about 1e-5 apart. 25 MB are kept
    whatever the number of rows.

    Examples
    --------
    >>> ranking = RankingAccumulator()
    >>> ranking.update([1, 0], [0.8, 0.2])
    >>> ranking.update([0], [0.8])
    >>> ranking.auroc()
    Bounded(value=0.75, low=0.75, high=0.75)
    """

    def __init__(self) -> None:
        self._right = np.zeros(N_CELLS)
        self._wrong = np.zeros(N_CELLS)
        self._only = np.full(N_CELLS, _UNSEEN)
        self._mixed = np.zeros(N_CELLS, np.bool_)

    def update(
        self, y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
    ) -> None:
        """Add rows; none, or rows that all weigh 0, add nothing.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            Correctness, in {0, 1}.
        y_prob : array-like of shape (n_samples,)
            Confidence, in [0, 1].
        sample_weight : array-like of shape (n_samples,), optional
            How often each row counts: a weight of 2 is the row twice.

        Raises
        ------
        InputError
            If an argument is out of range, or the lengths differ; then nothing was added.
        """
        if not holds_weight(y_true, y_prob, sample_weight):
            if np.size(y_true):
                check_binary(y_true, y_prob, None)
            return
        rows = check_binary(y_true, y_prob, sample_weight)
        for piece in pieces(rows.weight.size):
            right, prob, weight = rows.y_true[piece] == 1, rows.y_score[piece], rows.weight[piece]
            if sample_weight is not None:
                kept = weight > 0
                right, prob, weight = right[kept], prob[kept], weight[kept]
            cell = cells_of(prob)
            for total, own in ((self._right, right), (self._wrong, ~right)):
                add_to_cells(total, cell[own], None if sample_weight is None else weight[own])
            unseen = self._only[cell] == _UNSEEN
            self._only[cell[unseen]] = prob[unseen]
            self._mixed[cell[self._only[cell] != prob]] = True

    def merge(self, other: object) -> None:
        """Add all that another accumulator has seen.

        Parameters
        ----------
        other : RankingAccumulator
            It is left as it is.

        Raises
        ------
        InputError
            If it is no `RankingAccumulator`.
        """
        if not isinstance(other, RankingAccumulator):
            raise InputError(f"other must be a RankingAccumulator; got {type(other).__name__}.")
        self._right += other._right
        self._wrong += other._wrong
        both = (self._only != _UNSEEN) & (other._only != _UNSEEN)
        self._mixed |= other._mixed | (both & (self._only != other._only))
        self._only = np.where(self._only == _UNSEEN, other._only, self._only)

    def auroc(self) -> Bounded:
        """Value of `auroc` on all rows so far, in [0, 1]; 1 is best, 0.5 chance.

        Returns
        -------
        Bounded
            Value and bounds, which are equal where no cell is mixed; NaN where all answers are correct or all are
            wrong.

        Raises
        ------
        InputError
            If there were no rows of positive weight.
        """
        worst, tied, best = self._orders(auroc)
        return Bounded(tied, worst, best)

    def auroc_interval(self, *, level: float = 0.95) -> Interval:
        """Value of `auroc` with the normal interval of DeLong, for rows that are independent; narrow is best.

        The spread is that of the cells, with rows in one cell as ties.

        Parameters
        ----------
        level : float, default=0.95
            Coverage, in (0, 1).

        Returns
        -------
        Interval
            Value and ends; NaN with one class, and ends NaN with a single row in one.

        Raises
        ------
        InputError
            If there were no rows of positive weight, or the level is out of range.

        References
        ----------
        DeLong, DeLong, Clarke-Pearson (1988), Comparing the areas under two or more correlated receiver operating
        characteristic curves, Biometrics 44.
        """
        check_between("level", level, 0, 1)
        value = self.auroc().value
        n_right, n_wrong = self._right.sum(), self._wrong.sum()
        if min(n_right, n_wrong) <= 1:
            return Interval(value, np.nan, np.nan, level, 0, 0)
        # Of each row, the share of the other class that it is on the right side of.
        beats = (np.cumsum(self._wrong) - self._wrong / 2) / n_wrong
        beaten = 1 - (np.cumsum(self._right) - self._right / 2) / n_right
        spread_right = self._right @ (beats - value) ** 2 / (n_right - 1)
        spread_wrong = self._wrong @ (beaten - value) ** 2 / (n_wrong - 1)
        reach = ndtri((1 + level) / 2) * np.sqrt(spread_right / n_right + spread_wrong / n_wrong)
        return Interval(value, float(max(0.0, value - reach)), float(min(1.0, value + reach)), level, 0, 0)

    def aurc(self) -> Bounded:
        """Value of `aurc` on all rows so far, in [0, 1]; 0 is best.

        Returns
        -------
        Bounded
            Value and bounds, which are equal where no cell is mixed.

        Raises
        ------
        InputError
            If there were no rows of positive weight.
        """
        worst, tied, best = self._orders(aurc)
        return Bounded(tied, best, worst)

    def risk_coverage_curve(self, *, n_points: int = 200) -> RiskCoverageCurve:
        """Points of `risk_coverage_curve` on all rows so far, spread evenly over the coverage; low is best.

        Each point is exact: it is the risk at a threshold that parts two cells.

        Parameters
        ----------
        n_points : int, default=200
            At most so many.

        Returns
        -------
        RiskCoverageCurve
            From the highest threshold down. A threshold is the least confidence that its cell can hold, or the one
            that all rows of it have.

        Raises
        ------
        InputError
            If there were no rows of positive weight, or the number is below 1.
        """
        check_count("n_points", n_points)
        right, wrong, cell = self._filled()
        least = np.where(self._mixed[cell], least_of(cell), self._only[cell])
        truth, weight = np.repeat([1.0, 0.0], cell.size), np.append(right, wrong)
        curve = risk_coverage_curve(truth, np.tile(least, 2), sample_weight=weight)
        wanted = np.arange(1, n_points + 1) / n_points
        kept = np.unique(np.minimum(np.searchsorted(curve.coverage, wanted), curve.coverage.size - 1))
        return RiskCoverageCurve(curve.coverage[kept], curve.risk[kept], curve.threshold[kept])

    def _filled(self) -> tuple[FloatArray, FloatArray, IntArray]:
        total = self._right + self._wrong
        require_weight(total)
        cell = np.flatnonzero(total)
        return self._right[cell], self._wrong[cell], cell

    def _orders(self, metric: Metric) -> tuple[float, float, float]:
        """Measure with the wrong rows of each mixed cell above the right ones, tied with them, and below them."""
        right, wrong, cell = self._filled()
        place = 3.0 * np.arange(cell.size)
        # Right and wrong rows of a cell are two weighted rows, which a metric measures as it would all of them.
        truth, weight = np.repeat([1.0, 0.0], cell.size), np.append(right, wrong)
        worst, tied, best = (
            metric(truth, np.append(place, place - sign * self._mixed[cell]), sample_weight=weight)
            for sign in (-1, 0, 1)
        )
        return worst, tied, best
