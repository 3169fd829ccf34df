"""The parts by hand, against loops, and that they sum to the score whatever the rows."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.metrics import (
    brier_decomposition,
    brier_score,
    brier_skill_score,
    log_loss,
    recalibration_decomposition,
)

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.one_of(st.integers(0, 30).map(lambda k: k / 30), st.floats(0, 1)), st.floats(0, 5)),
    min_size=1,
    max_size=40,
).filter(lambda rows: sum(weight for *_, weight in rows) > 0.1)
SCORES = {"log_loss": log_loss, "brier_score": brier_score}


def test_murphy_by_hand():
    # At .25 one of two right, at 1 both: accuracy .75. Each bin holds one value.
    parts = brier_decomposition([1, 0, 1, 1], [0.25, 0.25, 1, 1])
    assert parts.reliability == pytest.approx(0.5 * 0.0625)
    assert parts.resolution == pytest.approx(0.5 * 0.0625 + 0.5 * 0.0625)
    assert parts.uncertainty == pytest.approx(0.1875)
    assert parts.within_variance == parts.within_covariance == 0
    assert parts.brier_score == pytest.approx((0.5625 + 0.0625) / 4)


@given(rows=ROWS, n_bins=st.integers(1, 12), strategy=st.sampled_from(["uniform", "quantile", "unique"]))
@settings(deadline=None, max_examples=150)
def test_the_five_parts_sum_to_the_score(rows, n_bins, strategy):
    y_true, y_prob, weight = np.array(rows).T
    for edges in ("right", "left"):
        parts = brier_decomposition(y_true, y_prob, n_bins=n_bins, strategy=strategy, edges=edges, sample_weight=weight)
        total = parts.reliability - parts.resolution + parts.uncertainty
        assert total + parts.within_variance - parts.within_covariance == pytest.approx(parts.brier_score, abs=1e-12)
        assert parts.reliability - parts.generalized_resolution + parts.uncertainty == pytest.approx(
            parts.brier_score, abs=1e-12
        )
        assert parts.brier_score == brier_score(y_true, y_prob, sample_weight=weight)
        assert min(parts.reliability, parts.resolution, parts.uncertainty, parts.within_variance) >= -1e-15


def test_each_part_against_a_loop(rng):
    y_prob = rng.integers(41, size=200) / 40
    y_true = (rng.random(200) < y_prob**2).astype(int)
    parts = brier_decomposition(y_true, y_prob, n_bins=8)
    expected = dict.fromkeys(["reliability", "resolution", "within_variance", "within_covariance"], 0.0)
    accuracy = sum(y_true) / 200
    for b in range(8):
        members = [i for i in range(200) if b / 8 < y_prob[i] <= (b + 1) / 8 or (b == 0 and y_prob[i] == 0)]
        rate = sum(y_true[i] for i in members) / len(members)
        mean = sum(y_prob[i] for i in members) / len(members)
        expected["reliability"] += len(members) / 200 * (mean - rate) ** 2
        expected["resolution"] += len(members) / 200 * (rate - accuracy) ** 2
        expected["within_variance"] += sum((y_prob[i] - mean) ** 2 for i in members) / 200
        expected["within_covariance"] += 2 * sum((y_true[i] - rate) * (y_prob[i] - mean) for i in members) / 200
    for name, value in expected.items():
        assert getattr(parts, name) == pytest.approx(value, abs=1e-12), name


def test_three_parts_miss_the_score_and_five_do_not():
    # One bin of 1 (right) and .5 (wrong): Murphy's three, which calibstats stops at, sum to .3125 instead of .125.
    parts = brier_decomposition([1, 0], [1, 0.5], n_bins=1)
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(0.3125)
    assert parts.within_variance - parts.within_covariance == pytest.approx(0.125 - 0.3125)
    assert parts.generalized_resolution == pytest.approx(0.1875)


def _best_rising(y_true, y_prob, score):
    """The least score of any map that rises over the distinct confidences, by trying all ways to join neighbours."""
    values = sorted(set(y_prob))
    best = np.inf
    for cuts in itertools.product([False, True], repeat=len(values) - 1):
        block = dict(zip(values, np.cumsum([0, *cuts]), strict=True))
        blocks = [block[p] for p in y_prob]
        rate = [np.mean([y for y, c in zip(y_true, blocks, strict=True) if c == b]) for b in range(max(blocks) + 1)]
        if rate == sorted(rate):
            best = min(best, score(y_true, [rate[b] for b in blocks]))
    return best


@pytest.mark.parametrize("name", SCORES)
def test_recalibration_against_all_rising_maps(rng, name):
    score = SCORES[name]
    for _ in range(20):
        y_prob = (rng.integers(7, size=25) / 6).tolist()
        y_true = rng.integers(2, size=25).tolist()
        parts = recalibration_decomposition(y_true, y_prob, score=name)
        assert parts.refinement == pytest.approx(_best_rising(y_true, y_prob, score), abs=1e-12)
        assert parts.score == score(y_true, y_prob)
        assert parts.uncertainty == pytest.approx(score(y_true, [np.mean(y_true)] * 25))


@given(rows=ROWS, name=st.sampled_from(list(SCORES)))
@settings(deadline=None, max_examples=150)
def test_the_parts_of_recalibration_sum_and_are_not_negative(rows, name):
    y_true, y_prob, weight = np.array(rows).T
    parts = recalibration_decomposition(y_true, y_prob, score=name, sample_weight=weight)
    total = parts.miscalibration - parts.discrimination + parts.uncertainty
    assert total == pytest.approx(parts.score, abs=1e-12, rel=1e-12)
    assert parts.miscalibration + parts.refinement == pytest.approx(parts.score, abs=1e-12, rel=1e-12)
    assert parts.miscalibration >= -1e-12
    assert parts.discrimination >= -1e-12
    assert parts.refinement >= -1e-12


@pytest.mark.parametrize("name", SCORES)
def test_a_rising_map_moves_only_the_miscalibration(rng, name):
    y_prob = rng.integers(1, 20, size=100) / 20
    y_true = rng.random(100) < y_prob
    before = recalibration_decomposition(y_true, y_prob, score=name)
    after = recalibration_decomposition(y_true, y_prob**3, score=name)
    assert after.discrimination == pytest.approx(before.discrimination, abs=1e-12)
    assert after.uncertainty == pytest.approx(before.uncertainty, abs=1e-12)
    assert after.miscalibration > before.miscalibration


def test_recalibration_by_hand():
    # Pools (1, 0) at .5 and .6 to 1/2: refinement (.25 + .25) / 4; the base rate 1/2 has .25.
    parts = recalibration_decomposition([0, 1, 0, 1], [0.2, 0.5, 0.6, 0.8], score="brier_score")
    assert parts.score == pytest.approx((0.04 + 0.25 + 0.36 + 0.04) / 4)
    assert parts.refinement == pytest.approx(0.125)
    assert parts.miscalibration == pytest.approx(0.0475)
    assert parts.discrimination == pytest.approx(0.125)


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("outcome", [0, 1])
def test_of_one_class_all_is_miscalibration(name, outcome):
    parts = recalibration_decomposition([outcome] * 3, [0.3, 0.5, 0.5], score=name)
    assert parts.miscalibration == parts.score > 0
    assert parts.discrimination == parts.uncertainty == parts.refinement == 0


def test_an_unknown_score_is_refused():
    with pytest.raises(InputError, match=r"^score must be one of 'log_loss', 'brier_score'; got 'ece'\.$"):
        recalibration_decomposition([1], [0.5], score="ece")


def test_skill_by_hand():
    # Brier .18 against .25, and against the base rate itself, and worse than it.
    assert brier_skill_score([1, 0], [0.4, np.sqrt(0)], sample_weight=[1, 1]) == pytest.approx(1 - 0.18 / 0.25)
    assert brier_skill_score([1, 0, 0, 0], [0.25] * 4) == pytest.approx(0)
    assert brier_skill_score([1, 0], [0, 1]) == -3
    assert brier_skill_score([1, 0], [1, 0]) == 1


def test_skill_of_one_class_is_undefined():
    assert np.isnan(brier_skill_score([1, 1], [0.9, 0.8]))
    assert np.isnan(brier_skill_score([0, 1], [0.9, 0.8], sample_weight=[1, 0]))


@pytest.mark.parametrize("name", SCORES)
def test_rounded_weights_make_no_probability_above_1(rng, name):
    for size in range(2, 60):
        weight = rng.random(size) / 3
        parts = recalibration_decomposition(np.ones(size), 1 - rng.random(size), score=name, sample_weight=weight)
        assert parts.refinement == pytest.approx(0, abs=1e-12)
