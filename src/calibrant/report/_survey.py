"""A survey -> one page that fetches nothing: what it says, its figures, and onto the disk."""

import math
import os
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from calibrant.evaluation import Estimate, ModelCorrelation, Survey, SurveyCell, is_shown, read_survey
from calibrant.report._page import render_page, write_page
from calibrant.report._survey_figures import models_plot, sides_plot
from calibrant.report._text import DASH, count, interval, keep_units, listing, number, p_value, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SOURCES = {"stated": "stated", "options": "option likelihoods"}
_MEASURES = {"mean_confidence": "in all answers", "right": "in right answers"}


def write_survey(survey: Mapping[str, object], path: str | os.PathLike[str]) -> Path:
    """Write the page of a survey, whole or not at all.

    Parameters
    ----------
    survey : Mapping
        What ``survey.json`` holds.
    path : str or path-like
        Where to write; its folder is made if need be, and a page that is there is replaced.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    InputError
        If the survey lacks something.
    OutputError
        If the file cannot be written. A page that was there is then untouched.
    """
    return write_page(render_survey(survey), path)


def render_survey(survey: Mapping[str, object]) -> str:
    """Text of the page of a survey: one HTML document that fetches nothing.

    Parameters
    ----------
    survey : Mapping
        What ``survey.json`` holds.

    Returns
    -------
    str
        The document; the same for the same survey.

    Raises
    ------
    InputError
        If a key is missing or holds something else than it should; the message names the key.
    """
    record = read_survey(survey)
    return render_page("survey.html.jinja", _summarize(record), _figures(record))


def _figures(record: Survey) -> dict[str, "Figure"]:
    numbers = {name: str(place) for place, name in enumerate(record.models, 1)}
    figures: dict[str, Figure] = {}
    for place, cells in enumerate(_by_set(record).values()):
        figures[f"models-{place}"] = models_plot(
            [numbers[cell.model] for cell in cells],
            [_defined(cell.mean_confidence.value) for cell in cells],
            [_defined(cell.accuracy.value) for cell in cells],
            [_defined(cell.accuracy.low) for cell in cells],
            [_defined(cell.accuracy.high) for cell in cells],
            [cell.source == "stated" for cell in cells],
        )
        figures[f"sides-{place}"] = sides_plot(
            [f"{numbers[cell.model]} {cell.model}" for cell in cells],
            [_defined(cell.right.mean.value) for cell in cells],
            [_defined(cell.wrong.mean.value) for cell in cells],
        )
    return figures


def _summarize(record: Survey) -> dict[str, object]:
    """Return what the page says, every number already text."""
    settings = record.settings
    cells = [cell for own in _by_set(record).values() for cell in own]
    most = max(sum(cell.n_asked for cell in cells if cell.model == name) for name in record.models)
    return {
        "title": f"{count(len(record.models), 'model')} on {count(len(record.data), 'set')} of questions",
        "created": f"{record.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "n": count(most, "question"),
        "headline": keep_units(record.headline),
        "notes": [keep_units(note) for note in record.notes],
        "level": percent(settings.level, 0),
        "n_pairs": count(len(cells), "pair of model and set", "pairs of model and set"),
        "numbered": "; ".join(f"{place} is {name}" for place, name in enumerate(record.models, 1)),
        "sets": [
            {
                "name": name,
                "models_label": _models_label(name, own),
                "sides_label": _sides_label(name, own),
            }
            for name, own in _by_set(record).items()
        ],
        "rows": [_row(cell) for cell in cells],
        "tests": [_test_row(cell, settings.level) for cell in cells],
        "reasons": [f"{cell.model} on {cell.data}: {cell.gap.reason}" for cell in cells if cell.gap.reason],
        "causes": [
            [f"{cell.model} on {cell.data}", listing(f"{cause} {n:,}" for cause, n in sorted(cell.causes.items()))]
            for cell in cells
            if cell.causes
        ],
        "correlations": [_correlation_row(one) for one in record.correlations if one.value is not None],
        "uncorrelated": [_correlation_reason(one) for one in record.correlations if one.value is None],
        "fewest": settings.fewest_models,
        "formats": listing(sorted({str(cell.asked["format"]) for cell in cells if "format" in cell.asked})),
        "subjects": [
            {"name": f"{cell.model} on {cell.data}", "rows": list(_subject_rows(cell))}
            for cell in cells
            if cell.subjects
        ],
        "command": record.provenance.command,
        "made": list(_made(record)),
    }


def _by_set(record: Survey) -> dict[str, list[SurveyCell]]:
    found = {name: [cell for cell in record.cells if cell.data == name] for name in record.data}
    return {name: cells for name, cells in found.items() if cells}


