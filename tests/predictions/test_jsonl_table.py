import json

import numpy as np
import pytest

from calibrant.exceptions import DataError
from calibrant.predictions import Columns, open_predictions

NESTED = Columns(confidence="score.metadata.p", correct="score.ok")


def read(path, **settings):
    return list(open_predictions(path, **settings).batches())


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.jsonl"
    return lambda *lines: path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines)) and path


def test_dotted_names_lead_into_records(file):
    path = file({"score": {"metadata": {"p": 0.5}, "ok": True}}, {"score": None}, {"score": {"ok": False}})
    [batch] = read(path, columns=NESTED)
    np.testing.assert_array_equal(batch.confidence, [0.5, np.nan, np.nan])
    np.testing.assert_array_equal(batch.correct, [1, np.nan, 0])


def test_a_key_with_dots_is_a_name_too(file):
    [batch] = read(file({"score.metadata": {"p": 0.5}, "score.ok": 1}), columns=NESTED)
    assert batch.confidence.tolist() == [0.5]


def test_cells_of_many_kinds(file):
    kinds = [0.5, "0.25", None, "high", True, [0.5]]
    [batch] = read(file(*({"confidence": kind, "correct": i % 2 == 0} for i, kind in enumerate(kinds))))
    np.testing.assert_array_equal(batch.confidence, [0.5, 0.25] + [np.nan] * 4)
    [batch] = read(file(*({"confidence": 0.5, "correct": kind} for kind in (True, 1, "0", "false", None, 0.0))))
    np.testing.assert_array_equal(batch.correct, [1, 1, 0, 0, np.nan, 0])


def test_nested_columns_are_listed(file):
    with pytest.raises(DataError, match=r"'score\.metadata\.p', 'score\.ok'"):
        read(file({"score": {"metadata": {"p": 0.5}, "ok": True}}))


@pytest.mark.parametrize(
    ("line", "said"), [("{oops", "line 3: not JSON"), ("[1]", r"line 3: one JSON object a line.*\[1\]"), ("7", "got 7")]
)
def test_broken_lines(file, line, said):
    with pytest.raises(DataError, match=said):
        read(file({"confidence": 0.5, "correct": 1}, "", line))


def test_not_utf8(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"confidence": 0.5, "correct": 1}\n{"a": "\xff"}\n')
    with pytest.raises(DataError, match="line 2: byte 8 is not UTF-8"):
        read(path)
