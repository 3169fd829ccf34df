"""Values that other packages gave for the rows below, and where those packages err, the right value beside theirs.

Each constant was computed once with the version and call that stand beside it; only scikit-learn is called here, since
it is a dependency. Where a fault is shown, the comment says what it is.
"""

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from calibrant.metrics import (
    adaptive_calibration_error,
    brier_decomposition,
    brier_score,
    calibration_curve,
    classwise_calibration_error,
    debiased_calibration_error,
    expected_calibration_error,
    kolmogorov_smirnov_test,
    kuiper_test,
    multiclass_brier_score,
    top_label_calibration_error,
)


def _binary():
    """60 distinct confidences, none on an edge of 5, 9, 10 or 15 bins, and correctness that follows them."""
    i = np.arange(60)
    y_prob = ((37 * i) % 61 + 0.5) / 62
    return (17 * i) % 53 / 53 < y_prob**1.4, y_prob


def _three_classes():
    """48 rows of three probabilities with ties, and labels that have little to do with them."""
    i = np.arange(48)
    raw = np.column_stack([1 + (5 * i) % 7, 1 + (3 * i) % 5, 1 + (7 * i) % 11])
    return (i * i + i // 3) % 3, raw / raw.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("n_bins", "ece", "mce"),
    [
        (5, 0.12150537634408606, 0.16788856304985345),
        (10, 0.15833333333333333, 0.34354838709677427),
        (15, 0.16344086021505375, 0.6263440860215053),
    ],
)
@pytest.mark.parametrize("edges", ["right", "left"])
def test_netcal_and_torchmetrics_on_confidences_off_the_edges(n_bins, ece, mce, edges):
    # netcal 1.4.0, ECE(n_bins).measure(y_prob, y_true) and MCE; binary_calibration_error of torchmetrics 1.9.0 gives
    # the same ECE in float64. No row is on an edge, where the two differ.
    y_true, y_prob = _binary()
    options = {"n_bins": n_bins, "edges": edges}
    assert expected_calibration_error(y_true, y_prob, **options) == pytest.approx(ece, abs=1e-14)
    assert expected_calibration_error(y_true, y_prob, norm="max", **options) == pytest.approx(mce, abs=1e-14)


def test_what_netcal_calls_ace_is_not_adaptive():
    # netcal 1.4.0, ACE(10).measure(y_prob, y_true): the average calibration error, the plain mean of the gaps of the
    # uniform bins that have rows. Adaptive (Nixon et al.) means ranges of equal mass, for which netcal has no name.
    y_true, y_prob = _binary()
    curve = calibration_curve(y_true, y_prob, n_bins=10)
    assert np.nanmean(np.abs(curve.accuracy - curve.confidence)) == pytest.approx(0.1554224270353303, abs=1e-14)
    order = np.argsort(y_prob)
    ranges = np.reshape((y_true - y_prob)[order], (10, 6))
    adaptive = adaptive_calibration_error(y_true.astype(int), np.column_stack([1 - y_prob, y_prob]), n_bins=10)
    assert adaptive == pytest.approx(np.abs(ranges.mean(axis=1)).mean())
    assert adaptive != pytest.approx(0.1554224270353303, abs=0.005)


@pytest.mark.parametrize(
    ("norm", "expected"), [("l1", 0.19999998807907104), ("l2", 0.20816659927368164), ("max", 0.23333331942558289)]
)
def test_the_example_of_torchmetrics_with_three_classes(norm, expected):
    # torchmetrics 1.9.0, multiclass_calibration_error(..., num_classes=3, n_bins=3, norm=norm) in float32, as its
    # documentation shows it: the largest probability against whether its class is true.
    y_prob = np.array([[0.25, 0.20, 0.55], [0.55, 0.05, 0.40], [0.10, 0.30, 0.60], [0.90, 0.05, 0.05]])
    correct = y_prob.argmax(axis=1) == [0, 1, 2, 0]
    error = expected_calibration_error(correct, y_prob.max(axis=1), n_bins=3, norm=norm)
    assert error == pytest.approx(expected, abs=1e-7)


def test_certainty_shares_the_last_bin_which_torchmetrics_denies_it():
    # .95 is wrong and 1.0 is right: together accuracy .5 at .975. torchmetrics 1.9.0 gives .95 by
    # binary_calibration_error(n_bins=10, norm="max"): it puts 1.0 into an eleventh bin of its own (its issue 3510).
    error = expected_calibration_error([0, 1], [0.95, 1.0], n_bins=10, norm="max")
    assert error == pytest.approx(0.475)
    assert error < 0.95


def test_mapie_has_a_bin_less_than_it_is_asked_for():
    # MAPIE 1.6.0 gives .1284946 by expected_calibration_error(y_true, y_prob, num_bins=10): it cuts at
    # linspace(0, 1, 10), which makes nine bins. Asked for eleven it gives the ECE of ten, on which netcal and
    # torchmetrics agree.
    y_true, y_prob = _binary()
    asked_for_10, asked_for_11 = 0.128494623655914, 0.15833333333333333
    assert expected_calibration_error(y_true, y_prob, n_bins=10) == pytest.approx(asked_for_11, abs=1e-14)
    assert expected_calibration_error(y_true, y_prob, n_bins=9) == pytest.approx(asked_for_10, abs=1e-14)


