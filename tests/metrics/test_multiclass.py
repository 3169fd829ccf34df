"""Metrics of K classes by hand, against loops, against their binary kin, and on a published network."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from calibrant.exceptions import InputError
from calibrant.metrics import (
    adaptive_calibration_error,
    brier_score,
    classwise_calibration_error,
    expected_calibration_error,
    log_loss,
    multiclass_brier_score,
    multiclass_log_loss,
    ranked_probability_score,
    top_label_calibration_error,
)


@pytest.fixture
def three(rng):
    prob = rng.multinomial(20, [0.5, 0.3, 0.2], size=300) / 20
    return np.array([rng.choice(3, p=row) for row in prob]), prob


def test_brier_by_hand():
    # .04 + .01 + .01, then 1 + 1.
    assert multiclass_brier_score([0, 2], [[0.8, 0.1, 0.1], [1, 0, 0]]) == pytest.approx(1.03)


def test_log_loss_by_hand():
    expected = (np.log(2) + np.log(4)) / 2
    assert multiclass_log_loss([0, 2], [[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]]) == pytest.approx(expected)
    assert multiclass_log_loss([0], [[0, 1, 0]], eps=1e-3) == pytest.approx(3 * np.log(10))


@pytest.mark.parametrize("eps", [0, 0.5, np.nan])
def test_eps_is_checked(eps):
    with pytest.raises(InputError, match=r"eps must be greater than 0 and less than 0\.5; got"):
        multiclass_log_loss([0], [[0.5, 0.5]], eps=eps)


def test_ranked_by_hand():
    # Stated below the borders: .2, .5; truly: 0, 1. So (.04 + .25) / 2.
    assert ranked_probability_score([1], [[0.2, 0.3, 0.5]]) == pytest.approx(0.145)
    # Every step further away costs more.
    far = [ranked_probability_score([0], np.eye(5)[[k]]) for k in range(5)]
    assert far == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_ranked_against_a_loop(three):
    y_true, y_prob = three
    total = 0.0
    for label, row in zip(y_true, y_prob, strict=True):
        for border in range(2):
            total += (sum(row[: border + 1]) - (label <= border)) ** 2 / 2
    assert ranked_probability_score(y_true, y_prob) == pytest.approx(total / 300)


def test_two_classes_are_the_binary_metrics(rng):
    y_prob = rng.integers(31, size=200) / 30
    y_true = (rng.random(200) < y_prob).astype(int)
    both, weight = np.column_stack([1 - y_prob, y_prob]), rng.random(200)
    brier = brier_score(y_true, y_prob, sample_weight=weight)
    assert multiclass_brier_score(y_true, both, sample_weight=weight) == pytest.approx(2 * brier)
    assert ranked_probability_score(y_true, both, sample_weight=weight) == pytest.approx(brier)
    loss = log_loss(y_true, y_prob, sample_weight=weight)
    assert multiclass_log_loss(y_true, both, sample_weight=weight) == pytest.approx(loss)


def test_against_scikit_learn(three):
    y_true, y_prob = three
    y_prob = (y_prob + 0.01) / 1.03
    assert multiclass_log_loss(y_true, y_prob) == pytest.approx(sklearn_metrics.log_loss(y_true, y_prob))


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), st.lists(st.floats(0.01, 1), min_size=3, max_size=3))
def test_the_true_probabilities_are_the_best_to_state(truth, stated):
    truth, stated = np.array(truth) / sum(truth), np.array(stated) / sum(stated)
    for metric in (multiclass_brier_score, multiclass_log_loss, ranked_probability_score):
        honest, other = (metric([0, 1, 2], [row] * 3, sample_weight=truth) for row in (truth, stated))
        assert honest <= other + 1e-12


def _gaps(y_true, y_prob, n_bins):
    """(rows, |accuracy - confidence|) of each uniform bin that has rows, right edges."""
    found = []
    for b in range(n_bins):
        low, high = b / n_bins, (b + 1) / n_bins
        members = [i for i, p in enumerate(y_prob) if low < p <= high or (b == 0 and p == 0)]
        if members:
            found.append((len(members), abs(np.mean([y_true[i] - y_prob[i] for i in members]))))
    return found


@pytest.mark.parametrize("n_bins", [1, 4, 10, 15])
def test_classwise_against_a_loop(three, n_bins):
    y_true, y_prob = three
    gaps = [gap for k in range(3) for gap in _gaps(y_true == k, y_prob[:, k], n_bins)]
    expected = {
        "l1": sum(n * gap for n, gap in gaps) / 900,
        "l2": np.sqrt(sum(n * gap**2 for n, gap in gaps) / 900),
        "max": max(gap for _, gap in gaps),
    }
    for norm, value in expected.items():
        error = classwise_calibration_error(y_true, y_prob, n_bins=n_bins, norm=norm)
        assert error == pytest.approx(value, abs=1e-12), norm


@pytest.mark.parametrize("strategy", ["uniform", "quantile", "unique"])
@pytest.mark.parametrize("edges", ["right", "left"])
def test_classwise_is_the_mean_over_the_classes(three, strategy, edges):
    y_true, y_prob = three
    weight = np.arange(300) % 3
    options = {"n_bins": 7, "strategy": strategy, "edges": edges, "sample_weight": weight}
    each = [expected_calibration_error(y_true == k, y_prob[:, k], **options) for k in range(3)]
    assert classwise_calibration_error(y_true, y_prob, **options) == pytest.approx(np.mean(each), abs=1e-12)


def test_top_label_against_a_loop(three):
    y_true, y_prob = three
    predicted = np.array([max(range(3), key=lambda k: (row[k], -k)) for row in y_prob])
    gaps = []
    for k in range(3):
        mine = predicted == k
        gaps += _gaps(y_true[mine] == k, y_prob[mine, k], 10)
    error = top_label_calibration_error(y_true, y_prob, n_bins=10)
    assert error == pytest.approx(sum(n * gap for n, gap in gaps) / 300, abs=1e-12)
    assert top_label_calibration_error(y_true, y_prob, n_bins=10, norm="max") == pytest.approx(max(g for _, g in gaps))


def test_top_label_sees_what_shared_bins_hide(three):
    y_true, y_prob = three
    shared = expected_calibration_error(y_prob.argmax(axis=1) == y_true, y_prob.max(axis=1), n_bins=10)
    assert top_label_calibration_error(y_true, y_prob, n_bins=10) >= shared - 1e-12


def test_of_equal_probabilities_the_first_is_predicted():
    assert top_label_calibration_error([0], [[0.5, 0.5]]) == 0.5
    assert top_label_calibration_error([0, 1], [[0.5, 0.5]] * 2) == 0


@pytest.mark.parametrize("strategy", ["uniform", "quantile", "unique"])
@pytest.mark.parametrize("edges", ["right", "left"])
def test_a_predicted_class_without_weight_is_nothing(strategy, edges):
    options = {"strategy": strategy, "edges": edges, "sample_weight": [1, 0]}
    assert top_label_calibration_error([0, 1], [[0.8, 0.2], [0.1, 0.9]], **options) == pytest.approx(0.2)


def test_adaptive_counts_ranges_alike():
    # In either class one row is at .5 (gap .5) and three are at 0 or 1 (gap 0), which fill two of four ranges and leave
    # two empty. Alike the gaps have a mean of .25, by rows of .125.
    y_prob = [[0.5, 0.5], [1, 0], [1, 0], [1, 0]]
    assert adaptive_calibration_error([0] * 4, y_prob, n_bins=4) == pytest.approx((0.25 + 0.25) / 2)
    assert classwise_calibration_error([0] * 4, y_prob, n_bins=4, strategy="quantile") == pytest.approx(0.125)


def test_adaptive_ranges_have_the_edges_asked_for():
    # Class 0 has gaps of -.5, 0, 0, 0 at .5, 1, 1, 1. Border 1 is 1: (0, 1] holds all, [0, 1) and [1, 1] part them.
    # The others have .75 or -.25 at .25, and 0 at 0, 0, 0. Border 1 is 0: [0, 0] and (0, 1] part them, [0, 1) does not.
    y_true, y_prob = [1, 0, 0, 0], [[0.5, 0.25, 0.25], [1, 0, 0], [1, 0, 0], [1, 0, 0]]
    right = adaptive_calibration_error(y_true, y_prob, n_bins=2, edges="right")
    left = adaptive_calibration_error(y_true, y_prob, n_bins=2, edges="left")
    assert right == pytest.approx((0.5 / 4 + 0.75 / 2 + 0.25 / 2) / 3)
    assert left == pytest.approx((0.5 / 2 + 0.75 / 4 + 0.25 / 4) / 3)


@pytest.mark.parametrize("edges", ["right", "left"])
def test_adaptive_equals_classwise_where_ranges_are_equal(rng, edges):
    y_prob = rng.dirichlet(np.ones(4), size=120)
    y_true = rng.integers(4, size=120)
    weighted = classwise_calibration_error(y_true, y_prob, n_bins=8, strategy="quantile", edges=edges)
    assert adaptive_calibration_error(y_true, y_prob, n_bins=8, edges=edges) == pytest.approx(weighted, abs=1e-12)


def test_adaptive_against_a_sort(rng):
    y_prob = rng.dirichlet(np.ones(3), size=60)
    y_true = rng.integers(3, size=60)
    gaps = []
    for k in range(3):
        order = sorted(range(60), key=lambda i: y_prob[i, k])
        for start in range(0, 60, 10):
            members = order[start : start + 10]
            gaps.append(abs(np.mean([(y_true[i] == k) - y_prob[i, k] for i in members])))
    assert adaptive_calibration_error(y_true, y_prob, n_bins=6) == pytest.approx(np.mean(gaps), abs=1e-12)


@pytest.mark.parametrize("metric", [classwise_calibration_error, top_label_calibration_error])
def test_an_unknown_norm_is_refused(metric):
    with pytest.raises(InputError, match=r"^norm must be one of 'l1', 'l2', 'max'; got 'l3'\.$"):
        metric([0], [[0.5, 0.5]], norm="l3")


def test_cifar_network_of_kumar_et_al(refs):
    expected = json.loads((refs / "cifar10_vgg16_expected.json").read_text())
    with np.load(refs / "cifar10_vgg16_probs.npz") as arrays:
        y_prob, y_true = arrays["probs"].astype(float), arrays["labels"]
    assert multiclass_log_loss(y_true, y_prob) == pytest.approx(expected["nll"], abs=1e-9)
    assert multiclass_brier_score(y_true, y_prob) == pytest.approx(expected["brier_multiclass_sum"], abs=1e-9)
