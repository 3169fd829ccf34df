import timeit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from calibrant.calibrators import CALIBRATORS, CompiledMap, HistogramBinning, PlattScaling, compile_map
from calibrant.exceptions import InputError

CONFIDENCE_MAPS = {name: cls for name, cls in CALIBRATORS.items() if cls.input_kind == "probabilities"}


def confidences(y_prob):
    """Those of the fit, their neighbouring floats, the ends, and many more."""
    y_prob = np.asarray(y_prob, dtype=float)
    near = np.concatenate([y_prob, np.nextafter(y_prob, 0), np.nextafter(y_prob, 1)])
    grid = np.concatenate([np.linspace(0, 1, 201), [1e-300, 1e-9, 1e-6, 1 - 1e-6, np.nextafter(1, 0)]])
    return np.unique(np.concatenate([near, grid]))


def sample(n, seed=0):
    rng = np.random.default_rng(seed)
    y_prob = np.append(rng.beta(3, 1.5, size=n - 2), [0.0, 1.0])
    return y_prob, rng.random(n) < 0.2 + 0.6 * y_prob**2


@pytest.mark.parametrize("cls", CONFIDENCE_MAPS.values(), ids=CONFIDENCE_MAPS)
@pytest.mark.parametrize("n", [2, 5, 40, 1000])
def test_gives_what_predict_gives(cls, n):
    y_prob, y_true = sample(n, seed=n)
    fitted = cls().fit(y_prob, y_true)
    compiled, new = compile_map(fitted), confidences(y_prob)
    answers = [compiled(p) for p in new.tolist()]
    assert all(type(answer) is float and 0 < answer < 1 for answer in answers)
    np.testing.assert_allclose(answers, fitted.predict(new), rtol=0, atol=1e-15)


@pytest.mark.parametrize("cls", CONFIDENCE_MAPS.values(), ids=CONFIDENCE_MAPS)
@given(rows=st.lists(st.tuples(st.integers(0, 10).map(lambda k: k / 10), st.booleans()), min_size=1, max_size=20))
def test_gives_what_predict_gives_on_any_data(cls, rows):
    y_prob, y_true = zip(*rows, strict=True)
    fitted = cls().fit(y_prob, y_true)
    compiled, new = compile_map(fitted), np.linspace(0, 1, 41)
    # A steep curve through few points turns the last bit of a logarithm into more.
    np.testing.assert_allclose([compiled(p) for p in new.tolist()], fitted.predict(new), rtol=0, atol=1e-12)


@pytest.mark.parametrize("cls", CONFIDENCE_MAPS.values(), ids=CONFIDENCE_MAPS)
def test_is_made_of_arrays_alone(cls):
    compiled = compile_map(cls().fit(*sample(100)))
    assert all(array.dtype == np.float64 and array.ndim == 1 for array in compiled.arrays.values())
    again = CompiledMap(compiled.form, {name: array.copy() for name, array in compiled.arrays.items()})
    assert [again(p / 50) for p in range(51)] == [compiled(p / 50) for p in range(51)]


def test_does_not_change_with_a_later_fit():
    binning = HistogramBinning().fit([0.2, 0.8], [0, 1])
    compiled = compile_map(binning)
    before = compiled(0.8)
    binning.values_[:] = 0.5
    assert compiled(0.8) == before


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan"), float("inf"), 90])
def test_what_is_no_confidence_is_refused(confidence):
    compiled = compile_map(PlattScaling().fit([0.2, 0.8], [0, 1]))
    with pytest.raises(InputError, match=rf"^confidence must lie in \[0, 1\]; got {confidence}"):
        compiled(confidence)


def test_a_map_of_options_is_refused():
    with pytest.raises(InputError, match=r"^calibrator must be one of .*PlattScaling.* got TemperatureScaling"):
        compile_map(CALIBRATORS["temperature"]())


def test_a_map_that_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError):
        compile_map(PlattScaling())


@pytest.mark.parametrize("cls", CONFIDENCE_MAPS.values(), ids=CONFIDENCE_MAPS)
def test_answers_within_ten_microseconds(cls):
    compiled = compile_map(cls().fit(*sample(2000)))
    per_call = min(timeit.repeat(lambda: compiled(0.73), number=1000, repeat=5)) / 1000
    assert per_call < 10e-6
