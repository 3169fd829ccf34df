import numpy as np
import pytest

from calibrant.exceptions import DataError
from calibrant.predictions import open_predictions


def read(path):
    return list(open_predictions(path).batches())


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.csv"
    return lambda content: path.write_bytes(content.encode() if isinstance(content, str) else content) and path


def test_quotes_breaks_and_a_byte_order_mark(file):
    [batch] = read(file('\ufefftext,confidence,correct\r\n"a, ""b""\nc",0.5,1\r\n\r\nd,"0.25",0\r\n'))
    assert batch.confidence.tolist() == [0.5, 0.25]
    assert batch.correct.tolist() == [1, 0]


def test_the_line_counts_breaks_and_blank_lines(file):
    with pytest.raises(DataError, match=r"a\.csv, line 5, column 'confidence'"):
        read(file('text,confidence,correct\n"a\nb",0.5,1\n\nc,7,0\n'))


def test_a_word_after_a_million_numbers(file):
    n = 1_000_000
    source = open_predictions(file("confidence,correct\n" + "0.5,1\n" * n + "n/a,1\n"))
    batches = list(source.batches())
    assert len(batches) > 1
    assert sum(np.isnan(batch.confidence).sum() for batch in batches) == 1
    assert "'n/a' (" in source.notes()[0]
    assert f"line {n + 2})" in source.notes()[0]


def test_a_wrong_number_of_fields(file):
    with pytest.raises(DataError, match=r"a\.csv, line 4: 3 fields, but the header has 2"):
        read(file("confidence,correct\n0.5,1\n\n0.5,1,7\n"))


def test_other_encodings(file):
    with pytest.raises(DataError, match=r"line 3: byte 1 is not UTF-8"):
        read(file(b"confidence,correct\n0.5,1\n\xff,1\n"))
    with pytest.raises(DataError, match=r"UTF-8"):
        read(file("confidence,correct\n0.5,1\n".encode("utf-16")))


def test_a_name_that_occurs_twice(file):
    with pytest.raises(DataError, match="'correct' more than once"):
        read(file("confidence,correct,correct\n0.5,1,1\n"))


def test_without_a_header(file):
    with pytest.raises(DataError, match=r"the first line must be a header.*'0.5', '1'"):
        read(file("0.5,1\n0.6,0\n"))


def test_a_header_alone(file):
    with pytest.raises(DataError, match="holds no rows"):
        read(file("confidence,correct\n"))
