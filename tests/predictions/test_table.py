import numpy as np
import pytest

from calibrant.exceptions import DataError, InputError
from calibrant.predictions import Columns, concatenate, open_predictions

same = np.testing.assert_array_equal


def read(path, **settings):
    source = open_predictions(path, **settings)
    rows = concatenate(list(source.batches()))
    return rows, source


def test_the_usual_names(write):
    path = write(
        confidence=[0.9, 0.25, None], correct=[True, False, None], group=["a", None, "b"], subject=["s", None, "s"]
    )
    rows, source = read(path)
    same(rows.confidence, [0.9, 0.25, np.nan])
    same(rows.correct, [1, 0, np.nan])
    assert rows.group == ["a", "(row 2)", "b"]
    assert rows.subject == ["s", "", "s"]
    assert rows.id is None
    assert rows.known.tolist() == [0, 1]
    assert source.name == path.name
    assert source.label == "Stated confidence"
    assert source.facts["columns"] == {
        "confidence": "confidence",
        "correct": "correct",
        "group": "group",
        "subject": "subject",
    }


def test_it_can_be_read_again(write):
    source = open_predictions(write(confidence=[0.9, None], correct=[1, 0]))
    first, second = (concatenate(list(source.batches())) for _ in range(2))
    same(first.confidence, second.confidence)


def test_named_columns(write):
    rows, _ = read(write(c=[0.5], ok=[1], q=[7]), columns=Columns(confidence="c", correct="ok", id="q"))
    same(rows.confidence, [0.5])
    assert rows.id == ["7"]


def test_words_are_counted_not_filled(write):
    rows, source = read(write(confidence=["0.5", "high", ""], correct=[1, 0, 1]))
    same(rows.confidence, [0.5, np.nan, np.nan])
    assert source.notes()[0].startswith("A confidence that could not be read: 'high' (")


def test_missing_columns_are_listed(write):
    with pytest.raises(
        DataError, match=r"confidence and correct is not known.*'p', 'right'.*--confidence COL.*--probs"
    ):
        open_predictions(write(p=[0.5], right=[1]))
    with pytest.raises(DataError, match="no column 'pp'"):
        open_predictions(write(p=[0.5], right=[1]), columns=Columns(confidence="pp", correct="right"))
    with pytest.raises(DataError, match="no column 'nn'"):
        open_predictions(write(confidence=[0.5], correct=[1]), columns=Columns(n_options="nn"))
    with pytest.raises(DataError, match="which column holds correct is not known"):
        open_predictions(write(confidence=[0.5], right=[1]))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"confidence": [0.5, 85.0]}, "got 85. This looks like a percentage: pass --dialect percent"),
        ({"confidence": [0.5, -0.25]}, "got -0.25"),
        ({"confidence": [0.5, float("inf")]}, "got inf"),
        ({"correct": [1, 2]}, "1 or 0, true or false is needed.*got '?2"),
        ({"correct": ["0", "maybe"]}, "got 'maybe'"),
    ],
)
def test_wrong_cells_are_named(write, cells, said):
    path = write(**{"confidence": [0.5, 0.5], "correct": [1, 0], **cells})
    line = {".parquet": "row 2", ".jsonl": "line 2"}.get(path.suffix, "line 3")
    with pytest.raises(DataError, match=f"{path.name}, {line}, column '{next(iter(cells))}': .*{said}"):
        list(open_predictions(path).batches())


def test_dialects(write):
    path = write(confidence=[0.8, 0.5], correct=[1, 1], n=[2, 5], mass=[0.8, 1.0])
    same(read(path, dialect="percent")[0].confidence, [0.008, 0.005])
    rows, source = read(path, dialect="typesafe", columns=Columns(n_options="n"))
    assert rows.confidence == pytest.approx([0.9, 0.6])
    assert source.label == "Stated confidence, from typesafe"
    assert read(path, dialect="typesafe", columns=Columns(n_options="2"))[0].confidence == pytest.approx([0.9, 0.75])
    assert read(path, dialect="label-mass", columns=Columns(label_mass="mass"))[0].confidence == pytest.approx([1, 0.5])
    with pytest.raises(DataError, match=r"with 5 options a margin has no inverse"):
        read(path, dialect="margin", columns=Columns(n_options="n"))
    with pytest.raises(InputError, match="needs the number of options"):
        open_predictions(path, dialect="entropy")
    with pytest.raises(InputError, match="no inverse"):
        open_predictions(path, dialect="score-spread")


def test_probabilities_of_the_options(write):
    path = write(probs=[[0.25, 0.75], [0.5, 0.25, 0.25], None], label=[1, 2, 0])
    rows, source = read(path)
    same(rows.confidence, [0.75, 0.5, np.nan])
    same(rows.correct, [1, 0, np.nan])
    same(rows.label, [1, 2, 0])
    assert [row.tolist() for row in rows.probs] == [[0.25, 0.75], [0.5, 0.25, 0.25], []]
    assert source.label == "Top probability"


def test_a_column_an_option_and_a_label_by_name(write):
    path = write(yes=[0.75, 0.25], no=[0.25, 0.75], truth=["yes", "yes"])
    rows, _ = read(path, columns=Columns(probs=("yes", "no"), label="truth"))
    same(rows.correct, [1, 0])


def test_the_probability_of_yes(write):
    rows, _ = read(write(p=[0.75, 0.25], truth=[True, True]), columns=Columns(probs=("p",), label="truth"))
    same(rows.correct, [1, 0])
    same(rows.confidence, [0.75, 0.75])


def test_sums_are_checked(write):
    path = write(probs=[[0.5, 0.5], [0.5, 0.25]], label=[0, 0])
    with pytest.raises(DataError, match=r"(row 2|line [23]), column 'probs, label': .* must sum to 1.* 0\.75"):
        read(path)


def test_arguments_that_do_not_go_together(write):
    path = write(confidence=[0.5], correct=[1], probs=[[0.5, 0.5]], label=[0])
    with pytest.raises(InputError, match="not both"):
        open_predictions(path, columns=Columns(confidence="confidence", probs=("probs",), label="label"))
    with pytest.raises(InputError, match="Leave them out"):
        open_predictions(path, dialect="percent", columns=Columns(probs=("probs",), label="label"))
    with pytest.raises(InputError, match="each column once"):
        open_predictions(path, columns=Columns(probs=("probs", "probs"), label="label"))


def test_names_that_are_other_indices_are_refused(write):
    with pytest.raises(InputError, match="a label could mean either"):
        open_predictions(write(**{"1": [0.5], "2": [0.5], "label": [1]}), columns=Columns(probs=("1", "2")))


def test_a_confidence_that_is_not_what_the_probabilities_say(write):
    table = {"probs": [[0.9, 0.05, 0.05], [0.5, 0.3, 0.2]], "correct": [1, 0], "label": [0, 1]}
    _, source = read(write(confidence=[0.85, 0.25], **table))
    assert "agrees with typesafe of the probabilities" in source.notes()[0]
    assert "--dialect typesafe" in source.notes()[0]
    _, source = read(write(confidence=[0.9, 0.5], **table))
    assert not any("agrees" in said for said in source.notes())
    _, source = read(write(confidence=[0.85, 0.25], **table), columns=Columns(probs=("probs",)))
    assert "it was not used" in source.notes()[0]
