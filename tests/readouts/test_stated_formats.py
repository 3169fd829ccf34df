import pytest

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.language import PHRASE_TABLES
from calibrant.readouts import STATED_FORMATS
from calibrant.readouts._stated_formats import find_format

FREE = Question(id="f", question="What is the capital of France?", answer=("Paris",))
CHOICE = Question(id="c", question="Is ice cold?", choices=("yes", "no", "at times"), answer=1)


def asked(form, question, **more):
    return STATED_FORMATS[form].conversation(question, **more)[-1].content


@pytest.mark.parametrize("form", STATED_FORMATS)
@pytest.mark.parametrize("question", [FREE, CHOICE])
def test_the_first_stage_asks_the_question_with_its_options(form, question):
    text = asked(form, question, answer="Nice")
    assert question.question in text
    assert [line for line in text.splitlines() if line[:3] in ("A. ", "B. ", "C. ")] == [
        f"{letter}. {choice}" for letter, choice in zip("ABC", question.choices or (), strict=False)
    ]
    assert ("Nice" in text) == STATED_FORMATS[form].fresh


def test_a_second_stage_goes_on_with_the_conversation():
    turns = STATED_FORMATS["tian-2s-1"].conversation(FREE, ["Guess: Paris"])
    assert [turn.role for turn in turns] == ["user", "assistant", "user"]
    assert turns[0] == STATED_FORMATS["tian-2s-1"].conversation(FREE)[0]
    assert turns[1].content == "Guess: Paris"
    assert "Probability:" in turns[2].content
    assert FREE.question not in turns[2].content


def test_probing_is_a_conversation_of_its_own():
    [turn] = STATED_FORMATS["self-probing"].conversation(FREE, answer="Lyon")
    assert "Possible answer: Lyon" in turn.content


@pytest.mark.parametrize(("form", "k"), [("tian-1s-2", 2), ("tian-1s-4", 4), ("tian-2s-4", 4), ("xiong-top-k", 4)])
def test_there_are_no_more_guesses_than_options(form, k):
    for question, most in ((FREE, k), (CHOICE, min(k, 3))):
        text = asked(form, question)
        assert [f"G{rank}:" in text for rank in range(1, 6)] == [rank <= most for rank in range(1, 6)]
        assert f"your {most} best guesses" in text


def test_phrases_are_those_of_the_survey_word_for_word():
    text = asked("tian-ling", FREE).lower()
    assert all(phrase in text for phrase in PHRASE_TABLES["survey"].phrases)


def test_a_guess_among_options_is_a_letter():
    assert "the letter of one option" in asked("tian-1s-1", CHOICE)
    assert "letter" not in asked("tian-1s-1", FREE)


def test_formats_are_told_apart_by_their_hashes():
    assert len({form.sha256 for form in STATED_FORMATS.values()}) == len(STATED_FORMATS)


def test_an_unknown_format_is_refused():
    with pytest.raises(InputError, match=r"stated must be of tian-1s-1, .*self-probing; got 'tian'"):
        find_format("tian")
