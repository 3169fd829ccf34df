import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.predictions._cells import CellError
from calibrant.predictions._options import answer, read_labels, read_options

same = np.testing.assert_array_equal


def answers(*columns, label):
    return answer(read_options([pa.array(column) for column in columns]), np.array(label, dtype=float))


def test_lists_of_any_length():
    found = answers([[0.25, 0.75], [0.5, 0.25, 0.25], None, []], label=[1, 1, 0, np.nan])
    same(found.confidence, [0.75, 0.5, np.nan, np.nan])
    same(found.correct, [1, 0, np.nan, np.nan])
    same(found.label, [1, 1, 0, -1])
    assert [row.tolist() for row in found.probs] == [[0.25, 0.75], [0.5, 0.25, 0.25], [], []]
    assert (found.n_ties, found.n_renormalised) == (0, 0)


def test_a_tie_goes_to_the_first_and_is_counted():
    found = answers([[0.5, 0.5], [0.2, 0.4, 0.4], [0.6, 0.4]], label=[0, 2, 0])
    same(found.correct, [1, 0, 1])
    assert found.n_ties == 2


def test_without_a_label_there_is_no_grade():
    found = answers([[0.25, 0.75]], label=[np.nan])
    same(found.confidence, [0.75])
    same(found.correct, [np.nan])


def test_the_probability_of_yes():
    found = answers([0.2, 0.9, None], label=[0, 0, 1])
    same(found.confidence, [0.8, 0.9, np.nan])
    same(found.correct, [1, 0, np.nan])
    with pytest.raises(CellError, match=r"got 90\. Divide percentages by 100"):
        answers([90.0], label=[0])


def test_a_column_an_option_of_which_the_last_may_be_empty():
    found = answers([0.5, 0.3, 0.5], [0.25, 0.7, None], [0.25, None, 0.5], label=[0, 1, 0])
    assert [row.tolist() for row in found.probs] == [[0.5, 0.25, 0.25], [0.3, 0.7], []]
    same(found.correct, [1, 1, np.nan])


def test_a_word_is_no_missing_option():
    found = read_options([pa.array(["0.5", "1"]), pa.array(["0.5", "n/a"])])
    same(found.size, [2, 0])
    assert found.text == (1, "n/a")


def test_json_text():
    found = read_options([pa.array(["[0.5, 0.5]", "", "[0.5, null]", "[oops"])])
    same(found.size, [2, 0, 0, 0])
    assert found.text == (3, "[oops")


@pytest.mark.parametrize("cells", [[[0.5, None]], [[0.5, np.nan]]])
def test_a_row_with_an_unknown_number_is_unknown(cells):
    same(read_options([pa.array(cells)]).size, [0])


@pytest.mark.parametrize(
    ("row", "renormalised"),
    [([0.1, 0.2, 0.7], 0), ([0.33, 0.33, 0.33], 1), ([0.3, 0.3, 0.3], 1), ([0.1667] * 6, 1), ([0.50003, 0.5], 1)],
)
def test_sums_within_rounding(row, renormalised):
    found = answers([row], label=[0])
    assert found.probs[0].sum() == pytest.approx(1, abs=1e-12)
    assert found.n_renormalised == renormalised


def test_a_sum_of_one_leaves_the_digits_alone():
    assert answers([[0.1, 0.2, 0.7]], label=[0]).probs[0].tolist() == [0.1, 0.2, 0.7]


@pytest.mark.parametrize("row", [[0.33, 0.33, 0.32], [0.5003, 0.5], [0.0, 0.0], [1.0, 1.0], [0.0] * 30])
def test_other_sums_are_errors(row):
    with pytest.raises(CellError, match="must sum to 1") as caught:
        answers([[0.5, 0.5], row], label=[0, 0])
    assert caught.value.row == 1


@pytest.mark.parametrize(
    ("row", "said"), [([-0.1, -2.3], "Log-prob"), ([20.0, 80.0], "percentages"), ([np.inf, 0.0], "inf")]
)
def test_numbers_that_are_no_probabilities(row, said):
    with pytest.raises(CellError, match=said):
        answers([row], label=[0])


@pytest.mark.parametrize("label", [2, -1, 0.5])
def test_a_label_that_is_no_option(label):
    with pytest.raises(CellError, match="index of an option of 2"):
        answers([[0.5, 0.5]], label=[label])


def test_labels():
    names = ("p.yes", "p.no")
    same(read_labels(pa.array(["no", "p.yes", "1", "", None]), names, binary=False), [1, 0, 1, np.nan, np.nan])
    same(read_labels(pa.array([1, None]), (), binary=False), [1, np.nan])
    same(read_labels(pa.array(["true", "0"]), (), binary=True), [1, 0])
    with pytest.raises(CellError, match=r"one of p\.yes, p\.no.*got 'maybe'") as caught:
        read_labels(pa.array(["no", "maybe"]), names, binary=False)
    assert caught.value.row == 1
    with pytest.raises(CellError, match=r"index of an option from 0 is needed.*got 'A'"):
        read_labels(pa.array(["A"]), (), binary=False)


@given(st.lists(st.lists(st.floats(0.001, 1), min_size=1, max_size=6), min_size=1, max_size=8))
def test_rows_do_not_touch_each_other(weights):
    rows = [(np.array(row) / sum(row)).tolist() for row in weights]
    label = [len(row) - 1 for row in rows]
    found = answers(rows, label=label)
    for i, row in enumerate(rows):
        assert found.confidence[i] == pytest.approx(max(row))
        assert found.correct[i] == (int(np.argmax(row)) == label[i])
    as_text = answers([json.dumps(row) for row in rows], label=label)
    same(as_text.confidence, found.confidence)