def test_parts_of_the_brier_score_sum_to_it_which_those_of_calibstats_do_not():
    # calibstats 0.1.0 gives .07625 + .25 = .32625 by brier_decomposition(n_bins=2) and calls it the Brier score, which
    # is .2175: where a bin holds several values, two parts within the bins belong to the sum (Stephenson et al. 2008).
    y_true, y_prob = [0, 1, 0, 1], [0.1, 0.3, 0.6, 0.9]
    parts = brier_decomposition(y_true, y_prob, n_bins=2)
    assert parts.brier_score == brier_score(y_true, y_prob) == pytest.approx(0.2175)
    between = parts.reliability - parts.resolution + parts.uncertainty
    assert between == pytest.approx(0.32625)
    assert between + parts.within_variance - parts.within_covariance == pytest.approx(0.2175)


@pytest.mark.parametrize(
    ("norm", "plugged_in", "debiased"), [("l1", 0.10645161290322581, None), ("l2", 0.1217114461750138, 0.0)]
)
def test_verified_calibration_on_two_classes(norm, plugged_in, debiased):
    # uncertainty-calibration 0.1.4, lower_bound_scaling_ce(y_prob, y_true, p=1 or 2, debias=False or True, num_bins=6,
    # binning_scheme=get_equal_prob_bins, mode="marginal").
    y_true, y_prob = _binary()
    error = expected_calibration_error(y_true, y_prob, n_bins=6, norm=norm)
    assert error == pytest.approx(plugged_in, abs=1e-14)
    if debiased is not None:
        assert debiased_calibration_error(y_true, y_prob, n_bins=6, norm=norm) == pytest.approx(debiased, abs=1e-14)


def test_verified_calibration_of_the_predicted_class():
    # The same with mode="top-label": what they call so puts all predicted classes into shared bins.
    y_true, y_prob = _three_classes()
    correct, confidence = y_prob.argmax(axis=1) == y_true, y_prob.max(axis=1)
    l1, l2 = (expected_calibration_error(correct, confidence, n_bins=6, norm=norm) for norm in ("l1", "l2"))
    assert l1 == pytest.approx(0.23349984728177448, abs=1e-12)
    assert l2 == pytest.approx(0.3277124117321643, abs=1e-12)
    debiased = debiased_calibration_error(correct, confidence, n_bins=6, norm="l2")
    assert debiased == pytest.approx(0.2903626615868123, abs=1e-12)
    # Top-label calibration (Gupta, Ramdas 2022) bins each predicted class on its own and sees more.
    assert top_label_calibration_error(y_true, y_prob, n_bins=6) > l1


def test_verified_calibration_of_every_class():
    # The same with mode="marginal": the mean over the classes, of the squares for p=2.
    y_true, y_prob = _three_classes()
    l1, l2 = (classwise_calibration_error(y_true, y_prob, n_bins=6, norm=norm) for norm in ("l1", "l2"))
    assert l1 == pytest.approx(0.16651703559598294, abs=1e-12)
    assert l2 == pytest.approx(0.2316785820128322, abs=1e-12)
    debiased = [debiased_calibration_error(y_true == k, y_prob[:, k], n_bins=6, norm="l2") for k in range(3)]
    assert np.sqrt(np.mean(np.square(debiased))) == pytest.approx(0.1874277168444555, abs=1e-12)


def test_cumulative_tests_of_mapie():
    # MAPIE 1.6.0, kolmogorov_smirnov_statistic and kuiper_statistic with their p-values.
    y_true, y_prob = _binary()
    smirnov, kuiper = kolmogorov_smirnov_test(y_true, y_prob), kuiper_test(y_true, y_prob)
    assert (smirnov.statistic, smirnov.p_value) == pytest.approx((1.1375249094858775, 0.5093508151014468))
    assert (kuiper.statistic, kuiper.p_value) == pytest.approx((1.7748435526375408, 0.30061059163538195))


def test_brier_score_of_scikit_learn_with_three_classes():
    pytest.importorskip("sklearn", minversion="1.7", reason="scikit-learn has this score since 1.7")
    y_true, y_prob = _three_classes()
    weight = np.arange(48) % 4
    for given in (None, weight):
        theirs = sklearn_metrics.brier_score_loss(y_true, y_prob, sample_weight=given, scale_by_half=False)
        assert multiclass_brier_score(y_true, y_prob, sample_weight=given) == pytest.approx(theirs, abs=1e-14)
    # Example of its own tests: 2/3 with a third on each of three classes.
    assert multiclass_brier_score([0, 1, 2], np.full((3, 3), 1 / 3)) == pytest.approx(2 / 3)
