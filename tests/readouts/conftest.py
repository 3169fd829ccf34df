"""A small folder of answers, which other folders' tests use too."""

import pytest

from calibrant.data import Question
from calibrant.models import FakeModel
from calibrant.readouts import ask

CAPITALS = {"France": "Paris", "Italy": "Rome", "Spain": "Madrid", "Peru": "Lima", "Kenya": "Nairobi"}


def free_questions(n=12):
    """Free questions, n of them: the first five are about the lands of CAPITALS, which the model knows."""
    lands = [*CAPITALS, *(f"Land {i}" for i in range(n))][:n]
    return [
        Question(id=f"q{i}", question=f"What is the capital of {land}?", answer=(CAPITALS.get(land, f"City {i}"),))
        for i, land in enumerate(lands)
    ]


def reply(messages):
    """What the model of ``make_answers`` says: it knows the CAPITALS, and states 0.8 of all that it says."""
    said = messages[-1].content
    known = next((city for land, city in CAPITALS.items() if land in said), "Atlantis")
    if "Probability:" in said:
        return f"Guess: {known}\nProbability: 0.8"
    return known, "Atlantis", known


def make_answers(folder, questions=None, **options):
    """Ask a scripted model free questions, in three parts of equal size, and return the answers, loaded."""
    questions = free_questions() if questions is None else questions
    third = len(questions) // 3
    parts = {"train": questions[:third], "calibration": questions[third : 2 * third], "test": questions[2 * third :]}
    asked = {"samples": 5, "stated": ("tian-1s-1",), "p_true": ("p-true", "p-true-samples")} | options
    return ask(FakeModel(answers=reply), parts, folder, quiet=True, **asked)


@pytest.fixture
def answers(tmp_path):
    """What a scripted model answered to twelve free questions."""
    return make_answers(tmp_path / "answers")
