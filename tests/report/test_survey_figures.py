import numpy as np
import pytest

from calibrant.report import models_plot, sides_plot


def test_a_point_a_model_by_the_kind_of_its_confidence():
    figure = models_plot(["1", "2", "3"], [0.9, 0.6, 0.7], [0.5, 0.4, 0.8], [0.4, 0.3, 0.7], [0.6, 0.5, 0.9], [1, 0, 1])
    axes = figure.axes[0]
    diagonal, stated, options = axes.lines
    assert (diagonal.get_xdata() == diagonal.get_ydata()).all()
    assert stated.get_xydata().tolist() == [[90, 50], [70, 80]]
    assert options.get_xydata().tolist() == [[60, 40]]
    assert [text.get_text() for text in axes.texts] == ["1", "2", "3"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Stated confidence", "Option likelihoods"]


def test_intervals_stand_on_the_points():
    axes = models_plot(["1"], [0.9], [0.5], [0.4], [0.6], [True]).axes[0]
    (segment,) = axes.collections[0].get_segments()
    assert segment.tolist() == [[90, 40], [90, 60]]


def test_one_kind_has_one_entry_and_an_undefined_model_no_label():
    figure = models_plot(["1", "2"], [0.9, np.nan], [0.5, np.nan], [0.4, np.nan], [0.6, np.nan], [False, False])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Option likelihoods"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["1"]


def test_both_sides_and_the_line_between():
    axes = sides_plot(["A", "$B$"], [0.75, 0.25], [0.5, 0.5]).axes[0]
    wrong, right = axes.lines
    assert (wrong.get_xdata().tolist(), right.get_xdata().tolist()) == ([50, 50], [75, 25])
    assert [segment[:, 0].tolist() for segment in axes.collections[1].get_segments()] == [[50, 75], [50, 25]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A", "$B$"]


@pytest.mark.parametrize(
    ("right", "wrong", "ends"),
    [(0.86, 0.84, (80, 90)), (1.0, 0.0, (-2, 102)), (np.nan, np.nan, (0, 100)), (0.99, np.nan, (90, 102))],
)
def test_the_axis_holds_what_is_shown(right, wrong, ends):
    assert sides_plot(["A"], [right], [wrong]).axes[0].get_xlim() == ends
