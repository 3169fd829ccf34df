"""Numbers -> matplotlib figures, narrow enough to be read on a phone.

Two series are told apart by colour, marker and line style at once: what the model stated (vermilion circles, dashed)
and what the chosen map says (blue squares, solid).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.report._palette import PALETTE
from calibrant.report._text import one_line, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 4.2
"""Inches. At the width of a phone, a point of this figure is then about a pixel."""

_INK, _MUTED, _RULE, _PAPER = (PALETTE[role].light for role in ("ink", "muted", "rule", "paper"))

_PERCENT_TICKS = (0, 25, 50, 75, 100)

T = TypeVar("T")


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


class SelectiveCurve(Protocol):
    """Risk against coverage, one entry a threshold, as `calibrant.metrics.RiskCoverageCurve` holds it."""

    @property
    def coverage(self) -> npt.ArrayLike:
        """Share of the questions answered, in (0, 1]."""

    @property
    def risk(self) -> npt.ArrayLike:
        """Share of wrong answers among those, in [0, 1]."""


@dataclass(frozen=True)
class _Series:
    colour: str
    marker: str
    line: str
    width: float


_BEFORE = _Series(PALETTE["before"].light, "o", "--", 1.4)
_AFTER = _Series(PALETTE["after"].light, "s", "-", 3.0)


def reliability_diagram(curve: ReliabilityCurve, *, after: bool = False) -> "Figure":
    """Share of right answers against confidence with the interval of each bin, above a histogram of the confidences.

    Parameters
    ----------
    curve : CalibrationCurve, or whatever has its attributes
        The bins, as `calibrant.metrics.calibration_curve` gives them.
    after : bool, default=False
        Whether these are the confidences of a fitted map; it sets colour and marker only.

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
    series = _AFTER if after else _BEFORE
    low, high, count = _array(curve.low), _array(curve.high), _array(curve.count)
    confidence, accuracy = 100 * _array(curve.confidence), 100 * _array(curve.accuracy)
    ends = 100 * np.stack([_array(curve.accuracy_low), _array(curve.accuracy_high)])
    filled = count > 0
    share = 100 * count / max(count.sum(), 1)
    with _style():
        figure = _figure(5.2)
        above, below = figure.subplots(2, sharex=True, height_ratios=[4, 1])
        above.plot(
            [0, 100], [0, 100], color=_MUTED, linestyle=":", linewidth=1.4, label="Perfect calibration", zorder=1
        )
        above.text(3, 97, "says too little", color=_MUTED, va="top", zorder=0)
        above.text(97, 3, "says too much", color=_MUTED, ha="right", va="bottom", zorder=0)
        above.vlines(confidence[filled], *ends[:, filled], color=series.colour, linewidth=1.4)
        above.plot(
            confidence[filled],
            accuracy[filled],
            color=series.colour,
            marker=series.marker,
            linestyle="none",
            markersize=6,
            label="Right answers of a bin, 95 % interval",
            clip_on=False,
            zorder=4,
        )
        above.set(xlim=(0, 100), ylim=(0, 100), ylabel="Right answers, %")
        below.bar(100 * low, share, 100 * (high - low), align="edge", color=series.colour, edgecolor=_PAPER)
        below.set(xlabel="Confidence, %", ylabel="Answers, %", ylim=(0, None))
        below.locator_params(axis="y", nbins=2)
        for axes in (above, below):
            _finish(axes)
        above.set_yticks(_PERCENT_TICKS)
        below.set_xticks(_PERCENT_TICKS)
        _legend(figure, above)
        figure.align_ylabels()
    return figure


def risk_coverage_plot(curves: Mapping[str, SelectiveCurve]) -> "Figure":
    """Share of wrong answers against the share of questions answered, the most confident first.

    Parameters
    ----------
    curves : Mapping of str to RiskCoverageCurve, or whatever has its ``coverage`` and ``risk``
        Legend text to curve: what the model stated and, if any, what the map says.

    Returns
    -------
    matplotlib.figure.Figure
        Lower is better; the right end is the error rate when everything is answered.

    Raises
    ------
    InputError
        If there is no curve, or more than two.

    Examples
    --------
    >>> from calibrant.metrics import risk_coverage_curve
    >>> figure = risk_coverage_plot({"Raw": risk_coverage_curve([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])})
    >>> figure.axes[0].lines[0].get_ydata().round(1)
    array([ 0. , 33.3, 50. ])
    """
    with _style():
        figure = _figure(3.3)
        axes = figure.subplots()
        for order, (name, curve, series) in enumerate(_in_series(curves)):
            axes.plot(
                100 * _array(curve.coverage),
                100 * _array(curve.risk),
                color=series.colour,
                linestyle=series.line,
                linewidth=series.width,
                label=name,
                zorder=3 - order,  # the dashed line above the solid one: both are seen where they coincide
            )
        axes.set(xlim=(0, 100), xlabel="Questions answered, %", ylabel="Wrong among them, %")
        axes.set_ylim(0, max(10, axes.get_ylim()[1]))
        axes.set_xticks(_PERCENT_TICKS)
        _finish(axes)
        _legend(figure, axes)
    return figure


