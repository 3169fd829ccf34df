from itertools import pairwise
from math import exp, lgamma

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from calibrant.calibrators import BBQ, HistogramBinning
from calibrant.exceptions import InputError


def naive_bbq(y_prob, y_true, new):
    """The sums of the paper, one binning, one bin and one new answer at a time, with the edges of histogram binning."""
    root = len(y_prob) ** (1 / 3)
    edges = {
        tuple(HistogramBinning(n_bins=b).fit(y_prob, y_true).edges_)
        for b in range(max(1, int(root / 10)), int(np.ceil(root * 10)) + 1)
    }
    scores, answers = [], []
    for ends in edges:
        strength, score, given_to = 2 / (len(ends) - 1), 0.0, np.empty(len(new))
        for low, high in pairwise(ends):

            def holds(p, low=low, high=high):
                return (p <= high) & ((p > low) | (low == 0))

            m, r = holds(y_prob).sum(), y_true[holds(y_prob)].sum()
            a, b = strength * (low + high) / 2, strength * (1 - (low + high) / 2)
            score += lgamma(strength) - lgamma(m + strength)
            score += lgamma(r + a) - lgamma(a) + lgamma(m - r + b) - lgamma(b)
            given_to[holds(new)] = (r + a) / (m + strength)
        scores.append(score)
        answers.append(given_to)
    weights = np.array([exp(score - max(scores)) for score in scores])
    return weights @ np.array(answers) / weights.sum()


def test_by_hand_two_confidences():
    # One bin: middle .5, a = b = 1; 2 of 4 right: 2!2!/5! = 1/30 and 3/6. Two bins: middles .25 and .75, a = 1/4 and
    # b = 3/4 or the reverse; 0 of 2 give (3/4)(7/4)/2 = 21/32, so both 441/1024, and 1/4 / 3 = 1/12 and 11/12.
    bbq = BBQ().fit([0.2, 0.2, 0.8, 0.8], [0, 0, 1, 1])
    one, two = 1 / 30, 441 / 1024
    expected = (one / 2 + two / 12) / (one + two)
    assert_allclose(bbq.edges_, [0, 0.5, 1])
    assert_allclose(bbq.predict([0.0, 0.5, 0.51, 1.0]), [expected, expected, 1 - expected, 1 - expected])


@pytest.mark.parametrize("confidence", [0.0, 0.7, 1.0])
def test_constant_confidence_is_one_bin(confidence):
    bbq = BBQ().fit([confidence] * 4, [1, 1, 1, 0])
    assert bbq.edges_.tolist() == [0, 1]
    assert_allclose(bbq.predict([0.0, 0.7, 1.0]), 4 / 6)


@pytest.mark.parametrize("outcome", [0, 1])
def test_one_class_is_not_certain(outcome):
    given_to = BBQ().fit(np.linspace(0, 1, 50), [outcome] * 50).predict([0.0, 0.5, 1.0])
    assert ((given_to > 0) & (given_to < 1)).all()
    assert (abs(given_to - outcome) < 0.1).all()


def test_confidences_next_to_0_and_1_stay_inside():
    y_prob = [0.0, 5e-324, np.nextafter(1, 0), 1.0]
    given_to = BBQ().fit(y_prob, [0, 0, 1, 1]).predict(y_prob)
    assert ((given_to > 0) & (given_to < 1)).all()


def test_a_strong_prior_leaves_the_middle_of_the_bin():
    assert_allclose(BBQ(prior_strength=1e9).fit([0.9] * 4, [1] * 4).predict([0.9]), 0.5, atol=1e-6)


@pytest.mark.parametrize("prior_strength", [0.0, -1.0, float("nan"), float("inf")])
def test_prior_strength_is_checked(prior_strength):
    with pytest.raises(InputError, match=f"^prior_strength must .* got {prior_strength}"):
        BBQ(prior_strength=prior_strength).fit([0.5], [1])


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 20).map(lambda k: k / 20), st.booleans()), min_size=1, max_size=30))
def test_agrees_with_the_sums_of_the_paper(rows):
    y_prob, y_true = (np.array(column) for column in zip(*rows, strict=True))
    new = np.linspace(0, 1, 61)
    assert_allclose(BBQ().fit(y_prob, y_true).predict(new), naive_bbq(y_prob, y_true, new), rtol=1e-9)


def test_agrees_with_the_sums_of_the_paper_on_many_rows():
    rng = np.random.default_rng(0)
    y_prob = rng.random(1500)  # so the fewest bins are 1, the most 115
    y_true = rng.random(1500) < y_prob**2
    new = rng.random(200)
    assert_allclose(BBQ().fit(y_prob, y_true).predict(new), naive_bbq(y_prob, y_true, new), rtol=1e-9)


def test_recovers_a_known_distortion():
    rng = np.random.default_rng(0)
    y_prob = rng.random(20_000)
    bbq = BBQ().fit(y_prob, rng.random(20_000) < y_prob**3)
    grid = np.linspace(0.05, 0.95, 19)
    assert_allclose(bbq.predict(grid), grid**3, atol=0.08)
