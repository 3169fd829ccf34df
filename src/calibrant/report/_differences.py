"""Paired differences -> a forest plot, a panel a metric."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calibrant.report._canvas import AFTER, MUTED, PAPER, RULE, array, finish, new_figure, style
from calibrant.report._text import one_line, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def difference_plot(
    names: Sequence[str],
    value: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    *,
    label: str = "Difference",
    better: str = "",
) -> "Figure":
    """Differences with their intervals and the line of no difference, a row a pair; filled where 0 is excluded.

    Parameters
    ----------
    names : sequence of str
        What is compared, from the top.
    value, low, high : array-like of shape (n_pairs,)
        Differences and the ends of their intervals; NaN where undefined.
    label : str, default='Difference'
        What the axis shows.
    better : str, default=''
        Which side of 0 is better, such as "lower is better"; empty where neither is.

    Returns
    -------
    matplotlib.figure.Figure
        One axes. An interval that touches the line shows no difference.

    Examples
    --------
    >>> figure = difference_plot(["B − A"], [0.1], [-0.1], [0.3])
    >>> figure.axes[0].get_yticklabels()[0].get_text()
    'B − A'
    """
    rows = np.arange(len(names))
    value, low, high = array(value), array(low), array(high)
    shown = (low > 0) | (high < 0)
    with style():
        figure = new_figure(0.75 + 0.27 * len(names))
        axes = figure.subplots()
        axes.hlines(rows, 0, 1, transform=axes.get_yaxis_transform(), color=RULE, linewidth=0.6, zorder=0)
        axes.axvline(0, color=MUTED, linestyle=":", linewidth=1.4, zorder=1)
        colours = [AFTER.colour if excluded else MUTED for excluded in shown]
        axes.hlines(rows, low, high, color=colours, linewidth=1.6, zorder=2)
        for marked, colour, face in ((shown, AFTER.colour, AFTER.colour), (~shown, MUTED, PAPER)):
            axes.plot(
                value[marked],
                rows[marked],
                color=colour,
                marker=AFTER.marker if colour == AFTER.colour else "o",
                linestyle="none",
                markersize=6,
                markerfacecolor=face,
                markeredgewidth=1.6,
                zorder=4,
            )
        axes.set(ylim=(len(names) - 0.4, -0.6), xlabel=f"{label} ({better})" if better else label)
        axes.set_yticks(rows, [shorten(one_line(name), 36) for name in names], parse_math=False)
        axes.tick_params(axis="y", length=0)
        axes.locator_params(axis="x", nbins=5)
        finish(axes, frame=("bottom",))
    return figure
