import pytest

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.readouts import choose_readout


def graded(letter, cloze, answer=0):
    question = Question(id="q", question="?", choices=("a", "b"), answer=answer)
    return {"letter_logprobs": letter, "cloze_logprobs": cloze}, question


GOOD, BAD, TIE = [0.0, -1.0], [-1.0, 0.0], [-1.0, -1.0]


@pytest.mark.parametrize(
    ("rows", "kind", "letter", "cloze"),
    [
        ([graded(GOOD, GOOD), graded(GOOD, BAD)], "letter", 1.0, 0.5),
        ([graded(GOOD, GOOD), graded(BAD, GOOD)], "cloze", 0.5, 1.0),
        ([graded(GOOD, BAD), graded(BAD, GOOD)], "cloze", 0.5, 0.5),  # a tie
        ([graded(TIE, BAD)], "letter", 1.0, 0.0),  # the first of equal options is the answer
        ([graded(GOOD, BAD), graded(BAD, GOOD, answer=None)], "letter", 1.0, 0.0),  # no answer, no vote
    ],
)
def test_the_readout_that_is_right_more_often_is_chosen(rows, kind, letter, cloze):
    choice = choose_readout(*zip(*rows, strict=True))

    assert (choice.kind, choice.letter, choice.cloze) == (kind, letter, cloze)


def test_without_an_answer_there_is_nothing_to_choose_by():
    row, question = graded(GOOD, GOOD, answer=None)

    with pytest.raises(InputError, match="auto chooses on answered questions of the train part"):
        choose_readout([row], [question])
