import json

import numpy as np
import pytest

from calibrant.exceptions import DataError, InputError
from calibrant.predictions import Columns, open_predictions
from calibrant.predictions._log import LogRow, LogSource


def test_the_name_tells_the_format(write):
    path = write(confidence=[0.5], correct=[1])
    assert open_predictions(path).format == {"tsv": "csv"}.get(path.suffix[1:], path.suffix[1:])


def test_a_named_format_needs_no_name(tmp_path):
    path = tmp_path / "answers"
    path.write_text("confidence,correct\n0.5,1\n")
    [batch] = open_predictions(path, format="csv").batches()
    assert batch.confidence.tolist() == [0.5]
    with pytest.raises(DataError, match=r"does not tell the format.*--format csv\|jsonl\|parquet\|lm-eval"):
        open_predictions(path)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        open_predictions(tmp_path / "a.csv")
    with pytest.raises(DataError, match="is a folder without Parquet files"):
        open_predictions(tmp_path)
    with pytest.raises(DataError, match="is a folder; give"):
        open_predictions(tmp_path, format="csv")
    (tmp_path / "a.csv").touch()
    with pytest.raises(DataError, match="is empty"):
        open_predictions(tmp_path / "a.csv")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("confidence,correct\n0.5,1\n")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        open_predictions(path)


def test_wrong_arguments(tmp_path):
    with pytest.raises(InputError, match="format must be one of auto, csv"):
        open_predictions(tmp_path, format="xlsx")
    (tmp_path / "a").write_text("x")
    with pytest.raises(InputError, match="from a log of lm-eval the probabilities themselves are read"):
        open_predictions(tmp_path / "a", format="lm-eval", dialect="percent")
    with pytest.raises(InputError, match="--confidence FIELD"):
        open_predictions(tmp_path / "a", format="inspect", dialect="percent")
    columns = Columns(confidence="c", n_options="n")
    with pytest.raises(InputError, match="must be a number"):
        open_predictions(tmp_path / "a", format="inspect", dialect="typesafe", columns=columns)


class Stated:
    """A log of which the rows are given."""

    def __init__(self, *confidences):
        self.confidences = confidences

    def rows(self):
        return (LogRow(f"q{i}", confidence, 1.0) for i, confidence in enumerate(self.confidences))

    def notes(self):
        return []


def test_a_log_in_a_dialect():
    source = LogSource("log", "inspect", "Stated", {}, lambda: Stated(0.8, np.nan, 0.0), dialect="margin", n_options=2)
    [batch] = source.batches()
    np.testing.assert_array_equal(batch.confidence, [0.9, np.nan, 0.5])
    # A margin of 0 is a confidence of a half: nothing certain went wrong.
    assert not any("infinite" in note for note in source.notes())


@pytest.mark.parametrize(
    ("dialect", "stated", "message"),
    [
        ("margin", 1.5, r"^log, answer 'q1': .*got 1\.5"),
        ("probability", 85.0, r"^log, answer 'q1': .*--dialect percent"),
        ("percent", 101.0, "^log, answer 'q1': .*got 101"),
    ],
)
def test_a_log_with_a_number_out_of_range(dialect, stated, message):
    source = LogSource("log", "inspect", "Stated", {}, lambda: Stated(0.5, stated), dialect=dialect, n_options=2)
    with pytest.raises(DataError, match=message):
        list(source.batches())


def test_a_log_in_percent(tmp_path):
    line = {"answers": {"q": {"type": "noul", "noul": 0.9, "stated": 75}}, "labels": {"q": True}}
    (tmp_path / "log.jsonl").write_text(json.dumps(line), encoding="utf-8")
    source = open_predictions(tmp_path / "log.jsonl", columns=Columns(confidence="stated"), dialect="percent")
    [batch] = source.batches()
    assert batch.confidence.tolist() == [0.75]
    assert source.label.endswith("from percent")
    assert source.facts["dialect"] == "percent"
