"""Signals of confidence -> a figure: how well each tells right from wrong, beside what it costs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calibrant.report._canvas import AFTER, INK, MUTED, PAPER, RULE, array, finish, new_figure, style
from calibrant.report._text import one_line, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def signal_plot(
    names: Sequence[str],
    auroc: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    costs: Sequence[str],
    *,
    chosen: str | None = None,
) -> "Figure":
    """AUROC of each signal with its interval, a row a signal, and its cost at the right; far right is best.

    Parameters
    ----------
    names : sequence of str
        The signals, from the top.
    auroc, low, high : array-like of shape (n_signals,)
        Areas and the ends of their intervals, in [0, 1]; NaN where undefined.
    costs : sequence of n_signals str
        What each costs.
    chosen : str, optional
        The signal that is filled.

    Returns
    -------
    matplotlib.figure.Figure
        One axes, and one for the costs. On the dotted line a signal tells nothing.

    Examples
    --------
    >>> figure = signal_plot(["margin", "p-true"], [0.7, 0.6], [0.6, 0.5], [0.8, 0.7], ["0", "2"], chosen="margin")
    >>> [text.get_text() for axes in figure.axes for text in axes.get_yticklabels()]
    ['margin', 'p-true', '0', '2']
    """
    rows = np.arange(len(names))
    value, low, high = array(auroc), array(low), array(high)
    with style():
        figure = new_figure(1.1 + 0.27 * len(names))
        axes = figure.subplots()
        axes.hlines(rows, 0, 1, transform=axes.get_yaxis_transform(), color=RULE, linewidth=0.6, zorder=0)
        axes.axvline(0.5, color=MUTED, linestyle=":", linewidth=1.4, zorder=1)
        marked = np.array([name == chosen for name in names], dtype=bool)
        colours = [AFTER.colour if one else MUTED for one in marked]
        axes.hlines(rows, low, high, color=colours, linewidth=1.6, zorder=2)
        for shown, colour, marker, face in (
            (marked, AFTER.colour, AFTER.marker, AFTER.colour),
            (~marked, MUTED, "o", PAPER),
        ):
            axes.plot(
                value[shown],
                rows[shown],
                color=colour,
                marker=marker,
                linestyle="none",
                markersize=6,
                markerfacecolor=face,
                markeredgewidth=1.6,
                zorder=4,
            )
        axes.set(ylim=(len(names) - 0.4, -0.6), xlabel="AUROC (higher is better)")
        axes.set_yticks(rows, [shorten(one_line(name), 30) for name in names], parse_math=False)
        axes.tick_params(axis="y", length=0)
        axes.locator_params(axis="x", nbins=5)
        finish(axes, frame=("bottom",))
        price = axes.twinx()
        price.set(ylim=axes.get_ylim())
        price.set_yticks(rows, costs, parse_math=False)
        price.tick_params(axis="y", length=0, labelcolor=INK)
        price.set_title("Passes", loc="right", fontsize=10, color=MUTED)
        finish(price, frame=())
    return figure
