"""What all figures share: their size, their look, and the two series.

Two series are told apart by colour, marker and line style at once: what the model stated (vermilion circles, dashed)
and what the chosen map says (blue squares, solid).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.report._palette import PALETTE
from calibrant.report._text import one_line, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 4.2
"""Inches. At the width of a phone, a point of a figure is then about a pixel."""

INK, MUTED, RULE, PAPER = (PALETTE[role].light for role in ("ink", "muted", "rule", "paper"))

PERCENT_TICKS = (0, 25, 50, 75, 100)

_LONGEST_NAME = 50
"""Characters of a legend entry that the common width has room for."""

T = TypeVar("T")


@dataclass(frozen=True)
class Series:
    """How one series is drawn."""

    colour: str
    marker: str
    line: str
    width: float


BEFORE = Series(PALETTE["before"].light, "o", "--", 1.4)
AFTER = Series(PALETTE["after"].light, "s", "-", 3.0)


@contextmanager
def style() -> Iterator[None]:
    """Give figures the same look whatever the user's own settings are."""
    from matplotlib import style as styles

    look = {
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.linewidth": 0.8,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "font.size": 10,
        "savefig.facecolor": "none",
        "text.color": INK,
        "text.parse_math": False,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
    }
    with styles.context(["default", look]):
        yield


def new_figure(height: float) -> "Figure":
    """Begin a figure of the common width and of so many inches in height."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), layout="constrained")


def finish(axes: "Axes", frame: tuple[str, ...] = ("left", "bottom")) -> None:
    """Keep only the named sides of the frame."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in frame)


def add_legend(figure: "Figure", axes: "Axes") -> None:
    """Put the legend above the axes, one line an entry."""
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=1, frameon=False)


def array(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Turn what was given into floats."""
    return np.asarray(values, dtype=np.float64)


def in_series(values: Mapping[str, T]) -> Iterator[tuple[str, T, Series]]:
    """Give each value its name and its series, before and after.

    Raises
    ------
    InputError
        If there is no value, or more than two.
    """
    styles = (BEFORE, AFTER)
    if not 1 <= len(values) <= len(styles):
        raise InputError(f"one or two series can be drawn, before and after; got {len(values)}.")
    for (name, value), series in zip(values.items(), styles, strict=False):
        yield shorten(one_line(name), _LONGEST_NAME), value, series
