import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.artifact import Gate, find_gate
from calibrant.exceptions import InputError


def draw(n, seed=0):
    """Calibrated confidences on a coarse grid, so that there are ties."""
    rng = np.random.default_rng(seed)
    confidence = rng.integers(5, 21, size=n) / 20
    return (rng.random(n) < confidence).astype(float), confidence


def by_hand(correct, confidence, target):
    """The lowest threshold, by trying each."""
    reached = [t for t in set(confidence) if np.mean(correct[confidence >= t]) >= target]
    return min(reached, default=None)


# Cases worked by hand


def test_the_lowest_threshold_that_reaches_the_target():
    # Right from 0.5 up, wrong below: at 0.41 of 60 let through 50 are right, which is 5 in 6.
    correct, confidence = np.repeat([1, 0], 50), np.linspace(1, 0.01, 100)
    assert find_gate(correct, confidence, 5 / 6).threshold == pytest.approx(0.41)
    assert find_gate(correct, confidence, 1.0).threshold == pytest.approx(0.51)


def test_answers_of_one_confidence_go_through_together():
    # The first 25 of 50 ties are right, whatever their order.
    correct = np.concatenate([np.ones(10), np.ones(25), np.zeros(25)])
    confidence = np.concatenate([np.full(10, 0.9), np.full(50, 0.5)])
    for order in (slice(None), slice(None, None, -1)):
        assert find_gate(correct[order], confidence[order], 0.9).threshold == 0.9


def test_all_right_lets_all_through():
    gate = find_gate(np.ones(50), np.linspace(0.2, 1, 50), 0.99)
    assert (gate.threshold, gate.accuracy, gate.n) == (0.2, 1.0, 50)
    # A resample that misses the lowest chooses a higher one: about 1 in e does, and the coverage falls a little.
    assert 0.9 < gate.coverage < 1


def test_one_confidence_alone():
    gate = find_gate(np.repeat([1, 0], [45, 15]), np.full(60, 0.7), 0.5)
    assert (gate.threshold, gate.coverage) == (0.7, 1.0)
    assert gate.accuracy == pytest.approx(0.75, abs=0.01)


def test_no_threshold_is_an_answer():
    assert find_gate(np.zeros(60), np.full(60, 0.7), 0.5) == "at no threshold are 50 % of the 60 answers right"


def test_too_few_answers_are_said():
    assert find_gate(np.ones(49), np.ones(49), 0.5) == "49 graded answers are too few, 50 are needed"
    assert find_gate([], [], 0.5) == "0 graded answers are too few, 50 are needed"


# An independent oracle


@pytest.mark.parametrize("target", [0.5, 0.7, 0.8, 0.9, 0.99])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_one_found_by_trying_all(target, seed):
    correct, confidence = draw(120, seed)
    found, expected = find_gate(correct, confidence, target, n_resamples=20), by_hand(correct, confidence, target)
    assert (found.threshold if isinstance(found, Gate) else None) == expected


def test_out_of_bag_numbers_are_those_of_the_definition():
    correct, confidence = draw(80)
    gate = find_gate(correct, confidence, 0.8, n_resamples=50, random_state=3)
    order = np.argsort(-confidence, kind="stable")
    right, score, rng = correct[order], confidence[order], np.random.default_rng(3)
    accuracy, coverage = [], []
    for _ in range(50):
        drawn = rng.integers(80, size=80)
        threshold = by_hand(right[drawn], score[drawn], 0.8)
        left = np.setdiff1d(np.arange(80), drawn)
        through = left[score[left] >= threshold] if threshold is not None else left[:0]
        if through.size:
            accuracy.append(right[through].mean())
            coverage.append(through.size / left.size)
    assert gate.accuracy == pytest.approx(np.mean(accuracy), abs=1e-12)
    assert gate.coverage == pytest.approx(np.mean(coverage), abs=1e-12)


# What must be true


@given(seed=st.integers(0, 1000), target=st.floats(0.3, 1.0))
def test_the_target_is_reached_where_it_was_chosen(seed, target):
    correct, confidence = draw(60, seed)
    gate = find_gate(correct, confidence, target, n_resamples=5)
    if isinstance(gate, Gate):
        through = confidence >= gate.threshold
        assert correct[through].mean() >= target - 1e-9
        assert 0 <= gate.accuracy <= 1
        assert 0 < gate.coverage <= 1


def test_the_estimate_is_not_that_of_the_same_answers():
    # Of pure noise a threshold is found that reaches the target by luck; on other answers half are right.
    gates, there = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        correct, confidence = (rng.random(300) < 0.5).astype(float), rng.random(300)
        gate = find_gate(correct, confidence, 0.6, n_resamples=100)
        if isinstance(gate, Gate):
            gates.append(gate)
            there.append(correct[confidence >= gate.threshold].mean())
    assert len(gates) > 20
    assert min(there) >= 0.6
    assert np.mean([gate.accuracy for gate in gates]) == pytest.approx(0.5, abs=0.06)


def test_the_seed_decides():
    correct, confidence = draw(100)
    one, same, other = (find_gate(correct, confidence, 0.8, n_resamples=10, random_state=s) for s in (1, 1, 2))
    assert one == same
    assert one.accuracy != other.accuracy


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1], [1.0], 0.0), r"target must lie in \(0, 1\]"),
        (([1], [1.0], 1.1), r"target must lie in \(0, 1\]"),
        (([1], [1.0], float("nan")), r"target must lie in \(0, 1\]"),
        (([1, 0], [1.0], 0.5), "one entry an answer"),
        (([[1]], [[1.0]], 0.5), "one entry an answer"),
        (([0.5], [1.0], 0.5), "correct must hold 0 and 1"),
        (([1], [float("nan")], 0.5), "confidence finite numbers"),
    ],
)
def test_arguments_that_cannot_be_used(arguments, message):
    with pytest.raises(InputError, match=message):
        find_gate(*arguments)


def test_no_resamples_are_refused():
    with pytest.raises(InputError, match="n_resamples must be at least 1; got 0"):
        find_gate(np.ones(60), np.ones(60), 0.5, n_resamples=0)
