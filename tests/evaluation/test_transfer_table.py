import numpy as np
import pytest

from calibrant.evaluation._detail import Answers
from calibrant.evaluation._transfer_table import transfer_row, transfer_table
from calibrant.metrics import wilson_interval


def answers_of(right, said):
    return Answers(np.asarray(right, dtype=float), np.asarray(said, dtype=float))


def names(n):
    return [str(i) for i in range(n)]


def test_a_row_by_hand():
    row = transfer_row(answers_of([1, 1, 0, 0], [0.9, 0.7, 0.8, 0.6]), names(4), level=0.95)
    ends = wilson_interval(2, 4)
    assert (row["n"], row["n_groups"], row["mean_confidence"]) == (4, 4, pytest.approx(0.75))
    assert row["accuracy"] == {"value": 0.5, "low": float(ends.low), "high": float(ends.high)}
    assert row["gap"] == {
        "value": pytest.approx(0.25),
        "low": pytest.approx(0.75 - float(ends.high)),
        "high": pytest.approx(0.75 - float(ends.low)),
    }


def test_rows_are_those_of_the_label_alone():
    sample = answers_of([1, 0, 1, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.5])
    rows = transfer_table(["b", "a", "b", "a", "b"], sample, names(5), alpha=0.05, level=0.9)
    assert [(row["label"], row["n"]) for row in rows] == [("a", 2), ("b", 3)]
    alone = transfer_row(answers_of([1, 1, 0], [0.9, 0.7, 0.5]), names(3), level=0.9)
    assert {key: rows[1][key] for key in alone} == alone


def test_numbers_run_by_size():
    sample = answers_of([1] * 3, [0.9] * 3)
    rows = transfer_table([10, 2, 9], sample, names(3), alpha=0.05, level=0.95)
    assert [row["label"] for row in rows] == ["2", "9", "10"]


def test_only_the_row_that_is_wrong_fails():
    rng = np.random.default_rng(0)
    said = np.full(300, 0.7)
    right = rng.random(300) < np.repeat([0.7, 0.4, 0.7], 100)
    rows = transfer_table(
        ["x"] * 100 + ["y"] * 100 + ["z"] * 100, answers_of(right, said), names(300), alpha=0.05, level=0.95
    )
    assert [row["fails"] for row in rows] == [False, True, False]
    assert rows[1]["p_adjusted"] == pytest.approx(3 * rows[1]["p_value"])
    assert rows[1]["gap"]["low"] > 0.1


def test_many_rows_of_one_population_seldom_fail():
    rng = np.random.default_rng(1)
    labels = [str(i % 20) for i in range(600)]
    failed = 0
    for _ in range(100):
        said = rng.uniform(0.3, 0.95, 600)
        sample = answers_of(rng.random(600) < said, said)
        failed += any(row["fails"] for row in transfer_table(labels, sample, names(600), alpha=0.05, level=0.95))
    assert failed / 100 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)


def test_alike_answers_do_not_make_a_row_fail():
    # Four questions at 0.9, two of them wrong, each ten times.
    sample = answers_of(np.repeat([1, 0, 1, 0], 10), np.full(40, 0.9))
    alone = transfer_table(["x"] * 40, sample, names(40), alpha=0.01, level=0.95)
    alike = transfer_table(["x"] * 40, sample, np.repeat(list("abcd"), 10).tolist(), alpha=0.01, level=0.95)
    assert (alone[0]["fails"], alike[0]["fails"]) == (True, False)
    assert alike[0]["accuracy"]["low"] < alone[0]["accuracy"]["low"]
