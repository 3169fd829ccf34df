from functools import partial

import numpy as np
import pytest

from calibrant.evaluation import Answers, EvaluationSettings, compare_methods
from calibrant.evaluation._detail import as_content
from calibrant.evaluation._panel import panel_metrics
from calibrant.exceptions import InputError
from calibrant.metrics import (
    Interval,
    accuracy,
    auroc,
    bootstrap_interval,
    brier_score,
    expected_calibration_error,
    jackknife_weights,
    log_loss,
    paired_interval,
    resample_weights,
    spiegelhalter_test,
)

FEW = EvaluationSettings(n_boot=50, n_draws=50)


def compare(methods, *, groups=None, subjects=None, settings=FEW):
    n = len(methods["raw"].y_true)
    return compare_methods(
        methods,
        groups=[str(i) for i in range(n)] if groups is None else groups,
        subjects=["all"] * n if subjects is None else subjects,
        reference="raw",
        settings=settings,
        quiet=True,
    )


def answers(n=80, seed=0):
    rng = np.random.default_rng(seed)
    y_prob = rng.uniform(0.3, 1, size=n)
    return Answers((rng.random(n) < y_prob - 0.2).astype(float), y_prob)


def test_a_panel_by_hand():
    # Right at 0.9 and 0.6, wrong at 0.7 and 0.2; of the 4 pairs 3 are in order.
    panel = compare({"raw": Answers(np.array([1.0, 1, 0, 0]), np.array([0.9, 0.6, 0.7, 0.2]))})[0]["raw"]
    values = {name: estimate["value"] for name, estimate in panel["metrics"].items()}
    assert values["log_loss"] == pytest.approx(-np.log(0.9 * 0.6 * 0.3 * 0.8) / 4)
    assert values["brier_score"] == pytest.approx((0.01 + 0.16 + 0.49 + 0.04) / 4)
    assert values["expected_calibration_error"] == pytest.approx((0.1 + 0.4 + 0.7 + 0.2) / 4)
    assert values["debiased_calibration_error"] is None  # four bins of one answer
    assert values["auroc"] == 3 / 4
    # Wrong among the first 1, 2, 3, 4: 0, 1, 1, 2.
    assert values["aurc"] == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert values["accuracy"] == 0.5
    assert values["mean_confidence"] == pytest.approx(0.6)
    assert panel["risk_coverage"]["coverage"] == [0.25, 0.5, 0.75, 1.0]
    assert panel["risk_coverage"]["risk"] == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert sum(panel["curve"]["count"]) == 4
    assert len(panel["curve"]["count"]) == 15


def test_more_of_the_panel_by_hand():
    # Right at 0.75 twice, wrong at 0.75 twice: recalibration would say 0.5; the base rate has a Brier score of 0.25.
    one = Answers(np.array([1.0, 1, 0, 0]), np.full(4, 0.75))
    more = {name: found["value"] for name, found in compare({"raw": one})[0]["raw"]["more"].items()}
    assert more["brier_skill_score"] == pytest.approx(1 - ((0.25**2 + 0.75**2) / 2) / 0.25)
    assert more["refinement"] == pytest.approx(np.log(2))
    assert more["miscalibration"] == pytest.approx(-np.log(0.75 * 0.25) / 2 - np.log(2))
    assert more["smooth_calibration_error"] == pytest.approx(0.25, abs=1e-6)
    assert more["auprc_of_errors"] == pytest.approx(0.5)


def test_tests_of_calibration_are_those_of_the_metrics():
    one = answers()
    found = {test["name"]: test for test in compare({"raw": one})[0]["raw"]["tests"]}
    expected = spiegelhalter_test(one.y_true, one.y_prob)
    assert found["Spiegelhalter"]["p_value"] == expected.p_value
    assert found["Bootstrap consistency of the ECE"]["p_value"] == pytest.approx(
        compare({"raw": Answers(one.y_true[np.argsort(one.y_prob)], np.sort(one.y_prob))})[0]["raw"]["noise_floor"][
            "p_value"
        ]
    )
    assert len(found) == 5


def test_an_undefined_test_says_why():
    tests = compare({"raw": Answers(np.ones(4), np.ones(4))})[0]["raw"]["tests"]
    assert all(test["p_value"] is None and "reason" in test for test in tests)


def test_an_empty_bin_has_no_number():
    curve = compare({"raw": answers()})[0]["raw"]["curve"]
    assert curve["count"][0] == 0
    assert curve["accuracy"][0] is None


def test_the_panel_begins_with_a_proper_score():
    assert next(iter(panel_metrics(FEW))) == "log_loss"