def group_plot(
    names: Sequence[str],
    accuracy: npt.ArrayLike,
    accuracy_low: npt.ArrayLike,
    accuracy_high: npt.ArrayLike,
    confidence: Mapping[str, npt.ArrayLike],
) -> "Figure":
    """Accuracy of each group with its interval, and the mean confidence before and after, a row a group.

    Parameters
    ----------
    names : sequence of str
        The groups, from the top.
    accuracy, accuracy_low, accuracy_high : array-like of shape (n_groups,)
        Share of right answers and the ends of its interval, in [0, 1]; NaN where undefined.
    confidence : Mapping of str to array-like of shape (n_groups,)
        Legend text to mean confidence, in [0, 1]: what the model stated and, if any, what the map says.

    Returns
    -------
    matplotlib.figure.Figure
        A calibrated model's confidence lies on its accuracy, but for chance.

    Raises
    ------
    InputError
        If there is no confidence, or more than two.

    Examples
    --------
    >>> figure = group_plot(["rivers"], [0.5], [0.4], [0.6], {"Raw": [0.8]})
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['Right answers', 'Raw']
    """
    rows = np.arange(len(names))
    with _style():
        figure = _figure(1.25 + 0.27 * len(names))
        axes = figure.subplots()
        axes.hlines(rows, 0, 100, color=_RULE, linewidth=0.6, zorder=0)
        axes.hlines(rows, 100 * _array(accuracy_low), 100 * _array(accuracy_high), color=_INK, linewidth=1.6, zorder=2)
        axes.plot(
            100 * _array(accuracy),
            rows,
            color=_INK,
            marker="|",
            linestyle="none",
            markersize=11,
            markeredgewidth=2.2,
            label="Right answers",
            zorder=3,
        )
        for name, values, series in _in_series(confidence):
            axes.plot(
                100 * _array(values),
                rows,
                color=series.colour,
                marker=series.marker,
                linestyle="none",
                markersize=6,
                markerfacecolor=_PAPER if series is _BEFORE else series.colour,
                markeredgewidth=1.6,
                label=name,
                zorder=4,
            )
        axes.set(xlim=(-2, 102), ylim=(len(names) - 0.4, -0.6), xlabel="Share, %")
        axes.set_yticks(rows, [shorten(one_line(name), 24) for name in names], parse_math=False)
        axes.tick_params(axis="y", length=0)
        axes.set_xticks(_PERCENT_TICKS)
        _finish(axes, frame=("bottom",))
        _legend(figure, axes)
    return figure


@contextmanager
def _style() -> Iterator[None]:
    """Give figures the same look whatever the user's own settings are."""
    from matplotlib import style

    look = {
        "axes.edgecolor": _MUTED,
        "axes.labelcolor": _INK,
        "axes.linewidth": 0.8,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "font.size": 10,
        "savefig.facecolor": "none",
        "text.color": _INK,
        "text.parse_math": False,
        "xtick.color": _MUTED,
        "ytick.color": _MUTED,
        "xtick.labelcolor": _INK,
        "ytick.labelcolor": _INK,
    }
    with style.context(["default", look]):
        yield


def _figure(height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(_WIDTH, height), layout="constrained")


def _finish(axes: "Axes", frame: tuple[str, ...] = ("left", "bottom")) -> None:
    for side, spine in axes.spines.items():
        spine.set_visible(side in frame)


def _legend(figure: "Figure", axes: "Axes") -> None:
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=1, frameon=False)


def _array(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def _in_series(values: Mapping[str, T]) -> Iterator[tuple[str, T, _Series]]:
    styles = (_BEFORE, _AFTER)
    if not 1 <= len(values) <= len(styles):
        raise InputError(f"one or two series can be drawn, before and after; got {len(values)}.")
    for (name, value), series in zip(values.items(), styles, strict=False):
        yield name, value, series
