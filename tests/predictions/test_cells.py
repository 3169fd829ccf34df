import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.predictions._cells import CellError, read_correct, read_numbers, read_texts

same = np.testing.assert_array_equal


@pytest.mark.parametrize(
    "kind", [pa.float64(), pa.float32(), pa.int8(), pa.uint64(), pa.decimal128(10, 2), pa.string()]
)
def test_numbers_of_any_type(kind):
    same(read_numbers(pa.array(["1", None, "0"]).cast(kind)).values, [1, np.nan, 0])


def test_text_that_is_no_number_is_nan_and_shown():
    read = read_numbers(pa.array([" 0.5 ", "", "NaN", "n/a", "high", "1e-3", "+.5", "0,5", "0x1", None]))
    same(read.values, [0.5, np.nan, np.nan, np.nan, np.nan, 0.001, 0.5, np.nan, np.nan, np.nan])
    assert read.text == (3, "n/a")


def test_infinity_is_a_number_that_the_next_check_refuses():
    same(read_numbers(pa.array(["inf", "-Infinity", "word"])).values, [np.inf, -np.inf, np.nan])


def test_percent_signs_only_where_allowed():
    same(read_numbers(pa.array(["85%", "85 %"]), percent_sign=True).values, [85, 85])
    assert read_numbers(pa.array(["85%"])).text == (0, "85%")


@given(st.lists(st.floats(allow_nan=False)))
def test_text_of_a_number_is_that_number(numbers):
    same(read_numbers(pa.array([repr(x) for x in numbers] + ["word"])).values[:-1], numbers)


@pytest.mark.parametrize("column", [pa.array([[0.5]]), pa.array([True]), pa.array([0], pa.timestamp("s"))])
def test_no_numbers(column):
    with pytest.raises(CellError, match="numbers are needed"):
        read_numbers(column)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([True, False, None]),
        pa.array([1, 0, None]),
        pa.array([1.0, 0.0, np.nan]),
        pa.array(["1", "0", ""]),
        pa.array(["TRUE", " false", "NaN"]),
        pa.array(["1.00", "0e0", "NA"]),
        pa.array(["true", "0", None]).dictionary_encode(),
    ],
)
def test_correct_in_every_spelling(column):
    same(read_correct(column), [1, 0, np.nan])


def test_a_column_without_any_grade():
    same(read_correct(pa.nulls(2)), [np.nan, np.nan])


@pytest.mark.parametrize("column", [[1, 2], [1.0, 0.5], ["1", "maybe"], ["0", "-1"], ["true", "inf"]])
def test_anything_else_is_no_grade(column):
    with pytest.raises(CellError, match="1 or 0, true or false") as caught:
        read_correct(pa.array(column))
    assert caught.value.row == 1


def test_names():
    assert read_texts(pa.array(["a", "", None, "a"])) == ["a", None, None, "a"]
    assert read_texts(pa.array([1, None])) == ["1", None]
    assert read_texts(pa.array(["x", None]).dictionary_encode()) == ["x", None]
    assert read_texts(pa.nulls(1)) == [None]
    with pytest.raises(CellError, match="text is needed"):
        read_texts(pa.array([["a"]]))
