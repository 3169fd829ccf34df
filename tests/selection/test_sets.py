"""Answer sets: by hand, against conformal p-values, their contract, in words, and their coverage by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from tests.population import draw_logits

from calibrant.exceptions import InputError
from calibrant.selection import ConformalSets
from calibrant.selection._options import option_scores

HALVES = [[0.5, 0.5]] * 9


def drawn(n, seed, sharpness=1.0):
    """Questions of 2 to 5 options with too sure probabilities, and their right options."""
    logits, right = draw_logits(n, seed)
    return [softmax(sharpness * row) for row in logits], np.array(right)


def test_lac_by_hand():
    # Right options score 0.1, 0.2, ..., 0.9. Of 10 one may fail: the 9th smallest; of 10 three may: the 7th.
    given_ = [[1 - k / 10, k / 10] for k in range(1, 10)]
    labels = np.zeros(9, int)
    assert ConformalSets(alpha=0.1).fit(given_, labels).thresholds_ == pytest.approx(0.9)
    sets = ConformalSets(alpha=0.3).fit(given_, labels)
    assert sets.thresholds_ == pytest.approx(0.7)
    found = sets.predict([[0.31, 0.69], [0.29, 0.71], [0.4, 0.3, 0.3], [0.1] * 10])
    assert [one.tolist() for one in found[:2]] == [[True, True], [False, True]]
    assert found[3].tolist() == [True] + [False] * 9  # none reaches 0.3: the first of the most likely


def test_aps_by_hand():
    # At 1/2, of 4 two may fail: the 2nd smallest of the scores 0.5, 0.8 and 1.
    sets = ConformalSets(alpha=0.5, score="aps").fit([[0.2, 0.5, 0.3]] * 3, [1, 2, 0])
    assert sets.thresholds_ == pytest.approx(0.8)
    assert [one.tolist() for one in sets.predict([[0.2, 0.5, 0.3], [0.5, 0.25, 0.25], [0.9, 0.1]])] == [
        [False, True, True],
        [True, False, False],
        [True, False],
    ]


def test_equal_options_are_in_together_or_not():
    for score in ("lac", "aps"):
        sets = ConformalSets(alpha=0.1, score=score).fit(HALVES, [0] * 9)
        assert sets.predict([[0.5, 0.5]])[0].all()


def test_too_few_questions_keep_all_options():
    sets = ConformalSets(alpha=0.1).fit(HALVES[:8], [0] * 8)
    assert sets.thresholds_.tolist() == [np.inf]
    assert sets.n_too_small == 1
    assert sets.predict([[1.0, 0.0, 0.0]])[0].all()
    assert ConformalSets(alpha=0.1).fit(HALVES, [0] * 9).n_too_small == 0


def test_each_category_has_its_own_threshold():
    given_ = [[0.9, 0.1]] * 9 + [[0.6, 0.2, 0.2]] * 9 + [[0.25] * 4]
    sizes = [len(row) for row in given_]
    sets = ConformalSets(alpha=0.1).fit(given_, [0] * 19, categories=sizes)
    assert sets.categories_.tolist() == [2, 3, 4]
    assert sets.counts_.tolist() == [9, 9, 1]
    assert sets.thresholds_ == pytest.approx([0.1, 0.4, np.inf])
    assert sets.n_too_small == 1
    two, three, four, unseen = sets.predict(
        [[0.7, 0.3], [0.7, 0.3, 0.0], [1.0, 0, 0, 0], [0, 1.0]], categories=[2, 3, 4, 1]
    )
    assert (two.tolist(), three.tolist()) == ([True, False], [True, False, False])
    assert four.all()
    assert unseen.all()


def test_one_question_of_each_group_and_category():
    subjects = ["x", "x", "y", "y"] * 5
    sets = ConformalSets().fit([[0.5, 0.5]] * 20, [0] * 20, categories=subjects, groups=np.repeat(np.arange(5), 4))
    assert sets.counts_.tolist() == [5, 5]
    assert sets.n_rows_ == 20
    assert "one of each group" in sets.sentence


@st.composite
def questions(draw):
    weights = st.lists(st.integers(0, 4), min_size=1, max_size=5).filter(any)
    rows = [np.array(row) / sum(row) for row in draw(st.lists(weights, min_size=2, max_size=30))]
    return rows, [draw(st.integers(0, row.size - 1)) for row in rows]


@given(questions(), st.sampled_from([5, 10, 30, 50]), st.sampled_from(["lac", "aps"]))
def test_an_option_is_in_where_its_p_value_exceeds_alpha(data, hundredths, score):
    (*given_, new), (*labels, _) = data
    inside = ConformalSets(alpha=hundredths / 100, score=score).fit(given_, labels).predict([new])[0]
    seen = [option_scores(row, score)[k] for row, k in zip(given_, labels, strict=True)]
    for option, value in enumerate(option_scores(new, score)):
        at_least_as_bad = 1 + sum(other >= value for other in seen)
        expected = 100 * at_least_as_bad > hundredths * (len(seen) + 1)
        assert inside[option] == (expected or option == np.argmax(new))


def test_follows_the_estimator_contract():
    probabilities, right = drawn(60, 0)
    sets = ConformalSets(alpha=0.2, score="aps", random_state=3)
    with pytest.raises(NotFittedError):
        sets.predict(probabilities)
    with pytest.raises(NotFittedError):
        _ = sets.sentence
    assert sets.fit(probabilities, right) is sets
    assert clone(sets).get_params() == {"alpha": 0.2, "score": "aps", "random_state": 3}
    state = {name: value for name, value in vars(sets).items() if name.endswith("_")}
    restored = ConformalSets(**sets.get_params())
    for name, value in state.items():
        setattr(restored, name, value)
    together = sets.predict(probabilities)
    for row, one in enumerate(together):
        assert one.dtype == bool
        assert one.tolist() == sets.predict(probabilities[row : row + 1])[0].tolist()
        assert one.tolist() == restored.predict([probabilities[row].tolist()])[0].tolist()
    assert ConformalSets().fit(np.array(HALVES), np.zeros(9, int)).counts_.tolist() == [9]


@pytest.mark.parametrize("alpha", [0.5, 0.1])
@pytest.mark.parametrize("score", ["lac", "aps"])
def test_a_stricter_level_only_adds_options(alpha, score):
    probabilities, right = drawn(200, 1)
    loose = ConformalSets(alpha=alpha, score=score).fit(probabilities, right).predict(probabilities)
    strict = ConformalSets(alpha=alpha / 2, score=score).fit(probabilities, right).predict(probabilities)
    assert all((b | ~a).all() for a, b in zip(loose, strict, strict=True))
    assert all(one.any() for one in loose)


def test_sentences():
    assert ConformalSets().fit(HALVES, [0] * 9).sentence == (
        "On average over such samples, at least 90 % of the sets hold the right option (n = 9 questions that no map "
        "was fitted on)."
    )
    assert (
        ConformalSets()
        .fit(HALVES[:4], [0] * 4)
        .sentence.endswith("Where there are fewer than 9 questions all options are kept, and so it is here.")
    )
    sets = ConformalSets().fit([[0.5, 0.5]] * 10, [0] * 10, categories=["a"] * 9 + ["b"])
    assert sets.sentence == (
        "On average over such samples, at least 90 % of the sets in each category hold the right option (n = 10 "
        "questions that no map was fitted on). Where there are fewer than 9 questions all options are kept: so in 1 of "
        "2 categories."
    )


def test_arguments_are_checked():
    with pytest.raises(InputError, match=r"^alpha must be greater than 0 and less than 1; got 0"):
        ConformalSets(alpha=0).fit(HALVES, [0] * 9)
    with pytest.raises(InputError, match=r"^score must be one of 'lac', 'aps'; got 'raps'"):
        ConformalSets(score="raps").fit(HALVES, [0] * 9)
    with pytest.raises(InputError, match=r"^categories must have one label a row, 9 in all"):
        ConformalSets().fit(HALVES, [0] * 9, categories=["a"])
    with pytest.raises(InputError, match=r"^groups must have one label a row, 9 in all"):
        ConformalSets().fit(HALVES, [0] * 9, groups=["a"])
    plain, mondrian = ConformalSets().fit(HALVES, [0] * 9), ConformalSets().fit(HALVES, [0] * 9, categories=[2] * 9)
    with pytest.raises(InputError, match=r"^categories must be given at predict if, and only if"):
        plain.predict(HALVES, categories=[2] * 9)
    with pytest.raises(InputError, match=r"^categories must be given at predict if, and only if"):
        mondrian.predict(HALVES)


def covered(score, n, n_draws, *, alpha, mondrian, sharpness=1.0):
    """Share of sets that hold the right option, by draw and by number of options, shape (n_draws, 4)."""
    n_new, shares = 60, []
    for seed in range(n_draws):
        probabilities, right = drawn(n + n_new, seed, sharpness)
        sizes = np.array([row.size for row in probabilities])
        old, new = ({"categories": part} if mondrian else {} for part in (sizes[:n], sizes[n:]))
        sets = ConformalSets(alpha=alpha, score=score).fit(probabilities[:n], right[:n], **old)
        found = sets.predict(probabilities[n:], **new)
        held = np.array([one[k] for one, k in zip(found, right[n:], strict=True)], float)
        each = [held[sizes[n:] == size] for size in (2, 3, 4, 5)]
        shares.append([held.mean(), *(part.mean() if part.size else np.nan for part in each)])
    return np.array(shares)


def too_low(share, alpha):
    share = share[~np.isnan(share)]
    return share.mean() < 1 - alpha - 3 * share.std() / np.sqrt(share.size)


@pytest.mark.parametrize("score", ["lac", "aps"])
def test_sets_cover_as_often_as_stated(score):
    shares = covered(score, 49, 100, alpha=0.2, mondrian=False)
    assert not too_low(shares[:, 0], 0.2)
    # Over all questions, that is: in some category LAC falls short, which is what categories are for.
    by_category = covered(score, 80, 100, alpha=0.2, mondrian=True)
    assert not any(too_low(column, 0.2) for column in by_category.T)


def test_without_categories_one_of_them_falls_short():
    shares = covered("lac", 150, 100, alpha=0.2, mondrian=False)
    assert any(too_low(column, 0.2) for column in shares[:, 1:].T)


@pytest.mark.slow
@pytest.mark.parametrize("score", ["lac", "aps"])
@pytest.mark.parametrize("n", [15, 100])
@pytest.mark.parametrize("alpha", [0.1, 0.3])
@pytest.mark.parametrize("sharpness", [1.0, 1 / 3])
def test_sets_cover_as_often_as_stated_over_1000_draws(score, n, alpha, sharpness):
    shares = covered(score, n, 1000, alpha=alpha, mondrian=False, sharpness=sharpness)
    assert not too_low(shares[:, 0], alpha)
    by_category = covered(score, n, 1000, alpha=alpha, mondrian=True, sharpness=sharpness)
    assert not any(too_low(column, alpha) for column in by_category.T)
