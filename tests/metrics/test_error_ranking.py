"""Average precision of errors by hand, by a loop, and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from calibrant.metrics import auprc_of_errors

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), min_size=1, max_size=30)


def _by_loop(y_true, y_score):
    n_wrong = sum(1 - y for y in y_true)
    total = 0.0
    for threshold in sorted(set(y_score)):
        flagged = [1 - y for y, s in zip(y_true, y_score, strict=True) if s <= threshold]
        at = sum(1 - y for y, s in zip(y_true, y_score, strict=True) if s == threshold)
        total += at / n_wrong * sum(flagged) / len(flagged)
    return total


def test_by_hand_with_a_tie():
    # At .1 one of one is wrong; the tie at .2 brings the other of three: 1/2 + 1/2 x 2/3.
    assert auprc_of_errors([0, 1, 0, 1], [0.1, 0.2, 0.2, 0.9]) == pytest.approx(1 / 2 + 1 / 3)


def test_errors_last_and_first():
    assert auprc_of_errors([1, 1, 0], [0.1, 0.2, 0.3]) == pytest.approx(1 / 3)
    assert auprc_of_errors([1, 1, 0], [0.3, 0.2, 0.1]) == 1


def test_constant_confidence_is_the_error_rate():
    assert auprc_of_errors([1, 0, 1, 1], [0.5] * 4) == 0.25


def test_nothing_to_find_is_nan_and_nothing_else_is_1():
    assert np.isnan(auprc_of_errors([1, 1], [0.2, 0.9]))
    assert np.isnan(auprc_of_errors([1, 0], [0.2, 0.9], sample_weight=[1, 0]))
    assert auprc_of_errors([0, 0], [0.2, 0.9]) == 1
    assert auprc_of_errors([0], [0]) == 1


@given(ROWS.filter(lambda rows: any(y == 0 for y, _ in rows)))
@settings(deadline=None)
def test_against_a_loop_and_rising_maps(rows):
    y_true, y_score = np.array(rows).T
    value = auprc_of_errors(y_true, y_score)
    assert value == pytest.approx(_by_loop(y_true.tolist(), y_score.tolist()), abs=1e-12)
    assert auprc_of_errors(y_true, np.exp(y_score)) == pytest.approx(value, abs=1e-12)


def test_against_scikit_learn_with_weights_and_ties(rng):
    y_true, y_score, weight = rng.integers(2, size=300), rng.integers(20, size=300) / 20, rng.random(300)
    expected = average_precision_score(1 - y_true, -y_score, sample_weight=weight)
    assert auprc_of_errors(y_true, y_score, sample_weight=weight) == pytest.approx(expected)
