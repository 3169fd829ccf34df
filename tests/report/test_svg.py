"""Figures become SVG that can stand in a page beside others."""

from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from calibrant.report._palette import PALETTE
from calibrant.report._svg import inline_svg


@pytest.fixture
def figure():
    figure = Figure(figsize=(2, 1))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=PALETTE["after"].light, marker="s")
    axes.set_title("<b>&", parse_math=False)
    return figure


def elements(svg):
    return list(ElementTree.fromstring(svg).iter())


def test_colours_of_the_palette_are_properties_of_the_page(figure):
    svg = inline_svg(figure, "a", "A line.")
    assert "var(--after)" in svg
    assert PALETTE["after"].light not in svg


def test_a_hatch_has_the_colours_of_the_page_and_is_found():
    figure = Figure(figsize=(2, 1))
    after, paper = PALETTE["after"].light, PALETTE["paper"].light
    figure.subplots().bar([0], [1], facecolor=paper, edgecolor=after, hatch="//")
    svg = inline_svg(figure, "a", "")
    (pattern,) = [element for element in elements(svg) if element.tag == "pattern"]
    assert f"fill: url(#{pattern.get('id')})" in svg
    assert after not in svg
    assert paper not in svg


def test_the_screen_reader_gets_the_label(figure):
    root = ElementTree.fromstring(inline_svg(figure, "a", 'A "line".'))
    assert (root.get("role"), root.get("aria-label")) == ("img", 'A "line".')


def test_every_reference_points_into_the_same_figure(figure):
    found = elements(inline_svg(figure, "a", ""))
    ids = {element.get("id") for element in found} - {None}
    links = {element.get("href") for element in found} - {None}
    clips = {element.get("clip-path") for element in found} - {None}
    assert links
    assert clips
    assert all(name.startswith("a-") for name in ids)
    assert {link.removeprefix("#") for link in links} <= ids
    assert {clip.removeprefix("url(#").removesuffix(")") for clip in clips} <= ids


def test_nothing_is_fetched_or_styled_outside(figure):
    svg = inline_svg(figure, "a", "")
    assert "http" not in svg
    assert "<style" not in svg
    assert "font-family" not in svg
    assert "DejaVu" not in svg


def test_text_is_escaped(figure):
    assert "&lt;b&gt;&amp;" in inline_svg(figure, "a", "")


def test_names_that_the_font_lacks_do_not_warn(figure):
    figure.axes[0].set_title("首都")
    assert "首都" in inline_svg(figure, "a", "")


def test_equal_figures_are_equal_bytes(figure):
    assert inline_svg(figure, "a", "") == inline_svg(figure, "a", "")
