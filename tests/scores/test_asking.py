import pytest

from calibrant.models import FakeModel
from calibrant.scores import by_asking


def ask(reply, texts, **options):
    equivalence = by_asking(FakeModel(answers=reply, **options))
    return equivalence("What is the capital of France?", texts), equivalence


@pytest.mark.parametrize(
    ("reply", "sets", "undecided"),
    [
        ("Yes", [0, 0], 0),
        ("yes, both do", [0, 0], 0),
        (' "YES."', [0, 0], 0),
        ("No", [0, 1], 0),
        ("**No**", [0, 1], 0),
        ("Nothing", [0, 1], 1),
        ("Yesterday", [0, 1], 1),
        ("They do: yes", [0, 1], 1),
        ("", [0, 1], 1),
    ],
)
def test_replies(reply, sets, undecided):
    found, equivalence = ask({"": reply}, ["Paris", "The city of light"])

    assert found == sets
    assert (equivalence.judged, equivalence.undecided) == (1, undecided)


def test_the_model_sees_the_question_and_both_answers_in_their_own_words():
    seen = []

    def reply(messages):
        seen.append(messages[-1].content)
        return "No"

    ask(reply, ["Paris, France.", "{Lyon}"])

    assert len(seen) == 1
    for text in ("What is the capital of France?", "First answer: Paris, France.\n", "Second answer: {Lyon}\n"):
        assert text in seen[0]


def test_a_pair_that_the_model_has_no_room_for_is_undecided_and_stops_no_other():
    found, equivalence = ask({"": "Yes"}, ["Paris", "P" * 400, "Paree"], context_length=400)

    assert found == [0, 1, 0]
    assert (equivalence.judged, equivalence.undecided) == (2, 1)
