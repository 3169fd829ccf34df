"""A figure -> SVG that stands inside the page and takes its colours and font from it."""

import io
import re
import warnings
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from calibrant.report._palette import PALETTE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PROPERTY = {tone.light: f"var(--{role})" for role, tone in PALETTE.items()}
_COLOUR = re.compile("|".join(_PROPERTY))
# matplotlib has written the font in one declaration and in two; the page sets the family.
_FONT = re.compile(r"font: ([\d.]+px)[^;]*")
_FAMILY = re.compile(r"font-family: [^;]*; ")
_PATTERN = re.compile(r"url\(#")
_LINK = re.compile(r"(url\()?#")
_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def inline_svg(figure: "Figure", name: str, label: str) -> str:
    """Text of an ``<svg>`` element that can stand in an HTML page beside others.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to draw.
    name : str
        Unique in the page: the prefix of every id, and the salt of matplotlib's, so that equal figures are equal bytes.
    label : str
        What a screen reader says.

    Returns
    -------
    str
        The element. Its text is text, its size follows its container, and colours of the palette are ``var(--role)``.
    """
    import matplotlib as mpl

    buffer = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), warnings.catch_warnings():
        # The browser sets the text in its own font, so a name that matplotlib's font cannot write is no fault.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", metadata=_METADATA)
    root = ElementTree.fromstring(buffer.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            # The style element would hold for the whole page.
            if _local(child.tag) in ("metadata", "style"):
                parent.remove(child)
    for element in root.iter():
        element.tag = _local(element.tag)
        # A hatched area has its ground as an attribute, where a property of the page would not hold in every browser.
        if (ground := element.attrib.pop("fill", None)) is not None:
            element.set("style", f"fill: {ground}; {element.get('style', '')}".rstrip("; "))
        element.attrib = {_local(key): _adapt(_local(key), value, name) for key, value in element.items()}
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": label}
    return ElementTree.tostring(root, encoding="unicode")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _adapt(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key in ("href", "clip-path"):
        return _LINK.sub(rf"\g<0>{name}-", value)
    if key == "style":
        value = _FAMILY.sub("", _FONT.sub(r"font-size: \1", value))
        value = _PATTERN.sub(rf"\g<0>{name}-", value)
        return _COLOUR.sub(lambda match: _PROPERTY[match[0]], value)
    return value
