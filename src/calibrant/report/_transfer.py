"""A check of a map on other answers -> one page that fetches nothing: its figures, and onto the disk."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from calibrant.evaluation import Transfer, read_transfer
from calibrant.report._differences import gap_plot
from calibrant.report._page import render_page, write_page
from calibrant.report._reliability import reliability_diagram
from calibrant.report._transfer_text import curve_of, drawn, parts, summarize_transfer

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_transfer(check: Mapping[str, object], path: str | os.PathLike[str]) -> Path:
    """Write the page of a check, whole or not at all.

    Parameters
    ----------
    check : Mapping
        What ``check.json`` holds.
    path : str or path-like
        Where to write; its folder is made if need be, and a page that is there is replaced.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    InputError
        If the check lacks something.
    OutputError
        If the file cannot be written. A page that was there is then untouched.
    """
    return write_page(render_transfer(check), path)


def render_transfer(check: Mapping[str, object]) -> str:
    """Text of the page of a check: one HTML document that fetches nothing.

    Parameters
    ----------
    check : Mapping
        What ``check.json`` holds.

    Returns
    -------
    str
        The document; the same for the same check.

    Raises
    ------
    InputError
        If a key is missing or holds something else than it should; the message names the key.
    """
    record = read_transfer(check)
    return render_page("check.html.jinja", summarize_transfer(record), _figures(record))


def _figures(record: Transfer) -> dict[str, "Figure"]:
    """Every figure of the page, by the name that the template uses."""
    figures: dict[str, Figure] = {}
    curve = curve_of(record)
    if curve is not None:
        ties = record.settings is not None and record.settings.strategy == "unique"
        figures["reliability"] = reliability_diagram(curve, after=record.method != "raw", ties=ties)
    for name, rows in parts(record).items():
        shown = drawn(rows)
        figures[f"gaps-{name}"] = gap_plot(
            [row.label for row in shown],
            [_defined(row.gap.value) for row in shown],
            [_defined(row.gap.low) for row in shown],
            [_defined(row.gap.high) for row in shown],
            [row.fails for row in shown],
        )
    return figures


def _defined(value: float | None) -> float:
    return math.nan if value is None else value
