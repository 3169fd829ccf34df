import numpy as np
import pytest

from calibrant.cli import interview as module
from calibrant.cli.interview import Interviewer, read_reply
from calibrant.cli.survey_sets import SurveyedSet
from calibrant.data import Question
from calibrant.exceptions import InputError, ModelError
from calibrant.models import FakeModel, load_model
from calibrant.readouts import STATED_FORMATS, load_answers, load_readouts
from calibrant.scores import max_probability


def questions(n):
    return tuple(
        Question(
            id=f"q{i}", question=f"Number {i:03}?", choices=("one", "two", "three"), answer=i % 3, group=f"g{i // 2}"
        )
        for i in range(n)
    )


def make_set(n):
    return SurveyedSet("x", questions(n), {"source": "x.jsonl"})


class Counting(FakeModel):
    """Counts what it is asked."""

    def __init__(self, answers):
        super().__init__(answers=answers)
        self.n_asked = 0

    def generate(self, conversations, request=None):
        self.n_asked += len(conversations)
        return super().generate(conversations, request)


@pytest.fixture
def interviewer(monkeypatch):
    """A model that gives these answers -> who asks it, and the model."""

    def make(answers, confidence="auto", form="xiong-vanilla"):
        model = Counting(answers)
        monkeypatch.setattr(module, "load_model", lambda *_, **__: model)
        return Interviewer("m", device=None, dtype=None, confidence=confidence, form=form, seed=0), model

    return make


STATES = {"": "Answer and Confidence (0-100): B, 85%"}


def test_one_reply_holds_the_answer_and_the_confidence(interviewer, tmp_path):
    asker, model = interviewer(STATES)
    found, note = asker.interview("m", make_set(9), tmp_path)
    assert note is None
    assert (found.source, found.model, found.data) == ("stated", "m", "x")
    assert found.y_true.tolist() == [0, 1, 0] * 3
    assert found.y_prob.tolist() == [0.85] * 9
    assert list(found.groups) == [question.group for question in questions(9)]
    assert model.n_asked == 9
    stored = load_answers(tmp_path / "xiong-vanilla")
    assert "Confidence" in stored.manifest["template"]["text"]
    assert stored.manifest["data"] == {"source": "x.jsonl"}


def test_what_is_finished_is_not_asked_again(interviewer, tmp_path):
    asker, _ = interviewer(STATES)
    first, _ = asker.interview("m", make_set(30), tmp_path)
    asker, model = interviewer(STATES)
    again, _ = asker.interview("m", make_set(30), tmp_path)
    assert model.n_asked == 0
    assert again.y_true.tolist() == first.y_true.tolist()


def test_twenty_questions_decide_before_the_rest_is_asked(interviewer, tmp_path):
    asker, model = interviewer({"": "I do not know"})
    found, note = asker.interview("m", make_set(50), tmp_path)
    assert model.n_asked == 20
    assert found.source == "options"
    assert note == (
        "m on x: 0 of 20 replies named an option and a confidence (20 none), so that its option likelihoods are read "
        "instead."
    )
    readouts = load_readouts(tmp_path / "options")
    assert readouts.kind == "letter"
    logprobs = readouts.option_logprobs()
    assert found.y_prob == pytest.approx(max_probability(logprobs))
    assert found.y_true.tolist() == [float(np.argmax(own) == i % 3) for i, own in enumerate(logprobs)]
    assert found.facts["probe"] == {"n": 20, "n_read": 0, "enough": 0.8}


@pytest.mark.parametrize(
    ("form", "reply"),
    [
        ("xiong-cot", "Explanation: two is more than one.\nAnswer and Confidence (0-100): B, 85%"),
        ("tian-1s-1", "Guess: B\nProbability: 0.85"),
    ],
)
def test_other_formats_of_one_reply(interviewer, tmp_path, form, reply):
    asker, _ = interviewer({"": reply}, form=form)
    found, _ = asker.interview("m", make_set(3), tmp_path)
    assert (found.source, found.facts["format"]) == ("stated", form)
    assert found.y_true.tolist() == [0, 1, 0]
    assert found.y_prob.tolist() == [0.85] * 3
    manifest = load_answers(tmp_path / form).manifest
    assert manifest["settings"]["max_tokens"] == STATED_FORMATS[form].stages[0].max_tokens
    assert manifest["template"]["text"] == STATED_FORMATS[form].stages[0].text


