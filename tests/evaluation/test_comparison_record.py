import copy

import numpy as np
import pytest

from calibrant.evaluation import EvaluationSettings, compare_predictions, read_comparison
from calibrant.exceptions import InputError
from calibrant.predictions import Predictions


@pytest.fixture(scope="module")
def example():
    right = np.tile([1.0, 0.0], 20)
    files = {name: Predictions(right, np.full(40, p)) for name, p in (("A", 0.5), ("B", 0.8))}
    return compare_predictions(files, settings=EvaluationSettings(n_boot=50, n_draws=10), quiet=True)


def test_read(example):
    record = read_comparison(example)
    assert list(record.methods) == ["A", "B"]
    assert record.differences[0].value == example["differences"][0]["value"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("headline"), "has no key 'headline'; run `calibrant compare`"),
        (lambda content: content.update(version=2), "cannot be used at 'version'"),
        (lambda content: content.update(format="calibrant/evaluation"), "cannot be used at 'format'"),
        (lambda content: content["differences"][0].update(a="Z"), "'methods' must hold 'Z', which is compared"),
        (lambda content: content["differences"][0].update(low="x"), "differences.0.low"),
    ],
)
def test_what_is_wrong_is_named(example, change, message):
    content = copy.deepcopy(example)
    change(content)
    with pytest.raises(InputError, match=message):
        read_comparison(content)
