"""A check -> a plain dict of what its page says, every number already text; nothing is drawn or marked up here."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import PurePath

from calibrant.evaluation import Estimate, Transfer, TransferRow
from calibrant.evaluation._record import Curve
from calibrant.report._measures import by_reason
from calibrant.report._summarize import bins_text, describe_curve
from calibrant.report._text import (
    DASH,
    count,
    interval,
    keep_units,
    listing,
    number,
    one_line,
    p_value,
    percent,
    ranges,
    shorten,
)

Row = dict[str, object]

MOST_DRAWN = 60
"""Of more groups the farthest from 0 are drawn, those that fail first."""

_PARTS = {"subjects": "By subject", "n_options": "By number of options"}

_TEST_PART = ", test part "
"""What stands between two files where the test part has a file of its own."""

_LONGEST_TEXT = 600


def summarize_transfer(record: Transfer) -> dict[str, object]:
    """Text of the page, section by section.

    Parameters
    ----------
    record : Transfer
        The checked check.

    Returns
    -------
    dict
        Text, lists of text and dicts of text, named as the template uses them.
    """
    settings, data = record.settings, _source(record.provenance.data)
    overall, curve = record.overall, curve_of(record)
    return {
        "title": _capital(record.label),
        "data": data,
        "created": f"{record.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "facts": _capital("; ".join(_facts(record))),
        "status": _capital(record.status),
        "holds": record.status == "calibrated",
        "sentence": keep_units(record.sentence.removeprefix(f"{record.status}: ")),
        "fitted": _fitted(record),
        "measured": overall is not None,
        "notes": [shorten(_capital(note), _LONGEST_TEXT) for note in _notes(record)],
        "key_numbers": list(_key_numbers(record)),
        "level": percent(settings.level if settings else 0.95, 0),
        "alpha": DASH if record.alpha is None else f"{record.alpha:g}",
        "bins": bins_text(settings) if settings else "",
        "tests": [
            [test.name, number(test.statistic), p_value(test.p_value), p_value(test.p_adjusted)]
            for test in (overall.tests if overall else [])
        ],
        "reasons": by_reason((("", test.name, test.reason) for test in overall.tests if test.reason), 1)
        if overall
        else [],
        "reliability": None if curve is None else describe_curve(curve, _capital(record.label)),
        "ties": settings is not None and settings.strategy == "unique",
        "parts": [_part(name, rows) for name, rows in parts(record).items()],
        "domain": _domain(record),
        "shift": _shift(record),
        "command": record.provenance.command,
        "made": list(_made(record)),
    }


def parts(record: Transfer) -> dict[str, list[TransferRow]]:
    """Tables that say more than the numbers of all answers, the most overconfident rows first."""

    def gap(row: TransferRow) -> float:
        return 0.0 if row.gap.value is None else -row.gap.value

    tables = {"subjects": sorted(record.subjects, key=gap), "n_options": record.n_options}
    return {name: rows for name, rows in tables.items() if len(rows) > 1}


def drawn(rows: Sequence[TransferRow]) -> list[TransferRow]:
    """Rows that a figure has room for, in their order: those that fail, then those farthest from 0."""
    first = sorted(rows, key=lambda row: (not row.fails, -abs(row.gap.value or 0)))[:MOST_DRAWN]
    kept = {row.label for row in first}
    return [row for row in rows if row.label in kept]


def curve_of(record: Transfer) -> Curve | None:
    """Reliability curve to draw, if there is one; a check made before it was noted has none."""
    curve = None if record.overall is None else record.overall.curve
    return curve if curve is not None and any(curve.count) else None


def _facts(record: Transfer) -> Iterator[str]:
    if record.n is None:
        yield "nothing was measured"
    else:
        yield f"{count(record.n, 'answer')}{_in_groups(record.n, record.n_groups)}"
    for n, why in (
        (record.n_seen, "the map was fitted on them"),
        (record.n_unanswerable, "they have no answer"),
        (record.n_ungraded, "the answer is not known"),
        (record.n_unmapped, "the map does not take their number of options"),
    ):
        if n:
            yield f"{n:,} left out: {why}"


def _fitted(record: Transfer) -> str:
    """Say what the map comes from."""
    if record.method == "raw":
        return "Raw is the model's own confidence; nothing was fitted."
    fitted, source = record.fitted, _source(record.fitted.data)
    if fitted.n is None:
        return ""
    where = f", from {source}" if source else ""
    return f"The map was fitted on {count(fitted.n, 'answer')}{_in_groups(fitted.n, fitted.n_groups)}{where}."


def _in_groups(n: int, n_groups: int | None) -> str:
    return f" in {count(n_groups, 'group')}" if n_groups is not None and n_groups < n else ""


def _notes(record: Transfer) -> Iterator[str]:
    failing = [row.label if name == "subjects" else _options(row) for name, row in _failing(record)]
    if failing and record.status == "calibrated":
        yield f"Over all answers the map is not refuted, but it is for {listing(failing)}."
    yield from record.notes


def _failing(record: Transfer) -> Iterator[tuple[str, TransferRow]]:
    for name, rows in parts(record).items():
        for row in rows:
            if row.fails:
                yield name, row


def _options(row: TransferRow) -> str:
    return f"{row.label} options"


def _key_numbers(record: Transfer) -> Iterator[Row]:
    overall = record.overall
    if overall is None:
        return
    floor = overall.noise_floor
    yield {
        "name": "Mean confidence minus right",
        "value": _points(overall.gap.value),
        "note": f"Points; positive where it claims too much. Sure {percent(overall.mean_confidence)}, right "
        f"{percent(overall.accuracy.value)} ({interval(overall.accuracy, share=True) or 'no interval'}).",
    }
    rare = "" if record.alpha is None or floor.limit is None else _rarely(floor.limit, record.alpha)
    yield {
        "name": "Calibration error (ECE)",
        "value": number(overall.expected_calibration_error),
        "note": f"Perfect calibration would show {number(floor.mean)} by chance{rare}.",
    }
    yield {
        "name": "Log loss",
        "value": number(overall.log_loss),
        "note": "Lower is better. Compare it with that of another map on the same answers.",
    }


def _rarely(limit: float, alpha: float) -> str:
    return f", and more than {number(limit)} in {100 * alpha:g} of 100 draws"


def _points(share: float | None) -> str:
    return DASH if share is None else number(100 * share, 1)


def _ends(gap: Estimate) -> str:
    return "" if gap.low is None or gap.high is None else f"{_points(gap.low)} to {_points(gap.high)}"


def _part(name: str, rows: Sequence[TransferRow]) -> Row:
    n_failing = sum(row.fails for row in rows)
    shown = drawn(rows)
    return {
        "name": name,
        "title": _PARTS[name],
        "head": "Subject" if name == "subjects" else "Options",
        "label": f"Mean confidence minus share right with intervals, {_PARTS[name].lower()}; the table holds them.",
        "reading": f"{n_failing} of {len(rows)} {'fails' if n_failing == 1 else 'fail'}."
        + (f" Drawn are {len(shown)}: those that fail, then those farthest from 0." if len(shown) < len(rows) else ""),
        "rows": [
            {
                "label": row.label,
                "fails": row.fails,
                "cells": [
                    f"{row.n:,}",
                    percent(row.accuracy.value),
                    interval(row.accuracy, share=True) or DASH,
                    percent(row.mean_confidence),
                    _points(row.gap.value),
                    _ends(row.gap) or DASH,
                    p_value(row.p_value),
                    p_value(row.p_adjusted),
                ],
            }
            for row in rows
        ],
    }


def _domain(record: Transfer) -> Row | None:
    domain = record.domain
    if domain is None:
        return None
    test, sizes = domain.confidence_test, [int(size) for size in domain.n_options_fitted_on if size.isdecimal()]
    return {
        "outside": percent(domain.outside),
        "allowed": percent(record.max_outside),
        "rows": [
            ["A number of options never fitted on", percent(domain.unseen_options)],
            *([f"{_capital(name)} beyond the range fitted on", percent(part)] for name, part in domain.beyond.items()),
            ["Any of these", percent(domain.outside)],
        ],
        "sizes": ranges(sizes),
        "test": f"largest gap between the two distributions {number(test.statistic)}, p {_p(test.p_value)}",
        "n_fitted_on": f"{test.n_fitted_on:,}",
    }


def _shift(record: Transfer) -> Row | None:
    shift = record.label_shift
    if shift is None:
        return None
    estimated = interval(shift.estimated, share=True)
    return {
        "shares": [
            ["Questions that the map was fitted on", percent(shift.fitted), ""],
            ["Mean confidence of the map there", percent(shift.supposed), ""],
            ["Here, estimated without the labels", percent(shift.estimated.value), estimated],
            ["Here, in truth", percent(shift.accuracy), ""],
        ],
        "errors": [
            ["The map as it is", number(shift.map.log_loss), number(shift.map.expected_calibration_error)],
            ["Re-weighted", number(shift.reweighted.log_loss), number(shift.reweighted.expected_calibration_error)],
        ],
        "difference": f"{number(shift.difference.value)} ({interval(shift.difference) or 'no interval'})",
        "helps": "A map for this share of right answers would do better: fit again on such questions."
        if shift.helps
        else "",
    }


def _p(value: float | None) -> str:
    text = p_value(value)
    return text if text.startswith("<") or value is None else f"= {text}"


def _made(record: Transfer) -> Iterator[tuple[str, str]]:
    settings, made = record.settings, record.provenance
    yield "Map", record.label
    yield from _asked("Fitted for", record.fitted.model)
    yield from _asked("Asked", made.model)
    yield from _data("Fitted on", record.fitted.data)
    yield from _data("Checked on", made.data)
    if record.alpha is not None:
        yield "Refuted", f"where an adjusted p is below {record.alpha:g}"
    if record.max_outside is not None:
        yield "Out of domain", f"where more than {percent(record.max_outside)} of the questions are"
    if settings is not None:
        yield "ECE", f"mean absolute gap, {bins_text(settings)}; noise floor of {settings.n_draws:,} draws"
        yield "Log loss", f"natural logarithm, probabilities kept {settings.log_loss_eps:g} away from 0 and 1"
        yield "Bootstrap", f"{settings.n_boot:,} resamples, level {percent(settings.level, 0)}, for the re-weighting"
        yield "Seed", str(settings.seed)
    if record.overall is not None:
        yield "Design effect", f"{number(record.overall.design_effect, 2)}: 1 where answers of a group are not alike"
    if made.versions:
        yield "Versions", listing(f"{name} {version}" for name, version in made.versions.items())
    if made.seconds is not None:
        yield "Time", f"{made.seconds:,.0f} s"


def _asked(name: str, model: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    text = _texts(model, "name", "weights", "dtype", "engine", "engine_version", "device")
    if text:
        yield name, text


def _data(name: str, data: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    text = _texts(data, "source", "sha256")
    if text:
        yield name, text


def _texts(facts: Mapping[str, object], *keys: str) -> str:
    found = (facts.get(key) for key in keys)
    return listing(shorten(one_line(str(value)), _LONGEST_TEXT) for value in found if value is not None)


def _source(data: Mapping[str, object]) -> str:
    """Name of the data; files, of which there may be one for the test part, without their folders."""
    names = (PurePath(text) for text in _texts(data, "source").split(_TEST_PART))
    return _TEST_PART.join(name.name if name.suffix else str(name) for name in names if name.name)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
