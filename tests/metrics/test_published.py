"""Numbers that others published for data that lie beside the repository, to the digits they printed."""

import csv
import json
from functools import partial

import numpy as np
import pytest

from calibrant.metrics import (
    accuracy,
    auroc,
    bootstrap_interval,
    brier_score,
    debiased_calibration_error,
    expected_calibration_error,
    mean_confidence,
)


def _columns(path):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@pytest.mark.parametrize(
    "network", ["resnet110_c10", "resnet110_c100", "densenet40_c10", "densenet40_c100", "resnet50_birds"]
)
def test_networks_of_kull_et_al(refs, network):
    published = json.loads((refs / "top1_published.json").read_text())[network]
    table = _columns(refs / f"top1_{network}.csv")
    y_true, y_prob = table["true_label"] == table["pred_label"], table["confidence"].astype(float)
    assert accuracy(y_true, y_prob) == pytest.approx(published["accuracy"], abs=1e-12)
    # They computed in float32, which leaves six digits.
    ece = expected_calibration_error(y_true, y_prob)
    assert ece == pytest.approx(published["ece_15_right"], abs=5e-7)
    mce = expected_calibration_error(y_true, y_prob, norm="max")
    assert mce == pytest.approx(published["mce_15_right"], abs=5e-7)


@pytest.mark.parametrize("method", ["Base", "RLVR", "RLVR-Classifier", "Answer-Prob", "RLCR"])
def test_stated_confidence_of_rlcr_on_math_500(refs, method):
    published = json.loads((refs / "rlcr_math500_published.json").read_text())[method]
    rows = [json.loads(line)[method] for line in (refs / "rlcr_math500.jsonl").read_text().splitlines()]
    y_true, y_prob = [row["correct"] for row in rows], [row["confidence"] for row in rows]
    assert accuracy(y_true, y_prob) == pytest.approx(published["accuracy"])
    assert mean_confidence(y_true, y_prob) == pytest.approx(published["confidence level"])
    assert brier_score(y_true, y_prob) == pytest.approx(published["brier_score"])
    assert auroc(y_true, y_prob) == pytest.approx(published["auroc"])
    assert expected_calibration_error(y_true, y_prob, n_bins=10, edges="left") == pytest.approx(published["ece"])


def test_probe_of_pingkit_on_simpleqa(refs):
    published = json.loads((refs / "pingkit_simpleqa_published.json").read_text())
    table = {
        name: values.astype(float)
        for name, values in _columns(refs / "pingkit_simpleqa_probe.csv").items()
        if name != "id"
    }
    point, spread = published["point"], published["ci_95"]
    assert brier_score(table["correct"], table["prob_1"]) == pytest.approx(point["brier"])
    assert auroc(table["correct"], table["prob_1"]) == pytest.approx(point["auc"])
    assert accuracy(table["probe_right"], table["confidence"]) == pytest.approx(point["accuracy"])
    ece = expected_calibration_error(table["probe_right"], table["confidence"], n_bins=10)
    assert ece == pytest.approx(point["ece"])
    right = table["probe_right"] == 1
    for label, own in published["per_class"].items():
        if label != "macro_avg":
            members = table["correct"] == int(label)
            assert (right[members].sum(), members.sum()) == (own["correct"], own["total"])
            assert accuracy(right[members], table["confidence"][members]) == pytest.approx(own["accuracy"])
            # They averaged in float32.
            assert mean_confidence(right[members], table["prob_1"][members]) == pytest.approx(own["avg_pred"], abs=1e-6)
    for name, metric, y_true, y_prob in (
        ("accuracy", accuracy, right, table["confidence"]),
        ("auc", auroc, table["correct"], table["prob_1"]),
        ("brier", brier_score, table["correct"], table["prob_1"]),
        ("ece", partial(expected_calibration_error, n_bins=10), right, table["confidence"]),
    ):
        interval = bootstrap_interval(metric, y_true, y_prob)
        # Two bootstraps of 1,000 draws agree on an end to about a tenth of the width.
        tolerance = 0.1 * (spread[name]["high"] - spread[name]["low"])
        assert interval.low == pytest.approx(spread[name]["low"], abs=tolerance), name
        assert interval.high == pytest.approx(spread[name]["high"], abs=tolerance), name


def test_cifar_network_of_kumar_et_al(refs):
    expected = json.loads((refs / "cifar10_vgg16_expected.json").read_text())
    with np.load(refs / "cifar10_vgg16_probs.npz") as arrays:
        probs, labels = arrays["probs"].astype(float), arrays["labels"]
    y_true, y_prob = probs.argmax(axis=1) == labels, probs.max(axis=1)
    assert accuracy(y_true, y_prob) == pytest.approx(expected["accuracy"])
    assert mean_confidence(y_true, y_prob) == pytest.approx(expected["mean_confidence"])
    assert brier_score(y_true, y_prob) == pytest.approx(expected["brier_top1"])
    assert auroc(y_true, y_prob) == pytest.approx(expected["auroc_conf"])
    for n_bins in (10, 15):
        ece = expected_calibration_error(y_true, y_prob, n_bins=n_bins)
        assert ece == pytest.approx(expected[f"ece_{n_bins}_right"])
    mce = expected_calibration_error(y_true, y_prob, norm="max")
    assert mce == pytest.approx(expected["mce_15_right"])
    # Their equal-mass bins part at the middle between two values, so a few of 10,000 rows fall elsewhere.
    theirs = expected["other_library"]
    l1 = expected_calibration_error(y_true, y_prob, strategy="quantile")
    assert l1 == pytest.approx(theirs["get_top_calibration_error_l1"], abs=1e-6)
    l2 = debiased_calibration_error(y_true, y_prob, strategy="quantile", norm="l2")
    assert l2 == pytest.approx(theirs["top_label_l2_debiased"], abs=5e-5)
    # Over the classes theirs is the mean of the debiased squares; each class has bins of equal mass.
    squares = [
        debiased_calibration_error(labels == k, probs[:, k], strategy="quantile", norm="l2") ** 2 for k in range(10)
    ]
    assert np.sqrt(np.mean(squares)) == pytest.approx(theirs["marginal_l2_debiased"], abs=5e-5)
