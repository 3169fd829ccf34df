"""What a page says, and its figures -> HTML that fetches nothing, and onto the disk."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from calibrant.files import write_atomically
from calibrant.report._palette import PALETTE
from calibrant.report._svg import inline_svg

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.figure import Figure


def render_page(template: str, page: Mapping[str, object], figures: Mapping[str, "Figure"]) -> str:
    """Text of a page; the same for the same content.

    Parameters
    ----------
    template : str
        File in ``templates/``; it sees ``page``, ``palette``, and ``svg(name, label)`` for a figure.
    page : Mapping
        What the page says.
    figures : Mapping of str to matplotlib.figure.Figure
        Every figure by the name that the template uses.

    Returns
    -------
    str
        The document.
    """
    from markupsafe import Markup

    def svg(name: str, label: str) -> Markup:
        # Safe without escaping: matplotlib's SVG has passed through an XML parser, which escaped its text again.
        return Markup(inline_svg(figures[name], name, label))

    return _environment().get_template(template).render(page=page, palette=PALETTE, svg=svg)


def write_page(text: str, path: str | os.PathLike[str]) -> Path:
    """Write a page, whole or not at all, and say where.

    Raises
    ------
    OutputError
        If the file cannot be written. A page that was there is then untouched.
    """
    target = Path(path)
    # A text from a model may hold half a character; it is shown as a question mark.
    write_atomically(target, text.encode(errors="replace"))
    return target


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("calibrant.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
