"""How many labels a precision needs: by hand, and by drawing so many and looking."""

import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.metrics import brier_score, labels_needed, wilson_interval

QUANTITIES = ["accuracy", "mean_confidence", "brier_score", "calibration_gap"]


def test_by_hand():
    # z²/4h² is 384.15 for 5 points; Wilson's interval is narrower by z² = 3.84 labels.
    assert labels_needed(0.05, quantity="mean_confidence") == 385
    assert labels_needed(0.05) == 381
    assert labels_needed(0.1, quantity="calibration_gap", level=0.6826894921370859) == 100
    # Confidence 0.9, calibrated: (p - y)² is 0.01 with chance 0.9 and 0.81 with 0.1, variance 0.09 · 0.8² = 0.0576.
    assert labels_needed(0.024, quantity="brier_score", y_prob=[0.9], level=0.6826894921370859) == 100
    assert labels_needed(0.05, quantity="mean_confidence", y_prob=[0, 1]) == int(np.ceil(1.959964**2 * 0.5 / 0.05**2))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("half_width", [0.01, 0.05, 0.2])
def test_accuracy_is_the_first_n_whose_wilson_interval_is_narrow_enough(share, half_width):
    pilot = np.repeat([1, 0], [round(10 * share), round(10 - 10 * share)])
    n = labels_needed(half_width, y_true=pilot, y_prob=np.full(10, 0.5))
    trials = np.array([n - 1, n])
    interval = wilson_interval(share * trials, trials)
    # Clipping at 0 and 1 hides nothing here: the ends of Wilson's interval lie inside.
    wide, narrow = (interval.high - interval.low) / 2
    assert narrow <= half_width * (1 + 1e-9)
    assert wide > half_width or n == 1


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("half_width", [0.02, 0.05])
def test_so_many_labels_give_that_half_width(rng, quantity, half_width):
    confidences = rng.beta(6, 2, size=4000)
    n = labels_needed(half_width, quantity=quantity, y_prob=confidences)
    prob = rng.choice(confidences, size=(2000, n))
    correct = rng.random(prob.shape) < prob
    each = {
        "accuracy": correct * 1.0,
        "mean_confidence": prob,
        "brier_score": (prob - correct) ** 2,
        "calibration_gap": correct - prob,
    }[quantity]
    truth = {
        "accuracy": confidences.mean(),
        "mean_confidence": confidences.mean(),
        "brier_score": np.mean(confidences * (1 - confidences)),
        "calibration_gap": 0.0,
    }[quantity]
    width = 1.959964 * each.std(axis=1, ddof=1) / np.sqrt(n)
    assert width.mean() == pytest.approx(half_width, rel=0.04)
    # 4 standard errors of 2,000 trials are 2 points.
    assert np.mean(np.abs(each.mean(axis=1) - truth) <= half_width) == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_knowing_more_never_asks_for_more_than_the_worst_case(rng, quantity):
    y_prob = rng.random(500)
    y_true = rng.random(500) < y_prob
    worst = labels_needed(0.05, quantity=quantity)
    calibrated = labels_needed(0.05, quantity=quantity, y_prob=y_prob)
    pilot = labels_needed(0.05, quantity=quantity, y_true=y_true, y_prob=y_prob)
    assert max(calibrated, pilot) <= worst
    # The pilot is calibrated, so both say about the same.
    assert pilot == pytest.approx(calibrated, rel=0.15)


def test_a_pilot_is_measured_as_it_is():
    y_true, y_prob = [1, 0, 0, 1], [0.9, 0.9, 0.6, 0.6]
    squared = [brier_score([truth], [prob]) for truth, prob in zip(y_true, y_prob, strict=True)]
    expected = 1.959964**2 * np.var(squared, ddof=1) / 0.1**2
    assert labels_needed(0.1, quantity="brier_score", y_true=y_true, y_prob=y_prob) == int(np.ceil(expected))


def test_twice_as_narrow_takes_four_times_as_many():
    few, many = (labels_needed(width, quantity="calibration_gap") for width in (0.02, 0.01))
    assert many / few == pytest.approx(4, rel=0.001)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"half_width": 0}, "half_width must be greater than 0 and less than 0.5; got 0"),
        ({"half_width": np.nan}, "half_width must be greater than 0"),
        ({"level": 95}, "level must be greater than 0 and less than 1; got 95"),
        ({"quantity": "ece"}, "quantity must be one of 'accuracy'"),
        ({"y_true": [1, 0]}, "y_prob must be given with y_true"),
        ({"y_prob": [90]}, "y_prob must lie in .* This looks like a percentage"),
        ({"quantity": "mean_confidence", "y_prob": [0.3]}, "y_prob must have at least two rows"),
        ({"quantity": "mean_confidence", "y_prob": [0.3] * 3}, "y_prob must vary for quantity 'mean_confidence'"),
        ({"quantity": "brier_score", "y_prob": [0.0, 1.0]}, "y_prob must vary for quantity 'brier_score'"),
        ({"y_true": [1, 2], "y_prob": [0.5, 0.5]}, "y_true must be 1"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        labels_needed(**{"half_width": 0.05, **options})
