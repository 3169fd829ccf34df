import copy

import pytest
from tests.evaluation._made_answers import population

from calibrant.evaluation import EvaluationSettings, evaluate_answers, read_answers_evaluation
from calibrant.exceptions import InputError


@pytest.fixture(scope="module")
def example():
    return evaluate_answers(population(n=520), settings=EvaluationSettings(n_boot=20, n_draws=10), quiet=True)


def test_the_cheapest_first_and_what_is_not_told_last(example):
    content = copy.deepcopy(example)
    content["signals"]["likelihood"]["cost"]["passes"] = None
    names = [name for name, _ in read_answers_evaluation(content).by_cost]
    assert names[-1] == "likelihood"
    assert names.index("p-true") < names.index("consistency")
    assert sorted(names) == sorted(content["signals"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("chosen"), "has no key 'chosen'; run `calibrant evaluate`"),
        (lambda content: content.update(version=2), "cannot be used at 'version'"),
        (lambda content: content.update(format="calibrant/evaluation"), "cannot be used at 'format'"),
        (lambda content: content.update(chosen="best"), "'signals' must hold 'best', which is spoken of"),
        (lambda content: content.update(compared_with="best"), "'signals' must hold 'best', which is spoken of"),
        (lambda content: content.update(drawn=["stated-tian-1s-1"]), "'stated-tian-1s-1' with its map"),
        (lambda content: content["signals"]["p-true"]["raw"]["auroc"].update(low="x"), "signals.p-true.raw.auroc.low"),
        (lambda content: content["signals"]["p-true"].pop("missing"), "has no key 'signals.p-true.missing'"),
    ],
)
def test_what_is_wrong_is_named(example, change, message):
    content = copy.deepcopy(example)
    change(content)
    with pytest.raises(InputError, match=message):
        read_answers_evaluation(content)
