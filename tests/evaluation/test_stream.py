from dataclasses import dataclass, replace

import numpy as np
import pytest

from calibrant.evaluation import EvaluationSettings, evaluate_predictions, read_evaluation
from calibrant.exceptions import InputError
from calibrant.predictions import InMemory, Predictions
from calibrant.report import render_report

SETTINGS = EvaluationSettings(n_boot=300, n_draws=300)


@dataclass(frozen=True, eq=False)
class Pieces(InMemory):
    """Predictions that come in batches of 1,000."""

    def batches(self):
        rows = self.predictions
        for start in range(0, len(rows), 1000):
            piece = slice(start, start + 1000)
            cut = {
                name: None if getattr(rows, name) is None else getattr(rows, name)[piece]
                for name in ("correct", "confidence", "group", "subject")
            }
            yield Predictions(**cut)


def drawn(n=5500, seed=0, **columns):
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.4, 1, n)
    correct = (rng.random(n) < confidence - 0.1).astype(float)
    correct[:3], confidence[5:7] = np.nan, np.nan
    return Predictions(correct, confidence, **columns)


def both(rows, **changes):
    """The evaluation in memory, and in a stream."""
    settings = replace(SETTINGS, **changes)
    source = Pieces(rows, name="answers.csv")
    return (
        evaluate_predictions(source, settings=settings, rows_in_memory=limit, quiet=True) for limit in (10**6, 1000)
    )


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize("edges", ["right", "left"])
def test_values_are_those_in_memory(strategy, edges):
    whole, streamed = both(drawn(), strategy=strategy, edges=edges)
    for name in ("n", "n_groups", "n_ungraded", "n_unparsed", "n_ties", "verdict"):
        assert streamed[name] == pytest.approx(whole[name]) if name != "verdict" else True, name
    one, other = streamed["methods"]["raw"], whole["methods"]["raw"]
    for name, found in one["metrics"].items():
        # The ranks are known to within the width of a cell.
        hair = 1e-5 if name in ("auroc", "aurc") else 1e-12
        assert found["value"] == pytest.approx(other["metrics"][name]["value"], abs=hair), name
    assert one["curve"]["count"] == other["curve"]["count"]
    assert one["curve"]["low"] == pytest.approx(other["curve"]["low"])
    assert one["tests"][0] == pytest.approx(other["tests"][0])
    if strategy == "uniform":
        assert one["other_edges"]["value"] == pytest.approx(other["other_edges"]["value"])
    assert streamed["verdict"]["n"] == whole["verdict"]["n"]


def test_intervals_agree_with_the_bootstrap():
    whole, streamed = both(drawn())
    for name in ("log_loss", "brier_score", "accuracy", "mean_confidence", "auroc", "expected_calibration_error"):
        one, other = (found["methods"]["raw"]["metrics"][name] for found in (streamed, whole))
        width = other["high"] - other["low"]
        assert one["high"] - one["low"] == pytest.approx(width, rel=0.2), name
        assert one["low"] == pytest.approx(other["low"], abs=0.2 * width), name


def test_groups_widen_the_intervals():
    rows = drawn(1500)
    tripled = Predictions(
        np.tile(rows.correct, 4), np.tile(rows.confidence, 4), group=[str(i) for i in range(1500)] * 4
    )
    whole, streamed = both(tripled, n_boot=1000)
    one, other = (found["methods"]["raw"]["metrics"]["accuracy"] for found in (streamed, whole))
    assert streamed["n_groups"] == whole["n_groups"] == 1495
    assert one["high"] - one["low"] == pytest.approx(other["high"] - other["low"], rel=0.15)
    assert streamed["methods"]["raw"]["metrics"]["auroc"]["low"] is None
    assert any("AUROC has no interval" in note for note in streamed["notes"])


def test_subjects_are_those_in_memory():
    whole, streamed = both(drawn(subject=["a", "b"] * 2750))
    for one, other in zip(*(found["methods"]["raw"]["subjects"] for found in (streamed, whole)), strict=True):
        assert (one["subject"], one["n"]) == (other["subject"], other["n"])
        assert one["accuracy"]["value"] == pytest.approx(other["accuracy"]["value"])
        assert one["expected_calibration_error"] == pytest.approx(other["expected_calibration_error"])


def test_very_many_subjects_are_not_listed():
    _, streamed = both(drawn(subject=[str(i) for i in range(5500)]))
    assert streamed["methods"]["raw"]["subjects"] == []
    assert any("more than 200 subjects" in note for note in streamed["notes"])


def test_the_page_can_be_written():
    _, streamed = both(drawn(subject=["a", "b"] * 2750))
    assert read_evaluation(streamed).n == 5495
    assert "answers.csv" in render_report(streamed)


def test_bins_of_one_value_are_for_fewer_answers():
    source = Pieces(drawn(), name="answers.csv")
    with pytest.raises(InputError, match="strategy 'unique' is for fewer answers"):
        evaluate_predictions(source, settings=replace(SETTINGS, strategy="unique"), rows_in_memory=1000, quiet=True)


def test_one_class_in_a_stream():
    rows = Predictions(np.ones(3000), np.linspace(0.5, 1, 3000))
    _, streamed = both(rows)
    assert streamed["methods"]["raw"]["metrics"]["auroc"]["value"] is None
    render_report(streamed)


def test_edges_that_matter_are_reported():
    # On an edge, 0.2 joins the answers below it by one convention and those above it by the other.
    rows = Predictions(np.tile([1.0, 1, 0, 0], 500), np.tile([0.2, 0.2, 0.1, 0.3], 500))
    for found in both(rows, n_bins=5):
        assert found["methods"]["raw"]["other_edges"]["differs"] is True
    for found in both(drawn(2500)):
        assert found["methods"]["raw"]["other_edges"]["differs"] is False
