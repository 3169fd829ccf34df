"""The two means."""

import pytest

from calibrant.metrics import accuracy, mean_confidence


def test_by_hand():
    y_true, y_prob = [1, 0, 0, 1], [1, 0, 0.5, 0.9]
    assert accuracy(y_true, y_prob) == 0.5
    assert mean_confidence(y_true, y_prob) == pytest.approx(0.6)
    assert accuracy(y_true, y_prob, sample_weight=[3, 0, 1, 0]) == 0.75
    assert mean_confidence(y_true, y_prob, sample_weight=[3, 0, 1, 0]) == pytest.approx(3.5 / 4)


def test_each_ignores_the_other_column():
    assert accuracy([1, 0], [0.1, 0.9]) == accuracy([1, 0], [-5, 7])
    assert mean_confidence([1, 0], [0.1, 0.9]) == mean_confidence([0, 0], [0.1, 0.9])
