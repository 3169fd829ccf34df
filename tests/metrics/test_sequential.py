"""The sequential test: by hand, by a loop, its bound on false alarms, its speed, and its state."""

import json
from math import exp, log

import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.metrics import SequentialCalibrationTest
from calibrant.metrics import _sequential as module


def _overconfident(rng, n):
    """Answers whose true log-odds are half of those stated."""
    y_prob = rng.beta(6, 1.5, n)
    odds = np.sqrt(y_prob / (1 - y_prob))
    return (rng.random(n) < odds / (1 + odds)).astype(int), y_prob


def _wealth_by_loop(y_true, y_prob):
    """Peak and end of the mean wealth, with every bet written out."""
    wealth, peak = [1.0] * len(module._ALTERNATIVES), 1.0
    for y, p in zip(y_true, y_prob, strict=True):
        for k, (shift, scale) in enumerate(module._ALTERNATIVES):
            q = 1 / (1 + exp(-(shift + scale * log(p / (1 - p)))))
            wealth[k] *= q / p if y else (1 - q) / (1 - p)
        peak = max(peak, sum(wealth) / len(wealth))
    return peak, sum(wealth) / len(wealth)


def test_by_hand(monkeypatch):
    # The only alternative: log-odds higher by ln 3. At .5 it says .75: correct gains 1.5, wrong loses half.
    monkeypatch.setattr(module, "_ALTERNATIVES", np.array([(log(3), 1.0)]))
    watch = SequentialCalibrationTest(alpha=0.5)
    assert (watch.e_value, watch.p_value, watch.alarm) == (1, 1, False)
    assert watch.update(1, 0.5).e_value == pytest.approx(1.5)
    assert not watch.alarm
    assert watch.update([1], [0.5]).e_value == pytest.approx(2.25)
    assert watch.alarm
    assert watch.update([0, 0], [0.5, 0.5]).e_value == pytest.approx(2.25 / 4)
    assert watch.alarm
    assert watch.p_value == pytest.approx(1 / 2.25)
    assert watch.n == 4


def test_against_a_loop(rng):
    y_true, y_prob = _overconfident(rng, 60)
    peak, end = _wealth_by_loop(y_true, y_prob)
    watch = SequentialCalibrationTest().update(y_true, y_prob)
    assert watch.e_value == pytest.approx(end, rel=1e-10)
    assert watch.p_value == pytest.approx(1 / peak, rel=1e-10)
    assert watch.log_e_value == pytest.approx(log(end))


@pytest.mark.parametrize("p", [1e-300, 1e-9, 0.3, 0.5, 0.9, 1 - 2**-53])
def test_no_bet_gains_on_average(p):
    gain = [SequentialCalibrationTest().update([y], [p]) for y in (0, 1)]
    # p times tiny is all that the rare outcome may add, so it is weighed on the log scale.
    mean = (1 - p) * exp(gain[0].log_e_value) + exp(log(p) + gain[1].log_e_value)
    assert mean == pytest.approx(1, rel=1e-9)


def test_a_batch_is_its_rows_one_by_one(rng):
    y_true, y_prob = _overconfident(rng, 300)
    y_prob[:20] = np.round(y_prob[:20])
    y_true[:20] = y_prob[:20]
    batch, single = SequentialCalibrationTest().update(y_true, y_prob), SequentialCalibrationTest()
    for y, p in zip(y_true, y_prob, strict=True):
        single.update(y, p)
    np.testing.assert_allclose(batch.state()["log_wealth"], single.state()["log_wealth"], rtol=1e-12, atol=1e-12)
    assert batch.p_value == pytest.approx(single.p_value, rel=1e-12)
    assert (batch.n, batch.alarm) == (single.n, single.alarm)


def test_chunks_change_nothing(rng, monkeypatch):
    y_true, y_prob = _overconfident(rng, 100)
    whole = SequentialCalibrationTest().update(y_true, y_prob).state()
    monkeypatch.setattr(module, "_CHUNK_ROWS", 7)
    assert SequentialCalibrationTest().update(y_true, y_prob).state() == whole


def test_false_alarms_are_bounded_over_the_whole_stream(rng):
    n_streams, alpha = 2000, 0.05
    alarms = 0
    for _ in range(n_streams):
        y_prob = rng.beta(4, 2, 1000)
        alarms += SequentialCalibrationTest(alpha).update(rng.random(1000) < y_prob, y_prob).alarm
    # 3 Monte-Carlo errors above the bound; far below it, the test would be wasteful.
    assert alpha / 3 < alarms / n_streams <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / n_streams)


def test_an_overconfident_stream_is_found_within_a_few_hundred(rng):
    found = [SequentialCalibrationTest().update(*_overconfident(rng, 400)).alarm for _ in range(100)]
    assert np.mean(found) >= 0.95


@pytest.mark.parametrize("shift", [-0.6, 0.6])
def test_a_shift_of_either_sign_is_found(shift, rng):
    y_prob = rng.uniform(0.3, 0.7, 600)
    odds = y_prob / (1 - y_prob) * exp(shift)
    assert SequentialCalibrationTest(0.01).update(rng.random(600) < odds / (1 + odds), y_prob).alarm


