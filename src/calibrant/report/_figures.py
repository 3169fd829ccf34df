"""Answers held back, and groups of questions -> matplotlib figures, narrow enough to be read on a phone."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from calibrant.report._canvas import (
    BEFORE,
    INK,
    PAPER,
    PERCENT_TICKS,
    RULE,
    add_legend,
    array,
    finish,
    in_series,
    new_figure,
    style,
)
from calibrant.report._text import one_line, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class SelectiveCurve(Protocol):
    """Risk against coverage, one entry a threshold, as `calibrant.metrics.RiskCoverageCurve` holds it."""

    @property
    def coverage(self) -> npt.ArrayLike:
        """Share of the questions answered, in (0, 1]."""

    @property
    def risk(self) -> npt.ArrayLike:
        """Share of wrong answers among those, in [0, 1]."""


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
    with style():
        figure = new_figure(3.3)
        axes = figure.subplots()
        for order, (name, curve, series) in enumerate(in_series(curves)):
            axes.plot(
                100 * array(curve.coverage),
                100 * array(curve.risk),
                color=series.colour,
                linestyle=series.line,
                linewidth=series.width,
                label=name,
                zorder=3 - order,  # the dashed line above the solid one: both are seen where they coincide
            )
        axes.set(xlim=(0, 100), xlabel="Questions answered, %", ylabel="Wrong among them, %")
        axes.set_ylim(0, max(10, axes.get_ylim()[1]))
        axes.set_xticks(PERCENT_TICKS)
        finish(axes)
        add_legend(figure, axes)
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
    with style():
        figure = new_figure(1.25 + 0.27 * len(names))
        axes = figure.subplots()
        axes.hlines(rows, 0, 100, color=RULE, linewidth=0.6, zorder=0)
        axes.hlines(rows, 100 * array(accuracy_low), 100 * array(accuracy_high), color=INK, linewidth=1.6, zorder=2)
        axes.plot(
            100 * array(accuracy),
            rows,
            color=INK,
            marker="|",
            linestyle="none",
            markersize=11,
            markeredgewidth=2.2,
            label="Right answers",
            zorder=3,
        )
        for name, values, series in in_series(confidence):
            axes.plot(
                100 * array(values),
                rows,
                color=series.colour,
                marker=series.marker,
                linestyle="none",
                markersize=6,
                markerfacecolor=PAPER if series is BEFORE else series.colour,
                markeredgewidth=1.6,
                label=name,
                zorder=4,
            )
        axes.set(xlim=(-2, 102), ylim=(len(names) - 0.4, -0.6), xlabel="Share, %")
        axes.set_yticks(rows, [shorten(one_line(name), 24) for name in names], parse_math=False)
        axes.tick_params(axis="y", length=0)
        axes.set_xticks(PERCENT_TICKS)
        finish(axes, frame=("bottom",))
        add_legend(figure, axes)
    return figure
