import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from calibrant import scores
from calibrant.exceptions import InputError
from calibrant.scores import margin, max_probability, negative_entropy, option_probabilities

SCORES = (max_probability, margin, negative_entropy)
# 4:2:1:1, 1:1 and a single option.
RAGGED = [np.log([4.0, 2.0, 1.0, 1.0]), [-7.0, -7.0], [3.0]]

questions = st.lists(st.floats(-60, 60), min_size=1, max_size=6)


def test_probabilities_by_hand():
    first, second, third = option_probabilities(RAGGED)
    assert first == pytest.approx([1 / 2, 1 / 4, 1 / 8, 1 / 8])
    assert second.tolist() == [0.5, 0.5]
    assert third.tolist() == [1.0]


def test_scores_by_hand():
    assert max_probability(RAGGED) == pytest.approx([1 / 2, 1 / 2, 1.0])
    assert margin(RAGGED) == pytest.approx([1 / 4, 0.0, 1.0])
    # 1/2 ln 2 + 1/4 ln 4 + 2/8 ln 8 = 7/4 ln 2
    assert negative_entropy(RAGGED) == pytest.approx([-7 / 4 * np.log(2), -np.log(2), 0.0])


def test_logprobs_far_below_what_exp_can_hold():
    assert option_probabilities([[-5000.0, -5000.0 - np.log(3)]])[0] == pytest.approx([0.75, 0.25])
    assert option_probabilities([[0.0, -1e4]])[0].tolist() == [1.0, 0.0]
    assert negative_entropy([[0.0, -1e4]]).tolist() == [0.0]


def test_no_questions():
    assert option_probabilities([]) == []
    assert all(score([]).shape == (0,) for score in SCORES)


@pytest.mark.parametrize("options", [[], [np.nan, 0.0], [-np.inf, 0.0], [[0.0, 1.0]], ["a", "b"], [None, 1.0], 1.0])
@pytest.mark.parametrize("score", [*SCORES, option_probabilities])
def test_a_row_that_cannot_be_scored_is_named(score, options):
    with pytest.raises(InputError, match=r"^logprobs, row 1: finite numbers"):
        score([[0.0, 1.0], options])


@given(questions)
def test_probabilities_are_those_of_scipy(options):
    assert option_probabilities([options])[0] == pytest.approx(softmax(options), abs=1e-12)


@given(questions, st.floats(-1e3, 1e3))
def test_what_is_added_to_all_options_changes_nothing(options, shift):
    for score in SCORES:
        assert score([np.add(options, shift)]) == pytest.approx(score([options]), abs=1e-9)


@given(questions, st.randoms())
def test_the_order_of_options_does_not_matter(options, random):
    shuffled = random.sample(options, len(options))
    for score in SCORES:
        assert score([shuffled]) == pytest.approx(score([options]), abs=1e-12)


@given(questions)
def test_scores_lie_within_their_bounds(options):
    n = len(options)
    assert 1 / n - 1e-12 <= max_probability([options])[0] <= 1
    assert 0 <= margin([options])[0] <= 1
    assert -np.log(n) - 1e-12 <= negative_entropy([options])[0] <= 0


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=6), st.floats(1.1, 5))
def test_sharper_logits_are_never_less_confident(options, factor):
    for score in SCORES:
        assert score([np.multiply(options, factor)])[0] >= score([options])[0] - 1e-12


def test_every_score_is_tested_here():
    own = {
        name
        for name in scores.__all__
        if getattr(getattr(scores, name), "__module__", "") == "calibrant.scores._options"
    }

    assert own == {score.__name__ for score in SCORES} | {"option_probabilities"}