def test_an_undefined_metric_is_null_and_says_why():
    right = Answers(np.ones(4), np.array([0.9, 0.8, 0.7, 0.6]))
    wrong = Answers(np.zeros(4), np.array([0.9, 0.8, 0.7, 0.6]))
    panels, differences = compare({"raw": right, "platt": wrong})
    assert panels["raw"]["metrics"]["auroc"] == {
        "value": None,
        "low": None,
        "high": None,
        "reason": "all answers are right, so none can be ranked",
    }
    assert panels["platt"]["metrics"]["auroc"]["reason"] == "all answers are wrong, so none can be ranked"
    assert panels["raw"]["metrics"]["debiased_calibration_error"]["reason"] == "no bin holds more than one answer"
    assert differences["platt"]["auroc"]["value"] is None
    assert "reason" not in panels["raw"]["metrics"]["accuracy"]


def test_intervals_are_those_of_the_bootstrap():
    one = answers()
    found = compare({"raw": one})[0]["raw"]["metrics"]
    groups = [str(i) for i in range(80)]
    ece = partial(expected_calibration_error, **FEW.bins)
    for name, metric in {"log_loss": log_loss, "auroc": auroc, "expected_calibration_error": ece}.items():
        # ECE is biased, so that its interval is only spread: nothing is there to correct.
        method = "percentile" if metric is ece else "bca"
        expected = bootstrap_interval(metric, one.y_true, one.y_prob, groups=groups, n_boot=50, method=method)
        assert found[name] == as_content(expected)


