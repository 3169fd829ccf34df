"""What a figure draws are the numbers that it was given."""

from types import SimpleNamespace

import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.report import confidence_histogram, group_plot, reliability_diagram, risk_coverage_plot

NAN = float("nan")


@pytest.fixture
def curve():
    """Four bins, of which the second is empty."""
    return SimpleNamespace(
        low=[0, 0.25, 0.5, 0.75],
        high=[0.25, 0.5, 0.75, 1],
        count=[1, 0, 3, 4],
        confidence=[0.2, NAN, 0.6, 0.9],
        accuracy=[0.0, NAN, 0.5, 1.0],
        accuracy_low=[0.0, NAN, 0.3, 0.8],
        accuracy_high=[0.4, NAN, 0.7, 1.0],
    )


def line(axes, label):
    (found,) = [line for line in axes.lines if line.get_label() == label]
    return np.transpose([found.get_xdata(), found.get_ydata()]).tolist()


def segments(collection):
    return [segment.tolist() for segment in collection.get_segments()]


def test_reliability_diagram_leaves_empty_bins_out(curve):
    above, below = reliability_diagram(curve).axes
    points = line(above, "Right answers of a bin, 95 % interval")
    assert points == [[20, 0], [60, 50], [90, 100]]
    assert segments(above.collections[0]) == [[[20, 0], [20, 40]], [[60, 30], [60, 70]], [[90, 80], [90, 100]]]
    assert line(above, "Perfect calibration") == [[0, 0], [100, 100]]
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in below.patches]
    assert bars == [(0, 25, 12.5), (25, 25, 0), (50, 25, 37.5), (75, 25, 50)]


def test_reliability_diagram_of_nothing(curve):
    curve.count = [0, 0, 0, 0]
    above, below = reliability_diagram(curve).axes
    assert line(above, "Right answers of a bin, 95 % interval") == []
    assert [bar.get_height() for bar in below.patches] == [0, 0, 0, 0]


def test_unequal_bins_and_distinct_values_have_stems_and_no_bars(curve):
    figures = [reliability_diagram(curve, ties=True)]
    curve.low, curve.high = [0, 0.1, 0.5, 0.75], [0.1, 0.5, 0.75, 1]
    figures.append(reliability_diagram(curve))
    for figure in figures:
        below = figure.axes[1]
        assert len(below.patches) == 0
        assert segments(below.collections[0]) == [[[20, 0], [20, 12.5]], [[60, 0], [60, 37.5]], [[90, 0], [90, 50]]]


def test_of_too_many_bins_the_fullest_are_marked_and_no_answer_is_lost():
    n = 300
    place = (np.arange(n) + 0.5) / n
    curve = SimpleNamespace(low=np.arange(n) / n, high=np.arange(1, n + 1) / n, count=np.where(place < 0.2, 5, 1))
    curve.confidence, curve.accuracy = place, np.ones(n)
    curve.accuracy_low, curve.accuracy_high = np.zeros(n), np.ones(n)
    above, below = reliability_diagram(curve, ties=True).axes
    marked = line(above, "Right answers of a value, 95 % interval")
    assert len(marked) == 100
    assert sum(x < 20 for x, _ in marked) == 60
    assert sum(bar.get_height() for bar in below.patches) == pytest.approx(100)


def test_confidence_histogram_counts_right_up_and_wrong_down(curve):
    curve.accuracy = [0.0, NAN, 1 / 3, 1.0]
    (axes,) = confidence_histogram(curve).axes
    assert [bar.get_height() for bar in axes.patches] == [0, 0, 1, 4, -1, 0, -2, 0]
    assert axes.get_legend_handles_labels()[1] == ["Right: 5", "Wrong: 3"]
    assert {bool(bar.get_hatch()) for bar in axes.patches[:4]} == {False}
    assert {bool(bar.get_hatch()) for bar in axes.patches[4:]} == {True}
    assert [text.get_text() for text in axes.texts] == ["1", "4", "1", "2"]
    assert axes.get_ylim()[0] < -2


def test_confidence_histogram_of_values_and_of_nothing(curve):
    curve.accuracy = [0.0, NAN, 1 / 3, 1.0]
    (axes,) = confidence_histogram(curve, ties=True).axes
    assert line(axes, "Right: 5") == [[60, 1], [90, 4]]
    assert line(axes, "Wrong: 3") == [[20, -1], [60, -2]]
    curve.count = [0, 0, 0, 0]
    assert confidence_histogram(curve).axes[0].get_legend_handles_labels()[1] == ["Right: 0", "Wrong: 0"]


def test_series_differ_in_more_than_colour(curve):
    before, after = (reliability_diagram(curve, after=after).axes[0].lines[1] for after in (False, True))
    assert before.get_color() != after.get_color()
    assert before.get_marker() != after.get_marker()


def test_risk_coverage_plot():
    before = SimpleNamespace(coverage=[0.5, 1.0], risk=[0.0, 0.25])
    after = SimpleNamespace(coverage=[0.25, 1.0], risk=[0.0, 0.5])
    (axes,) = risk_coverage_plot({"Raw": before, "Map": after}).axes
    assert line(axes, "Raw") == [[50, 0], [100, 25]]
    assert line(axes, "Map") == [[25, 0], [100, 50]]
    assert axes.lines[0].get_linestyle() != axes.lines[1].get_linestyle()
    assert axes.get_ylim()[1] >= 50


def test_risk_coverage_plot_where_all_is_right():
    (axes,) = risk_coverage_plot({"Raw": SimpleNamespace(coverage=[1.0], risk=[0.0])}).axes
    assert axes.get_ylim() == (0, 10)


def test_group_plot_puts_the_first_group_on_top():
    (axes,) = group_plot(
        ["rivers", "lakes"], [0.5, NAN], [0.25, NAN], [0.75, NAN], {"Raw": [1.0, 0.5], "Map": [0.5, 0.25]}
    ).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["rivers", "lakes"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert line(axes, "Right answers")[0] == [50, 0]
    assert np.isnan(line(axes, "Right answers")[1][0])
    assert line(axes, "Raw") == [[100, 0], [50, 1]]
    assert line(axes, "Map") == [[50, 0], [25, 1]]
    assert segments(axes.collections[1])[0] == [[25, 0], [75, 0]]


def test_group_plot_takes_names_as_they_are():
    (axes,) = group_plot(["$x", "a" * 100], [0.5] * 2, [0.4] * 2, [0.6] * 2, {"Raw": [0.5] * 2}).axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["$x", "a" * 23 + "…"]


@pytest.mark.parametrize("n_series", [0, 3])
def test_one_or_two_series(n_series):
    with pytest.raises(InputError, match=f"got {n_series}"):
        group_plot(["rivers"], [0.5], [0.4], [0.6], {str(i): [0.5] for i in range(n_series)})
