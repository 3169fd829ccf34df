"""AUROC by hand, by counting pairs, against scikit-learn, and what must not change it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from calibrant.metrics import auroc

ROWS = st.lists(st.tuples(st.booleans(), st.integers(-5, 5)), min_size=1, max_size=30)


def _auroc_by_pairs(y_true, y_score):
    right = [s for y, s in zip(y_true, y_score, strict=True) if y]
    wrong = [s for y, s in zip(y_true, y_score, strict=True) if not y]
    if not right or not wrong:
        return np.nan
    return np.mean([(r > w) + 0.5 * (r == w) for r in right for w in wrong])


def test_by_hand_with_ties():
    # Pairs (right, wrong): (.9, .9) half, (.9, .1) in order, (.5, .9) not, (.5, .1) in order.
    assert auroc([1, 0, 1, 0], [0.9, 0.9, 0.5, 0.1]) == 2.5 / 4


def test_constant_confidence_is_chance():
    assert auroc([1, 0, 0], [0.7, 0.7, 0.7]) == 0.5


@pytest.mark.parametrize("y_true", [[1, 1], [0, 0]])
def test_one_class_is_undefined_not_chance(y_true):
    assert np.isnan(auroc(y_true, [0.1, 0.9]))


def test_a_class_without_weight_is_absent():
    assert np.isnan(auroc([1, 0], [0.1, 0.9], sample_weight=[0.3, 0]))


@given(ROWS)
@settings(deadline=None)
def test_against_counting_pairs(rows):
    y_true, y_score = zip(*rows, strict=True)
    np.testing.assert_allclose(auroc(y_true, y_score), _auroc_by_pairs(y_true, y_score), atol=1e-12)


def test_against_scikit_learn_with_weights_and_ties(rng):
    y_true, y_score, weight = rng.integers(2, size=200), rng.integers(20, size=200) / 20, rng.random(200)
    expected = roc_auc_score(y_true, y_score, sample_weight=weight)
    assert auroc(y_true, y_score, sample_weight=weight) == pytest.approx(expected)


@given(ROWS)
@settings(deadline=None)
def test_rising_maps_change_nothing_and_falling_ones_mirror_it(rows):
    y_true, y_score = np.array(rows).T
    np.testing.assert_allclose(auroc(y_true, np.exp(y_score) - 7), auroc(y_true, y_score))
    np.testing.assert_allclose(auroc(y_true, -y_score), 1 - auroc(y_true, y_score), atol=1e-12)


def test_perfect_ranking_is_1():
    assert auroc([1, 1, 0], [3, 2, -1]) == 1
