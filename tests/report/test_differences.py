import numpy as np

from calibrant.report import difference_plot, gap_plot
from calibrant.report._canvas import AFTER, BEFORE, MUTED


def test_an_interval_that_excludes_0_is_filled_and_one_that_touches_it_is_not():
    figure = difference_plot(["a", "b", "c", "d"], [2, 0.5, -2, 1], [1, -1, -3, 0], [3, 2, -1, 2])
    zero, shown, hidden = figure.axes[0].lines
    assert list(zero.get_xdata()) == [0, 0]
    assert (list(shown.get_xdata()), list(shown.get_ydata())) == ([2, -2], [0, 2])
    assert (list(hidden.get_xdata()), list(hidden.get_ydata())) == ([0.5, 1], [1, 3])
    assert (shown.get_color(), hidden.get_color()) == (AFTER.colour, MUTED)
    assert shown.get_markerfacecolor() != hidden.get_markerfacecolor()


def test_the_first_pair_is_on_top_and_the_scale_is_that_of_the_differences():
    axes = difference_plot(["first", "second"], [0.1, 0.2], [0.0, 0.1], [0.2, 0.3], label="Gap", better="lower").axes[0]
    assert axes.yaxis_inverted()
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["first", "second"]
    assert axes.get_xlabel() == "Gap (lower)"
    low, high = axes.get_xlim()
    assert low <= 0 < 0.3 <= high < 1


def test_undefined_differences_leave_their_row_empty():
    figure = difference_plot(["a"], [np.nan], [np.nan], [np.nan])
    figure.canvas.draw()
    assert len(figure.axes[0].get_yticklabels()) == 1


def test_a_gap_is_filled_where_it_fails_and_not_where_its_interval_alone_says_so():
    figure = gap_plot(["a", "b", "c"], [0.2, 0.1, -0.3], [0.1, 0.01, -0.4], [0.3, 0.2, -0.2], [True, False, True])
    zero, failing, passing = figure.axes[0].lines
    assert list(zero.get_xdata()) == [0, 0]
    np.testing.assert_allclose(failing.get_xdata(), [20, -30])
    assert (list(failing.get_ydata()), list(passing.get_ydata())) == ([0, 2], [1])
    assert (failing.get_color(), passing.get_color()) == (BEFORE.colour, MUTED)
    assert failing.get_markerfacecolor() != passing.get_markerfacecolor()
