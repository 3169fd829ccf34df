import numpy as np
import pytest

from calibrant.evaluation import Answers, EvaluationSettings
from calibrant.evaluation._signal_panel import MeasuredSignal, measure_signals
from calibrant.metrics import auroc, bootstrap_interval, brier_score

N = 240
RIGHT = np.tile([1.0, 0.0], N // 2)
NOISE = np.random.default_rng(0).uniform(size=N)
SETTINGS = EvaluationSettings(n_boot=60, n_draws=20)
GROUPS = [f"g{i // 2}" for i in range(N)]


def measured(confidence, *, rows=None, is_probability=True, mapped=True):
    places = np.arange(N) if rows is None else np.asarray(rows)
    own = np.asarray(confidence)[places]
    after = Answers(RIGHT[places], np.full(places.size, 0.5)) if mapped else None
    return MeasuredSignal(places, Answers(RIGHT[places], own), is_probability, after)


def measure(**signals):
    return measure_signals(signals, groups=GROUPS, compared=list(signals), settings=SETTINGS, quiet=True)


def test_a_perfect_signal_and_a_constant_one():
    panels, differences = measure(perfect=measured(RIGHT), constant=measured(np.full(N, 0.5)))
    assert panels["perfect"]["raw"]["auroc"] == {"value": 1, "low": 1, "high": 1}
    assert panels["perfect"]["raw"]["brier_score"]["value"] == 0
    assert panels["constant"]["raw"]["auroc"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert panels["constant"]["raw"]["brier_score"]["value"] == 0.25
    assert panels["constant"]["mapped"]["expected_calibration_error"]["value"] == 0
    assert panels["constant"]["mapped"]["log_loss"]["value"] == pytest.approx(np.log(2))
    assert list(differences) == ["constant"]
    assert differences["constant"] == pytest.approx({"value": -0.5, "low": -0.5, "high": -0.5})


def test_intervals_are_those_of_each_metric_alone():
    raw = measure(noise=measured(NOISE))[0]["noise"]["raw"]
    for name, metric in (("auroc", auroc), ("brier_score", brier_score)):
        alone = bootstrap_interval(metric, RIGHT, NOISE, groups=GROUPS, method="bca", n_boot=60)
        assert raw[name] == pytest.approx({"value": alone.value, "low": alone.low, "high": alone.high})


def test_what_is_left_has_the_weights_of_its_own_groups():
    rows = [row for row in range(N) if row % 4 in (0, 3)]
    raw = measure(one_of_each_pair=measured(NOISE, rows=rows))[0]["one_of_each_pair"]["raw"]
    alone = bootstrap_interval(
        auroc, RIGHT[rows], NOISE[rows], groups=[GROUPS[row] for row in rows], method="bca", n_boot=60
    )
    assert raw["auroc"] == pytest.approx({"value": alone.value, "low": alone.low, "high": alone.high})


def test_a_score_is_not_scored_as_a_probability():
    panel = measure(score=measured(NOISE, is_probability=False, mapped=False))[0]["score"]
    assert panel["raw"]["log_loss"] is panel["raw"]["brier_score"] is panel["mapped"] is None
    assert panel["raw"]["auroc"]["value"] is not None


def test_what_is_missing_is_left_out():
    rows = [row for row in range(N) if row % 20 > 1]
    panel = measure(gaps=measured(NOISE, rows=rows))[0]["gaps"]
    assert panel["raw"]["auroc"]["value"] == auroc(RIGHT[rows], NOISE[rows])
    assert sum(panel["mapped"]["curve"]["count"]) == len(rows)


def test_differences_are_on_the_answers_that_all_have():
    rows = [row for row in range(N) if row % 20 > 1]
    _, differences = measure(whole=measured(NOISE), gaps=measured(RIGHT, rows=rows))
    assert differences["gaps"]["value"] == pytest.approx(1 - auroc(RIGHT[rows], NOISE[rows]))


def test_nothing_is_compared_where_too_few_answers_are_shared():
    _, differences = measure(first=measured(NOISE, rows=range(150)), second=measured(NOISE, rows=range(90, N)))
    assert differences == {}


def test_no_signal_is_no_work():
    assert measure() == ({}, {})
