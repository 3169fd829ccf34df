import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.data import Question, deduplicate

ICE = Question(id="a", question="Is ice cold?", choices=("no", "yes"), answer=1)


def again(**fields):
    return Question.model_validate(ICE.model_dump() | {"id": "b"} | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"question": "  is ICE\ncold"},
        {"question": "Is 'ice' cold?!"},
        {"question": "Is ｉｃｅ cold?"},
        {"question": "Is-ice cold?"},
        {"choices": ["Yes.", "No."], "answer": 0},
    ],
)
def test_the_same_question_is_dropped(fields):
    result = deduplicate([ICE, again(**fields)])

    assert result.kept == (ICE,)
    assert [question.id for question in result.dropped] == ["b"]
    assert result.n_contradictions == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"question": "Is ice colder?"},
        {"choices": ["no", "yes", "maybe"]},
        {"choices": ["no", "never"]},
        {"choices": None, "answer": ["yes"]},
    ],
)
def test_other_questions_are_kept(fields):
    assert deduplicate([ICE, again(**fields)]).dropped == ()


@pytest.mark.parametrize("other", ["What is 5 / 3?", "What is 5 * 3?", "What is 5 + 3?", "What is 53?", "What is 5.3?"])
def test_arithmetic_is_no_punctuation(other):
    minus = Question(id="a", question="What is 5 - 3?")

    assert deduplicate([minus, Question(id="b", question=other)]).dropped == ()


def test_options_of_nothing_but_punctuation_stay_apart():
    first = Question(id="a", question="Which sign ends it?", choices=("!", "?"))
    second = Question(id="b", question="Which sign ends it?", choices=("!", "."))

    assert deduplicate([first, second]).dropped == ()


@pytest.mark.parametrize(
    ("fields", "n_contradictions"),
    [
        ({"answer": 0}, 1),
        ({"choices": ["yes", "no"], "answer": 0}, 0),
        ({"choices": ["yes", "no"], "answer": 1}, 1),
        ({"answer": None}, 0),
        ({"answer": None, "answerable": False}, 1),
    ],
)
def test_contradictions_are_counted(fields, n_contradictions):
    assert deduplicate([ICE, again(**fields)]).n_contradictions == n_contradictions


@pytest.mark.parametrize(("answer", "n_contradictions"), [(("UK", "Britain"), 0), (("France",), 1)])
def test_free_answers_contradict_when_they_share_nothing(answer, n_contradictions):
    first = Question(id="a", question="Where is Leeds?", answer=("Britain.", "England"))
    second = Question(id="b", question="Where is Leeds?", answer=answer)

    assert deduplicate([first, second]).n_contradictions == n_contradictions


@given(st.lists(st.sampled_from("abc")))
def test_nothing_is_lost_and_a_second_pass_drops_nothing(texts):
    questions = [Question(id=str(number), question=text) for number, text in enumerate(texts)]

    result = deduplicate(questions)

    assert sorted((*result.kept, *result.dropped), key=lambda question: int(question.id)) == questions
    assert len(result.kept) == len(set(texts))
    assert deduplicate(result.kept).dropped == ()
