import json

import numpy as np
import pytest
from tests.readouts.conftest import free_questions, make_answers, reply

from calibrant.data import Question
from calibrant.exceptions import InputError, StoreError
from calibrant.models import FakeModel, GenerationRequest, ServerStatistics
from calibrant.readouts import STATED_FORMATS, AnswerTemplate, Claim, ask, load_answers
from calibrant.readouts._ask import SHARD_QUESTIONS

MANY = free_questions(40)


class Stopping(FakeModel):
    """Is killed after so many calls."""

    def __init__(self, n_left):
        super().__init__(answers=reply)
        self.n_left = n_left

    def generate(self, conversations, request=None):
        self.n_left -= 1
        if self.n_left < 0:
            raise KeyboardInterrupt
        return super().generate(conversations, request)


def asked(model, folder, **options):
    more = {"samples": 3, "stated": ("tian-1s-1", "self-probing"), "p_true": ("p-true",)} | options
    return ask(model, {"train": MANY[:30], "test": MANY[30:]}, folder, quiet=True, **more)


@pytest.mark.parametrize("n_left", [0, 4, 6])
def test_a_run_that_was_killed_goes_on_and_ends_the_same(tmp_path, n_left):
    """A shard takes four calls: the answer, the samples, and two formats."""
    with pytest.raises(KeyboardInterrupt):
        asked(Stopping(n_left), tmp_path / "a")
    with pytest.raises(StoreError, match="is not finished: run the same command again"):
        load_answers(tmp_path / "a")
    n_shards = -(-len(MANY) // SHARD_QUESTIONS)
    again = asked(Stopping(4 * (n_shards - n_left // 4)), tmp_path / "a")
    whole = asked(FakeModel(answers=reply), tmp_path / "b")
    assert again.table.equals(whole.table)
    assert again.manifest["files"] == whole.manifest["files"]
    assert len(whole.manifest["files"]) == n_shards


def test_a_finished_folder_is_read_back_without_the_model(tmp_path):
    first = asked(FakeModel(answers=reply), tmp_path / "a")
    assert asked(Stopping(0), tmp_path / "a").table.equals(first.table)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"samples": 4}, "samples"),
        ({"temperature": 0.5}, "temperature"),
        ({"max_tokens": 31}, "max_tokens"),
        ({"stated": ("tian-1s-1",)}, "stated"),
        ({"p_true": ()}, "p_true"),
        ({"seed": 1}, "seed"),
        ({"template": AnswerTemplate("{{ question }}")}, "template"),
        ({"hidden_layers": (1,)}, "hidden"),
        ({"top_logprobs": 0}, "top_logprobs"),
    ],
)
def test_another_request_is_not_mixed_with_the_first(tmp_path, change, name):
    asked(FakeModel(answers=reply), tmp_path / "a")
    with pytest.raises(StoreError, match=f"was made with another {name} "):
        asked(FakeModel(answers=reply), tmp_path / "a", **change)


def test_the_more_is_asked_the_smaller_a_shard(tmp_path):
    few = asked(FakeModel(answers=reply), tmp_path / "a", samples=0)
    many = asked(FakeModel(answers=reply), tmp_path / "b", samples=20, max_tokens=4)
    assert (len(few.manifest["files"]), len(many.manifest["files"])) == (2, 4)


def test_one_question_that_is_too_long_stops_no_other(tmp_path):
    questions = [*free_questions(5), Question(id="long", question="Why? " * 100, answer=("x",))]
    model = FakeModel(answers=reply, context_length=450)
    options = {"samples": 2, "stated": ("tian-1s-1", "self-probing"), "p_true": ("p-true",)}
    answers = ask(model, {"test": questions}, tmp_path, quiet=True, **options)
    assert answers.texts() == ["Paris", "Rome", "Madrid", "Lima", "Nairobi", ""]
    assert answers.finishes() == ["stop"] * 5 + ["error"]
    row = answers.table.to_pylist()[-1]
    assert (row["answer"], row["error"], row["tokens"]) == (None, "too long", None)
    assert [sample["error"] for sample in row["samples"]] == ["too long"] * 2
    assert [(one["error"], one["texts"]) for one in row["stated"]] == [("too long", []), ("no answer", [])]
    assert row["p_true"] == [{"variant": "p-true", "probability": None, "mass": None, "error": "no answer"}]
    assert answers.errors() == {"too long": 4, "no answer": 2}
    assert not np.isnan(answers.p_true()[:5]).any()


def test_a_second_stage_sees_what_the_first_one_said(tmp_path):
    seen = []

    def judge(messages):
        seen.append(messages)
        return "Probability: 0.4" if len(messages) == 3 else "Guess: Paris"

    answers = ask(FakeModel(answers=judge), {"test": MANY[:2]}, tmp_path, stated=("tian-2s-1",), quiet=True)
    assert [reply["texts"] for reply in answers.stated("tian-2s-1")] == [["Guess: Paris", "Probability: 0.4"]] * 2
    assert [messages[1].content for messages in seen if len(messages) == 3] == ["Guess: Paris"] * 2
    assert [reply["n_tokens"] for reply in answers.stated("tian-2s-1")] == [13 + 17] * 2


def test_a_stage_that_fails_ends_its_conversation(tmp_path):
    """The first stage fits both; behind its longer reply the second one does not."""
    replies = ["Guess: Paris, I should think", "Guess: Rome"]
    said = STATED_FORMATS["tian-2s-1"].conversation(MANY[0], replies[:1])
    model = FakeModel(
        answers=lambda messages: replies["Italy" in messages[0].content],
        context_length=len(FakeModel().render(said)),
    )
    france, italy = ask(model, {"test": MANY[:2]}, tmp_path, stated=("tian-2s-1",), quiet=True).stated("tian-2s-1")
    assert (len(france["texts"]), france["finish"], france["error"]) == (1, "error", "too long")
    assert (len(italy["texts"]), italy["error"]) == (2, None)


