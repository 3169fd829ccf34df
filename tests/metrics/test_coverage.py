"""What the report promises about its intervals and its noise floor, held against simulated truth; minutes, so slow."""

import numpy as np
import pytest

from calibrant.metrics import (
    auroc,
    bootstrap_interval,
    bootstrap_summary,
    calibration_noise_floor,
    expected_calibration_error,
)

pytestmark = pytest.mark.slow

N_TRIALS = 1500
"""A share of .95 then has a standard error of .0056, so that two points either way are three and a half of it."""


def _assert_near(count, n_trials, share, record_property, allowed=0.02):
    """Whether a share is what it should be; the figure itself goes to the test report (``--junitxml``)."""
    record_property("share", count / n_trials)
    record_property("simulations", n_trials)
    assert count / n_trials == pytest.approx(share, abs=allowed)


@pytest.mark.parametrize("n", [100, 300, 1000, 5000])
def test_bca_intervals_of_means_cover(n, record_property):
    rng = np.random.default_rng(n)
    population = rng.beta(4, 1.5, size=200_000)
    shown = population**0.7
    truths = {
        "accuracy": population.mean(),
        "mean_confidence": shown.mean(),
        "brier_score": np.mean(population * (1 - shown) ** 2 + (1 - population) * shown**2),
        "log_loss": -np.mean(population * np.log(shown) + (1 - population) * np.log1p(-shown)),
    }
    covered = dict.fromkeys(truths, 0)
    for trial in range(N_TRIALS):
        rows = rng.integers(population.size, size=n)
        y_true = rng.random(n) < population[rows]
        summary = bootstrap_summary(y_true, shown[rows], n_bins=1, method="bca", random_state=trial)
        for name, truth in truths.items():
            interval = getattr(summary, name)
            covered[name] += interval.low <= truth <= interval.high
    for name, count in covered.items():
        record_property(name, count / N_TRIALS)
    assert all(abs(count / N_TRIALS - 0.95) <= 0.02 for count in covered.values()), covered


@pytest.mark.parametrize(
    ("n", "spread", "n_trials", "allowed"),
    # A sharp confidence (spread .5) has an AUROC near .9, a blunt one (spread 2) near .75.
    [
        (60, 2, 1500, 0.02),
        (60, 0.5, 1500, 0.02),
        (100, 2, 1500, 0.02),
        (100, 0.5, 1500, 0.02),
        (300, 2, 1500, 0.02),
        (1000, 2, 500, 0.03),
        (5000, 2, 500, 0.03),
    ],
)
def test_bca_intervals_of_auroc_cover(n, spread, n_trials, allowed, record_property):
    rng = np.random.default_rng(n)
    population = rng.beta(spread, spread, size=200_000)
    both, weight = np.append(population, population), np.append(population, 1 - population)
    truth = auroc(np.repeat([1, 0], population.size), both, sample_weight=weight)
    covered = 0
    for trial in range(n_trials):
        rows = rng.integers(population.size, size=n)
        y_true = rng.random(n) < population[rows]
        interval = bootstrap_interval(auroc, y_true, population[rows], method="bca", random_state=trial)
        covered += interval.low <= truth <= interval.high
    _assert_near(covered, n_trials, 0.95, record_property, allowed)


@pytest.mark.parametrize("n", [100, 1000, 5000])
def test_calibrated_streams_exceed_their_floor_one_time_in_twenty(n, record_property):
    rng = np.random.default_rng(n)
    exceeded = 0
    for trial in range(N_TRIALS):
        y_prob = rng.beta(4, 1.5, size=n)
        observed = expected_calibration_error(rng.random(n) < y_prob, y_prob)
        exceeded += observed > calibration_noise_floor(y_prob, random_state=trial).limit
    _assert_near(exceeded, N_TRIALS, 0.05, record_property)
