"""A reliability curve -> matplotlib figures: how often each confidence is right, and how many answers have it.

Bars stand only where all bins are equally wide, so that their areas compare. Elsewhere, and where each bin holds one
distinct value, a stem stands at the mean confidence of the bin.
"""

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from calibrant.report._canvas import (
    AFTER,
    BEFORE,
    MUTED,
    PAPER,
    PERCENT_TICKS,
    Series,
    add_legend,
    array,
    finish,
    new_figure,
    style,
)
from calibrant.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_MARKS = 100
"""Of more bins than this the fullest are marked, and the counts are joined into as many equal steps."""

_LABEL_SIZE = 8
_LABEL_WIDTH = 0.6 * _LABEL_SIZE / 2.5
"""Points of confidence that a digit of a label takes: the axes are about 250 pt wide."""


class ReliabilityCurve(Protocol):
    """Accuracy against confidence, one entry a bin, as `calibrant.metrics.CalibrationCurve` holds it."""

    @property
    def low(self) -> npt.ArrayLike:
        """Lower ends of the bins, in [0, 1]."""

    @property
    def high(self) -> npt.ArrayLike:
        """Upper ends of the bins, in [0, 1]."""

    @property
    def count(self) -> npt.ArrayLike:
        """Answers in each bin."""

    @property
    def confidence(self) -> npt.ArrayLike:
        """Mean confidence; NaN where the bin is empty."""

    @property
    def accuracy(self) -> npt.ArrayLike:
        """Share of correct answers; NaN where the bin is empty."""

    @property
    def accuracy_low(self) -> npt.ArrayLike:
        """Lower end of the interval of the accuracy."""

    @property
    def accuracy_high(self) -> npt.ArrayLike:
        """Upper end of the interval of the accuracy."""


def reliability_diagram(curve: ReliabilityCurve, *, after: bool = False, ties: bool = False) -> "Figure":
    """Share of right answers against confidence with the interval of each bin, above a histogram of the confidences.

    Parameters
    ----------
    curve : CalibrationCurve, or whatever has its attributes
        The bins, as `calibrant.metrics.calibration_curve` gives them. Of more than 100 bins the 100 with most answers
        are marked, and the histogram has 100 steps.
    after : bool, default=False
        Whether these are the confidences of a fitted map; it sets colour and marker only.
    ties : bool, default=False
        Whether each bin holds one distinct confidence, as with the strategy ``unique``. The histogram then has a stem
        at each value, as it has for bins of unequal width, and not a bar that covers values that nobody stated.

    Returns
    -------
    matplotlib.figure.Figure
        Two axes. A calibrated model's points lie on the diagonal, but for chance.

    Examples
    --------
    >>> from calibrant.metrics import calibration_curve
    >>> figure = reliability_diagram(calibration_curve([0, 1, 0, 1], [0.25, 0.25, 1.0, 1.0], n_bins=4))
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['', 'Confidence, %']
    """
    series = AFTER if after else BEFORE
    count = array(curve.count)
    confidence, accuracy = 100 * array(curve.confidence), 100 * array(curve.accuracy)
    ends = 100 * np.stack([array(curve.accuracy_low), array(curve.accuracy_high)])
    marked = fullest(count)
    with style():
        figure = new_figure(5.2)
        above, below = figure.subplots(2, sharex=True, height_ratios=[4, 1])
        above.plot([0, 100], [0, 100], color=MUTED, linestyle=":", linewidth=1.4, label="Perfect calibration", zorder=1)
        above.text(3, 97, "says too little", color=MUTED, va="top", zorder=0)
        above.text(97, 3, "says too much", color=MUTED, ha="right", va="bottom", zorder=0)
        above.vlines(confidence[marked], *ends[:, marked], color=series.colour, linewidth=1.4, clip_on=False)
        above.plot(
            confidence[marked],
            accuracy[marked],
            color=series.colour,
            marker=series.marker,
            linestyle="none",
            markersize=6,
            label=f"Right answers of a {'value' if ties else 'bin'}, 95 % interval",
            clip_on=False,
            zorder=4,
        )
        above.set(xlim=(0, 100), ylim=(0, 100), ylabel="Right answers, %")
        columns = _columns(curve, ties)
        _draw(below, columns, 100 * columns.total / max(count.sum(), 1), series)
        below.set(xlabel="Confidence, %", ylabel="Answers, %", ylim=(0, None))
        below.locator_params(axis="y", nbins=2)
        for axes in (above, below):
            finish(axes)
        above.set_yticks(PERCENT_TICKS)
        below.set_xticks(PERCENT_TICKS)
        add_legend(figure, above)
        figure.align_ylabels()
    return figure


