import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import softmax

from calibrant.exceptions import InputError
from calibrant.scores import average_confidence, pair_rank

rankings = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), min_size=1, max_size=6)


def test_average_confidence_by_hand():
    # (0.8 + 0.6) / (0.8 + 0.6 + 0.2 + 0.4) = 0.7.
    sets, stated = [0, 0, 1, 2], [0.8, 0.6, 0.2, 0.4]

    assert average_confidence([0, 1, 3], [sets] * 3, [stated] * 3) == pytest.approx([0.7, 0.1, 0.0])


def test_equal_confidences_make_it_the_share_of_the_guesses():
    assert average_confidence([0], [[0, 1, 0, 0]], [[0.3] * 4]) == pytest.approx(0.75)


def test_a_guess_without_confidence_is_left_out():
    assert average_confidence([0], [[0, 1, 0]], [[0.6, 0.2, np.nan]]) == pytest.approx(0.75)


def test_no_average_where_nothing_was_stated():
    found = average_confidence([None, 0, 0, 0], [[0], [], [0], [0]], [[0.5], [], [0.0], [np.nan]])

    assert np.isnan(found).all()


@pytest.mark.parametrize("stated", [[0.5], [0.5, -0.1]])
def test_wrong_confidences_are_refused(stated):
    with pytest.raises(InputError, match=r"confidences\[0\]"):
        average_confidence([0], [[0, 1]], [stated])


@pytest.mark.parametrize(("wins", "losses"), [(1, 0), (3, 1), (2, 2), (0, 5)])
def test_two_candidates_by_hand(wins, losses):
    # With two candidates the likeliest P is the share of wins, the prior counted as half a win on either side.
    found = pair_rank([[0, 1]] * wins + [[1, 0]] * losses)

    assert found == pytest.approx({0: (wins + 0.5) / (wins + losses + 1), 1: (losses + 0.5) / (wins + losses + 1)})


def test_almost_no_prior_gives_the_share_of_wins():
    assert pair_rank([[0, 1]] * 3 + [[1, 0]], prior=1e-9)[0] == pytest.approx(0.75, abs=1e-6)


def test_three_candidates_that_beat_each_other_in_a_circle_are_alike():
    assert pair_rank([[0, 1, 2], [1, 2, 0], [2, 0, 1]]) == pytest.approx({0: 1 / 3, 1: 1 / 3, 2: 1 / 3}, abs=1e-6)


def test_what_a_list_leaves_out_comes_after_it():
    assert pair_rank([[0], [0], [1]]) == pytest.approx(pair_rank([[0, 1], [0, 1], [1, 0]]))


def test_the_first_place_counts_where_a_candidate_comes_twice():
    assert pair_rank([[0, 1, 0]]) == pytest.approx(pair_rank([[0, 1]]))


def test_one_candidate_and_none():
    assert pair_rank([[7], [7]]) == {7: 1.0}
    assert pair_rank([]) == pair_rank([[]]) == {}


@pytest.mark.parametrize("prior", [0.0, -1.0, math.inf, math.nan])
def test_a_prior_is_needed(prior):
    with pytest.raises(InputError, match="prior must be a number above 0"):
        pair_rank([[0, 1]], prior=prior)


@given(rankings)
def test_no_other_probabilities_explain_the_lists_better(lists):
    found = pair_rank(lists)
    candidates = list(found)

    def loss(strengths):
        total = 0.0
        for i in candidates:
            for j in candidates:
                if i != j:
                    wins = 0.5 + sum(_beats(i, j, ranking) for ranking in lists)
                    total -= wins * math.log(strengths[i] / (strengths[i] + strengths[j]))
        return total

    assert sum(found.values()) == pytest.approx(1)
    best = loss(found)
    for candidate in candidates:
        for factor in (0.97, 1.03):
            assert loss(found | {candidate: found[candidate] * factor}) >= best - 1e-7


@pytest.mark.parametrize(
    "lists", [[[0, 1, 2, 3], [1, 0, 4]], [[3]] * 9 + [[2, 3]], [[0, 1], [1, 2], [2, 0], [2, 1, 0]]]
)
def test_agrees_with_a_general_optimiser(lists):
    found = pair_rank(lists, prior=0.1)
    candidates = list(found)
    wins = np.array(
        [
            [0.1 + sum(_beats(i, j, ranking) for ranking in lists) if i != j else 0 for j in candidates]
            for i in candidates
        ]
    )

    def loss(strengths):
        return float((wins * np.logaddexp(0, strengths - strengths[:, None])).sum())

    best = softmax(minimize(loss, np.zeros(len(candidates)), method="L-BFGS-B", options={"gtol": 1e-8}).x)
    assert list(found.values()) == pytest.approx(best.tolist(), abs=1e-5)


@given(rankings, st.randoms(use_true_random=False))
def test_the_order_of_the_lists_changes_nothing(lists, random):
    shuffled = random.sample(lists, len(lists))

    assert pair_rank(shuffled) == pytest.approx(pair_rank(lists), abs=1e-5)


def _beats(one, other, ranking):
    places = {candidate: place for place, candidate in reversed(list(enumerate(ranking)))}
    return one in places and places[one] < places.get(other, math.inf)