def test_probing_is_about_the_greedy_answer(tmp_path):
    def judge(messages):
        return "Confidence: 60" if "Possible answer: Nice" in messages[-1].content else ("Nice", "Lyon")

    answers = ask(FakeModel(answers=judge), {"test": MANY[:1]}, tmp_path, stated=("self-probing",), quiet=True)
    assert answers.stated("self-probing")[0]["texts"] == ["Nice", "Confidence: 60"]


def test_questions_with_options_are_answered_by_letter(tmp_path):
    question = Question(id="q", question="Is ice cold?", choices=("yes", "no"), answer=0)
    model = FakeModel(answers={"A. yes\nB. no\n\nAnswer with the letter": "A", "Is ice cold?": "free"})
    assert ask(model, {"test": [question]}, tmp_path, quiet=True).texts() == ["A"]


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_hidden_states_of_answers_are_kept(tmp_path, dtype):
    questions = [*MANY[:3], Question(id="long", question="Why? " * 900, answer=("x",))]
    places = ("last_prompt", "first_answer", "last_answer")
    model = FakeModel(answers={"France": "", "": "Yes"})
    options = {"hidden_layers": (0, 2), "hidden_positions": places, "hidden_dtype": dtype}
    france, italy, _, long = ask(model, {"test": questions}, tmp_path, quiet=True, **options).hidden()
    assert france.shape == italy.shape == (3, 2, 8)
    assert long is None
    # An answer without text has no first token and no last one.
    assert np.isnan(france).all(axis=(1, 2)).tolist() == [False, True, True]
    assert np.isfinite(italy).all()
    request = GenerationRequest(max_tokens=32, layers=(0, 2), positions=places)
    [[expected]] = model.generate([AnswerTemplate().messages(questions[1])], request)
    assert italy == pytest.approx(expected.hidden, abs=1e-6 if dtype == "float32" else 2e-3)


def test_a_shard_without_any_states_is_none(tmp_path):
    question = Question(id="long", question="Why? " * 900, answer=("x",))
    answers = ask(FakeModel(), {"test": [question]}, tmp_path, hidden_layers=(1,), quiet=True)
    assert answers.hidden() == [None]


def test_samples_depend_on_the_seed_and_the_answer_does_not(tmp_path):
    one, other = (make_answers(tmp_path / str(seed), seed=seed) for seed in (0, 1))
    assert one.texts() == other.texts()
    assert one.samples() != other.samples()


def test_time_of_a_killed_run_is_counted(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        asked(Stopping(4), tmp_path / "a")
    before = json.loads((tmp_path / "a" / "manifest.json").read_text())["seconds"]
    assert asked(FakeModel(answers=reply), tmp_path / "a").manifest["seconds"] > before > 0


def test_what_a_server_counts_is_noted_for_each_run(tmp_path):
    class Counting(Stopping):
        @property
        def statistics(self):
            return ServerStatistics(requests=100 - self.n_left, retries={"timeout": 2})

    with pytest.raises(KeyboardInterrupt):
        asked(Counting(4), tmp_path / "a")
    runs = asked(Counting(90), tmp_path / "a").manifest["server"]
    # The second run makes the shard that the first one lacks, in four calls.
    assert [run["requests"] for run in runs] == [100, 14]
    assert runs[0]["retries"] == {"timeout": 2}
    assert runs[0]["missing_mass"] is None


RIGHT = Claim(MANY[35], "City 35", right=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": -1}, "samples must be at least 0; got -1"),
        ({"samples": 0, "p_true": ("p-true-samples",)}, "ask for samples"),
        ({"p_true": ("p-true-few",)}, "p-true-few and shots, its answered examples, go together"),
        ({"shots": (RIGHT,)}, "p-true-few and shots, its answered examples, go together"),
        ({"p_true": ("p-true-few",), "shots": (RIGHT,)}, "question 'q35' is not of the train part"),
        ({"p_true": ("p-true-few",), "shots": (Claim(MANY[0], "Paris"),)}, "must say whether its answer is right"),
        ({"p_true": ("true",)}, "p_true must be of p-true, p-true-samples, p-true-few; got 'true'"),
        ({"p_true": ("p-true", "p-true")}, "p_true: a name is there twice"),
        ({"stated": ("tian",)}, "stated must be of tian-1s-1"),
        ({"max_tokens": 0}, "max_tokens and n must be at least 1"),
        ({"temperature": 11.0}, "temperature must lie in 0 to 10"),
        ({"hidden_dtype": "float8", "hidden_layers": (1,)}, "hidden_dtype must be one of float32, float16"),
        ({"template": AnswerTemplate("{{ nothing }}")}, "template, at question 'q0'"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_made(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        asked(FakeModel(), tmp_path / "a", **options)
    assert not (tmp_path / "a").exists()


def test_examples_of_p_true_come_from_the_train_part(tmp_path):
    shots = (Claim(MANY[0], "Paris", right=True), Claim(MANY[1], "Milan", right=False))
    answers = asked(FakeModel(answers=reply), tmp_path / "a", p_true=("p-true-few",), shots=shots)
    assert np.isfinite(answers.p_true("p-true-few")).all()


def test_no_questions_and_equal_ids_are_refused(tmp_path):
    with pytest.raises(InputError, match="there are none to read"):
        ask(FakeModel(), {"test": []}, tmp_path, quiet=True)
    with pytest.raises(InputError, match="the id 'q0' is there twice"):
        ask(FakeModel(), {"train": MANY[:1], "test": MANY[:1]}, tmp_path, quiet=True)
