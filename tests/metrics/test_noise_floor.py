"""The noise floor: exact where it can be counted, and right about calibrated data."""

from itertools import product

import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.metrics import _noise_floor as module
from calibrant.metrics import calibration_noise_floor, expected_calibration_error


def test_the_distribution_is_that_of_all_outcomes():
    # Unequal probabilities in one bin: the number correct is not binomial, so all 8 outcomes are counted.
    y_prob, n_draws = np.array([0.1, 0.6, 0.9]), 20_000
    expected: dict[float, float] = {}
    for outcome in product([0, 1], repeat=3):
        error = round(expected_calibration_error(outcome, y_prob, n_bins=1), 9)
        chance = np.prod(np.where(outcome, y_prob, 1 - y_prob))
        expected[error] = expected.get(error, 0) + chance
    draws = calibration_noise_floor(y_prob, n_bins=1, n_draws=n_draws).draws.round(9)
    assert set(draws) == set(expected)
    for error, chance in expected.items():
        # 5 standard errors of a share.
        assert np.mean(draws == error) == pytest.approx(chance, abs=5 * np.sqrt(chance * (1 - chance) / n_draws))


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_calibrated_data_exceed_the_limit_one_time_in_twenty(rng, strategy, norm):
    y_prob = rng.beta(4, 2, size=300).round(2)
    floor = calibration_noise_floor(y_prob, strategy=strategy, norm=norm)
    n_trials = 400
    errors = [
        expected_calibration_error(rng.random(300) < y_prob, y_prob, strategy=strategy, norm=norm)
        for _ in range(n_trials)
    ]
    # The share above is binomial (400 trials, standard error 1.1 points), and the limit, the 95th percentile of 1,000
    # draws, is itself off by .7 points: together 1.3, of which 4 are allowed.
    assert np.mean(np.array(errors) > floor.limit) == pytest.approx(0.05, abs=0.052)
    assert np.mean(errors) == pytest.approx(floor.mean, rel=0.05)


def test_overconfident_data_are_rejected(rng):
    y_prob = np.full(300, 0.9)
    observed = expected_calibration_error(rng.random(300) < 0.6, y_prob)
    floor = calibration_noise_floor(y_prob)
    assert observed > floor.limit
    assert floor.p_value(observed) == 1 / 1001


def test_p_values_by_hand():
    floor = module.NoiseFloor(mean=0.2, limit=0.3, draws=np.array([0.1, 0.2, 0.3]))
    assert [floor.p_value(x) for x in (0, 0.1, 0.15, 0.2, 0.3, 0.4)] == [1, 1, 0.75, 0.75, 0.5, 0.25]


def test_rounding_does_not_part_equal_errors():
    floor = module.NoiseFloor(mean=0.3, limit=0.3, draws=np.array([0.3]))
    assert floor.p_value(0.1 + 0.2) == 1


def test_nan_has_no_p_value():
    with pytest.raises(InputError, match="observed must be a number; got NaN"):
        calibration_noise_floor([0.5], n_draws=2).p_value(float("nan"))


def test_certainty_has_no_noise():
    floor = calibration_noise_floor([0, 0, 1, 1], n_draws=50)
    assert (floor.mean, floor.limit) == (0, 0)


def test_chunks_do_not_change_the_draws(monkeypatch, rng):
    y_prob = rng.random(50)
    whole = calibration_noise_floor(y_prob, n_draws=23)
    monkeypatch.setattr(module, "_CHUNK_CELLS", 200)
    np.testing.assert_allclose(calibration_noise_floor(y_prob, n_draws=23).draws, whole.draws, rtol=1e-12)
    monkeypatch.setattr(module, "_CHUNK_CELLS", 1)
    np.testing.assert_allclose(calibration_noise_floor(y_prob, n_draws=23).draws, whole.draws, rtol=1e-12)


def test_the_seed_decides(rng):
    y_prob = rng.random(50)
    first, again, other = (calibration_noise_floor(y_prob, random_state=seed).draws for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert (np.diff(first) >= 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y_prob": [0.5, 87]}, "y_prob must lie in"),
        ({"n_draws": 0}, "n_draws must be a whole number of at least 1; got 0"),
        ({"n_bins": 0}, "n_bins must be a whole number of at least 1; got 0"),
        ({"norm": "l3"}, "norm must be one of 'l1', 'l2', 'max'; got 'l3'"),
        ({"strategy": "equal"}, "strategy must be one of"),
        ({"edges": "none"}, "edges must be one of"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        calibration_noise_floor(**{"y_prob": [0.5], **options})
