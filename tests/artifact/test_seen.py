from calibrant.artifact import RAW, Artifact, find_seen, note_questions
from calibrant.data import Question


def question(name, *choices):
    return Question(id=name, question=f"Which is {name}?", choices=choices or ("this", "that"), answer=0)


def test_what_was_fitted_on_is_found_again():
    artifact = Artifact({}, RAW, note_questions([question("a"), question("b")]))
    assert find_seen(artifact, [question("c"), question("b")]) == [question("b")]


def test_neither_the_id_nor_the_order_of_options_hides_a_question():
    artifact = Artifact({}, RAW, note_questions([question("a", "x", "y")]))
    renamed = Question(id="z", question="Which is a?", choices=("y", "x"), answer=1)
    assert find_seen(artifact, [renamed]) == [renamed]
    assert find_seen(artifact, [question("a", "x", "w")]) == []


def test_an_artifact_that_notes_no_questions_has_seen_none():
    for manifest in ({}, {"fitted_questions": None}, {"fitted_questions": 3}):
        assert find_seen(Artifact({}, RAW, manifest), [question("a")]) == []
