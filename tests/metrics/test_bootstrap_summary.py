"""The fast bootstrap is the exact one: its counts are multinomial, its sums are the metrics."""

import tracemalloc
from dataclasses import fields
from functools import partial
from itertools import product

import numpy as np
import pytest
from scipy import stats

from calibrant import metrics
from calibrant.exceptions import InputError
from calibrant.metrics import _bootstrap_summary as module
from calibrant.metrics import bootstrap_interval, bootstrap_summary, expected_calibration_error

NAMES = [field.name for field in fields(metrics.BootstrapSummary)]


def _row_counts(n, n_boot, seed=0):
    """How often each of n rows is drawn: with a bin a row, the sums of ones are the counts."""
    columns = np.ones((n, 1))
    return module._resampled_sums(columns, np.arange(n + 1), n_boot, np.random.default_rng(seed))[:, :, 0].astype(int)


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.4, 0.994])
def test_poisson_counts_have_their_distribution(rate):
    counts = module._PoissonCounts(rate, np.random.default_rng(1))(50, 40_000).ravel().astype(int)
    seen = np.bincount(counts, minlength=12)
    expected = stats.poisson.pmf(np.arange(12), rate) * counts.size
    kept = expected > 10
    # Rarer counts are taken together; two million draws would show an error of 2⁻⁸ in a probability many times over.
    seen, expected = (np.append(x[kept], x[~kept].sum()) for x in (seen, expected))
    chi2 = np.sum((seen - expected) ** 2 / np.maximum(expected, 1))
    assert chi2 < stats.chi2.ppf(0.9999, max(1, kept.sum()))


def test_three_rows_are_drawn_as_often_as_the_multinomial_says():
    counts = _row_counts(3, 20_000)
    outcomes = [outcome for outcome in product(range(4), repeat=3) if sum(outcome) == 3]
    seen = [np.sum((counts == outcome).all(axis=1)) for outcome in outcomes]
    expected = [20_000 * stats.multinomial.pmf(outcome, 3, [1 / 3] * 3) for outcome in outcomes]
    assert sum(seen) == 20_000
    assert stats.chisquare(seen, expected).pvalue > 1e-4


@pytest.mark.parametrize("margin", [6.0, 0.0])
def test_mended_poisson_counts_are_multinomial(monkeypatch, margin):
    # Without a margin half of the resamples are too large and drawn again, which changes nothing.
    monkeypatch.setattr(module, "_MARGIN", margin)
    n, n_boot = 100, 4000
    counts = _row_counts(n, n_boot)
    assert counts.shape == (n_boot, n)
    np.testing.assert_array_equal(counts.sum(axis=1), n)
    seen = np.bincount(np.minimum(counts.ravel(), 5), minlength=6) / counts.size
    pmf = stats.binom.pmf(np.arange(5), n, 1 / n)
    # 5 standard errors of 400,000 counts are below .004.
    np.testing.assert_allclose(seen, np.append(pmf, 1 - pmf.sum()), atol=0.004)
    halves = counts[:, :50].sum(axis=1)
    # A half of the rows takes Binomial(n, 1/2) of the draws: Poisson counts that are not mended vary by twice as much.
    assert halves.var() == pytest.approx(25, rel=0.1)
    assert halves.mean() == pytest.approx(50, abs=0.4)
    # No row is favoured.
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=5 / np.sqrt(n_boot))


@pytest.mark.parametrize("method", ["percentile", "bca"])
@pytest.mark.parametrize("edges", ["right", "left"])
def test_with_groups_it_is_the_slow_bootstrap_to_the_last_digits(rng, edges, method):
    y_prob = rng.integers(21, size=300) / 20
    y_true = rng.random(300) < y_prob
    groups = rng.integers(60, size=300)
    summary = bootstrap_summary(
        y_true, y_prob, groups=groups, n_bins=10, edges=edges, method=method, n_boot=60, level=0.8
    )
    for name in NAMES:
        metric = getattr(metrics, name)
        if name == "expected_calibration_error":
            metric = partial(metric, n_bins=10, edges=edges)
        slow = bootstrap_interval(metric, y_true, y_prob, groups=groups, method=method, n_boot=60, level=0.8)
        fast = getattr(summary, name)
        assert (fast.value, fast.low, fast.high) == pytest.approx((slow.value, slow.low, slow.high), abs=1e-12)
        assert (fast.level, fast.n_boot, fast.n_undefined) == (0.8, 60, 0)


