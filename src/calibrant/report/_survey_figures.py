"""Models on one set -> how sure and how right each is, and how sure when right and when wrong, as figures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calibrant.report._canvas import (
    AFTER,
    BEFORE,
    INK,
    MUTED,
    PAPER,
    PERCENT_TICKS,
    RULE,
    add_legend,
    array,
    finish,
    new_figure,
    style,
)
from calibrant.report._text import one_line, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def models_plot(
    labels: Sequence[str],
    confidence: npt.ArrayLike,
    accuracy: npt.ArrayLike,
    accuracy_low: npt.ArrayLike,
    accuracy_high: npt.ArrayLike,
    stated: npt.ArrayLike,
) -> "Figure":
    """Accuracy of each model against its mean confidence, a point a model; best on the dotted diagonal.

    Parameters
    ----------
    labels : sequence of str
        What stands beside each point; short.
    confidence : array-like of shape (n_models,)
        Mean confidence, in [0, 1]; a model whose numbers are NaN is not drawn.
    accuracy, accuracy_low, accuracy_high : array-like of shape (n_models,)
        Share of right answers and the ends of its interval, in [0, 1].
    stated : array-like of shape (n_models,)
        Whether the confidence is stated; else it is read from option likelihoods.

    Returns
    -------
    matplotlib.figure.Figure
        One axes. Below the diagonal a model says more than it is right.

    Examples
    --------
    >>> figure = models_plot(["1"], [0.75], [0.5], [0.25], [0.7], [True])
    >>> figure.axes[0].lines[1].get_xydata().tolist()
    [[75.0, 50.0]]
    """
    said = np.asarray(stated, dtype=bool)
    x, y, low, high = (100 * array(given) for given in (confidence, accuracy, accuracy_low, accuracy_high))
    with style():
        figure = new_figure(4.0)
        axes = figure.subplots()
        axes.plot([0, 100], [0, 100], color=MUTED, linestyle=":", linewidth=1.4, zorder=1)
        for chosen, series, name in ((said, BEFORE, "Stated confidence"), (~said, AFTER, "Option likelihoods")):
            if not chosen.any():
                continue
            axes.vlines(x[chosen], low[chosen], high[chosen], color=series.colour, linewidth=1.2, zorder=2)
            axes.plot(
                x[chosen],
                y[chosen],
                color=series.colour,
                marker=series.marker,
                linestyle="none",
                markersize=7,
                label=name,
                zorder=3,
            )
        for text, at, height in zip(labels, x, y, strict=True):
            if np.isfinite([at, height]).all():
                axes.annotate(one_line(text), (at, height), (5, 4), textcoords="offset points", color=INK, zorder=4)
        axes.set(xlim=(-1, 103), ylim=(-1, 103), xlabel="Mean confidence, %", ylabel="Right answers, %", aspect="equal")
        axes.set_xticks(PERCENT_TICKS)
        axes.set_yticks(PERCENT_TICKS)
        finish(axes)
        add_legend(figure, axes)
    return figure


def sides_plot(names: Sequence[str], right: npt.ArrayLike, wrong: npt.ArrayLike) -> "Figure":
    """Mean confidence in right and in wrong answers, a row a model; best far apart, that when right further right.

    Parameters
    ----------
    names : sequence of str
        The models, from the top.
    right, wrong : array-like of shape (n_models,)
        Mean confidence in the right and in the wrong answers, in [0, 1]; NaN where there are none.

    Returns
    -------
    matplotlib.figure.Figure
        One axes. Where both points coincide, confidence does not tell right answers from wrong ones.

    Examples
    --------
    >>> figure = sides_plot(["A"], [0.75], [0.5])
    >>> [(line.get_label(), line.get_xdata().tolist()) for line in figure.axes[0].lines]
    [('When wrong', [50.0]), ('When right', [75.0])]
    """
    rows = np.arange(len(names))
    in_right, in_wrong = 100 * array(right), 100 * array(wrong)
    with style():
        figure = new_figure(1.35 + 0.32 * len(names))
        axes = figure.subplots()
        axes.hlines(rows, 0, 1, transform=axes.get_yaxis_transform(), color=RULE, linewidth=0.6, zorder=0)
        axes.hlines(rows, in_wrong, in_right, color=MUTED, linewidth=2.2, zorder=1)
        for values, series, name, face, order in (
            (in_wrong, BEFORE, "When wrong", PAPER, 3),
            (in_right, AFTER, "When right", AFTER.colour, 2),
        ):
            axes.plot(
                values,
                rows,
                color=series.colour,
                marker=series.marker,
                linestyle="none",
                markersize=7,
                markerfacecolor=face,
                markeredgewidth=1.8,
                label=name,
                zorder=order,
            )
        axes.set(xlim=_around(np.concatenate([in_right, in_wrong])), ylim=(len(names) - 0.4, -0.6))
        axes.set_xlabel("Mean confidence, %")
        axes.locator_params(axis="x", nbins=5)
        axes.set_yticks(rows, [shorten(one_line(name), 28) for name in names], parse_math=False)
        axes.tick_params(axis="y", length=0)
        finish(axes, frame=("bottom",))
        add_legend(figure, axes)
    return figure


def _around(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return ends of an axis of percentages, in tens, with room beside what is shown: gaps are small."""
    shown = values[np.isfinite(values)]
    if not shown.size:
        return 0.0, 100.0
    low, high = 10 * np.floor((shown.min() - 3) / 10), 10 * np.ceil((shown.max() + 3) / 10)
    # A point at the end of the scale is drawn whole.
    return (float(low) if low > 0 else -2.0), (float(high) if high < 100 else 102.0)
