import numpy as np
import pytest
from sklearn.base import clone

from calibrant.calibrators import AutoCalibration, PlattScaling, choose_map
from calibrant.exceptions import InputError


def drawn(n, seed=0, power=1.0):
    """Confidences, and answers that are right with the confidence to that power."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.3, 1, n)
    return confidence, (rng.random(n) < confidence**power).astype(float)


def test_a_calibrated_confidence_is_left_as_it_is():
    assert AutoCalibration().fit(*drawn(1000)).chosen_ == "none"


def test_a_map_of_many_numbers_that_brings_nothing_leaves_it_exactly_as_it_is():
    auto = AutoCalibration(["histogram"]).fit(*drawn(1000))
    assert (auto.chosen_, auto.calibrator_) == ("none", None)
    assert auto.predict([0.25, 0.0, 1.0]).tolist() == [0.25, 1e-6, 1 - 1e-6]


def test_an_overconfident_one_gets_the_map_that_was_chosen():
    confidence, correct = drawn(1000, power=4)
    auto = AutoCalibration().fit(confidence, correct)
    assert auto.chosen_ == choose_map(auto.losses_, correct) != "none"
    again = type(auto.calibrator_)().fit(confidence, correct)
    assert auto.predict(confidence).tolist() == again.predict(confidence).tolist()


def test_a_handful_of_wrong_answers_does_not_clear_the_stated_confidence():
    # All right at 99.99 %: no map costs nothing here, and would cost nine nats at the first error.
    confidence, correct = np.full(100, 0.9999), np.ones(100)
    auto = AutoCalibration(candidates=["platt"]).fit(confidence, correct)
    assert auto.losses_["none"].mean < auto.losses_["platt"].mean
    assert auto.chosen_ == "platt"
    assert auto.predict([0.9999])[0] == pytest.approx(101 / 102)


def test_too_few_answers_are_refused_and_the_number_needed_is_said():
    confidence, correct = drawn(24)
    with pytest.raises(InputError, match=r"^choosing a map needs at least 25 graded answers; got 24\. Grade 1 more"):
        AutoCalibration().fit(confidence, correct)
    AutoCalibration(min_samples=24).fit(confidence, correct)


def test_groups_stay_in_one_fold():
    # Every answer twice: within a group the copy would give the answer away to a map of many values.
    confidence, correct = drawn(60, power=3)
    twice, right, group = np.repeat(confidence, 2), np.repeat(correct, 2), np.repeat(np.arange(60), 2)
    told = AutoCalibration(candidates=["isotonic"]).fit(twice, right, groups=group).losses_["isotonic"].mean
    untold = AutoCalibration(candidates=["isotonic"]).fit(twice, right).losses_["isotonic"].mean
    assert told > untold


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        (["wavelet"], "got 'wavelet'"),
        (["temperature"], "got 'temperature'"),
        (["cyclic"], "got 'cyclic'"),
        ([], "got none"),
    ],
)
def test_candidates_are_checked(candidates, message):
    with pytest.raises(InputError, match=message):
        AutoCalibration(candidates=candidates).fit(*drawn(50))


def test_it_is_an_estimator():
    auto = AutoCalibration(candidates=("platt",), min_samples=30, random_state=3)
    assert clone(auto).get_params() == auto.get_params()
    assert isinstance(auto.fit(*drawn(100, power=4)).calibrator_, PlattScaling)
