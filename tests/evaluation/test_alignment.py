import numpy as np
import pytest

from calibrant.evaluation._alignment import LeftOut, align
from calibrant.exceptions import InputError
from calibrant.predictions import Predictions

NAN = np.nan


def rows(correct, confidence, **more):
    return Predictions(np.array(correct, float), np.array(confidence, float), **more)


def test_questions_are_matched_by_id_in_the_order_of_the_first():
    a = rows([1, 0, 1], [0.1, 0.2, 0.3], id=["x", "y", "z"])
    b = rows([0, 1, 0, 1], [0.6, 0.7, 0.8, 0.9], id=["z", "new", "x", "y"])
    found = align({"a": a, "b": b})
    assert found.by_id
    assert found.answers["a"].y_prob.tolist() == [0.1, 0.2, 0.3]
    assert found.answers["b"].y_prob.tolist() == [0.8, 0.9, 0.6]
    assert found.answers["b"].y_true.tolist() == [0, 1, 0]
    assert found.left_out == {"a": LeftOut(3, 0, 0, 0), "b": LeftOut(4, 1, 0, 0)}
    assert found.notes == []


def test_what_cannot_be_measured_in_one_is_left_out_of_all_and_counted_where_it_was():
    a = rows([1, NAN, 1, 1, NAN], [0.1, 0.2, NAN, 0.4, NAN], id=list("vwxyz"))
    b = rows([1, 1, 1, NAN, 1], [0.6, 0.7, 0.8, 0.9, 1], id=list("vwxyz"))
    found = align({"a": a, "b": b})
    assert found.answers["a"].y_prob.tolist() == [0.1]
    assert found.answers["b"].y_prob.tolist() == [0.6]
    assert found.left_out == {"a": LeftOut(5, 0, 2, 1), "b": LeftOut(5, 0, 1, 0)}


def test_without_ids_rows_are_paired_and_it_is_said():
    found = align({"a": rows([1, 0], [0.1, 0.2]), "b": rows([0, 1], [0.3, 0.4], id=["x", "y"])})
    assert not found.by_id
    assert found.answers["b"].y_prob.tolist() == [0.3, 0.4]
    assert found.notes == [
        "The files were matched row by row, since 'a' has no ids: the rows must be in the same order."
    ]


def test_rows_that_seem_to_be_other_questions_are_told_of():
    a = rows([1, 0], [0.1, 0.2], label=np.array([0, 1]))
    b = rows([0, 1], [0.3, 0.4], label=np.array([0, 2]))
    assert "differs between a and b in 1 of 2 rows, such as row 2" in align({"a": a, "b": b}).notes[1]
    assert len(align({"a": a, "b": a}).notes) == 1


def test_groups_are_those_of_the_first_file_that_has_some():
    a = rows([1, NAN, 0], [0.1, 0.2, 0.3], id=["x", "y", "z"])
    b = rows([1, 1, 0], [0.1, 0.2, 0.3], id=["z", "y", "x"], group=["gz", "gy", "gx"])
    assert align({"a": a, "b": b}).groups == ["gx", "gz"]
    assert align({"a": a, "c": a}).groups is None


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": rows([1], [0.5])}, "two files or more are needed; got 1"),
        (
            {"a": rows([1, 1], [0.5, 0.5], id=["x", "x"]), "b": rows([1], [0.5], id=["x"])},
            "a: the id 'x' occurs twice, in rows 1 and 2",
        ),
        ({"a": rows([1], [0.5], id=["x"]), "b": rows([1], [0.5], id=["y"])}, "no id in common .a has 'x', b has 'y'"),
        ({"a": rows([1], [0.5]), "b": rows([1, 0], [0.5, 0.5], id=["x", "y"])}, "'a' has no ids, and .* .a 1, b 2."),
        ({"a": rows([NAN], [0.5]), "b": rows([1], [NAN])}, "no question is graded and has a confidence in every file"),
        ({"a": rows([], [], id=[]), "b": rows([], [], id=[])}, "no id in common"),
        ({"a": rows([], []), "b": rows([], [])}, "no question is graded"),
    ],
)
def test_refused(files, message):
    with pytest.raises(InputError, match=message):
        align(files)
