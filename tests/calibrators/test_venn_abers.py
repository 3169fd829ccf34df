import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import isotonic_regression

from calibrant.calibrators import VennAbers

ROWS = st.lists(
    st.tuples(st.integers(0, 10).map(lambda k: k / 10), st.integers(0, 1), st.integers(1, 3)), min_size=1, max_size=25
)


def refit(x, y, weight, new, label):
    """Value of isotonic regression at a confidence, that answer added with the label given."""
    x, y, weight = np.append(x, new), np.append(y, label), np.append(weight, 1.0)
    distinct, where = np.unique(x, return_inverse=True)
    mass = np.bincount(where, weight)
    return isotonic_regression(np.bincount(where, weight * y) / mass, weights=mass).x[distinct == new].item()


def test_by_hand_two_confidences():
    # Right are 1 of 3 at .2 and 2 of 3 at .8. Added at .2: 1/4 or 2/4; at .8: 2/4 or 3/4; between: as a neighbour.
    venn_abers = VennAbers().fit([0.2] * 3 + [0.8] * 3, [1, 0, 0, 1, 1, 0])
    assert_allclose(
        venn_abers.predict_interval([0.0, 0.2, 0.5, 0.8, 1.0]),
        [[0, 1 / 2], [1 / 4, 1 / 2], [1 / 4, 3 / 4], [1 / 2, 3 / 4], [1 / 2, 1]],
    )
    assert_allclose(venn_abers.predict([0.0, 0.2, 0.5, 0.8, 1.0]), [1 / 3, 2 / 5, 1 / 2, 3 / 5, 2 / 3])


@pytest.mark.parametrize("confidence", [0.0, 0.7, 1.0])
def test_constant_confidence(confidence):
    # 3 of 4 right: 3/5 and 4/5.
    venn_abers = VennAbers().fit([confidence] * 4, [1, 1, 1, 0])
    assert_allclose(venn_abers.predict_interval([confidence]), [[3 / 5, 4 / 5]])
    assert_allclose(venn_abers.predict([confidence]), 2 / 3)


def test_one_class_is_not_certain():
    # 3 of 3 right: a wrong one at the top makes 3/4 for it where it ties or is higher; p1 is 1, so 1 / (2 - 3/4).
    venn_abers = VennAbers().fit([0.2, 0.5, 0.9], [1, 1, 1])
    assert_allclose(venn_abers.predict([0.9, 1.0]), 4 / 5)
    assert_allclose(VennAbers().fit([0.2, 0.5, 0.9], [0, 0, 0]).predict([0.0, 0.2]), 1 / 5)


def test_a_single_row():
    assert_allclose(VennAbers().fit([0.7], [1]).predict_interval([0.6, 0.7]), [[0, 1], [1 / 2, 1]])


@settings(max_examples=200)
@given(ROWS)
def test_agrees_with_fitting_again_under_both_labels(rows):
    x, y, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    venn_abers = VennAbers().fit(x, y, sample_weight=weight)
    grid = np.linspace(0, 1, 21)  # the confidences and the middles between them
    grid = np.unique(np.concatenate([x, grid]))
    expected = [[refit(x, y, weight, new, label) for label in (0.0, 1.0)] for new in grid]
    assert_allclose(venn_abers.predict_interval(grid), expected, atol=1e-12)


def test_agrees_with_fitting_again_on_many_rows():
    rng = np.random.default_rng(0)
    x = rng.random(500)
    y = (rng.random(500) < x**2).astype(float)
    new = rng.random(100)
    expected = [[refit(x, y, np.ones(500), one, label) for label in (0.0, 1.0)] for one in new]
    assert_allclose(VennAbers().fit(x, y).predict_interval(new), expected, atol=1e-12)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_never_falls_and_is_never_certain(rows):
    y_prob, y_true = zip(*rows, strict=True)
    venn_abers = VennAbers().fit(y_prob, y_true)
    grid = np.union1d(y_prob, np.linspace(0, 1, 101))
    interval, given_to = venn_abers.predict_interval(grid), venn_abers.predict(grid)
    assert (np.diff(interval, axis=0) >= -1e-12).all()
    assert (np.diff(given_to) >= -1e-12).all()
    assert (interval[:, 0] < interval[:, 1]).all()
    least = 1 / (len(rows) + 2)
    assert ((given_to >= least - 1e-12) & (given_to <= 1 - least + 1e-12)).all()
    assert ((interval[:, 0] <= given_to) & (given_to <= interval[:, 1])).all()


def test_of_the_two_the_one_with_the_true_label_is_calibrated():
    # The guarantee, on few rows: p of the label that came out is right on average, wherever the model stands.
    rng = np.random.default_rng(0)
    gap = []
    for _ in range(3000):
        x = rng.random(11)
        y = (rng.random(11) < 0.2 + 0.3 * x).astype(int)
        p = VennAbers().fit(x[:-1], y[:-1]).predict_interval(x[-1:])[0, y[-1]]
        gap.append(y[-1] - p)
    assert abs(np.mean(gap)) < 3.5 * np.std(gap) / np.sqrt(3000)


def test_ten_thousand_rows_take_no_time():
    rng = np.random.default_rng(0)
    x = rng.random(10_000)
    venn_abers = VennAbers().fit(x, rng.random(10_000) < x)
    started = time.perf_counter()
    venn_abers.predict(rng.random(10_000))
    assert time.perf_counter() - started < 0.1  # two fits a row would take minutes
