"""Resampling rows and groups, and the intervals it gives."""

from collections.abc import Iterator

import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.metrics import (
    Interval,
    accuracy,
    auroc,
    bootstrap_interval,
    brier_score,
    mean_confidence,
    paired_interval,
    resample_weights,
)


def test_weights_are_draws_with_replacement():
    weights = np.array(list(resample_weights(20, n_boot=2000)))
    assert weights.dtype == np.int64
    assert (weights.sum(axis=1) == 20).all()
    # A row is drawn Binomial(20, 1/20) times: mean 1, standard error .022 over 2,000 resamples; 5 are allowed.
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.11)
    assert np.mean(weights == 0) == pytest.approx((19 / 20) ** 20, abs=0.02)


def test_weights_are_made_one_at_a_time():
    assert isinstance(resample_weights(10**6, n_boot=10**9), Iterator)


def test_the_rows_of_a_group_share_their_weight():
    groups = ["b", "a", "b", "c", "a"]
    for weight in resample_weights(5, groups=groups, n_boot=50):
        assert weight[0] == weight[2]
        assert weight[1] == weight[4]
        assert weight[[0, 1, 3]].sum() == 3


def test_groups_of_one_row_are_rows():
    alone = list(resample_weights(6, n_boot=5))
    named = list(resample_weights(6, groups=[10, 20, 30, 40, 50, 60], n_boot=5))
    np.testing.assert_array_equal(alone, named)


def test_the_seed_decides():
    first, again, other = (list(resample_weights(9, n_boot=4, random_state=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_interval_is_the_quantiles_of_the_metric_over_the_resamples(rng):
    y_true, y_prob = rng.integers(2, size=40), rng.random(40)
    draws = [brier_score(y_true, y_prob, sample_weight=weight) for weight in resample_weights(40, n_boot=99)]
    interval = bootstrap_interval(brier_score, y_true, y_prob, n_boot=99, level=0.8)
    assert interval == Interval.from_draws(brier_score(y_true, y_prob), draws, level=0.8)
    assert (interval.low, interval.high) == tuple(np.quantile(draws, [0.1, 0.9]))


def test_undefined_resamples_are_left_out_and_counted():
    interval = bootstrap_interval(auroc, [1, 0], [0.9, 0.1], n_boot=400)
    # Two rows miss a class in half of the resamples; 5 standard errors are .125.
    assert interval.n_undefined / 400 == pytest.approx(0.5, abs=0.125)
    assert (interval.value, interval.low, interval.high, interval.n_boot) == (1, 1, 1, 400)


def test_nothing_defined_is_nan():
    interval = bootstrap_interval(auroc, [1, 1], [0.9, 0.1], n_boot=7)
    assert np.isnan([interval.value, interval.low, interval.high]).all()
    assert interval.n_undefined == 7


def test_it_covers_about_as_often_as_it_says(rng):
    n_trials, covered = 200, 0
    for seed in range(n_trials):
        y_true = rng.random(100) < 0.7
        interval = bootstrap_interval(accuracy, y_true, y_true, n_boot=200, random_state=seed)
        covered += interval.low <= 0.7 <= interval.high
    # 4 standard errors of 200 trials are 6 points; percentiles of 100 rows fall about 1 short.
    assert covered / n_trials == pytest.approx(0.94, abs=0.07)


def test_groups_widen_the_interval_of_dependent_rows(rng):
    y_true = np.repeat(rng.integers(2, size=100), 9)
    groups = np.repeat(np.arange(100), 9)
    rows = bootstrap_interval(accuracy, y_true, y_true)
    clusters = bootstrap_interval(accuracy, y_true, y_true, groups=groups)
    # Nine copies of a row hold no more than one: the interval is √9 times as wide.
    assert (clusters.high - clusters.low) / (rows.high - rows.low) == pytest.approx(3, rel=0.2)


def test_a_method_does_not_differ_from_itself(rng):
    y_true, y_prob = rng.integers(2, size=30), rng.random(30)
    interval = paired_interval(brier_score, y_true, y_prob, y_prob, n_boot=50)
    assert (interval.value, interval.low, interval.high) == (0, 0, 0)


def test_pairing_removes_what_both_share(rng):
    y_true, y_prob = rng.integers(2, size=200), rng.random(200)
    other = np.clip(y_prob + rng.normal(0, 0.02, size=200), 0, 1)
    paired = paired_interval(brier_score, y_true, y_prob, other)
    alone = bootstrap_interval(brier_score, y_true, y_prob)
    assert paired.value == pytest.approx(brier_score(y_true, y_prob) - brier_score(y_true, other))
    assert paired.high - paired.low < (alone.high - alone.low) / 3


def test_the_difference_turns_with_its_sides(rng):
    y_true, first, second = rng.integers(2, size=50), rng.random(50), rng.random(50)
    groups = np.arange(50) // 5
    forward = paired_interval(brier_score, y_true, first, second, groups=groups, n_boot=100)
    backward = paired_interval(brier_score, y_true, second, first, groups=groups, n_boot=100)
    assert (forward.value, forward.low, forward.high) == pytest.approx((-backward.value, -backward.high, -backward.low))


def test_scores_are_not_held_to_be_probabilities():
    assert bootstrap_interval(auroc, [1, 0, 1], [7, -3, 2], n_boot=10).value == 1
    with pytest.raises(InputError, match="y_prob must lie in"):
        bootstrap_interval(mean_confidence, [1, 0], [7, -3], n_boot=10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_boot": 0}, "n_boot must be a whole number of at least 1; got 0"),
        ({"level": 95}, "level must be greater than 0 and less than 1; got 95"),
        ({"groups": ["a"]}, r"groups must have one label a row, so shape \(2,\); got shape \(1,\)"),
        ({"groups": np.array(["a", 1], dtype=object)}, "groups must be labels of one kind"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        bootstrap_interval(accuracy, [1, 0], [0.5, 0.5], **{"n_boot": 10, **options})


def test_bad_columns_are_called_by_their_names():
    with pytest.raises(InputError, match=r"^y_prob must be finite; row 0 is inf"):
        bootstrap_interval(accuracy, [1], [np.inf])
    with pytest.raises(InputError, match=r"^y_prob_b must have as many rows as y_true; got 1 and 2"):
        paired_interval(accuracy, [1, 0], [0.5, 0.5], [0.5])
    with pytest.raises(InputError, match=r"^n must be a whole number of at least 1; got 0"):
        resample_weights(0)
