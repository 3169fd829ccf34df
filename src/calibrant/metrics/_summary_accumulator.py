"""The metrics of a report with their intervals, of more rows than fit in memory, in one pass."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from calibrant.exceptions import InputError
from calibrant.metrics._bin_sums import BinSums
from calibrant.metrics._binning import Binning, divide, join_gaps
from calibrant.metrics._bootstrap import Interval
from calibrant.metrics._check import check_between, check_binary, check_count, holds_weight
from calibrant.metrics._curve import CalibrationCurve
from calibrant.metrics._debias import join_debiased
from calibrant.metrics._exact_sum import ExactSum
from calibrant.metrics._group_sums import GroupSums, number_groups
from calibrant.metrics._hypothesis import CalibrationTest, refuted, too_few
from calibrant.metrics._noise_floor import NoiseFloor
from calibrant.metrics._stream import PIECE_ROWS, pieces, require_weight
from calibrant.types import BinEdges, FloatArray, IntArray

_EPS = 1e-15
"""Where `log_loss` clips by default."""

_BLOCK_OF_ROW = np.arange(PIECE_ROWS) >> 13
"""Blocks of a piece whose sums are kept apart at first, so that the rounding of a long sum stays out."""

_MEANS = ("accuracy", "mean_confidence", "brier_score", "log_loss")


@dataclass(frozen=True, eq=False)
class StreamSummary:
    """What a stream of rows showed; the intervals are those of many rows."""

    n_rows: int
    """Rows."""

    n_groups: int | None
    """Groups, which the intervals then rest on; None without them."""

    accuracy: Interval
    """Share of correct answers."""

    mean_confidence: Interval
    """Mean confidence."""

    brier_score: Interval
    """Brier score."""

    log_loss: Interval
    """Log loss, in nats."""

    expected_calibration_error: Interval
    """Expected calibration error on uniform bins, l1; its interval is the spread and does not cover the truth."""

    debiased_calibration_error: Interval
    """The same less what chance adds to it, with its spread."""

    noise_floor: NoiseFloor
    """Calibration errors that these confidences would show if they were perfectly calibrated."""

    noise_floor_p_value: float
    """Probability that perfect calibration shows an error of at least the one measured; small = miscalibrated."""

    spiegelhalter: CalibrationTest
    """Spiegelhalter's test."""

    calibration_curve: CalibrationCurve
    """Accuracy against confidence by bin."""


