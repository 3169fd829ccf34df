import numpy as np
import pytest

from calibrant.report import signal_plot


def test_a_row_a_signal_with_its_interval_and_its_cost():
    figure = signal_plot(["a", "b", "c"], [0.9, 0.5, np.nan], [0.8, 0.4, np.nan], [1.0, 0.6, np.nan], ["0", "2", "9"])
    axes, price = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in price.get_yticklabels()] == ["0", "2", "9"]
    assert axes.get_ylim() == price.get_ylim()
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    segments = axes.collections[1].get_segments()
    np.testing.assert_allclose(segments[0][:, 0], [0.8, 1.0])


@pytest.mark.parametrize(("chosen", "filled"), [("b", [0.5]), (None, []), ("other", [])])
def test_only_the_chosen_signal_is_filled(chosen, filled):
    figure = signal_plot(["a", "b"], [0.9, 0.5], [0.8, 0.4], [1.0, 0.6], ["0", "2"], chosen=chosen)
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "s"]
    assert [x for line in marks for x in line.get_xdata()] == filled


def test_a_name_from_elsewhere_is_one_short_line():
    figure = signal_plot(["$x$\n" + "y" * 90], [0.5], [0.4], [0.6], ["0"])
    [label] = figure.axes[0].get_yticklabels()
    assert label.get_text().startswith("$x$ y")
    assert len(label.get_text()) <= 30
