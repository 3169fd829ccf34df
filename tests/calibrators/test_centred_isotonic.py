import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from calibrant.calibrators import CentredIsotonic, IsotonicCalibration

ROWS = st.lists(
    st.tuples(st.integers(0, 10).map(lambda k: k / 10), st.integers(0, 1), st.integers(1, 3)), min_size=1, max_size=25
)


def naive_centred(x, y, weight):
    """Pool two neighbours that do not rise, one pair at a time, until there is none."""
    blocks = [(x[i], y[i], weight[i]) for i in np.argsort(x, kind="stable")]
    merged = []
    for level, right, mass in blocks:  # equal confidences first
        if merged and merged[-1][0] == level:
            merged[-1][1] += right * mass
            merged[-1][2] += mass
        else:
            merged.append([level, right * mass, mass])
    points = [[level * mass, right, mass] for level, right, mass in merged]
    i = 0
    while i + 1 < len(points):
        (_, low, m), (_, high, k) = points[i], points[i + 1]
        if low * k >= high * m:
            points[i : i + 2] = [[a + b for a, b in zip(points[i], points[i + 1], strict=True)]]
            i = max(i - 1, 0)
        else:
            i += 1
    return np.array([[total / mass, right / mass] for total, right, mass in points]).T


def test_by_hand_lines_between_the_centres_of_blocks():
    # With the added answers 1 of 3 at .1, 1 of 2 over .3 and .4 (out of order), 2 of 3 at .9.
    y_prob, y_true = [0.1, 0.1, 0.3, 0.4, 0.9, 0.9], [0, 0, 1, 0, 1, 1]
    centred = CentredIsotonic().fit(y_prob, y_true)
    assert_allclose(centred.thresholds_, [0.1, 0.35, 0.9])
    assert_allclose(centred.values_, [1 / 3, 1 / 2, 2 / 3])
    assert_allclose(centred.predict([0.0, 0.225, 0.35, 0.625, 1.0]), [1 / 3, 5 / 12, 1 / 2, 7 / 12, 2 / 3])


def test_blocks_that_are_equal_are_one():
    # With the added answers 1 of 3, 2 of 6 and 2 of 3 right.
    centred = CentredIsotonic().fit([0.1] * 2 + [0.4] * 6 + [0.9] * 2, [0, 0, 1, 1, 0, 0, 0, 0, 1, 1])
    assert_allclose(centred.thresholds_, [(3 * 0.1 + 6 * 0.4) / 9, 0.9])
    assert_allclose(centred.values_, [1 / 3, 2 / 3])


@pytest.mark.parametrize("confidence", [0.0, 0.9, 1.0])
def test_constant_confidence_gives_laplaces_rule(confidence):
    centred = CentredIsotonic().fit([confidence] * 4, [1, 1, 1, 0])
    assert_allclose(centred.predict([0.0, confidence, 1.0]), 4 / 6)


@pytest.mark.parametrize(("outcome", "expected"), [(1, 4 / 5), (0, 1 / 5)])
def test_one_class_is_not_certain(outcome, expected):
    assert_allclose(CentredIsotonic().fit([0.2, 0.5, 0.9], [outcome] * 3).predict([0.2, 0.5, 0.9]), expected)


def test_rows_of_no_weight_do_not_carry_the_added_answers():
    with_them = CentredIsotonic().fit([0.1, 0.4, 0.5, 0.9], [1, 0, 1, 0], sample_weight=[0, 2, 3, 0])
    without = CentredIsotonic().fit([0.4, 0.5], [0, 1], sample_weight=[2, 3])
    assert with_them.thresholds_.tolist() == without.thresholds_.tolist()
    assert with_them.values_.tolist() == without.values_.tolist()


@given(ROWS)
def test_agrees_with_pooling_pair_by_pair(rows):
    x, y, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    centred = CentredIsotonic().fit(x, y, sample_weight=weight)
    thresholds, values = naive_centred(
        np.append(x, [x.min(), x.max()]), np.append(y, [1, 0]), np.append(weight, [1, 1])
    )
    assert_allclose(centred.thresholds_, thresholds, atol=1e-12)
    assert_allclose(centred.values_, values, atol=1e-12)


@given(ROWS)
def test_its_points_lie_on_the_blocks_of_isotonic_calibration(rows):
    x, y, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    centred = CentredIsotonic().fit(x, y, sample_weight=weight)
    plain = IsotonicCalibration().fit(x, y, sample_weight=weight)
    assert_allclose(centred.values_, plain.predict(centred.thresholds_), atol=1e-12)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_rises_between_its_points_and_is_never_certain(rows):
    y_prob, y_true = zip(*rows, strict=True)
    centred = CentredIsotonic().fit(y_prob, y_true)
    assert (np.diff(centred.thresholds_) > 0).all()
    assert (np.diff(centred.values_) > 0).all()
    given_to = centred.predict(np.union1d(y_prob, np.linspace(0, 1, 101)))
    least = 1 / (len(rows) + 2)
    assert ((given_to >= least - 1e-12) & (given_to <= 1 - least + 1e-12)).all()


def test_recovers_a_known_distortion():
    rng = np.random.default_rng(0)
    y_prob = rng.random(20_000)
    centred = CentredIsotonic().fit(y_prob, rng.random(20_000) < y_prob**3)
    grid = np.linspace(0.05, 0.95, 19)
    assert_allclose(centred.predict(grid), grid**3, atol=0.06)
