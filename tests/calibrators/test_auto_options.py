import numpy as np
import pytest
from scipy.special import softmax
from sklearn.base import clone

from calibrant.calibrators import AutoOptionCalibration, TemperatureMix, choose_map
from calibrant.exceptions import InputError


def drawn(n, seed=0, factor=1.0, n_options=(4,), shift=0.0):
    """Logits that are so many times too large, and labels; the first option is right more often by ``shift``."""
    rng = np.random.default_rng(seed)
    logits = [rng.normal(scale=1.5, size=rng.choice(n_options)) for _ in range(n)]
    labels = []
    for row in logits:
        moved = row + rng.gumbel(size=row.size)
        moved[0] += shift
        labels.append(int(moved.argmax()))
    return [row * factor for row in logits], np.array(labels)


def option_loss(probabilities, labels):
    return -np.mean([np.log(row[label]) for row, label in zip(probabilities, labels, strict=True)])


@pytest.mark.parametrize("n_options", [(4,), (2, 3, 5)])
def test_overconfident_logits_are_repaired_on_new_questions(n_options):
    logits, labels = drawn(400, factor=4, n_options=n_options)
    auto = AutoOptionCalibration().fit(logits, labels)
    right = np.array([row.argmax() for row in logits]) == labels
    assert auto.chosen_ == choose_map(auto.losses_, right) != "none"
    again = type(auto.calibrator_)().fit(logits, labels)
    new, truth = drawn(2000, seed=1, factor=4, n_options=n_options)
    said = auto.predict_proba(new)
    assert all((a == b).all() for a, b in zip(said, again.predict_proba(new), strict=True))
    # The logits before they were made too large are the truth; nothing can be better but by chance.
    assert option_loss(said, truth) < option_loss([softmax(row / 4) for row in new], truth) + 0.01
    assert option_loss(said, truth) < option_loss([softmax(row) for row in new], truth) - 0.5


def test_candidates_by_default():
    same = AutoOptionCalibration().fit(*drawn(60))
    assert list(same.losses_) == ["none", "temperature", "temperature-mix", "svs", "sms"]
    unequal = AutoOptionCalibration().fit(*drawn(60, n_options=(3, 4)))
    assert list(unequal.losses_) == ["none", "temperature", "temperature-mix", "count-temperature"]


def test_an_option_that_is_right_too_often_gets_a_map_that_can_move_it():
    logits, labels = drawn(1000, shift=3.0)
    auto = AutoOptionCalibration().fit(logits, labels)
    assert auto.chosen_ in ("svs", "sms")
    assert np.mean([row[0] for row in auto.predict_proba(logits)]) == pytest.approx(np.mean(labels == 0), abs=0.02)


def test_all_right_does_not_end_in_certainty():
    logits = [[9.0, 0.0, 0.0]] * 99
    auto = AutoOptionCalibration().fit(logits, [0] * 99)
    # A share of 1 / (n + 1) is the uniform's, so that the other two options get a third of it each.
    assert auto.chosen_ == "temperature-mix"
    assert auto.predict_proba(logits)[0] == pytest.approx([1 - 2 / 300, 1 / 300, 1 / 300])


def test_the_softmax_is_kept_where_a_map_of_many_numbers_brings_nothing():
    logits, labels = drawn(200)
    auto = AutoOptionCalibration(["matrix"]).fit(logits, labels)
    assert (auto.chosen_, auto.calibrator_) == ("none", None)
    assert auto.predict_proba([[np.log(3), 0.0]])[0] == pytest.approx([0.75, 0.25])


def test_too_few_questions_are_refused_and_the_number_needed_is_said():
    with pytest.raises(
        InputError, match=r"^choosing a map needs at least 25 answered questions; got 23\. Answer 2 more"
    ):
        AutoOptionCalibration().fit(*drawn(23))
    AutoOptionCalibration(min_samples=23).fit(*drawn(23))


def test_groups_stay_in_one_fold():
    logits, labels = drawn(40)
    twice, right, group = [*logits, *logits], np.tile(labels, 2), np.tile(np.arange(40), 2)
    told = AutoOptionCalibration(["matrix"]).fit(twice, right, groups=group).losses_["matrix"].mean
    untold = AutoOptionCalibration(["matrix"]).fit(twice, right).losses_["matrix"].mean
    assert told > untold


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        (["wavelet"], "got 'wavelet'"),
        (["platt"], "got 'platt'"),
        (["cyclic"], "got 'cyclic'"),
        ([], "at least one map; got none"),
    ],
)
def test_candidates_are_checked(candidates, message):
    with pytest.raises(InputError, match=message):
        AutoOptionCalibration(candidates).fit(*drawn(50))


def test_a_map_of_the_same_options_is_refused_where_their_number_varies():
    with pytest.raises(InputError, match=r"^logits must have . options in every question"):
        AutoOptionCalibration(["svs"]).fit(*drawn(50, n_options=(2, 3)))


def test_it_is_an_estimator():
    auto = AutoOptionCalibration(("temperature-mix",), min_samples=30, random_state=3)
    assert clone(auto).get_params() == auto.get_params()
    assert isinstance(auto.fit(*drawn(100, factor=4)).calibrator_, TemperatureMix)