def confidence_histogram(curve: ReliabilityCurve, *, after: bool = False, ties: bool = False) -> "Figure":
    """Right answers (upwards) and wrong ones (downwards), counted in each bin of confidence.

    Right answers are filled; wrong ones are hatched, or have a hollow head where they are stems.

    Parameters
    ----------
    curve : CalibrationCurve, or whatever has its attributes
        The bins, as `calibrant.metrics.calibration_curve` gives them without weights. More than 100 bins are joined
        into 100 equal steps.
    after : bool, default=False
        Whether these are the confidences of a fitted map; it sets the colour only.
    ties : bool, default=False
        Whether each bin holds one distinct confidence, as with the strategy ``unique``; see `reliability_diagram`.

    Returns
    -------
    matplotlib.figure.Figure
        One axes. The wrong answers of a model that knows what it does not know lie to the left, the right ones to the
        right.

    Examples
    --------
    >>> from calibrant.metrics import calibration_curve
    >>> figure = confidence_histogram(calibration_curve([0, 1, 1, 1], [0.25, 0.75, 0.75, 1.0], n_bins=2))
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['Right: 3', 'Wrong: 1']
    >>> [int(bar.get_height()) for bar in figure.axes[0].patches]
    [0, 3, -1, 0]
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    series = AFTER if after else BEFORE
    columns = _columns(curve, ties)
    wrong = columns.total - columns.right
    with style():
        figure = new_figure(4.2)
        axes = figure.subplots()
        _draw(axes, columns, columns.right, series, label=f"Right: {columns.right.sum():,.0f}")
        _draw(axes, columns, -wrong, series, label=f"Wrong: {wrong.sum():,.0f}", hollow=True)
        axes.axhline(0, color=MUTED, linewidth=0.8, zorder=3)
        _write_counts(axes, columns, columns.right, wrong)
        room = 0.12 * max(columns.right.max(initial=0) + wrong.max(initial=0), 1)
        axes.set(xlim=(0, 100), ylim=(-wrong.max(initial=0) - room, columns.right.max(initial=0) + room))
        axes.set(xlabel="Confidence, %", ylabel="Wrong answers | right answers")
        axes.set_xticks(PERCENT_TICKS)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
        finish(axes)
        add_legend(figure, axes)
    return figure


class _Columns(NamedTuple):
    """Where the columns of a histogram stand, in points of confidence, and what they count."""

    left: FloatArray
    width: FloatArray | None
    """None: stems at ``left``."""

    total: FloatArray
    right: FloatArray


def _columns(curve: ReliabilityCurve, ties: bool) -> _Columns:
    low, high, count = 100 * array(curve.low), 100 * array(curve.high), array(curve.count)
    filled = count > 0
    right = np.zeros(count.size)
    right[filled] = np.rint(count[filled] * array(curve.accuracy)[filled])
    place = 100 * array(curve.confidence)
    if filled.sum() > MOST_MARKS:
        steps = np.linspace(0, 100, MOST_MARKS + 1)
        counts, rights = (np.histogram(place[filled], steps, weights=of[filled])[0] for of in (count, right))
        return _Columns(steps[:-1], np.diff(steps), counts, rights)
    if ties or not np.allclose(high - low, (high - low).mean() if low.size else 0):
        return _Columns(place[filled], None, count[filled], right[filled])
    return _Columns(low, high - low, count, right)


def _draw(
    axes: "Axes", columns: _Columns, height: FloatArray, series: Series, *, label: str = "", hollow: bool = False
) -> None:
    if columns.width is not None:
        face, edge, hatch = (PAPER, series.colour, "////") if hollow else (series.colour, PAPER, None)
        axes.bar(
            columns.left,
            height,
            columns.width,
            align="edge",
            label=label,
            facecolor=face,
            edgecolor=edge,
            hatch=hatch,
        )
        return
    shown = height != 0
    axes.vlines(columns.left[shown], 0, height[shown], color=series.colour, linewidth=2.2, clip_on=False)
    axes.plot(
        columns.left[shown],
        height[shown],
        color=series.colour,
        marker=series.marker,
        linestyle="none",
        markersize=5,
        markerfacecolor=PAPER if hollow else series.colour,
        label=label,
        clip_on=False,
        zorder=4,
    )


def _write_counts(axes: "Axes", columns: _Columns, right: FloatArray, wrong: FloatArray) -> None:
    """Put its count at the end of each column, where the columns are far enough apart for all of them."""
    centre = columns.left + (0 if columns.width is None else columns.width / 2)
    digits = len(f"{max(right.max(initial=0), wrong.max(initial=0)):,.0f}")
    if np.diff(np.sort(centre)).min(initial=100) < (digits + 0.4) * _LABEL_WIDTH:
        return
    for counts, sign in ((right, 1), (wrong, -1)):
        for place, n in zip(centre, counts, strict=True):
            if n:
                axes.annotate(
                    f"{n:,.0f}",
                    (place, sign * n),
                    (0, 3 * sign if columns.width is not None else 5 * sign),
                    textcoords="offset points",
                    ha="center",
                    va="bottom" if sign > 0 else "top",
                    fontsize=_LABEL_SIZE,
                )


def fullest(count: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Mask of the bins to mark: those with answers, and of too many the fullest.

    Where bins of equal count compete for the last places, these are dealt evenly from the lowest bin to the highest.

    Examples
    --------
    >>> fullest([2, 0, 1]).tolist()
    [True, False, True]
    >>> np.flatnonzero(fullest([1] * 199))[:3].tolist()
    [0, 2, 4]
    """
    n = array(count)
    marked: npt.NDArray[np.bool_] = n > 0
    if marked.sum() <= MOST_MARKS:
        return marked
    limit = np.sort(n)[-MOST_MARKS]
    marked = n > limit
    equal = np.flatnonzero(n == limit)
    marked[equal[np.linspace(0, equal.size - 1, MOST_MARKS - int(marked.sum())).astype(np.int64)]] = True
    return marked
