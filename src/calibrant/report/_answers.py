"""An evaluation of answers -> one page that fetches nothing: its figures, and onto the disk."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from calibrant.evaluation import AnswersEvaluation, read_answers_evaluation
from calibrant.report._answers_text import cost_text, summarize_answers
from calibrant.report._page import render_page, write_page
from calibrant.report._reliability import reliability_diagram
from calibrant.report._signals import signal_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_answers(evaluation: Mapping[str, object], path: str | os.PathLike[str]) -> Path:
    """Write the page of an evaluation of answers, whole or not at all.

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
    return write_page(render_answers(evaluation), path)


def render_answers(evaluation: Mapping[str, object]) -> str:
    """Text of the page of an evaluation of answers: one HTML document that fetches nothing.

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
    record = read_answers_evaluation(evaluation)
    return render_page("answers.html.jinja", summarize_answers(record), _figures(record))


def _figures(record: AnswersEvaluation) -> dict[str, "Figure"]:
    """Every figure of the page, by the name that the template uses."""
    ties = record.settings.strategy == "unique"
    figures: dict[str, Figure] = {}
    for i, name in enumerate(record.drawn):
        mapped = record.signals[name].mapped
        if mapped is not None:
            figures[f"reliability-{i}"] = reliability_diagram(mapped.curve, after=True, ties=ties)
    shown = [(name, signal.raw.auroc, cost_text(signal)) for name, signal in record.by_cost if signal.raw is not None]
    if shown:
        figures["auroc"] = signal_plot(
            [name for name, _, _ in shown],
            [_defined(auroc.value) for _, auroc, _ in shown],
            [_defined(auroc.low) for _, auroc, _ in shown],
            [_defined(auroc.high) for _, auroc, _ in shown],
            [cost for _, _, cost in shown],
            chosen=record.chosen,
        )
    return figures


def _defined(value: float | None) -> float:
    return math.nan if value is None else value
