import copy
import json

import pytest
from tests.report._example import example_evaluation

from calibrant.evaluation import read_evaluation
from calibrant.exceptions import InputError

EVALUATION = example_evaluation(n=60)


def changed(path, value):
    content = copy.deepcopy(EVALUATION)
    place = content
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


def test_before_and_after():
    record = read_evaluation(EVALUATION)
    assert record.before is record.methods["raw"]
    assert record.after is record.methods[record.chosen]
    assert record.ends == [record.before, record.after]


def test_raw_chosen_has_one_end():
    record = read_evaluation(changed(["chosen"], "raw"))
    assert record.ends == [record.before]


def test_an_evaluation_of_before_answers_were_compared_says_nothing_of_them():
    record = read_evaluation(EVALUATION)
    assert [method.n_changed for method in record.methods.values()] == [None] * len(record.methods)
    assert record.changed == ""


def test_maps_that_changed_answers_are_named():
    content = changed(["methods", "platt", "n_changed"], 12)
    content["methods"]["raw"]["n_changed"] = 0
    assert read_evaluation(content).changed == "Platt scaling changed 12 of 60 answers."
    content["methods"]["histogram"]["n_changed"] = 1
    assert read_evaluation(content).changed == "Platt scaling changed 12 of 60 answers, Histogram binning 1."
    assert read_evaluation(content | {"n": 1}).changed.startswith("Platt scaling changed 12 of 1 answer,")


def test_a_count_is_not_negative():
    with pytest.raises(InputError, match=r"methods\.raw\.n_changed"):
        read_evaluation(changed(["methods", "raw", "n_changed"], -1))


def test_nan_and_null_are_both_undefined():
    for value in (None, float("nan")):
        record = read_evaluation(changed(["methods", "raw", "metrics", "auroc", "value"], value))
        assert record.before.metrics.auroc.value is None


def test_more_keys_do_no_harm():
    assert read_evaluation(json.loads(json.dumps(EVALUATION | {"new": 1}))) == read_evaluation(EVALUATION)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["n"], ..., "has no key 'n'; run `calibrant evaluate`"),
        (["methods", "raw", "metrics", "auroc"], ..., r"has no key 'methods.raw.metrics.auroc'"),
        (["format"], "other", "cannot be used at 'format'"),
        (["version"], 2, "cannot be used at 'version'"),
        (["n"], "many", "cannot be used at 'n'"),
        (["created"], "2026-01-01", "cannot be used at 'created'"),
        (["chosen"], "spline", "'methods' must hold 'spline'"),
        (["methods"], {}, "'methods' must hold 'raw'; it holds none"),
        (["methods", "raw", "curve", "count"], [1], "these must have the same length"),
        (["methods", "raw", "metrics", "auroc", "value"], float("inf"), "methods.raw.metrics.auroc.value"),
    ],
)
def test_what_is_wrong_is_named(path, value, message):
    with pytest.raises(InputError, match=message):
        read_evaluation(changed(path, value))


@pytest.mark.parametrize("content", [{}, {"format": "calibrant/evaluation"}])
def test_something_else_is_refused(content):
    with pytest.raises(InputError, match="The evaluation has no key"):
        read_evaluation(content)
