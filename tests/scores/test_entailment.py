import pytest
import torch
from tests.scores._tiny_encoder import save_encoder

from calibrant.exceptions import ModelError
from calibrant.scores import by_entailment
from calibrant.scores._entailment import EntailmentJudge

pytestmark = pytest.mark.usefixtures("one_thread")

LABELS = ("CONTRADICTION", "NEUTRAL", "ENTAILMENT")
CONTRADICTION, NEUTRAL, ENTAILMENT = range(3)
PAIRS = [("paris", "lyon"), ("the city of paris", "france"), ("lyon", "lyon ?"), ("what", "the capital of france")] * 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_encoder(tmp_path_factory.mktemp("nli"), labels=LABELS, seed=5)


def test_classes_in_batches_are_those_of_each_pair_alone(folder):
    judge = EntailmentJudge(str(folder), strict=True)
    network, tokenizer = judge._encoder.network, judge._encoder.tokenizer
    expected = []
    for premise, hypothesis in PAIRS:
        with torch.inference_mode():
            logits = network(**tokenizer(premise, hypothesis, return_tensors="pt")).logits[0]
        expected.append(int(logits.argmax()))

    assert judge.classify(PAIRS) == expected
    assert len(set(expected)) > 1  # else this test could not tell pairs apart


@pytest.mark.parametrize(
    ("there", "back", "strict", "loose"),
    [
        (ENTAILMENT, ENTAILMENT, True, True),
        (ENTAILMENT, NEUTRAL, False, True),
        (NEUTRAL, ENTAILMENT, False, True),
        (NEUTRAL, NEUTRAL, False, False),
        (ENTAILMENT, CONTRADICTION, False, False),
        (CONTRADICTION, ENTAILMENT, False, False),
        (CONTRADICTION, CONTRADICTION, False, False),
    ],
)
def test_both_directions(folder, monkeypatch, there, back, strict, loose):
    seen = []

    def classify(pairs):
        seen.extend(pairs)
        return [there if premise.endswith("paris") else back for premise, _ in pairs]

    for is_strict, same in ((True, strict), (False, loose)):
        judge = EntailmentJudge(str(folder), strict=is_strict)
        monkeypatch.setattr(judge, "classify", classify)
        assert judge("what is the capital ?", [("paris", "the city")]) == [same]

    assert seen[:2] == [
        ("what is the capital ? paris", "what is the capital ? the city"),
        ("what is the capital ? the city", "what is the capital ? paris"),
    ]


def test_a_pair_that_is_too_long_is_not_judged_and_stops_no_other(folder, monkeypatch):
    equivalence = by_entailment(str(folder))
    monkeypatch.setattr(equivalence.judge, "classify", lambda pairs: [ENTAILMENT] * len(pairs))

    assert equivalence("what", ["paris", "city " * 30, "lyon"]) == [0, 1, 0]
    assert (equivalence.judged, equivalence.undecided) == (2, 1)


def test_sets_of_a_random_model_are_those_of_its_judgements(folder):
    texts = ["paris", "lyon", "the city", "france", "capital of france"]
    judge = EntailmentJudge(str(folder), strict=False)
    left, expected, number = list(texts), {}, 0
    while left:
        opener = left[0]
        members = [opener, *(other for other in left[1:] if judge("what", [(opener, other)]) == [True])]
        expected |= dict.fromkeys(members, number)
        left, number = [text for text in left if text not in members], number + 1

    assert by_entailment(str(folder), strict=False)("what", texts) == [expected[text] for text in texts]


@pytest.mark.parametrize("labels", [("LABEL_0", "LABEL_1"), ("not_entailment", "other")])
def test_a_classifier_of_something_else_is_refused(tmp_path, labels):
    folder = save_encoder(tmp_path, labels=labels)

    with pytest.raises(ModelError, match=r"names no class entail"):
        by_entailment(str(folder))


def test_two_classes_will_do_where_both_must_be_entailments(tmp_path):
    folder = save_encoder(tmp_path, labels=("not_entailment", "entailment"))

    by_entailment(str(folder))
    with pytest.raises(ModelError, match=r"names no class contra"):
        by_entailment(str(folder), strict=False)
