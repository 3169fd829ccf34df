import numpy as np
import pytest

from calibrant.predictions import Notes, Predictions


def messages(correct, confidence, dialect="probability", *, pieces=1, **more):
    notes = Notes(dialect)
    correct, confidence = np.array(correct, dtype=float), np.array(confidence, dtype=float)
    for rows in np.array_split(np.arange(correct.size), pieces):
        notes.update(Predictions(correct[rows], confidence[rows]), **more)
    return notes.messages()


def found(said, words):
    return [sentence for sentence in said if words in sentence]


UNEVEN = [0.123456, 0.734567, 0.345678, 0.9156789]


def test_nothing_odd_nothing_said():
    assert messages([1, 0, 1, 0], UNEVEN) == []


@pytest.mark.parametrize("pieces", [1, 3])
def test_rows_left_out_are_counted_once(pieces):
    said = messages([1, np.nan, np.nan, 0], [0.123456, 0.734567, np.nan, np.nan], pieces=pieces)
    assert said == []


def test_an_unparsed_text_is_shown():
    said = messages([1], [np.nan], unparsed_example="'high' (a.csv, line 3)")
    assert said[0] == "A confidence that could not be read: 'high' (a.csv, line 3)."


def test_below_chance_needs_the_number_of_options():
    assert found(
        messages([1, 1], [0.123456, 0.7654321], n_options=np.array([4.0, 4.0])), "1 confidence lies below 1 / n"
    )
    assert "--dialect typesafe" in messages([1, 1], [0.123456, 0.7654321], n_options=np.array([4.0, 4.0]))[0]
    assert not messages([1], [0.2512345], n_options=np.array([4.0]))
    # One third, rounded to four digits, is chance.
    assert not found(messages([1], [0.3333], n_options=np.array([3.0])), "below")
    assert not found(messages([1], [0.123456], dialect="typesafe", n_options=np.array([4.0])), "below")


@pytest.mark.parametrize(("values", "decimals"), [([0.5, 0.123456], None), ([0.51, 0.07], 2), ([0.5123, 0.07], 4)])
def test_rounding(values, decimals):
    said = found(messages([1, 0], values), "rounded")
    assert bool(said) == (decimals is not None)
    if decimals:
        assert f"at most {decimals} decimals: 2 distinct values, and 0 rows at exactly 0 or 1" in said[0]


def test_rounded_numbers_of_single_precision_are_rounded():
    assert found(messages([1, 0], np.array([0.07, 0.93], dtype=np.float32)), "at most 2 decimals")


def test_many_distinct_values_are_not_kept():
    rng = np.random.default_rng(0)
    assert not messages(rng.random(40_000) < 0.5, rng.random(40_000), pieces=7)


def test_certain_and_wrong():
    assert found(messages([0, 1, 1, 0], [1, 0, 1, 0]), "2 answers are wrong at a confidence of exactly 1")
    assert not found(messages([1, 0], [1, 0]), "infinite")


def test_values_on_edges():
    # 0.2 = 3/15 and 0.5 = 5/10 are edges, 0.25 and 1 (an end, no edge) are none.
    said = found(messages([1, 1, 1, 1], [0.2, 0.5, 0.25, 1.0]), "edges")
    assert "2 of 4 distinct confidences lie on" in said[0]
    assert "--strategy unique" in said[0]
    assert not found(messages([1], [0.25]), "edges")
    many = np.arange(1, 100) / 100
    assert not found(messages(np.ones(99), many), "edges")


def test_percent_of_fractions():
    notes = Notes("percent")
    notes.update(Predictions(np.ones(1), np.array([0.009])), np.array([0.9]))
    assert found(notes.messages(), "No confidence exceeds 1 %")
    notes.update(Predictions(np.ones(1), np.array([0.9])), np.array([90.0]))
    assert not found(notes.messages(), "exceeds")


def test_options():
    notes = Notes()
    probs = [np.array([1.0, 0.0]), np.array([0.25, 0.25, 0.5]), np.empty(0)]
    batch = Predictions(
        np.array([0.0, 0, np.nan]), np.array([1.0, 0.5, np.nan]), probs=probs, label=np.array([1, -1, -1]), n_ties=2
    )
    notes.update(batch, n_renormalised=1)
    said = notes.messages()
    assert found(said, "1 right option has a probability of exactly 0")
    assert found(said, "have 2 or 3 options")
    assert found(said, "1 row of probabilities summed to 1 only within rounding, and was divided")
    assert found(said, "2 answers were tied")