def follow(n):
    """Answers that follow the format for all but n of 20 questions."""

    def answer(messages):
        number = int(messages[-1].content.split("Number ")[1][:3])
        return "I am not sure" if number < n else STATES[""]

    return answer


@pytest.mark.parametrize(("n_bad", "source"), [(4, "stated"), (5, "options")])
def test_four_in_five_are_enough(interviewer, tmp_path, n_bad, source):
    asker, _ = interviewer(follow(n_bad))
    found, _ = asker.interview("m", make_set(20), tmp_path)
    assert found.source == source
    if source == "stated":
        assert found.causes == {"none": 4}
        assert np.isnan(found.y_prob[:4]).all()
        assert found.read.sum() == 16


def test_stated_is_stated_however_few_follow(interviewer, tmp_path):
    asker, _ = interviewer({"": "I do not know"}, "stated")
    found, note = asker.interview("m", make_set(5), tmp_path)
    assert (found.source, note, found.read.sum(), found.causes) == ("stated", None, 0, {"none": 5})


def test_options_asks_for_no_words(interviewer, tmp_path):
    asker, model = interviewer(STATES, "options")
    found, _ = asker.interview("m", make_set(5), tmp_path)
    assert (found.source, model.n_asked) == ("options", 0)
    assert not (tmp_path / "xiong-vanilla").exists()


def test_an_answer_that_does_not_come_has_its_cause(interviewer, tmp_path):
    asker, model = interviewer(STATES, "stated")
    model.context_length = 10
    found, _ = asker.interview("m", make_set(3), tmp_path)
    assert found.causes == {"too long": 3}
    assert np.isnan(found.y_true).all()


def test_a_model_without_words_is_read_by_its_options(monkeypatch, tmp_path):
    class Silent:
        def __init__(self):
            self._model = FakeModel()

        def __getattr__(self, name):
            if name == "generate":
                raise AttributeError(name)
            return getattr(self._model, name)

    monkeypatch.setattr(module, "load_model", lambda *_, **__: Silent())
    asker = Interviewer("m", device=None, dtype=None, confidence="auto", form="xiong-vanilla", seed=0)
    assert asker.interview("m", make_set(3), tmp_path)[0].source == "options"
    asker = Interviewer("m", device=None, dtype=None, confidence="stated", form="xiong-vanilla", seed=0)
    with pytest.raises(InputError, match="m does not answer in its own words; use --confidence options"):
        asker.interview("m", make_set(3), tmp_path / "other")


def test_a_server_that_does_not_follow_stays_with_what_it_states(interviewer, monkeypatch, tmp_path):
    _, model = interviewer(follow(8))

    class Server:
        identity, generate = model.identity, model.generate

    monkeypatch.setattr(module, "load_model", lambda *_, **__: Server())
    asker = Interviewer("m", device=None, dtype=None, confidence="auto", form="xiong-vanilla", seed=0)
    found, note = asker.interview("m", make_set(20), tmp_path)
    assert (found.source, found.read.sum()) == ("stated", 12)
    assert note == (
        "m on x: 12 of 20 replies named an option and a confidence (8 none), and a server does not tell option "
        "likelihoods: only such replies count."
    )


def test_the_options_of_a_server_cannot_be_read(monkeypatch, tmp_path):
    server = load_model("http://127.0.0.1:9/v1#tiny")
    monkeypatch.setattr(module, "load_model", lambda *_, **__: server)
    asker = Interviewer("m", device=None, dtype=None, confidence="options", form="xiong-vanilla", seed=0)
    with pytest.raises(ModelError, match="is behind a server"):
        asker.interview("m", make_set(3), tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Answer and Confidence (0-100): A, 100%", (1.0, 1.0, None)),
        ("Answer and Confidence (0-100): two, 0 %", (0.0, 0.0, None)),
        ("Answer and Confidence (0-100): E, 70%", (np.nan, 0.7, "no option")),
        ("Answer and Confidence (0-100): A", (1.0, np.nan, "none")),
        ("", (np.nan, np.nan, "empty")),
    ],
)
def test_a_reply(text, expected):
    right, confidence, cause = read_reply("xiong-vanilla", text, questions(1)[0])
    assert (right, confidence) == pytest.approx(expected[:2], nan_ok=True)
    assert cause == expected[2]
