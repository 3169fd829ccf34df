import numpy as np
import pytest
from scipy import stats

from calibrant.evaluation import EvaluationSettings, Interview
from calibrant.evaluation._survey_cell import survey_cell
from calibrant.evaluation._survey_record import SurveyCell
from calibrant.metrics import expected_calibration_error

QUICK = EvaluationSettings(n_boot=50, n_draws=50)


def said(y_true, y_prob, *, groups=None, subjects=None, causes=None):
    n = len(y_true)
    names = [str(i) for i in range(n)]
    arrays = (np.array(y_true, dtype=float), np.array(y_prob, dtype=float))
    return Interview("m", "d", "stated", *arrays, groups or names, subjects or ["all"] * n, causes or {}, {"x": 1})


def measure(*given, settings=QUICK, **more):
    content = survey_cell(said(*given, **more), settings)
    return SurveyCell.model_validate(content)


def test_by_hand():
    cell = measure([1, 1, 1, 0, 0], [0.9, 0.8, 0.7, 0.7, 0.5])
    assert (cell.n, cell.n_asked, cell.right.n, cell.wrong.n) == (5, 5, 3, 2)
    assert (cell.accuracy.value, cell.parsed.value) == (0.6, 1)
    values = (cell.mean_confidence, cell.overconfidence, cell.right.mean, cell.wrong.mean, cell.gap)
    assert [one.value for one in values] == pytest.approx([0.72, 0.12, 0.8, 0.6, 0.2])
    assert (cell.right.sd, cell.wrong.sd) == pytest.approx((0.1, 0.1 * 2**0.5))
    assert cell.test.statistic == pytest.approx(0.2 / (0.01 / 3 + 0.02 / 2) ** 0.5)
    assert cell.intervals == "closed form"


def test_the_test_is_welchs():
    rng = np.random.default_rng(0)
    y_true, y_prob = (rng.random(60) < 0.6).astype(float), rng.random(60)
    cell = measure(y_true, y_prob)
    expected = stats.ttest_ind(y_prob[y_true == 1], y_prob[y_true == 0], equal_var=False)
    assert cell.test.p_value == pytest.approx(expected.pvalue)
    assert (cell.gap.low, cell.gap.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert cell.expected_calibration_error.value == expected_calibration_error(y_true, y_prob)
    assert cell.noise_floor.mean > 0


def test_what_was_not_read_counts_in_no_number_but_in_the_share():
    nan = np.nan
    cell = measure([1, 1, 0, 0, nan, 1], [0.9, 0.8, 0.6, 0.4, 0.1, nan], causes={"no option": 1, "none": 1})
    full = measure([1, 1, 0, 0], [0.9, 0.8, 0.6, 0.4])
    assert (cell.n, cell.n_asked, cell.parsed.value) == (4, 6, 4 / 6)
    assert cell.causes == {"no option": 1, "none": 1}
    assert (cell.accuracy, cell.mean_confidence, cell.gap) == (full.accuracy, full.mean_confidence, full.gap)


def test_nothing_read_is_undefined_and_said():
    cell = measure([np.nan] * 3, [np.nan] * 3)
    assert (cell.n, cell.parsed.value, cell.accuracy.value, cell.gap.value) == (0, 0, None, None)
    assert cell.accuracy.reason == cell.expected_calibration_error.reason == "no answer could be read"
    assert cell.noise_floor.mean is None


@pytest.mark.parametrize(
    ("y_true", "y_prob", "gap", "reason"),
    [
        ([1, 1, 1], [0.9, 0.8, 0.7], None, "3 right and 0 wrong: the test needs two of each"),
        ([1, 1, 0], [0.9, 0.7, 0.7], 0.1, "2 right and 1 wrong: the test needs two of each"),
        ([1, 1, 0, 0], [0.9, 0.9, 0.9, 0.9], 0, "confidence varies neither in right answers nor in wrong ones"),
    ],
)
def test_what_cannot_be_tested_says_why(y_true, y_prob, gap, reason):
    cell = measure(y_true, y_prob)
    assert cell.gap.value == (None if gap is None else pytest.approx(gap))
    assert (cell.gap.low, cell.test.p_value, cell.gap.reason) == (None, None, reason)


def test_groups_are_drawn_whole():
    """Each answer four times over says no more than once: intervals of rows would be half as wide."""
    rng = np.random.default_rng(1)
    y_true, y_prob = (rng.random(100) < 0.6).astype(float), rng.random(100)
    settings = EvaluationSettings(n_boot=400, n_draws=20)
    once = measure(y_true, y_prob, settings=settings)
    names = [str(i) for i in range(100)]
    again = measure(np.repeat(y_true, 4), np.repeat(y_prob, 4), groups=list(np.repeat(names, 4)), settings=settings)
    assert again.intervals == "bootstrap over groups"
    for name in ("accuracy", "mean_confidence", "overconfidence", "gap"):
        one, four = getattr(once, name), getattr(again, name)
        assert four.value == pytest.approx(one.value)
        assert four.high - four.low == pytest.approx(one.high - one.low, rel=0.2)


def test_each_subject_is_measured_by_itself():
    y_true, y_prob = [1, 0, 1, 0, 1, np.nan], [0.9, 0.5, 0.8, 0.8, 0.6, 0.5]
    cell = measure(y_true, y_prob, subjects=["a", "a", "a", "b", "b", "c"])
    assert [(row.subject, row.n, row.accuracy.value) for row in cell.subjects] == [("a", 3, 2 / 3), ("b", 2, 0.5)]
    assert cell.subjects[0].gap.value == pytest.approx(0.35)
    assert cell.subjects[0].test.p_adjusted is None


def test_one_subject_is_no_breakdown():
    assert measure([1, 0], [0.9, 0.5]).subjects == []