@pytest.mark.parametrize("n", [60, 1500])
def test_rows_give_the_spread_of_the_slow_bootstrap(rng, n):
    y_prob = rng.random(n)
    y_true = rng.random(n) < y_prob**2
    summary = bootstrap_summary(y_true, y_prob, n_boot=4000)
    for name in NAMES:
        slow = bootstrap_interval(getattr(metrics, name), y_true, y_prob, n_boot=1000, random_state=1)
        fast = getattr(summary, name)
        width = slow.high - slow.low
        assert fast.value == slow.value
        # An end of 1,000 draws has a standard error of 2 % of the width.
        assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high), abs=0.1 * width)


def test_sums_by_bin_are_those_of_the_rows(rng):
    columns = np.column_stack([np.ones(500), rng.random(500)])
    starts = np.array([0, 0, 120, 500, 500])
    weight = rng.integers(3, size=500).astype(float)
    sums = module._bin_sums(weight, columns, starts)
    np.testing.assert_allclose(sums[1], weight[:120] @ columns[:120])
    np.testing.assert_allclose(sums[2], weight[120:] @ columns[120:])
    np.testing.assert_array_equal(sums[[0, 3]], 0)


def test_blocks_cover_each_row_once():
    starts = np.array([0, 3, 3, 10_000])
    blocks = list(module._blocks(starts))
    rows = np.concatenate([np.arange(start, stop) for _, start, stop in blocks])
    np.testing.assert_array_equal(rows, np.arange(10_000))
    assert all(starts[index] <= start < stop <= starts[index + 1] for index, start, stop in blocks)


def test_the_seed_decides(rng):
    y_true, y_prob = rng.integers(2, size=90), rng.random(90)
    first, again, other = (bootstrap_summary(y_true, y_prob, n_boot=50, random_state=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_no_matrix_of_resamples_is_held(rng):
    y_true, y_prob = rng.integers(2, size=50_000), rng.random(50_000)
    tracemalloc.start()
    bootstrap_summary(y_true, y_prob, n_boot=200)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The matrix would take 80 MB as int64, 10 MB as bytes.
    assert peak < 9e6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_boot": 0}, "n_boot must be a whole number of at least 1"),
        ({"method": "basic"}, "method must be one of"),
        ({"level": 95}, "level must be greater than 0"),
        ({"n_bins": 0}, "n_bins must be a whole number of at least 1"),
        ({"edges": "both"}, "edges must be one of"),
        ({"groups": ["a"]}, "groups must have one label a row"),
        ({"y_prob": [0.5, 87]}, "y_prob must lie in .*; row 1 is 87. This looks like a percentage"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        bootstrap_summary(**{"y_true": [1, 0], "y_prob": [0.5, 0.5], "n_boot": 10, **options})


def test_the_value_is_that_of_the_batch_function(rng):
    y_true, y_prob = rng.integers(2, size=40), rng.random(40)
    summary = bootstrap_summary(y_true, y_prob, n_bins=3, edges="left", n_boot=5)
    expected = expected_calibration_error(y_true, y_prob, n_bins=3, edges="left")
    assert summary.expected_calibration_error.value == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "method"),
    [
        pytest.param(100, "percentile", marks=pytest.mark.xfail(reason="log loss covers 92.9 %: too little by 0.1 %")),
        (100, "bca"),
        (1000, "percentile"),
        (5000, "percentile"),
    ],
)
def test_intervals_cover_at_95_percent(n, method):
    rng = np.random.default_rng(n)
    n_trials = 1500
    population = rng.beta(4, 1.5, size=200_000)
    shown = population**0.7
    truths = {
        "accuracy": population.mean(),
        "mean_confidence": shown.mean(),
        "brier_score": np.mean(population * (1 - shown) ** 2 + (1 - population) * shown**2),
        "log_loss": -np.mean(population * np.log(shown) + (1 - population) * np.log1p(-shown)),
    }
    covered = dict.fromkeys(truths, 0)
    for trial in range(n_trials):
        rows = rng.integers(population.size, size=n)
        y_true = rng.random(n) < population[rows]
        summary = bootstrap_summary(y_true, shown[rows], n_bins=1, method=method, random_state=trial)
        for name, truth in truths.items():
            interval = getattr(summary, name)
            covered[name] += interval.low <= truth <= interval.high
    assert all(abs(count / n_trials - 0.95) <= 0.02 for count in covered.values()), covered
