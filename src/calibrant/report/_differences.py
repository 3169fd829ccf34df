"""Differences, paired or between stated and right -> a forest plot: a row each, beside the line of none."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calibrant.report._canvas import AFTER, BEFORE, MUTED, PAPER, RULE, Series, array, finish, new_figure, style
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
    shown = (array(low) > 0) | (array(high) < 0)
    return _forest(names, value, low, high, shown, AFTER, f"{label} ({better})" if better else label)


def gap_plot(
    names: Sequence[str],
    gap: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    fails: npt.ArrayLike,
) -> "Figure":
    """How much too sure each group is, with its interval, a row a group; filled where the map fails. Best at 0.

    Parameters
    ----------
    names : sequence of str
        The groups, from the top.
    gap, low, high : array-like of shape (n_groups,)
        Mean confidence minus share right and the ends of its interval, in [-1, 1]; NaN where undefined.
    fails : array-like of shape (n_groups,)
        Whether a gap is more than chance explains. With many groups an interval may exclude 0 by chance, so that this
        is not seen from the interval.

    Returns
    -------
    matplotlib.figure.Figure
        One axes, in points. Right of the line the group is less often right than is claimed.

    Examples
    --------
    >>> figure = gap_plot(["rivers", "lakes"], [0.2, 0.0], [0.1, -0.1], [0.3, 0.1], [True, False])
    >>> [line.get_xdata().round(1).tolist() for line in figure.axes[0].lines[1:]]
    [[20.0], [0.0]]
    """
    failing = np.asarray(fails, dtype=bool)
    value, low, high = (100 * array(given) for given in (gap, low, high))
    return _forest(names, value, low, high, failing, BEFORE, "Gap, points (right of 0: says too much)")


def _forest(
    names: Sequence[str],
    value: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    marked: npt.NDArray[np.bool_],
    series: Series,
    label: str,
) -> "Figure":
    """Draw the rows; those that are marked are filled and have the colour and the marker of the series."""
    rows = np.arange(len(names))
    value, low, high = array(value), array(low), array(high)
    with style():
        figure = new_figure(0.75 + 0.27 * len(names))
        axes = figure.subplots()
        axes.hlines(rows, 0, 1, transform=axes.get_yaxis_transform(), color=RULE, linewidth=0.6, zorder=0)
        axes.axvline(0, color=MUTED, linestyle=":", linewidth=1.4, zorder=1)
        colours = [series.colour if one else MUTED for one in marked]
        axes.hlines(rows, low, high, color=colours, linewidth=1.6, zorder=2)
        for chosen, colour, marker, face in (
            (marked, series.colour, series.marker, series.colour),
            (~marked, MUTED, "o", PAPER),
        ):
            axes.plot(
                value[chosen],
                rows[chosen],
                color=colour,
                marker=marker,
                linestyle="none",
                markersize=6,
                markerfacecolor=face,
                markeredgewidth=1.6,
                zorder=4,
            )
        axes.set(ylim=(len(names) - 0.4, -0.6), xlabel=label)
        axes.set_yticks(rows, [shorten(one_line(name), 36) for name in names], parse_math=False)
        axes.tick_params(axis="y", length=0)
        axes.locator_params(axis="x", nbins=5)
        finish(axes, frame=("bottom",))
    return figure
