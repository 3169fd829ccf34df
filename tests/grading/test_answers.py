from types import SimpleNamespace

import numpy as np
import pytest

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.grading import grade_answers
from calibrant.models import FakeModel
from calibrant.readouts import Answers, ask

QUESTIONS = (
    Question(id="city", question="What is the capital of France?", answer=("Paris", "City of Light")),
    Question(id="year", question="When did the war end?", answer=("1945",)),
    Question(id="letter", question="Which is a river?", choices=("Seine", "Etna"), answer=0),
    Question(id="none", question="What is the capital of Atlantis?", answerable=False),
    Question(id="mixed", question="How many apostles?", answer=("12", "twelve")),
    Question(id="open", question="Who is the mayor?"),
)
SAID = {
    "capital of France": "It is the City of Light.",
    "war end": "It ended in 1945.",
    "river": "B",
    "Atlantis": "I don't know.",
    "apostles": "There were 12",
    "mayor": "Anne",
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked") / "answers"
    return ask(FakeModel(answers=SAID), {"test": QUESTIONS}, folder, quiet=True)


def test_each_question_is_graded_by_the_rule_that_fits(answers):
    graded = grade_answers(answers)
    by_id = dict(zip([question.id for question in answers.questions], graded.correct.tolist(), strict=True))
    assert (by_id["city"], by_id["year"], by_id["letter"], by_id["mixed"]) == (1, 1, 0, 1)
    assert np.isnan([by_id["none"], by_id["open"]]).all()
    assert graded.causes == {"unlabelled": 2}
    assert [q.id for q, own in zip(answers.questions, graded.abstained, strict=True) if own] == ["none"]


def test_a_rule_is_that_of_all_questions_without_options(answers):
    graded = grade_answers(answers, "contains")
    by_id = dict(zip([question.id for question in answers.questions], graded.correct.tolist(), strict=True))
    assert (by_id["city"], by_id["year"], by_id["letter"], by_id["mixed"]) == (1, 1, 0, 1)
    exact = grade_answers(answers, "exact")
    by_id = dict(zip([question.id for question in answers.questions], exact.correct.tolist(), strict=True))
    assert (by_id["city"], by_id["year"], by_id["letter"], by_id["mixed"]) == (0, 0, 0, 0)


def test_answers_that_did_not_come_are_counted_by_cause(answers):
    table = answers.table
    finish = ["error", "error", "filter", "stop", "length", "stop"]
    error = ["timeout", None, None, None, None, None]
    columns = {"finish": finish, "error": error}
    for name, values in columns.items():
        place = table.column_names.index(name)
        table = table.set_column(place, table.field(name), [values])
    graded = grade_answers(Answers(answers.folder, answers.manifest, answers.questions, table))
    assert graded.cause[:3] == ("timeout", "unknown", "held back")
    assert np.isnan(graded.correct[:3]).all()
    # One that was cut off is graded as it stands.
    assert graded.cause[4] == grade_answers(answers).cause[4]


def test_forty_questions(tmp_path):
    questions = [Question(id=str(i), question=f"What is {i} plus {i}?", answer=(str(2 * i),)) for i in range(40)]
    said = {f"What is {i} plus": f"The answer is {2 * i if i % 4 else 2 * i + 1}." for i in range(40)}
    answers = ask(FakeModel(answers=said), {"test": questions}, tmp_path / "answers", quiet=True)
    assert grade_answers(answers).correct.tolist() == [float(int(q.id) % 4 != 0) for q in answers.questions]


def test_the_rule_is_checked(answers):
    with pytest.raises(InputError, match=r"^rule must be auto or one of exact, contains, f1, number, letter; got 'no'"):
        grade_answers(answers, "no")
    with pytest.raises(InputError, match=r"^accepted, row \d: the index of one of 0 options"):
        grade_answers(answers, "letter")
    with pytest.raises(InputError, match=r"^threshold"):
        grade_answers(SimpleNamespace(questions=()), threshold=2)
