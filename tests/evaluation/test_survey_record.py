import copy

import pytest
from tests.evaluation.test_survey import QUICK, said

from calibrant.evaluation import make_survey, read_survey
from calibrant.exceptions import InputError


@pytest.fixture(scope="module")
def example():
    return make_survey([said("a"), said("b", seed=1)], settings=QUICK, quiet=True)


def test_read(example):
    record = read_survey(example)
    assert [cell.model for cell in record.cells] == ["a", "b"]
    assert record.cells[0].gap.value == example["cells"][0]["gap"]["value"]
    assert record.settings.fewest_models == 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("headline"), "has no key 'headline'; run `calibrant survey`"),
        (lambda content: content.update(version=2), "cannot be used at 'version'"),
        (lambda content: content.update(format="calibrant/evaluation"), "cannot be used at 'format'"),
        (lambda content: content["models"].pop("a"), "'models' must hold 'a', which is measured"),
        (lambda content: content["data"].pop("d"), "'data' must hold 'd', which is measured"),
        (lambda content: content["cells"].clear(), "must hold at least one pair"),
        (lambda content: content["cells"][0].update(source="guessed"), "cells.0.source"),
        (lambda content: content["cells"][0]["gap"].update(value="x"), "cells.0.gap.value"),
    ],
)
def test_what_is_wrong_is_named(example, change, message):
    content = copy.deepcopy(example)
    change(content)
    with pytest.raises(InputError, match=message):
        read_survey(content)
