import json
from itertools import pairwise

import numpy as np
import pytest

from calibrant.evaluation import EvaluationSettings, compare_predictions, read_comparison
from calibrant.exceptions import InputError
from calibrant.metrics import auroc, brier_score, expected_calibration_error, log_loss
from calibrant.predictions import InMemory, Predictions

QUICK = EvaluationSettings(n_boot=200, n_draws=20)


def make(seed, n=200, claim=0.0, skill=1.0, **more):
    """A method whose confidence is right but for a claim added to its logit."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(0.5, skill, n)
    right = rng.random(n) < 1 / (1 + np.exp(-logit))
    return Predictions(right.astype(float), 1 / (1 + np.exp(-logit - claim)), **more)


def compare(files, **options):
    return compare_predictions(files, settings=options.pop("settings", QUICK), quiet=True, **options)


def difference(found, metric, a="A", b="B"):
    [one] = [one for one in found["differences"] if (one["metric"], one["a"], one["b"]) == (metric, a, b)]
    return one


@pytest.fixture(scope="module")
def files():
    honest = make(0)
    return {"A": honest, "B": Predictions(honest.correct, make(0, claim=2.0).confidence), "C": make(1)}


@pytest.fixture(scope="module")
def found(files):
    return compare(files)


def test_json_holds_it_and_the_record_reads_it(found):
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again == found
    assert read_comparison(again).n == 200


def test_differences_are_second_minus_first(files, found):
    a, b = files["A"], files["B"]
    for metric, function in (("log_loss", log_loss), ("brier_score", brier_score), ("auroc", auroc)):
        expected = function(b.correct, b.confidence) - function(a.correct, a.confidence)
        assert difference(found, metric)["value"] == pytest.approx(expected)
    assert difference(found, "overconfidence")["value"] == pytest.approx((b.confidence - a.confidence).mean())


def test_overconfidence_is_positive_where_a_method_claims_too_much(found):
    assert found["methods"]["B"]["overconfidence"]["value"] > 0.1
    assert difference(found, "overconfidence")["verdict"] == "B claims more for its accuracy"


def test_what_differs_is_shown_and_what_does_not_is_not(found):
    assert difference(found, "log_loss")["verdict"] == "A is better"
    # The same answers, and a monotone map of the confidence: nothing differs at all, in any resample.
    same = difference(found, "accuracy")
    assert (same["value"], same["low"], same["high"], same["p_value"], same["verdict"]) == (
        0,
        0,
        0,
        1,
        "no difference shown",
    )


def test_the_family_is_all_pairs_of_five_metrics(found):
    assert (len(found["differences"]), found["n_family"]) == (15, 15)
    assert [(one["a"], one["b"]) for one in found["spreads"]] == [("A", "B"), ("A", "C"), ("B", "C")]


def test_a_reference_makes_the_family_smaller_and_the_intervals_narrower(files, found):
    fewer = compare(files, reference="A")
    assert {(one["a"], one["b"]) for one in fewer["differences"]} == {("A", "B"), ("A", "C")}
    for metric in ("log_loss", "auroc"):
        wide, narrow = difference(found, metric), difference(fewer, metric)
        assert narrow["resolution"] <= wide["resolution"]
        assert narrow["pointwise"] == wide["pointwise"]


def test_a_method_and_itself():
    method = make(3)
    found = compare({"A": method, "B": method})
    assert {one["verdict"] for one in found["differences"]} == {"no difference shown"}
    assert {(one["value"], one["low"], one["high"], one["p_value"]) for one in found["differences"]} == {(0, 0, 0, 1)}


def test_exchanging_the_files_turns_the_signs_and_nothing_else(files):
    one = compare({"A": files["A"], "C": files["C"]})
    other = compare({"C": files["C"], "A": files["A"]})
    for here, there in zip(one["differences"], other["differences"], strict=True):
        assert here["value"] == pytest.approx(-there["value"])
        assert (here["low"], here["high"]) == pytest.approx((-there["high"], -there["low"]))
        assert (here["verdict"], here["p_value"]) == (there["verdict"], there["p_value"])


def test_a_spread_is_of_the_calibration_error_and_has_no_verdict(files, found):
    a, b = (expected_calibration_error(files[name].correct, files[name].confidence) for name in "AB")
    assert found["spreads"][0]["value"] == pytest.approx(b - a)
    assert "verdict" not in found["spreads"][0]


def test_right_in_one_and_wrong_in_the_other_by_hand():
    a = Predictions(np.array([1.0, 1, 1, 0, 0, 0]), np.full(6, 0.5))
    b = Predictions(np.array([1.0, 0, 0, 1, 0, 0]), np.full(6, 0.5))
    [counts] = compare({"A": a, "B": b})["agreements"]
    assert counts == {"a": "A", "b": "B", "both_right": 1, "only_a": 2, "only_b": 1, "both_wrong": 2}


def test_one_class_leaves_the_ranking_undefined_with_a_reason():
    a, b = (Predictions(np.ones(50), np.full(50, p)) for p in (0.9, 0.8))
    found = compare({"A": a, "B": b})
    one = difference(found, "auroc")
    assert (one["value"], one["low"], one["p_value"], one["verdict"]) == (None, None, None, "undefined")
    assert one["reason"] == "undefined on these answers"
    assert found["methods"]["A"]["metrics"]["auroc"]["reason"] == "all answers are right, so none can be ranked"
    assert found["n_family"] == 4
    read_comparison(found)


def test_groups_are_resampled_whole():
    n = 40
    base = make(0, n)
    right, said = np.repeat(base.correct, 5), np.repeat(base.confidence, 5)
    groups = [str(row) for row in np.repeat(np.arange(n), 5)]
    other = Predictions(np.repeat(make(1, n).correct, 5), np.repeat(make(1, n).confidence, 5))
    alone = compare({"A": Predictions(right, said), "B": other})
    grouped = compare({"A": Predictions(right, said, group=groups), "B": other})
    assert (alone["n_groups"], grouped["n_groups"]) == (None, n)
    # Five copies of a question are no more than one.
    ratio = difference(grouped, "log_loss")["standard_error"] / difference(alone, "log_loss")["standard_error"]
    assert ratio == pytest.approx(np.sqrt(5), rel=0.25)


def test_one_certain_mistake_makes_the_brier_score_lead():
    a = make(0)
    sure = a.confidence.copy()
    sure[np.flatnonzero(a.correct == 0)[0]] = 1.0
    assert "Brier score" not in compare({"A": a, "B": make(1)})["headline"]
    found = compare({"A": a, "B": Predictions(a.correct, sure)})
    assert "Brier score" in found["headline"]
    assert any("infinite" in note and "B 1" in note for note in found["notes"])


def test_files_facts_and_notes_are_kept(files):
    class Source(InMemory):
        def notes(self):
            return ["mind the gap"]

    found = compare({"A": Source(files["A"], name="a.csv", format="csv", facts={"column": "p"}), "B": files["B"]})
    assert found["methods"]["A"]["file"] == {
        "name": "a.csv",
        "format": "csv",
        "facts": {"column": "p"},
        "n_rows": 200,
        "n_unmatched": 0,
        "n_ungraded": 0,
        "n_unparsed": 0,
    }
    assert found["notes"][-1] == "A: mind the gap"


def test_the_seed_decides(files):
    one, same, other = (
        compare(files, settings=EvaluationSettings(n_boot=100, n_draws=10, seed=seed))["differences"]
        for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_more_methods_need_more(files):
    widths = []
    for names in ("AC", "ABC"):
        found = compare({name: files[name] for name in names})
        widths.append(difference(found, "log_loss", "A", "C")["resolution"])
    assert all(narrow <= wide for narrow, wide in pairwise(widths))


def test_an_unknown_reference_is_refused(files):
    with pytest.raises(InputError, match="reference must be one of A, B, C; got 'D'"):
        compare(files, reference="D")
