import re

import pytest

from calibrant.data import OPEN_RELATIONS, Question, open_questions, world_facts
from calibrant.exceptions import InputError


@pytest.fixture(scope="module")
def facts():
    return world_facts()


def test_every_relation_says_whether_it_makes_sense_without_options(facts):
    assert {question.subject for question in facts} == set(OPEN_RELATIONS)


def test_no_open_question_points_to_options_that_are_not_there(facts):
    opened = open_questions(facts)
    assert not [question.question for question in opened if re.search(r"\bthese\b|following", question.question)]
    left_out = {question.subject for question in facts} - {question.subject for question in opened}
    assert left_out == {"land_border", "largest_city"}


def test_the_text_of_the_right_option_is_the_answer_that_is_accepted(facts):
    opened = {question.id: question for question in open_questions(facts)}
    for question in facts:
        if question.id not in opened:
            continue
        other = opened[question.id]
        expected = None if question.answer is None else (question.choices[question.answer],)
        assert (other.choices, other.answer) == (None, expected)
        assert (other.group, other.subject, other.answerable) == (question.group, question.subject, question.answerable)
        # What was made by copying is still what a file of questions may hold.
        assert Question.model_validate(other.model_dump()) == other


def test_no_two_open_questions_ask_the_same(facts):
    asked = [question.question for question in open_questions(facts)]
    assert len(asked) == len(set(asked)) > 1000


def test_a_question_that_is_open_already_stays_as_it_is():
    question = Question(id="q", question="What is the capital of France?", answer=("Paris",), subject="capital")
    assert open_questions([question]) == [question]


def test_other_questions_are_refused():
    question = Question(id="q", question="Which of these is ice?", choices=("a", "b"), answer=0)
    with pytest.raises(InputError, match=r"question 'q' is not of world-facts \('all'\); for other data, write"):
        open_questions([question])
