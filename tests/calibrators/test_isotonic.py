import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from calibrant.calibrators import IsotonicCalibration

ROWS = st.lists(
    st.tuples(st.integers(0, 10).map(lambda k: k / 10), st.integers(0, 1), st.integers(1, 3)), min_size=1, max_size=25
)


def naive_isotonic(x, y, weight):
    """At each distinct x: the largest, over starts up to it, of the least mean from there to an end beyond it."""
    levels = np.unique(x)
    mass = np.array([weight[x == level].sum() for level in levels])
    right = np.array([(weight * y)[x == level].sum() for level in levels])

    def mean(first, last):
        return right[first : last + 1].sum() / mass[first : last + 1].sum()

    n = len(levels)
    return levels, np.array([max(min(mean(a, b) for b in range(i, n)) for a in range(i + 1)) for i in range(n)])


def test_by_hand_a_violation_is_pooled():
    # With the added answers: 1 of 2 at 0, 1 of 1 at .4, 0 of 1 at .6, 1 of 2 at 1; the middle two pool to 1 of 2.
    isotonic = IsotonicCalibration().fit([0.0, 0.4, 0.6, 1.0], [0, 1, 0, 1])
    assert_allclose(isotonic.predict([0.0, 0.4, 0.5, 0.6, 1.0]), 0.5)


def test_by_hand_line_between_blocks_level_outside():
    # With the added answers: 1 of 4 at .2 and 3 of 4 at .6.
    isotonic = IsotonicCalibration().fit([0.2] * 3 + [0.6] * 3, [0, 0, 0, 1, 1, 1])
    assert_allclose(isotonic.thresholds_, [0.2, 0.6])
    assert_allclose(isotonic.values_, [0.25, 0.75])
    assert_allclose(isotonic.predict([0.0, 0.2, 0.3, 0.4, 0.6, 1.0]), [0.25, 0.25, 0.375, 0.5, 0.75, 0.75])


@pytest.mark.parametrize("confidence", [0.0, 0.9, 1.0])
def test_constant_confidence_gives_laplaces_rule(confidence):
    isotonic = IsotonicCalibration().fit([confidence] * 4, [1, 1, 1, 0])
    assert_allclose(isotonic.predict([0.0, confidence, 1.0]), 4 / 6)


@pytest.mark.parametrize(("outcome", "expected"), [(1, 4 / 5), (0, 1 / 5)])
def test_one_class_is_not_certain(outcome, expected):
    # The added answer that goes against the rest pools them all: 3 + 1 of 3 + 2, or 0 + 1 of 3 + 2.
    isotonic = IsotonicCalibration().fit([0.2, 0.5, 0.9], [outcome] * 3)
    assert_allclose(isotonic.predict([0.2, 0.5, 0.9]), expected)


def test_rows_of_no_weight_do_not_carry_the_added_answers():
    with_them = IsotonicCalibration().fit([0.1, 0.4, 0.5, 0.9], [1, 0, 1, 0], sample_weight=[0, 2, 3, 0])
    without = IsotonicCalibration().fit([0.4, 0.5], [0, 1], sample_weight=[2, 3])
    assert with_them.thresholds_.tolist() == without.thresholds_.tolist()
    assert with_them.values_.tolist() == without.values_.tolist()


@given(ROWS)
def test_agrees_with_the_max_min_formula(rows):
    x, y, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    levels, expected = naive_isotonic(np.append(x, [x.min(), x.max()]), np.append(y, [1, 0]), np.append(weight, [1, 1]))
    isotonic = IsotonicCalibration().fit(x, y, sample_weight=weight)
    assert_allclose(isotonic.predict(levels), expected, atol=1e-12)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_never_falls_and_is_never_certain(rows):
    y_prob, y_true = zip(*rows, strict=True)
    given_to = IsotonicCalibration().fit(y_prob, y_true).predict(np.union1d(y_prob, np.linspace(0, 1, 101)))
    assert (np.diff(given_to) >= -1e-15).all()
    least = 1 / (len(rows) + 2)
    assert ((given_to >= least - 1e-12) & (given_to <= 1 - least + 1e-12)).all()


def test_recovers_a_known_distortion():
    rng = np.random.default_rng(0)
    y_prob = rng.random(20_000)
    isotonic = IsotonicCalibration().fit(y_prob, rng.random(20_000) < y_prob**3)
    grid = np.linspace(0.05, 0.95, 19)
    assert_allclose(isotonic.predict(grid), grid**3, atol=0.06)
