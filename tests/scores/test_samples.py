import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.scores import (
    monte_carlo_semantic_entropy,
    n_semantic_sets,
    predictive_entropy,
    self_consistency,
    semantic_entropy,
    weighted_semantic_entropy,
)

drawn = st.lists(st.tuples(st.integers(0, 4), st.floats(-30, 0)), min_size=1, max_size=10)


def test_by_hand():
    # Four samples, shares 1/2, 1/4, 1/4: entropy 1/2 ln 2 + 2 (1/4 ln 4) = 1.5 ln 2.
    sets = [[0, 1, 0, 2]]

    assert self_consistency([0], sets) == pytest.approx(0.5)
    assert self_consistency([3], sets) == pytest.approx(0.0)
    assert n_semantic_sets(sets) == pytest.approx(3)
    assert semantic_entropy(sets) == pytest.approx(1.5 * math.log(2))


def test_weighted_by_hand():
    # Likelihoods 0.1, 0.2 | 0.1: shares 3/4 and 1/4, entropy 3/4 ln(4/3) + 1/4 ln 4.
    entropy = weighted_semantic_entropy([[0, 1, 0]], [np.log([0.1, 0.1, 0.2])])

    assert entropy == pytest.approx(0.75 * math.log(4 / 3) + 0.25 * math.log(4))


def test_predictive_entropy_by_hand():
    assert predictive_entropy([[-1.0, -3.0], [-0.5]]) == pytest.approx([2.0, 0.5])


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_all_the_same_and_all_different(n):
    same, different, alike = [0] * n, list(range(n)), [-2.0] * n

    assert self_consistency([0, 0], [same, different]) == pytest.approx([1, 1 / n])
    assert n_semantic_sets([same, different]) == pytest.approx([1, n])
    assert semantic_entropy([same, different]) == pytest.approx([0, math.log(n)])
    assert weighted_semantic_entropy([same, different], [alike, alike]) == pytest.approx([0, math.log(n)])


def test_agrees_with_lm_polygraph_given_the_same_sets():
    # Its SemanticEntropy, re-derived: with sequence log-likelihoods ll_i (end token included) and classes c_i it takes
    # class_lp[c] = log sum_{i in c} exp(ll_i), and returns -mean_i class_lp[c_i]. Its "frequency" variant has
    # class_lp[c] = log(n_c / n), whose mean over samples is the discrete entropy.
    lls = [-1.2, -4.0, -1.2, -2.5, -7.0]
    classes = [0, 1, 0, 2, 1]
    masses = {c: sum(math.exp(ll) for ll, own in zip(lls, classes, strict=True) if own == c) for c in set(classes)}
    expected = -sum(math.log(masses[c]) for c in classes) / 5
    by_frequency = -sum(math.log(classes.count(c) / 5) for c in classes) / 5

    assert monte_carlo_semantic_entropy([classes], [lls])[0] == pytest.approx(expected, abs=1e-4)
    assert semantic_entropy([classes])[0] == pytest.approx(by_frequency, abs=1e-4)


def test_agrees_with_the_published_semantic_entropy():
    # Farquhar et al.: log p(set) = logsumexp of its members' log-likelihoods, each less the logsumexp of all; then
    # -sum p log p.
    lls = [-0.3, -2.0, -0.9, -1.4]
    total = sum(math.exp(ll) for ll in lls)
    p = [(math.exp(-0.3) + math.exp(-1.4)) / total, math.exp(-2.0) / total, math.exp(-0.9) / total]

    assert weighted_semantic_entropy([[0, 1, 2, 0]], [lls])[0] == pytest.approx(-sum(q * math.log(q) for q in p))


def test_no_samples_or_no_answer_is_nan():
    assert np.isnan(self_consistency([None, 0], [[0], []])).all()
    assert np.isnan(n_semantic_sets([[]])).all()
    assert np.isnan(semantic_entropy([[]])).all()
    for entropy in (weighted_semantic_entropy, monte_carlo_semantic_entropy):
        assert np.isnan(entropy([[], [0], [0, 1]], [[], None, [-1.0, math.nan]])).all()
    assert np.isnan(predictive_entropy([None, [], [-1.0, math.nan]])).all()


def test_impossible_samples():
    assert np.isnan(weighted_semantic_entropy([[0, 1]], [[-math.inf, -math.inf]])).all()
    assert weighted_semantic_entropy([[0, 1]], [[-math.inf, -1.0]]) == pytest.approx(0.0)


def test_samples_too_unlikely_for_a_number_of_their_own():
    # The exponential of -1000 is 0 in floating point; only the differences count.
    sets, logprobs = [0, 1, 0], np.log([0.1, 0.1, 0.2])
    expected = weighted_semantic_entropy([sets], [logprobs])[0]

    assert weighted_semantic_entropy([sets], [logprobs - 1000])[0] == pytest.approx(expected)
    assert monte_carlo_semantic_entropy([sets], [logprobs - 1000])[0] == pytest.approx(
        monte_carlo_semantic_entropy([sets], [logprobs])[0] + 1000
    )


@pytest.mark.parametrize("entropy", [weighted_semantic_entropy, monte_carlo_semantic_entropy])
def test_a_likelihood_for_each_sample(entropy):
    with pytest.raises(InputError, match=r"logprobs\[1\].*got 1 for 2 samples"):
        entropy([[0], [0, 1]], [[-1.0], [-1.0]])


@given(drawn, st.randoms(use_true_random=False))
def test_order_and_numbering_of_sets_change_nothing(samples, random):
    shuffled = random.sample(samples, len(samples))
    sets, logprobs = zip(*samples, strict=True)
    others, their_logprobs = zip(*((40 - 7 * number, logprob) for number, logprob in shuffled), strict=True)

    assert self_consistency([40 - 7 * sets[0]], [others]) == pytest.approx(self_consistency([sets[0]], [sets]))
    assert n_semantic_sets([others]) == n_semantic_sets([sets])
    assert semantic_entropy([others]) == pytest.approx(semantic_entropy([sets]))
    for entropy in (weighted_semantic_entropy, monte_carlo_semantic_entropy):
        assert entropy([others], [their_logprobs]) == pytest.approx(entropy([sets], [logprobs]), abs=1e-9)


@given(drawn)
def test_entropies_lie_between_none_and_that_of_samples_which_all_differ(samples):
    sets, logprobs = zip(*samples, strict=True)
    most = math.log(len(set(sets))) + 1e-9

    assert 0 <= semantic_entropy([sets])[0] <= most
    assert 0 <= weighted_semantic_entropy([sets], [logprobs])[0] <= most
    assert 0 <= self_consistency([sets[0]], [sets])[0] <= 1
