import pytest

from calibrant.exceptions import OutputError
from calibrant.report._page import write_page


def test_half_a_character_becomes_a_question_mark(tmp_path):
    assert write_page("half \ud800", tmp_path / "new" / "page.html").read_text(encoding="utf-8") == "half ?"


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path):
    (tmp_path / "page.html").mkdir()
    with pytest.raises(OutputError, match="nothing was changed"):
        write_page("new", tmp_path / "page.html")