def _row(cell: SurveyCell) -> dict[str, object]:
    return {
        "model": cell.model,
        "where": f"{cell.data}, {_SOURCES[cell.source]}",
        "shown": False,
        "cells": [
            {"value": f"{cell.n:,} of {cell.n_asked:,}", "below": percent(cell.parsed.value)},
            _cell(cell.accuracy),
            _cell(cell.mean_confidence),
            _cell(cell.overconfidence, points=True),
            {
                "value": number(cell.expected_calibration_error.value),
                "below": f"spread {interval(cell.expected_calibration_error)}" if cell.n else "",
            },
            {"value": number(cell.noise_floor.mean), "below": number(cell.noise_floor.limit)},
        ],
    }


def _test_row(cell: SurveyCell, level: float) -> dict[str, object]:
    test = cell.test
    return {
        "model": cell.model,
        "where": f"{cell.data}, {_SOURCES[cell.source]}",
        "shown": is_shown(cell, level),
        "cells": [
            *(
                {"value": percent(side.mean.value), "below": f"n {side.n:,}, SD {number(_points(side.sd), 1)}"}
                for side in (cell.right, cell.wrong)
            ),
            _cell(cell.gap, points=True),
            {
                "value": number(test.statistic, 2),
                "below": "" if test.df is None else f"df {number(test.df, 1)}",
            },
            {"value": p_value(test.p_value), "below": ""},
            {"value": p_value(test.p_adjusted), "below": ""},
        ],
    }


def _cell(estimate: Estimate, *, points: bool = False) -> dict[str, str]:
    if not points:
        return {"value": percent(estimate.value), "below": interval(estimate, share=True)}
    ends = (estimate.low, estimate.high)
    below = "" if None in ends else " to ".join(number(_points(end), 1) for end in ends)
    return {"value": number(_points(estimate.value), 1), "below": below}


def _subject_rows(cell: SurveyCell) -> Iterator[list[str]]:
    for row in sorted(cell.subjects, key=lambda row: (-row.n, row.subject)):
        yield [
            row.subject,
            f"{row.n:,}",
            percent(row.accuracy.value),
            percent(row.mean_confidence.value),
            percent(row.right.mean.value),
            percent(row.wrong.mean.value),
            *_cell(row.gap, points=True).values(),
        ]


def _correlation_row(one: ModelCorrelation) -> list[str]:
    ends = DASH if one.low is None or one.high is None else f"{number(one.low, 2)} to {number(one.high, 2)}"
    return [_correlated(one), str(one.n_models), number(one.value, 2), ends, p_value(one.p_value)]


def _correlation_reason(one: ModelCorrelation) -> str:
    return f"{_correlated(one)}: {one.reason or 'undefined'}"


def _correlated(one: ModelCorrelation) -> str:
    return f"{one.data or 'Mean over all sets'}, {_SOURCES[one.source]}, {_MEASURES[one.measure]}"


def _models_label(name: str, cells: list[SurveyCell]) -> str:
    found = "; ".join(
        f"{cell.model}: {percent(cell.accuracy.value)} right, {percent(cell.mean_confidence.value)} sure"
        for cell in cells
    )
    return f"Accuracy against mean confidence on {name}. {found}."


def _sides_label(name: str, cells: list[SurveyCell]) -> str:
    found = "; ".join(
        f"{cell.model}: {percent(cell.right.mean.value)} when right, {percent(cell.wrong.mean.value)} when wrong"
        for cell in cells
    )
    return f"Mean confidence in right and in wrong answers on {name}. {found}."


def _made(record: Survey) -> Iterator[tuple[str, str]]:
    settings, made = record.settings, record.provenance
    for name, facts in record.models.items():
        yield name, _facts(facts)
    for name, facts in record.data.items():
        yield name, _facts(facts)
    edges = "(low, high]" if settings.edges == "right" else "[low, high)"
    yield "ECE", f"mean absolute gap, {settings.n_bins} bins, {settings.strategy}, {edges}"
    yield "Spread of the ECE", f"bootstrap, {settings.n_boot:,} resamples, level {percent(settings.level, 0)}"
    yield "Noise floor", f"{settings.n_draws:,} draws"
    yield "Seed", str(settings.seed)
    yield "Versions", listing(f"{name} {version}" for name, version in made.versions.items()) or DASH
    if made.seconds is not None:
        yield "Time", f"{made.seconds:,.0f} s"


def _facts(facts: Mapping[str, object]) -> str:
    told = ((name.replace("_", " "), value) for name, value in facts.items() if value not in (None, "", False))
    return listing(name if value is True else f"{name} {value}" for name, value in told) or DASH


def _points(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _defined(value: float | None) -> float:
    return math.nan if value is None else value
