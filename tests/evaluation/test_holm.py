import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from calibrant.evaluation._holm import holm

P = st.floats(0, 1)


def test_by_hand():
    assert_allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])


def test_one_is_left_alone_and_none_is_none():
    assert holm([0.03]).tolist() == [0.03]
    assert holm([]).tolist() == []


def test_an_undefined_one_counts_as_none():
    adjusted = holm([np.nan, 0.02, 0.01])
    assert np.isnan(adjusted[0])
    assert_allclose(adjusted[1:], [0.02, 0.02])
    assert np.isnan(holm([np.nan])).all()


@given(st.lists(P, min_size=1, max_size=12))
def test_between_the_p_itself_and_bonferroni(p_values):
    adjusted = holm(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= np.minimum(1, len(p_values) * np.array(p_values)) + 1e-15).all()
    assert adjusted.min() == min(1, len(p_values) * min(p_values))


@given(st.lists(P, min_size=2, max_size=12, unique=True), st.floats(0.001, 0.5))
def test_rejects_what_the_sequential_procedure_rejects(p_values, alpha):
    rejected = set()
    for rank, place in enumerate(np.argsort(p_values)):
        if (len(p_values) - rank) * p_values[place] > alpha:
            break
        rejected.add(int(place))
    assert set(np.flatnonzero(holm(p_values) <= alpha)) == rejected
