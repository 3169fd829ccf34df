import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.scores import (
    drop_end_token,
    max_token_entropy,
    mean_logprob,
    mean_token_entropy,
    mean_token_margin,
    min_token_probability,
    perplexity,
    sequence_logprob,
)

OF_LOGPROBS = [sequence_logprob, mean_logprob, perplexity, min_token_probability]
OF_ENTROPIES = [mean_token_entropy, max_token_entropy]

answer = st.lists(st.floats(-50, 0), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("score", "expected"),
    # Of the probabilities 1/2, 1/8 and 1/4: product 1/64, geometric mean 1/4.
    [
        (sequence_logprob, math.log(1 / 64)),
        (mean_logprob, math.log(1 / 4)),
        (perplexity, 4.0),
        (min_token_probability, 1 / 8),
    ],
)
def test_three_tokens_by_hand(score, expected):
    assert score([np.log([0.5, 0.125, 0.25])]) == pytest.approx(expected, abs=1e-12)


def test_entropies_by_hand():
    entropies = [[0.2, 1.0, 0.0], [0.7]]

    assert mean_token_entropy(entropies) == pytest.approx([0.4, 0.7])
    assert max_token_entropy(entropies) == pytest.approx([1.0, 0.7])


def test_margin_by_hand_whatever_the_order_and_whatever_was_generated():
    # (0.6 - 0.3 + 0.5 - 0.5) / 2 = 0.15.
    places = [np.log([0.6, 0.3, 0.1]), np.log([0.5, 0.5])]

    assert mean_token_margin([places, [own[::-1] for own in places]]) == pytest.approx([0.15, 0.15])


def test_agrees_with_lm_polygraph():
    # Its formulas, re-derived. It stores, for each token generated up to and with the end token, the log-softmax over
    # the vocabulary, and takes ll_j = logprob of token j.
    #   MaximumSequenceProbability = -sum_j ll_j                      = -sequence_logprob
    #   Perplexity                 = -mean_j ll_j                     = log(perplexity)
    #   MeanTokenEntropy           = mean_j of -sum_v p_jv log p_jv   = mean_token_entropy
    # (Versions of it whose EntropyCalculator takes a mean over v show the last one divided by the vocabulary's size.)
    rng = np.random.default_rng(3)
    vocabulary, chosen, end = 7, [2, 5, 1, 0], 0
    assert chosen[-1] == end
    logits = rng.normal(size=(4, vocabulary)) * 2
    lls, entropies = [], []
    for row, token in zip(logits.tolist(), chosen, strict=True):
        normaliser = math.log(sum(math.exp(value) for value in row))
        lls.append(row[token] - normaliser)
        entropies.append(-sum(math.exp(value - normaliser) * (value - normaliser) for value in row))

    assert -sequence_logprob([lls])[0] == pytest.approx(-sum(lls), abs=1e-4)
    assert math.log(perplexity([lls])[0]) == pytest.approx(-sum(lls) / 4, abs=1e-4)
    assert mean_token_entropy([entropies])[0] == pytest.approx(sum(entropies) / 4, abs=1e-4)


@pytest.mark.parametrize("score", OF_LOGPROBS + OF_ENTROPIES)
def test_nothing_told_is_nan(score):
    assert np.isnan(score([None, [], [math.nan], [0.0, math.nan]])).all()
    assert score([]).shape == (0,)


def test_no_margin_without_a_rival():
    assert np.isnan(mean_token_margin([None, [], [[-0.1]], [[-0.1, -3.0], [-0.1]], [[-0.1, math.nan]]])).all()


def test_an_impossible_token():
    assert sequence_logprob([[-math.inf, -1.0]])[0] == -math.inf
    assert perplexity([[-math.inf]])[0] == math.inf
    assert min_token_probability([[-math.inf, -1.0]])[0] == 0


@pytest.mark.parametrize("score", OF_LOGPROBS)
def test_a_probability_above_one_is_refused_and_rounding_is_not(score):
    with pytest.raises(InputError, match=r"logprobs\[1\].*got 0.5"):
        score([[-1.0], [-1.0, 0.5]])
    assert score([[1e-9]])[0] == score([[0.0]])[0]


@pytest.mark.parametrize("score", OF_ENTROPIES)
def test_a_negative_entropy_is_refused_and_rounding_is_not(score):
    with pytest.raises(InputError, match=r"entropies\[0\].*got -1"):
        score([[-1.0]])
    assert score([[-1e-9]])[0] == 0


def test_more_than_one_number_a_token_is_refused():
    with pytest.raises(InputError, match=r"logprobs\[0\].*\(1, 2\)"):
        sequence_logprob([[[-1.0, -2.0]]])


def test_the_end_token_is_left_out_where_it_is_there():
    dropped = drop_end_token([[-1.0, -2.0], [-1.0, -2.0], [-3.0], None], [True, False, True, True])

    assert [None if own is None else own.tolist() for own in dropped] == [[-1.0], [-1.0, -2.0], [], None]
    assert sequence_logprob(dropped)[:2] == pytest.approx([-1.0, -3.0])
    assert np.isnan(sequence_logprob(dropped)[2:]).all()


@given(answer)
def test_how_the_scores_of_one_answer_stand_to_each_other(logprobs):
    total, mean = sequence_logprob([logprobs])[0], mean_logprob([logprobs])[0]

    assert mean * len(logprobs) == pytest.approx(total)
    assert math.log(perplexity([logprobs])[0]) == pytest.approx(-mean, abs=1e-9)
    least = min_token_probability([logprobs])[0]
    assert 0 <= least <= math.exp(mean) * (1 + 1e-9) + 1e-300
    assert math.exp(total) <= least * (1 + 1e-9) + 1e-300
    assert sequence_logprob([logprobs[::-1]])[0] == pytest.approx(total)
