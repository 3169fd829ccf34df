import numpy as np
import pytest
from scipy import stats

from calibrant.evaluation import EvaluationSettings, Interview, make_survey, read_survey
from calibrant.evaluation._holm import holm
from calibrant.exceptions import InputError

QUICK = EvaluationSettings(n_boot=20, n_draws=20)


def said(model, data="d", source="stated", *, n=40, right=0.5, sure=0.8, gap=0.0, groups=None, seed=0):
    """Answers of which a fixed share is right, and whose confidence has fixed means."""
    y_true = (np.arange(n) < right * n).astype(float)
    noise = np.random.default_rng(seed).normal(0, 0.05, n)
    y_prob = np.clip(sure + gap * (y_true - right) + noise - noise.mean(), 0, 1)
    names = groups or [str(i) for i in range(n)]
    return Interview(model, data, source, y_true, y_prob, names, ["all"] * n, {}, {})


def survey(*interviews, **more):
    return read_survey(make_survey(interviews, settings=QUICK, quiet=True, **more))


def test_a_cell_for_every_pair_and_p_values_that_hold_together():
    record = survey(
        *(said(m, d, gap=g, seed=i) for i, (m, d, g) in enumerate([("a", "x", 0.3), ("a", "y", 0.02), ("b", "x", 0)]))
    )
    assert [(cell.model, cell.data) for cell in record.cells] == [("a", "x"), ("a", "y"), ("b", "x")]
    assert (list(record.models), list(record.data)) == (["a", "b"], ["x", "y"])
    p_values = [cell.test.p_value for cell in record.cells]
    assert [cell.test.p_adjusted for cell in record.cells] == pytest.approx(holm(p_values))
    assert record.cells[0].test.p_adjusted == pytest.approx(3 * p_values[0])


def test_over_seven_models_there_are_points_only_and_over_eight_a_correlation():
    models = [said(str(i), right=i / 10, sure=0.9 - i / 20, seed=i) for i in range(1, 9)]
    seven, eight = survey(*models[:7]), survey(*models)
    assert [(one.value, one.n_models) for one in seven.correlations] == [(None, 7), (None, 7)]
    assert seven.correlations[0].reason == "over 7 models, where at least 8 are needed"
    overall, right = eight.correlations
    assert (overall.measure, right.measure) == ("mean_confidence", "right")
    points = [(cell.accuracy.value, cell.mean_confidence.value) for cell in eight.cells]
    expected = stats.pearsonr(*zip(*points, strict=True))
    ends = expected.confidence_interval()
    assert overall.value == pytest.approx(expected.statistic)
    assert (overall.low, overall.high) == pytest.approx((ends.low, ends.high), abs=1e-6)
    assert overall.p_value == pytest.approx(expected.pvalue, rel=1e-6)
    in_right = [(cell.accuracy.value, cell.right.mean.value) for cell in eight.cells]
    assert right.value == pytest.approx(stats.pearsonr(*zip(*in_right, strict=True)).statistic)


def test_stated_confidence_and_option_likelihoods_are_never_in_one_correlation():
    stated = [said(f"s{i}", right=i / 10, seed=i) for i in range(1, 9)]
    options = [said(f"o{i}", source="options", right=i / 10, seed=i) for i in range(1, 8)]
    record = survey(*stated, *options)
    assert {(one.source, one.n_models) for one in record.correlations} == {("stated", 8), ("options", 7)}
    assert any("different measurements" in note for note in record.notes)


def test_over_all_sets_each_set_counts_alike():
    cells = [
        said(str(i), d, right=i / 10, sure=s, n=n, seed=i)
        for i in range(1, 9)
        for d, s, n in (("x", 0.5, 20), ("y", 0.9, 80))
    ]
    record = survey(*cells)
    whole = next(one for one in record.correlations if one.data is None)
    by_model = [[cell for cell in record.cells if cell.model == name] for name in record.models]
    points = [
        [np.mean([cell.accuracy.value for cell in own]), np.mean([cell.mean_confidence.value for cell in own])]
        for own in by_model
    ]
    assert whole.value == pytest.approx(stats.pearsonr(*np.transpose(points)).statistic)


def test_a_model_that_lacks_a_set_or_right_answers_is_not_among_the_points():
    models = [said(str(i), d, right=i / 10, seed=i) for i in range(8) for d in ("x", "y")][:-1]
    record = survey(*models)
    n = {(one.data, one.measure): one.n_models for one in record.correlations}
    assert n[("x", "mean_confidence")] == 8
    assert n[("x", "right")] == n[("y", "mean_confidence")] == n[(None, "mean_confidence")] == 7


def test_equal_models_have_no_correlation_and_it_says_so():
    record = survey(*(said(str(i), right=0.5, seed=i) for i in range(8)))
    assert record.correlations[0].value is None
    assert record.correlations[0].reason == "accuracy or confidence is the same in all models"


def test_groups_are_a_note():
    record = survey(said("a", groups=[str(i // 2) for i in range(40)]))
    assert record.cells[0].intervals == "bootstrap over groups"
    assert any("d come in groups" in note for note in record.notes)


def test_notes_facts_and_provenance_are_kept():
    made = {"versions": {"numpy": "2"}, "command": "calibrant survey a", "seconds": 1.0}
    record = survey(
        said("a"), notes=["first"], models={"a": {"dtype": "float32"}}, data={"d": {"n": 40}}, provenance=made
    )
    assert record.notes == ["first"]
    assert (record.models, record.data) == ({"a": {"dtype": "float32"}}, {"d": {"n": 40}})
    assert record.provenance.command == "calibrant survey a"


@pytest.mark.parametrize(
    ("interviews", "message"), [([], "there are none"), ([said("a"), said("a")], "a on d is there twice")]
)
def test_refused(interviews, message):
    with pytest.raises(InputError, match=message):
        make_survey(interviews, settings=QUICK, quiet=True)
