import inspect
from typing import get_type_hints

import numpy as np
import pytest

from calibrant.cli.columns import ColumnOptions, columns_of, open_file
from calibrant.exceptions import InputError
from calibrant.predictions import Columns, concatenate


def test_every_column_has_an_option_of_its_name():
    options = set(get_type_hints(ColumnOptions))
    assert options - {"format", "dialect"} == set(inspect.signature(Columns).parameters)


def test_what_is_named_is_passed_on_and_the_rest_is_looked_for():
    names = {name: name.upper() for name in get_type_hints(ColumnOptions) if name not in ("format", "dialect", "probs")}
    assert columns_of(**names, probs=["x", "y"]) == Columns(**names, probs=("x", "y"))
    assert columns_of() == Columns()


def test_a_file_is_opened_as_told(tmp_path):
    path = tmp_path / "said.txt"
    path.write_text("c,ok\n80,1\n25,0\n", encoding="utf-8")
    rows = concatenate(list(open_file(path, format="csv", confidence="c", correct="ok", dialect="percent").batches()))
    np.testing.assert_allclose(rows.confidence, [0.8, 0.25])
    assert rows.correct.tolist() == [1, 0]


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(InputError, match="format"):
        open_file(tmp_path / "x", format="word")
