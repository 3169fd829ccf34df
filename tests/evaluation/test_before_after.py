import numpy as np
import pytest

from calibrant.data import Question
from calibrant.evaluation import EvaluationSettings, compare_readouts, read_comparison
from calibrant.exceptions import InputError
from calibrant.models.fake import FakeModel
from calibrant.readouts import read

QUICK = EvaluationSettings(n_boot=100, n_draws=20)


def make_questions(n, first=0):
    """Questions of three options in groups of two; every tenth has no known answer."""
    return [
        Question(
            id=f"q{i}",
            question=f"What is {i} times 7?",
            choices=(f"{7 * i}", f"{7 * i + 1}", f"{7 * i - 10}"),
            answer=None if i % 10 == 9 else i % 3,
            group=f"g{i // 2}",
        )
        for i in range(first, first + n)
    ]


@pytest.fixture(scope="module")
def parts():
    return {"train": make_questions(10), "test": make_questions(60, 100)}


@pytest.fixture(scope="module")
def asked(tmp_path_factory, parts):
    """What two models say that order options alike, the second being ten times as sure."""
    folder = tmp_path_factory.mktemp("asked")
    return [
        read(FakeModel(sharpness), parts, folder / name, kind="cloze", quiet=True)
        for name, sharpness in (("before", 0.1), ("after", 1.0))
    ]


@pytest.fixture(scope="module")
def found(asked):
    return compare_readouts(*asked, ("base", "aligned"), notes=["A note."], settings=QUICK, quiet=True)


def test_what_is_compared_is_the_softmax_of_the_options_on_the_test_part(asked, parts, found):
    known = [row for row in asked[0].rows("test") if asked[0].questions[row].answer is not None]
    for name, readouts in zip(("base", "aligned"), asked, strict=True):
        logprobs = np.array(readouts.option_logprobs())[known]
        shares = np.exp(logprobs) / np.exp(logprobs).sum(1, keepdims=True)
        right = np.array([readouts.questions[row].answer for row in known])
        metrics = found["methods"][name]["metrics"]
        assert metrics["mean_confidence"]["value"] == pytest.approx(shares.max(1).mean())
        assert metrics["accuracy"]["value"] == pytest.approx((shares.argmax(1) == right).mean())
        file = found["methods"][name]["file"]
        assert (file["n_rows"], file["n_ungraded"], file["n_unmatched"]) == (60, 6, 0)
    assert (found["n"], found["n_groups"], found["matched_by"]) == (
        54,
        30,
        "id",
    )


def test_more_of_the_same_is_confidence_without_accuracy(found):
    gain = read_comparison(found).gain
    assert gain is not None
    assert (gain.a, gain.b) == ("base", "aligned")
    assert gain.confidence.value > 0.1
    assert gain.share.value == pytest.approx(1 - gain.accuracy.value / gain.confidence.value)


def test_notes_come_first_and_facts_name_the_model(found):
    assert found["notes"][0] == "A note."
    assert found["methods"]["aligned"]["file"]["facts"]["weights"] == "fake:1"
    assert found["methods"]["base"]["file"]["facts"]["readout"] == "cloze"


def test_a_model_and_itself_gain_nothing(asked):
    gain = compare_readouts(asked[0], asked[0], ("a", "b"), settings=QUICK, quiet=True)["gain"]
    assert (gain["confidence"]["value"], gain["accuracy"]["value"], gain["share"]["value"]) == (0, 0, None)


def test_what_cannot_be_compared_is_refused(asked, parts, tmp_path):
    with pytest.raises(InputError, match="got 'a' twice"):
        compare_readouts(*asked, ("a", "a"), settings=QUICK, quiet=True)
    letter = read(FakeModel(), parts, tmp_path / "letter", kind="letter", quiet=True)
    with pytest.raises(InputError, match=r"holds the cloze readout and .*letter the letter one"):
        compare_readouts(asked[0], letter, ("a", "b"), settings=QUICK, quiet=True)
    for name, test in (
        ("more", make_questions(61, 100)),
        ("other", [*make_questions(59, 100), *make_questions(1, 900)]),
    ):
        other = read(FakeModel(), {"test": test}, tmp_path / name, kind="cloze", quiet=True)
        with pytest.raises(InputError, match=r"do not hold the same test questions, such as 'q1(60|59)'"):
            compare_readouts(asked[0], other, ("a", "b"), settings=QUICK, quiet=True)