def test_certain_and_right_changes_nothing_but_the_count():
    watch = SequentialCalibrationTest().update([0, 1, 1], [0, 1, 1])
    assert (watch.n, watch.n_impossible, watch.e_value, watch.p_value) == (3, 0, 1, 1)


@pytest.mark.parametrize(("y", "p"), [(1, 0), (0, 1)])
def test_the_impossible_raises_the_alarm_for_good(y, p):
    watch = SequentialCalibrationTest().update(y, p).update([1, 0], [0.5, 0.5])
    assert (watch.e_value, watch.log_e_value, watch.p_value) == (np.inf, np.inf, 0)
    assert (watch.alarm, watch.n, watch.n_impossible) == (True, 3, 1)


def test_evidence_beyond_a_float_is_infinite_but_its_log_is_not():
    watch = SequentialCalibrationTest().update(np.zeros(3000), np.full(3000, 0.9))
    assert watch.e_value == np.inf
    assert 709 < watch.log_e_value < np.inf


def test_merged_streams_have_the_e_value_of_all_their_answers(rng):
    y_true, y_prob = _overconfident(rng, 120)
    whole = SequentialCalibrationTest().update(y_true, y_prob)
    first, second = (
        SequentialCalibrationTest().update(y_true[part], y_prob[part]) for part in (slice(70), slice(70, 120))
    )
    before = second.state()
    merged = first.merge(second)
    assert merged is first
    assert second.state() == before
    assert merged.log_e_value == pytest.approx(whole.log_e_value, rel=1e-12)
    assert merged.n == 120
    # Of the second half only the end is known.
    assert merged.p_value >= whole.p_value * (1 - 1e-12)


def test_merging_does_not_take_over_an_alarm_that_was_lost(monkeypatch):
    monkeypatch.setattr(module, "_ALTERNATIVES", np.array([(log(3), 1.0)]))
    raised = SequentialCalibrationTest(0.5).update([1, 1, 0, 0], [0.5] * 4)
    assert raised.alarm
    assert not SequentialCalibrationTest(0.5).merge(raised).alarm
    assert raised.merge(SequentialCalibrationTest(0.5)).alarm
    impossible = SequentialCalibrationTest(0.5).update(1, 0)
    assert SequentialCalibrationTest(0.5).merge(impossible).alarm


def test_another_alpha_cannot_be_merged():
    with pytest.raises(InputError, match=r"other must have the same alpha, 0\.05; got 0\.01"):
        SequentialCalibrationTest(0.05).merge(SequentialCalibrationTest(0.01))


def test_state_survives_json_and_goes_on_as_before(rng):
    y_true, y_prob = _overconfident(rng, 50)
    watch = SequentialCalibrationTest(0.02).update(y_true, y_prob).update(1, 0)
    text = json.dumps(watch.state(), allow_nan=False)
    restored = SequentialCalibrationTest.from_state(json.loads(text))
    assert restored.state() == watch.state()
    assert restored.update(y_true, y_prob).state() == watch.update(y_true, y_prob).state()
    assert len(text) < 2000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"more": 1}, "state must have the keys"),
        ({"n": "many"}, "state must hold numbers"),
        ({"n": None}, "counts n >= n_impossible >= 0"),
        ({"n": 1.5}, "counts n >= n_impossible >= 0"),
        ({"n_impossible": 2}, "counts n >= n_impossible >= 0"),
        ({"log_peak": -1}, "finite log_peak of at least 0"),
        ({"log_peak": float("inf")}, "finite log_peak of at least 0"),
        ({"alpha": 2}, "alpha must be greater than 0 and less than 1"),
        ({"log_wealth": [0.0]}, "44 finite numbers as log_wealth"),
        ({"log_wealth": [float("nan")] * 44}, "44 finite numbers as log_wealth"),
    ],
)
def test_a_state_that_is_none_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        SequentialCalibrationTest.from_state(SequentialCalibrationTest().state() | change)


@pytest.mark.parametrize(
    ("y_true", "y_prob", "message"),
    [
        (1, 87, r"y_prob must lie in \[0, 1\]; row 0 is 87"),
        (2, 0.5, "y_true must be 1"),
        ([1, 0], [0.5, np.nan], "row 1 is nan"),
        ([], [], "at least one row"),
        ([1], [0.5, 0.5], "as many rows as y_true"),
    ],
)
def test_bad_answers_are_refused_and_leave_no_trace(y_true, y_prob, message):
    watch = SequentialCalibrationTest()
    with pytest.raises(InputError, match=message):
        watch.update(y_true, y_prob)
    assert watch.state() == SequentialCalibrationTest().state()


@pytest.mark.parametrize("alpha", [0, 1, float("nan")])
def test_alpha_must_be_a_probability(alpha):
    with pytest.raises(InputError, match="alpha must be greater than 0 and less than 1"):
        SequentialCalibrationTest(alpha)
