"""What the page says, and its figures -> HTML, and onto the disk."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from calibrant.evaluation._record import Evaluation, read_evaluation
from calibrant.report._figures import group_plot, risk_coverage_plot
from calibrant.report._page import render_page, write_page
from calibrant.report._reliability import confidence_histogram, reliability_diagram
from calibrant.report._summarize import by_gap, has_bins, has_risk_coverage, mapped_subjects, summarize

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_report(evaluation: Mapping[str, object], path: str | os.PathLike[str]) -> Path:
    """Write the page, whole or not at all.

    Parameters
    ----------
    evaluation : Mapping
        What ``evaluation.json`` holds.
    path : str or path-like
        Where to write; its folder is made if need be, and a page that is there is replaced.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    InputError
        If the evaluation lacks something.
    OutputError
        If the file cannot be written. A page that was there is then untouched.
    """
    return write_page(render_report(evaluation), path)


def render_report(evaluation: Mapping[str, object]) -> str:
    """Text of the page: one HTML document that fetches nothing.

    Parameters
    ----------
    evaluation : Mapping
        What ``evaluation.json`` holds.

    Returns
    -------
    str
        The document; the same for the same evaluation.

    Raises
    ------
    InputError
        If a key is missing or holds something else than it should; the message names the key.
    """
    record = read_evaluation(evaluation)
    return render_page("report.html.jinja", summarize(record), _figures(record))


def _figures(evaluation: Evaluation) -> dict[str, "Figure"]:
    """Every figure of the page, by the name that the template uses."""
    figures: dict[str, Figure] = {}
    if has_bins(evaluation):
        ties = evaluation.settings.strategy == "unique"
        for i, method in enumerate(evaluation.ends):
            figures[f"reliability-{i}"] = reliability_diagram(method.curve, after=i > 0, ties=ties)
            figures[f"counts-{i}"] = confidence_histogram(method.curve, after=i > 0, ties=ties)
    if has_risk_coverage(evaluation):
        figures["risk-coverage"] = risk_coverage_plot(
            {method.label: method.risk_coverage for method in evaluation.ends},
        )
    if evaluation.before.subjects:
        figures["subjects"] = _subjects_figure(evaluation)
    return figures


def _subjects_figure(evaluation: Evaluation) -> "Figure":
    before, after = by_gap(evaluation), mapped_subjects(evaluation)
    accuracy = [subject.accuracy for subject in before]
    confidence = {f"Mean confidence, {evaluation.before.label}": [_defined(s.mean_confidence.value) for s in before]}
    if evaluation.chosen != "raw":
        confidence[f"Mean confidence, {evaluation.after.label}"] = [
            _defined(after[s.subject].mean_confidence.value if s.subject in after else None) for s in before
        ]
    return group_plot(
        [subject.subject for subject in before],
        [_defined(estimate.value) for estimate in accuracy],
        [_defined(estimate.low) for estimate in accuracy],
        [_defined(estimate.high) for estimate in accuracy],
        confidence,
    )


def _defined(value: float | None) -> float:
    return math.nan if value is None else value
