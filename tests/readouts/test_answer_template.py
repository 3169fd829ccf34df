import pytest

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.readouts import AnswerTemplate, PromptTemplate

FREE = Question(id="f", question="What is the capital of France?", answer=("Paris", "Lutetia"))
CHOICE = Question(id="c", question="Is ice cold?", choices=("yes", "no"), answer=1)


def test_options_are_put_as_the_letter_readout_puts_them():
    assert AnswerTemplate().messages(CHOICE) == PromptTemplate().messages(CHOICE, "letter")


def test_examples_are_answered_as_their_kind_is():
    turns = AnswerTemplate(examples=(FREE, CHOICE)).messages(FREE)
    assert [turn.role for turn in turns] == ["user", "assistant"] * 2 + ["user"]
    assert [turn.content for turn in turns if turn.role == "assistant"] == ["Paris", "B"]
    assert turns[0] == turns[-1]


def test_a_template_sees_which_kind_of_question_it_is():
    template = AnswerTemplate("{{ kind }}: {{ question }} {{ choices | length }}")
    assert template.messages(FREE)[0].content == "free: What is the capital of France? 0"
    assert template.messages(CHOICE)[0].content == "letter: Is ice cold? 2"


def test_the_hash_is_that_of_words_and_examples():
    hashes = {AnswerTemplate().sha256, AnswerTemplate("{{ question }}").sha256, AnswerTemplate(examples=(FREE,)).sha256}
    assert len(hashes) == 3


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(InputError, match="question 'f' has no right answer to show"):
        AnswerTemplate(examples=(FREE.model_copy(update={"answer": None}),))
    with pytest.raises(InputError, match="template, line 1"):
        AnswerTemplate("{{ question")
    with pytest.raises(InputError, match=r"at question 'f': .* \(it sees question, choices, options and kind\)"):
        AnswerTemplate("{{ nothing }}").messages(FREE)
