import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from calibrant.exceptions import DataError
from calibrant.predictions import Columns, open_predictions


def read(path, **settings):
    return list(open_predictions(path, **settings).batches())


def test_batches_are_bounded_and_in_order(tmp_path):
    path = tmp_path / "a.parquet"
    p = np.random.default_rng(0).random(150_000)
    pq.write_table(pa.table({"confidence": p, "correct": p > 0.5}), path)
    batches = read(path)
    assert max(len(batch) for batch in batches) <= 65_536
    np.testing.assert_array_equal(np.concatenate([batch.confidence for batch in batches]), p)
    np.testing.assert_array_equal(np.concatenate([batch.correct for batch in batches]), p > 0.5)


def test_dotted_names_lead_into_structs(tmp_path):
    path = tmp_path / "a.parquet"
    rows = [{"s": {"m": {"p": 0.5}, "ok": True}}, {"s": None}, {"s": {"m": None, "ok": False}}]
    pq.write_table(pa.Table.from_pylist(rows), path)
    [batch] = read(path, columns=Columns(confidence="s.m.p", correct="s.ok"))
    np.testing.assert_array_equal(batch.confidence, [0.5, np.nan, np.nan])
    np.testing.assert_array_equal(batch.correct, [1, np.nan, 0])
    with pytest.raises(DataError, match=r"'s\.m\.p', 's\.ok'"):
        read(path)


def test_a_folder(tmp_path):
    for i in range(3):
        pq.write_table(pa.table({"confidence": [i / 4, i / 4], "correct": [1, 0]}), tmp_path / f"part-{i}.parquet")
    assert np.concatenate([batch.confidence for batch in read(tmp_path)]).tolist() == [0, 0, 0.25, 0.25, 0.5, 0.5]
    pq.write_table(pa.table({"confidence": [0.5, 1.5], "correct": [1, 0]}), tmp_path / "part-1.parquet")
    with pytest.raises(DataError, match=r"part-1\.parquet, row 2, column 'confidence'"):
        read(tmp_path)
    pq.write_table(pa.table({"confidence": [0.5]}), tmp_path / "part-1.parquet")
    with pytest.raises(DataError, match=r"part-1\.parquet: the column 'correct' is missing"):
        read(tmp_path)


def test_damage(tmp_path):
    path = tmp_path / "a.parquet"
    p = np.random.default_rng(0).random(200_000)
    pq.write_table(pa.table({"confidence": p, "correct": p > 0.5}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    with pytest.raises(DataError, match=r"a\.parquet: cannot be read as Parquet"):
        read(path)
    path.write_bytes(whole[:4] + b"\xff" * 1000 + whole[1004:])
    with pytest.raises(DataError, match=r"a\.parquet, after row 0: cannot be read as Parquet"):
        read(path)


def test_types_that_are_no_confidence(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"confidence": [True], "correct": [1]}), path)
    with pytest.raises(DataError, match="column 'confidence': numbers are needed, and the column holds bool"):
        read(path)


def test_no_rows(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"confidence": pa.array([], pa.float64()), "correct": pa.array([], pa.bool_())}), path)
    with pytest.raises(DataError, match="holds no rows"):
        read(path)
