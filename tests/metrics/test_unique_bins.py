"""Every distinct confidence its own bin: what ties allow to be measured without an edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.metrics import (
    calibration_curve,
    calibration_noise_floor,
    debiased_calibration_error,
    expected_calibration_error,
)

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 10).map(lambda k: k / 10), st.integers(0, 3)), min_size=1, max_size=30
).filter(lambda rows: any(weight for *_, weight in rows))


@given(rows=ROWS, edges=st.sampled_from(["right", "left"]), n_bins=st.integers(1, 20))
def test_against_a_dictionary_whatever_edges_and_n_bins(rows, edges, n_bins):
    y_true, y_prob, weight = np.array(rows).T
    options = {"strategy": "unique", "edges": edges, "n_bins": n_bins, "sample_weight": weight}
    sums = {}
    for y, p, w in rows:
        total, correct = sums.get(p, (0, 0))
        sums[p] = total + w, correct + w * y
    gaps = [(w, abs(c / w - p)) for p, (w, c) in sums.items() if w]
    total = sum(w for w, _ in gaps)
    assert expected_calibration_error(y_true, y_prob, **options) == pytest.approx(sum(w * g for w, g in gaps) / total)
    assert expected_calibration_error(y_true, y_prob, norm="max", **options) == pytest.approx(max(g for _, g in gaps))
    curve = calibration_curve(y_true, y_prob, **options)
    np.testing.assert_allclose(curve.confidence, sorted(p for p, (w, _) in sums.items() if w))
    assert curve.weight.sum() == total
    assert (curve.low[0], curve.high[-1]) == (0, 1)


def test_no_error_hides_in_a_bin():
    # .2 and .3 share a bin of five, in which their errors cancel.
    y_true, y_prob = [0, 1, 0, 0], [0.3, 0.3, 0.2, 0.2]
    assert expected_calibration_error(y_true, y_prob, n_bins=2) == pytest.approx(0)
    assert expected_calibration_error(y_true, y_prob, strategy="unique") == pytest.approx(0.2)
    assert debiased_calibration_error(y_true, y_prob, strategy="unique", norm="l2") == pytest.approx(0)


@pytest.mark.parametrize("edges", ["right", "left"])
def test_one_value_is_one_bin(edges):
    curve = calibration_curve([1, 0, 1], [0.5] * 3, strategy="unique", edges=edges)
    assert curve.count.tolist() == [3]
    assert expected_calibration_error([1, 0], [0, 1], strategy="unique", edges=edges) == 1


def test_all_values_distinct_is_the_mean_absolute_residual(rng):
    y_true, y_prob = rng.integers(2, size=10_000), rng.random(10_000)
    error = expected_calibration_error(y_true, y_prob, strategy="unique")
    assert error == pytest.approx(np.abs(y_true - y_prob).mean())


def test_the_noise_floor_uses_the_same_bins(rng):
    y_prob = rng.integers(1, 4, size=300) / 4
    unique = calibration_noise_floor(y_prob, strategy="unique", n_draws=200)
    uniform = calibration_noise_floor(y_prob, n_bins=4, n_draws=200)
    np.testing.assert_allclose(unique.draws, uniform.draws)
