import numpy as np
from numpy.testing import assert_allclose

from calibrant.calibrators import MatrixScaling


def test_by_hand_one_option_taken_for_another():
    # The model is sure of either option, and always wrong way round in 3 of 4: rows swap, whatever the diagonal was.
    logits = np.log([[0.8, 0.2]] * 4 + [[0.2, 0.8]] * 4)
    matrix = MatrixScaling().fit(logits, [1, 1, 1, 0, 0, 0, 0, 1])
    assert_allclose(matrix.predict_proba(np.log([[0.8, 0.2], [0.2, 0.8]])), [[0.25, 0.75], [0.75, 0.25]], atol=1e-3)


def test_a_row_of_the_matrix_makes_the_score_of_its_option():
    matrix = MatrixScaling().fit(np.log([[0.8, 0.2], [0.2, 0.8]]), [0, 1])
    matrix.weights_, matrix.intercepts_ = np.array([[1.0, 0.5], [0.0, 2.0]]), np.array([0.0, 1.0])
    # ln p = (ln 1/2, ln 1/2): scores 1.5 ln 1/2 and 2 ln 1/2 + 1.
    odds = np.array([0.5**1.5, 0.5**2 * np.e])
    assert_allclose(matrix.predict_proba([[0.0, 0.0]])[0], odds / odds.sum())