class SummaryAccumulator:
    """Means, calibration errors, tests and the calibration curve with intervals, in pieces and in bounded memory.

    Values are those of the batch functions on all rows at once, to 1e-12, whatever the pieces and the order of merging.
    Intervals are what `bootstrap_summary` tends to with many rows, without drawing rows: six numbers a bin and eight
    more are enough for the exact covariance of all that is summed. With groups, 5 + n_bins numbers a group are kept
    beside its label, about 350 MB for a million groups and 15 bins.

    Parameters
    ----------
    n_bins : int, default=15
        How many bins, cut at exactly k / n_bins.
    edges : {'right', 'left'}, default='right'
        Bins (low, high] with 0 in the first, or [low, high) with 1 in the last.
    borders : array-like of shape (n_bins + 1,), optional
        Where the bins end instead, from 0 to 1 and never falling, as a `QuantileCalibrationAccumulator` finds them.

    Raises
    ------
    InputError
        If an option is not allowed.

    Examples
    --------
    >>> summary = SummaryAccumulator(n_bins=2)
    >>> summary.update([0, 1], [0.25, 0.25])
    >>> summary.update([0, 1], [1.0, 1.0])
    >>> result = summary.result()
    >>> result.accuracy.value, result.expected_calibration_error.value
    (0.5, 0.375)
    """

    def __init__(self, *, n_bins: int = 15, edges: BinEdges = "right", borders: npt.ArrayLike | None = None) -> None:
        self._binning = Binning(n_bins, "uniform" if borders is None else "quantile", edges)
        self._borders = np.arange(n_bins + 1) / n_bins if borders is None else _checked(borders, n_bins)
        # By bin, of wrong and of right rows: how many, |correct - confidence|, its square.
        self._cells = ExactSum((3, n_bins, 2))
        # Fourth power of it, log loss, its square, variance of Spiegelhalter's sum.
        self._totals = ExactSum((4,))
        self._n_uncertain = 0
        self._impossible = False
        self._groups: GroupSums | None = None

    @property
    def n_rows(self) -> int:
        """Rows so far."""
        return int(self._cells.value[0].sum())

    def update(self, y_true: npt.ArrayLike, y_prob: npt.ArrayLike, *, groups: npt.ArrayLike | None = None) -> None:
        """Add rows, or none.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            Correctness, in {0, 1}.
        y_prob : array-like of shape (n_samples,)
            Confidence, in [0, 1].
        groups : array-like of shape (n_samples,), optional
            The group of each row, text or whole numbers, where rows of one are not independent. A group may come back
            in any update. They are given in every update or in none.

        Raises
        ------
        InputError
            If an argument is out of range, the lengths differ, or groups were given in some updates only; then nothing
            was added.
        """
        if not holds_weight(y_true, y_prob, None):
            return
        rows = check_binary(y_true, y_prob, None)
        if self.n_rows and (groups is None) != (self._groups is None):
            raise InputError(
                "groups must be given in every update or in none; got "
                + ("none after updates with groups." if groups is None else "groups after updates without.")
            )
        numbered = None if groups is None else number_groups(groups, rows.weight.size)
        if numbered is not None and self._groups is None:
            self._groups = GroupSums(1 + len(_MEANS) + self._binning.n_bins)
        for piece in pieces(rows.weight.size):
            self._add(rows.y_true[piece], rows.y_score[piece], numbered and (numbered[0][piece], numbered[1]))

    def merge(self, other: object) -> None:
        """Add all that another accumulator with the same bins has seen.

        Parameters
        ----------
        other : SummaryAccumulator
            It is left as it is.

        Raises
        ------
        InputError
            If its bins are others, or only one of the two has groups.
        """
        if not isinstance(other, SummaryAccumulator) or other._binning != self._binning:
            found = other._binning if isinstance(other, SummaryAccumulator) else type(other).__name__
            raise InputError(f"other must be a SummaryAccumulator with the bins {self._binning}; got {found}.")
        if not np.array_equal(other._borders, self._borders):
            raise InputError(f"other must have the borders {self._borders}; got {other._borders}.")
        if not other.n_rows:
            return
        if self.n_rows and (self._groups is None) != (other._groups is None):
            raise InputError("other must have groups where this one has them; got one with and one without.")
        if other._groups is not None:
            self._groups = self._groups or GroupSums(other._groups.sums.shape[1])
            self._groups.merge(other._groups)
        self._cells.merge(other._cells)
        self._totals.merge(other._totals)
        self._n_uncertain += other._n_uncertain
        self._impossible |= other._impossible

    def result(self, *, level: float = 0.95, n_draws: int = 1000, random_state: int = 0) -> StreamSummary:
        """Everything on all rows so far.

        Parameters
        ----------
        level : float, default=0.95
            Coverage, in (0, 1).
        n_draws : int, default=1000
            Draws of the sums of the bins, for the spread of the calibration errors and for the noise floor.
        random_state : int, default=0
            Seed.

        Returns
        -------
        StreamSummary
            Values and intervals. Those of means are normal, cut at the ends of their scale, and NaN with a single row
            or group; they count no resamples.

        Raises
        ------
        InputError
            If there were no rows, or an argument is out of range.

        Notes
        -----
        Without groups, draws are of the rows of each bin (multinomial), how many of them are correct (binomial), and
        the sum of their confidences given that (normal, with the variance that it has among right and among wrong
        rows). With groups, the sums of the bins and the number of rows are drawn as normal, with their covariance
        between groups. The noise floor takes the sum of each bin as normal with the variance that its confidences
        state.
        """
        check_between("level", level, 0, 1)
        check_count("n_draws", n_draws)
        bins = self._bins()
        require_weight(bins.weight)
        rng = np.random.default_rng(random_state)
        plug_in, debiased = self._draw(bins, n_draws, rng)
        floor = self._noise_floor(bins, n_draws, rng)
        error = bins.error("l1")
        return StreamSummary(
            n_rows=self.n_rows,
            n_groups=None if self._groups is None else len(self._groups),
            **self._means(bins, level),
            expected_calibration_error=Interval.from_draws(error, plug_in, level=level),
            debiased_calibration_error=Interval.from_draws(bins.error("l1", debiased=True), debiased, level=level),
            noise_floor=floor,
            noise_floor_p_value=floor.p_value(error),
            spiegelhalter=self._spiegelhalter(),
            calibration_curve=bins.curve(),
        )

    def _add(self, y_true: FloatArray, prob: FloatArray, numbered: tuple[IntArray, list[object]] | None) -> None:
        n, n_bins = prob.size, self._binning.n_bins
        bin_of_row = self._binning.index(prob, self._borders)
        distance = np.abs(y_true - prob)
        square = distance**2
        given = np.where(y_true == 1, prob, 1 - prob)
        surprise = -np.log(np.maximum(given, _EPS))
        index = bin_of_row * 2
        index += y_true.astype(np.int64)
        index += _BLOCK_OF_ROW[:n] * (2 * n_bins)
        n_cells = (PIECE_ROWS >> 13) * 2 * n_bins
        sums = [np.bincount(index, values, n_cells) for values in (None, distance, square)]
        self._cells.add(np.reshape(sums, (3, -1, n_bins, 2)).sum(axis=1))
        chance = prob * (1 - prob)
        variance = chance * (1 - 2 * prob) ** 2
        # numpy's own sum adds pairwise, and does not drift.
        self._totals.add([(square**2).sum(), surprise.sum(), (surprise**2).sum(), variance.sum()])
        self._n_uncertain += int(np.count_nonzero(variance))
        self._impossible |= bool(given.min() == 0)
        if numbered is not None and self._groups is not None:
            present, local = np.unique(numbered[0], return_inverse=True)
            columns = (np.ones(n), y_true, prob, square, surprise)
            by_group = [np.bincount(local, column, present.size) for column in columns]
            gaps = np.bincount(local * n_bins + bin_of_row, y_true - prob, present.size * n_bins)
            labels = [numbered[1][number] for number in present.tolist()]
            self._groups.add(labels, np.column_stack([*by_group, gaps.reshape(-1, n_bins)]))

    def _bins(self) -> BinSums:
        count, distance, _ = self._cells.value
        weight, correct = count.sum(axis=1), count[:, 1]
        # A right row states 1 less its distance.
        prob = np.clip(distance[:, 0] + (correct - distance[:, 1]), 0.0, weight)
        return BinSums(self._borders, weight, weight, prob, correct)

    def _means(self, bins: BinSums, level: float) -> dict[str, Interval]:
        n = bins.weight.sum()
        _, distance, square = self._cells.value.sum(axis=1)
        fourth, surprise, surprise_square, _ = self._totals.value
        correct, prob = bins.correct.sum(), bins.prob.sum()
        prob_square = square.sum() + correct - 2 * distance[1]
        firsts = np.array([correct, prob, square.sum(), surprise]) / n
        if self._groups is None:
            seconds = np.array([correct, prob_square, fourth, surprise_square]) / n
            variances = np.maximum(seconds - firsts**2, 0.0) / (n - 1) if n > 1 else np.full(4, np.nan)
        else:
            n_groups = len(self._groups)
            # Per group, how far its sum is from what its rows would give at the mean of all.
            squares = [((sums[:, 1:5] - sums[:, :1] * firsts) ** 2).sum(axis=0) for sums in self._groups.chunks()]
            variances = np.sum(squares, axis=0) / n**2 * (n_groups / (n_groups - 1) if n_groups > 1 else np.nan)
        reach = ndtri((1 + level) / 2) * np.sqrt(variances)
        tops = (1.0, 1.0, 1.0, np.inf)
        return {
            name: Interval(
                float(mean), float(np.maximum(mean - by, 0.0)), float(np.minimum(mean + by, top)), level, 0, 0
            )
            for name, mean, by, top in zip(_MEANS, firsts, reach, tops, strict=True)
        }

    def _draw(self, bins: BinSums, n_draws: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Plug-in and debiased errors of drawn sums, each of shape (n_draws,)."""
        if self._groups is not None:
            weight, correct, gap = self._draw_groups(self._groups, bins, n_draws, rng)
        else:
            weight, correct, gap = self._draw_rows(bins, n_draws, rng)
        ratio = divide(gap, weight, empty=0.0)
        return np.abs(gap).sum(axis=1) / weight.sum(axis=1), join_debiased(ratio, weight, correct, "l1")

    def _draw_rows(
        self, bins: BinSums, n_draws: int, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        count, distance, square = self._cells.value
        n = int(bins.weight.sum())
        drawn = rng.multinomial(n, bins.weight / n, size=n_draws)
        right = rng.binomial(drawn, divide(bins.correct, bins.weight, empty=0.0))
        by_truth = np.stack([drawn - right, right], axis=-1).astype(np.float64)
        mean = divide(distance, count, empty=0.0)
        variance = np.maximum(divide(square, count, empty=0.0) - mean**2, 0.0)
        away = by_truth * mean + np.sqrt(by_truth * variance) * rng.standard_normal(by_truth.shape)
        return drawn.astype(np.float64), by_truth[:, :, 1], away[:, :, 1] - away[:, :, 0]

    def _draw_groups(
        self, groups: GroupSums, bins: BinSums, n_draws: int, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        wanted = [0, *range(1 + len(_MEANS), 1 + len(_MEANS) + bins.weight.size)]
        second = np.sum([sums[:, wanted].T @ sums[:, wanted] for sums in groups.chunks()], axis=0)
        total = np.append(bins.weight.sum(), bins.correct - bins.prob)
        covariance = second - np.outer(total, total) / len(groups)
        strength, axes = np.linalg.eigh(covariance)
        steps = rng.standard_normal((n_draws, total.size)) * np.sqrt(np.maximum(strength, 0.0))
        drawn = total + steps @ axes.T
        # The rows of a bin keep their share of all rows, and their accuracy its variance: both matter little here.
        scale = np.maximum(drawn[:, :1], 1.0) / total[0]
        return bins.weight * scale, bins.correct * scale, drawn[:, 1:]

    def _noise_floor(self, bins: BinSums, n_draws: int, rng: np.random.Generator) -> NoiseFloor:
        _, distance, square = self._cells.value
        chance = np.maximum((distance - square).sum(axis=1), 0.0)
        sums = rng.standard_normal((n_draws, chance.size)) * np.sqrt(chance)
        draws = np.sort(join_gaps(divide(sums, np.broadcast_to(bins.weight, sums.shape), empty=0.0), bins.weight, "l1"))
        return NoiseFloor(mean=float(draws.mean()), limit=float(np.quantile(draws, 0.95)), draws=draws)

    def _spiegelhalter(self) -> CalibrationTest:
        _, distance, square = self._cells.value.sum(axis=(1, 2))
        deviation = float(np.sqrt(self._totals.value[3]))
        # (correct - p)(1 - 2 p) is 2 d² - d for d = |correct - p|, whichever way it went.
        statistic = float(2 * square - distance) / deviation if deviation > 0 else np.inf
        if self._impossible:
            return refuted(statistic)
        if self._n_uncertain <= 1:
            return too_few("0, 0.5 or 1")
        return CalibrationTest(statistic, float(2 * ndtr(-np.abs(statistic))))


def _checked(borders: npt.ArrayLike, n_bins: int) -> FloatArray:
    given = np.asarray(borders, np.float64)
    if given.shape != (n_bins + 1,) or given[0] != 0 or given[-1] != 1 or not (np.diff(given) >= 0).all():
        raise InputError(f"borders must be n_bins + 1 = {n_bins + 1} numbers that rise from 0 to 1; got {given}.")
    return given