def test_differences_are_paired():
    raw = answers()
    after = Answers(raw.y_true, np.clip(raw.y_prob - 0.2, 0, 1))
    groups = [str(i // 2) for i in range(80)]
    differences = compare({"raw": raw, "platt": after}, groups=groups)[1]
    assert list(differences) == ["platt"]
    for name, metric in {"log_loss": log_loss, "brier_score": brier_score}.items():
        expected = paired_interval(metric, raw.y_true, after.y_prob, raw.y_prob, groups=groups, n_boot=50, method="bca")
        found = differences["platt"][name]
        assert [found[key] for key in ("value", "low", "high")] == pytest.approx(
            [expected.value, expected.low, expected.high]
        )


def test_methods_may_answer_differently():
    # A map that changes the answers changes what is right, too.
    raw, other = Answers(np.array([1.0, 0, 0, 0]), np.full(4, 0.5)), Answers(np.array([1.0, 1, 0, 1]), np.full(4, 0.5))
    panels, differences = compare({"raw": raw, "vector": other})
    assert panels["vector"]["metrics"]["accuracy"]["value"] == 0.75
    assert differences["vector"]["accuracy"]["value"] == 0.5


def test_whole_groups_are_drawn():
    one = answers(60)
    copies = Answers(np.tile(one.y_true, 5), np.tile(one.y_prob, 5))
    rows = [str(i) for i in range(60)]
    alone = compare({"raw": one}, groups=rows)[0]["raw"]["metrics"]["accuracy"]
    together = compare({"raw": copies}, groups=rows * 5)[0]["raw"]["metrics"]["accuracy"]
    as_if_new = compare({"raw": copies})[0]["raw"]["metrics"]["accuracy"]
    assert together == pytest.approx(alone)
    assert as_if_new["high"] - as_if_new["low"] < 0.7 * (together["high"] - together["low"])


def test_subjects_by_hand():
    one = Answers(np.array([1.0, 0, 1, 1]), np.array([0.9, 0.7, 0.6, 0.8]))
    first, second = compare({"raw": one}, subjects=["b", "b", "a", "a"])[0]["raw"]["subjects"]
    assert (first["subject"], first["n"], first["accuracy"]["value"]) == ("a", 2, 1.0)
    assert first["mean_confidence"]["value"] == pytest.approx(0.7)
    assert (second["subject"], second["n"], second["accuracy"]["value"]) == ("b", 2, 0.5)
    assert second["expected_calibration_error"] == pytest.approx((0.1 + 0.7) / 2)
    assert second["accuracy"]["low"] == 0.0
    assert second["accuracy"]["high"] == 1.0


def test_the_noise_floor_tells_overconfidence_from_chance():
    rng = np.random.default_rng(1)
    y_prob = rng.uniform(0.3, 1, size=800)
    y_true = (rng.random(800) < y_prob).astype(float)
    panels = compare({"raw": Answers(y_true, np.sqrt(y_prob)), "true": Answers(y_true, y_prob)})[0]
    raw, true = panels["raw"], panels["true"]
    assert raw["metrics"]["expected_calibration_error"]["value"] > raw["noise_floor"]["limit"]
    assert raw["noise_floor"]["p_value"] < 0.05
    assert true["metrics"]["expected_calibration_error"]["value"] < true["noise_floor"]["limit"]
    assert true["noise_floor"]["p_value"] > 0.05


def test_edges_that_matter_are_reported():
    # On an edge, 0.2 joins the answers below it by one convention and those above it by the other.
    on_edge = Answers(np.tile([1.0, 1, 0, 0], 20), np.tile([0.2, 0.2, 0.1, 0.3], 20))
    panel = compare({"raw": on_edge}, settings=EvaluationSettings(n_bins=5, n_boot=50, n_draws=50))[0]["raw"]
    right, left = (
        expected_calibration_error(on_edge.y_true, on_edge.y_prob, n_bins=5, edges=edges) for edges in ("right", "left")
    )
    assert panel["metrics"]["expected_calibration_error"]["value"] == right
    assert panel["other_edges"] == {"edges": "left", "value": left, "differs": True}
    apart = compare({"raw": answers()})[0]["raw"]["other_edges"]
    assert apart["differs"] is False


def test_a_long_risk_coverage_curve_is_thinned_and_keeps_its_ends():
    curve = compare({"raw": answers(2000)}, settings=EvaluationSettings(n_boot=1, n_draws=10))[0]["raw"][
        "risk_coverage"
    ]
    assert len(curve["coverage"]) == len(curve["risk"]) <= 201
    assert curve["coverage"][-1] == 1.0
    assert curve["risk"][-1] == pytest.approx(1 - accuracy(answers(2000).y_true, answers(2000).y_prob))


def test_every_setting_is_respected():
    one = answers()
    settings = EvaluationSettings(n_bins=4, strategy="quantile", edges="left", n_boot=30, level=0.5, n_draws=20, seed=7)
    panel = compare({"raw": one}, settings=settings)[0]["raw"]
    ece = expected_calibration_error(one.y_true, one.y_prob, n_bins=4, strategy="quantile", edges="left")
    assert panel["metrics"]["expected_calibration_error"]["value"] == ece
    assert len(panel["curve"]["count"]) == 4
    assert panel["other_edges"]["edges"] == "right"
    assert panel["noise_floor"]["p_value"] * 21 == pytest.approx(round(panel["noise_floor"]["p_value"] * 21))
    groups = [str(i) for i in range(80)]
    draws, left_out = (
        [log_loss(one.y_true, one.y_prob, sample_weight=weight) for weight in weights]
        for weights in (
            resample_weights(80, groups=groups, n_boot=30, random_state=7),
            jackknife_weights(80, groups=groups, random_state=7),
        )
    )
    expected = Interval.from_draws(log_loss(one.y_true, one.y_prob), draws, jackknife=left_out, level=0.5)
    assert panel["metrics"]["log_loss"]["low"] == expected.low


def test_the_seed_moves_the_intervals_and_nothing_else():
    one = answers()
    first, again, other = (
        compare({"raw": one}, settings=EvaluationSettings(n_boot=50, n_draws=50, seed=seed)) for seed in (1, 1, 2)
    )
    assert first == again
    one_loss, other_loss = first[0]["raw"]["metrics"]["log_loss"], other[0]["raw"]["metrics"]["log_loss"]
    assert one_loss["value"] == other_loss["value"]
    assert one_loss["low"] != other_loss["low"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"n_bins": 0}, "n_bins"), ({"n_boot": 0}, "n_boot"), ({"level": 1.0}, "level"), ({"n_draws": 0}, "n_draws")],
)
def test_a_setting_out_of_range_is_named(settings, message):
    with pytest.raises(InputError, match=f"^{message}"):
        compare({"raw": answers()}, settings=EvaluationSettings(**{"n_boot": 5, "n_draws": 5, **settings}))


def test_a_bin_for_each_of_very_many_values_is_refused():
    unique = EvaluationSettings(strategy="unique", n_boot=5, n_draws=5)
    few = Answers(np.tile([1.0, 0], 40), np.repeat([0.25, 0.75], 40))
    assert compare({"raw": few}, settings=unique)[0]["raw"]["curve"]["count"] == [40, 40]
    with pytest.raises(InputError, match=r"^strategy 'unique' is for .* at most 200; method 'raw' has 300"):
        compare({"raw": answers(300)}, settings=unique)


def test_nothing_to_evaluate():
    with pytest.raises(InputError, match="no answered questions"):
        compare({"raw": Answers(np.array([]), np.array([]))})


def test_methods_must_answer_the_same_questions():
    with pytest.raises(InputError, match=r"^method 'platt' must have one answer a question, so 80; got 79"):
        compare({"raw": answers(), "platt": answers(79)})
