"""Sums from the most confident row down."""

import numpy as np

from calibrant.metrics._check import check_scores
from calibrant.metrics._cumulative import accumulate


def test_ties_enter_together_and_rows_without_weight_not_at_all():
    above = accumulate(check_scores([1, 0, 1, 0, 1], [0.2, 0.9, 0.2, 0.5, 0.0], [1, 2, 3, 0, 4]))
    np.testing.assert_array_equal(above.threshold, [0.9, 0.2, 0.0])
    np.testing.assert_array_equal(above.weight, [2, 6, 10])
    np.testing.assert_array_equal(above.correct, [0, 4, 8])


def test_scores_far_apart_do_not_overflow():
    above = accumulate(check_scores([1, 0], [-1.7e308, 1.7e308], None))
    np.testing.assert_array_equal(above.threshold, [1.7e308, -1.7e308])
