import numpy as np
import pytest
from tests.scores._folder import folder_of, sample, stated

from calibrant.scores import by_text
from calibrant.scores._said import Said


def said(*rows, equivalence=by_text, end_token=True):
    return Said(folder_of(*rows), equivalence, end_token=end_token)


ENDED = {"tokens": ["Par", "is", "<end>"], "logprobs": [-1.0, -2.0, -4.0]}
TOP = {"top_logprobs": [[-0.1, -3.0], [-0.2, -2.0], [-0.3, -1.0]], "entropies": [1.0, 2.0, 3.0]}


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (ENDED, 2),
        (ENDED | {"finish": "length"}, 3),
        ({"tokens": ["Par", "is"], "logprobs": [-1.0, -2.0]}, 2),  # the end token was not told
        (ENDED | {"tokens": ["Par", "is", "\n\n"]}, 2),  # the start of a stop text ended it
        (ENDED | {"tokens": ["P", "ar", "is"]}, 3),
        ({"answer": "", "tokens": ["<end>"], "logprobs": [-1.0]}, 0),
        ({"answer": "", "tokens": [], "logprobs": []}, 0),
    ],
)
def test_the_end_token_is_left_out_only_if_asked_and_where_it_is(row, kept):
    assert said(row, end_token=False).logprobs[0].tolist() == row["logprobs"][:kept]
    assert said(row).logprobs[0].tolist() == row["logprobs"]


def test_it_is_left_out_of_all_that_is_told_of_tokens():
    without = said(ENDED | TOP, end_token=False)

    assert without.entropies[0].tolist() == [1.0, 2.0]
    assert [values.tolist() for values in without.top_logprobs[0]] == [[-0.1, -3.0], [-0.2, -2.0]]
    assert len(said(ENDED | TOP).top_logprobs[0]) == 3


def test_nothing_told_stays_nothing():
    without = said({}, end_token=False)

    assert without.logprobs == without.entropies == without.top_logprobs == [None]
    assert without.samples == [[]]


def test_samples_that_did_not_come_are_left_out():
    own = said({"samples": [sample("Paris"), sample("", finish="error"), sample("Lyon", -3.0, 4)]})

    assert [one["text"] for one in own.samples[0]] == ["Paris", "Lyon"]
    assert own.n_samples.tolist() == [2.0]
    assert own.sample_logprobs[0].tolist() == [-0.5, -0.75]
    assert own.sample_sets[0] == (0, [0, 1])


def test_a_sample_of_unknown_likelihood_or_without_tokens_has_none():
    own = said({"samples": [sample("a", None), sample("b", -1.0, None), sample("", 0.0, 0)]})

    assert np.isnan(own.sample_logprobs[0]).all()


def test_samples_are_sorted_without_the_answer_where_it_did_not_come():
    own = said({"answer": None, "finish": "error", "samples": [sample("Paris"), sample("Lyon"), sample("paris")]})

    assert own.sample_sets[0] == (None, [0, 1, 0])


def test_each_question_is_sorted_once_with_its_own_text():
    seen = []

    def equivalence(question, texts):
        seen.append((question, list(texts)))
        return by_text(question, texts)

    own = said({"samples": [sample("Lyon")]}, {"samples": [sample("Nice")]}, equivalence=equivalence)
    for _ in range(2):
        assert [sets.others for sets in own.sample_sets] == [[1], [1]]

    assert seen == [("Question 0?", ["Paris", "Lyon"]), ("Question 1?", ["Paris", "Nice"])]


ROW = {
    "stated": [
        stated("tian-1s-1", "Guess: Lyon\nProbability: 0.4"),
        stated("tian-1s-2", "G1: Paris\nP1: 0.8\nG2: Lyon\nP2: 0.1"),
        stated("self-probing", "Paris", "Confidence (0-100): 60%"),
        stated("xiong-vanilla", "I will not say."),
        stated("tian-2s-4", "G1: Nice\nG2: paris", "P1: 0.5\nP2: 0.4"),
    ]
}


def test_guesses_are_those_that_the_model_made_itself():
    sets, confidences = said(ROW).guesses

    assert sets[0] == (0, [1, 0, 2])
    assert confidences[0].tolist() == [0.4, 0.8, 0.5]


def test_rankings_are_those_of_formats_with_several_guesses():
    own = said(ROW)

    assert own.ranked_formats == ["tian-1s-2", "tian-2s-4"]
    assert own.rankings[0] == (0, [[0, 1], [2, 0]])
