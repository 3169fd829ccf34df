"""A comparison -> one page that fetches nothing: what it says, its figures, and onto the disk."""

import math
import os
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from calibrant.evaluation import Comparison, Difference, Estimate, Gain, read_comparison
from calibrant.report._differences import difference_plot
from calibrant.report._page import render_page, write_page
from calibrant.report._reliability import reliability_diagram
from calibrant.report._text import DASH, count, interval, keep_units, listing, number, p_value, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_METRICS = {
    "log_loss": ("Log loss", "lower is better"),
    "brier_score": ("Brier score", "lower is better"),
    "auroc": ("AUROC", "higher is better"),
    "accuracy": ("Accuracy", "higher is better"),
    "overconfidence": ("Overconfidence", ""),
}
"""Name of each compared metric, and which way is better."""

_SHARES = ("accuracy", "overconfidence")

_CELLS = {
    "both_right": "Right before and after",
    "gained": "Wrong before, right after",
    "lost": "Right before, wrong after",
    "both_wrong": "Wrong before and after",
}

_MOST_DIAGRAMS = 4


def write_comparison(comparison: Mapping[str, object], path: str | os.PathLike[str]) -> Path:
    """Write the page of a comparison, whole or not at all.

    Parameters
    ----------
    comparison : Mapping
        What ``comparison.json`` holds.
    path : str or path-like
        Where to write; its folder is made if need be, and a page that is there is replaced.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    InputError
        If the comparison lacks something.
    OutputError
        If the file cannot be written. A page that was there is then untouched.
    """
    return write_page(render_comparison(comparison), path)


def render_comparison(comparison: Mapping[str, object]) -> str:
    """Text of the page of a comparison: one HTML document that fetches nothing.

    Parameters
    ----------
    comparison : Mapping
        What ``comparison.json`` holds.

    Returns
    -------
    str
        The document; the same for the same comparison.

    Raises
    ------
    InputError
        If a key is missing or holds something else than it should; the message names the key.
    """
    record = read_comparison(comparison)
    return render_page("comparison.html.jinja", _summarize(record), _figures(record))


def _figures(record: Comparison) -> dict[str, "Figure"]:
    figures = {
        f"reliability-{i}": reliability_diagram(method.curve)
        for i, method in enumerate(list(record.methods.values())[:_MOST_DIAGRAMS])
    }
    for metric, (name, better) in _METRICS.items():
        found = _of(record, metric)
        scale = 100 if metric in _SHARES else 1
        figures[f"differences-{metric}"] = difference_plot(
            [_pair(one) for one in found],
            [scale * _defined(one.value) for one in found],
            [scale * _defined(one.low) for one in found],
            [scale * _defined(one.high) for one in found],
            label=f"{name}, points" if metric in _SHARES else name,
            better=better,
        )
    return figures


def _summarize(record: Comparison) -> dict[str, object]:
    """Return what the page says, every number already text."""
    settings = record.settings
    names = list(record.methods)
    return {
        "names": names,
        "title": " and ".join(filter(None, [listing(names[:-1]), names[-1]])),
        "created": f"{record.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "n": count(record.n, "question"),
        "headline": keep_units(record.headline),
        "notes": record.notes,
        "level": percent(settings.level, 0),
        "n_family": count(record.n_family, "difference"),
        "n_boot": f"{settings.n_boot:,}",
        "reference": record.reference,
        "matched": "by id" if record.matched_by == "id" else "row by row",
        "groups": None if record.n_groups is None else count(record.n_groups, "group"),
        "methods": [_method_row(name, record) for name in names],
        "left_out": [
            [
                name,
                f"{method.file.name} ({method.file.format})",
                *(
                    f"{n:,}"
                    for n in (
                        method.file.n_rows,
                        method.file.n_unmatched,
                        method.file.n_ungraded,
                        method.file.n_unparsed,
                    )
                ),
            ]
            for name, method in record.methods.items()
        ],
        "forests": [
            {"metric": metric, "name": name, "label": _forest_label(record, metric)}
            for metric, (name, _) in _METRICS.items()
        ],
        "differences": [_difference_row(one) for one in record.differences],
        "undefined": list(
            dict.fromkeys(
                f"{_METRICS[one.metric][0]}, {_pair(one)}: {one.reason}" for one in record.differences if one.reason
            )
        ),
        "spreads": [
            [f"{one.b} − {one.a}", number(one.value), interval(Estimate(value=one.value, low=one.low, high=one.high))]
            for one in record.spreads
        ],
        "agreements": [
            [one.a, one.b, *(f"{n:,}" for n in (one.both_right, one.only_a, one.only_b, one.both_wrong))]
            for one in record.agreements
        ],
        "gain": None if record.gain is None else _gain(record.gain),
        "reliability": [
            {"name": name, "label": f"Reliability diagram of {name}: accuracy against confidence, bin by bin."}
            for name in names[:_MOST_DIAGRAMS]
        ],
        "not_drawn": listing(names[_MOST_DIAGRAMS:]),
        "command": record.provenance.command,
        "made": list(_made(record)),
    }


def _method_row(name: str, record: Comparison) -> dict[str, object]:
    method = record.methods[name]
    metrics = method.metrics
    return {
        "name": name,
        "label": method.label,
        "cells": [
            _cell(metrics.log_loss),
            _cell(metrics.brier_score),
            _cell(metrics.auroc),
            _cell(metrics.accuracy, share=True),
            _cell(metrics.mean_confidence, share=True),
            _cell(method.overconfidence, share=True),
            {**_cell(metrics.expected_calibration_error), "spread": True},
        ],
        "floor": number(method.noise_floor.mean),
        "limit": number(method.noise_floor.limit),
    }


def _gain(gain: Gain) -> dict[str, object]:
    share = gain.share
    ends = DASH if share.low is None or share.high is None else f"{_whole(share.low)} to {_whole(share.high)}"
    rows = [
        [_CELLS[cell.name], f"{cell.n:,}", percent(cell.before), percent(cell.after), _points(cell.change)]
        for cell in gain.cells
    ]
    return {
        "a": gain.a,
        "b": gain.b,
        "sentence": keep_units(gain.sentence),
        "changes": [
            ["Mean confidence, points", _points(gain.confidence.value), _ends(gain.confidence)],
            ["Accuracy, points", _points(gain.accuracy.value), _ends(gain.accuracy)],
            ["Share of the confidence gained that accuracy does not match", _whole(share.value), ends],
        ],
        "reason": share.reason,
        "n_undefined": f"{gain.n_undefined:,}" if gain.n_undefined else None,
        "cells": [*rows, ["All", f"{sum(cell.n for cell in gain.cells):,}", *_means(gain)]],
    }


def _means(gain: Gain) -> Iterator[str]:
    n = sum(cell.n for cell in gain.cells)
    for side in ("before", "after"):
        yield percent(sum(cell.n * (getattr(cell, side) or 0.0) for cell in gain.cells) / n)
    yield _points(gain.confidence.value)


def _points(value: float | None) -> str:
    return DASH if value is None else f"{'+' if value > 0 else ''}{number(100 * value, 1)}"


def _ends(estimate: Estimate) -> str:
    return f"{_points(estimate.low)} to {_points(estimate.high)}"


def _whole(value: float | None) -> str:
    # No bound as in `percent`: this share is no proportion, and may lie below 0 or above 1.
    return DASH if value is None else keep_units(f"{number(100 * value, 0)} %")


def _cell(estimate: Estimate, *, share: bool = False) -> dict[str, object]:
    return {
        "value": percent(estimate.value) if share else number(estimate.value),
        "interval": interval(estimate, share=share),
        "spread": False,
    }


def _difference_row(one: Difference) -> dict[str, object]:
    share = one.metric in _SHARES

    def text(value: float | None) -> str:
        if value is None:
            return DASH
        return number(100 * value, 1) if share else number(value)

    def ends(low: float | None, high: float | None) -> str:
        return DASH if low is None or high is None else f"{text(low)} to {text(high)}"

    return {
        "pair": _pair(one),
        "metric": f"{_METRICS[one.metric][0]}{', points' if share else ''}",
        "value": text(one.value),
        "interval": ends(one.low, one.high),
        "pointwise": ends(one.pointwise.low, one.pointwise.high),
        "p_value": p_value(one.p_value),
        "verdict": one.verdict,
        "shown": _is_shown(one),
        "resolution": text(one.resolution),
    }


def _of(record: Comparison, metric: str) -> list[Difference]:
    return [one for one in record.differences if one.metric == metric]


def _pair(one: Difference) -> str:
    return f"{one.b} − {one.a}"


def _is_shown(one: Difference) -> bool:
    return one.low is not None and one.high is not None and not one.low <= 0 <= one.high


def _forest_label(record: Comparison, metric: str) -> str:
    found = "; ".join(f"{_pair(one)}: {one.verdict}" for one in _of(record, metric))
    return f"Differences in {_METRICS[metric][0]} with simultaneous intervals. {found}."


def _made(record: Comparison) -> Iterator[tuple[str, str]]:
    settings, made = record.settings, record.provenance
    yield "Intervals", f"max-t bootstrap, {settings.n_boot:,} resamples, level {percent(settings.level, 0)}"
    yield "Seed", str(settings.seed)
    yield "Log loss", f"natural logarithm, probabilities kept {settings.log_loss_eps:g} away from 0 and 1"
    edges = "(low, high]" if settings.edges == "right" else "[low, high)"
    yield "ECE", f"mean absolute gap, {settings.n_bins} bins, {settings.strategy}, {edges}"
    for name, method in record.methods.items():
        facts = "; ".join(f"{key} {value}" for key, value in method.file.facts.items() if value not in (None, "", []))
        yield name, listing([method.file.name, method.file.format, method.label, facts])
    yield "Versions", listing(f"{name} {version}" for name, version in made.versions.items()) or DASH
    if made.seconds is not None:
        yield "Time", f"{made.seconds:,.0f} s"


def _defined(value: float | None) -> float:
    return math.nan if value is None else value
