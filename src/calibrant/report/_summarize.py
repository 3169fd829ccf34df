"""Evaluation -> a plain dict of what the page says, every number already text; nothing is drawn or marked up here."""

import math
from collections.abc import Iterator
from datetime import UTC
from pathlib import PurePath

from calibrant.evaluation._record import Curve, Estimate, Evaluation, FoldScore, Method, Settings, Subject, WrongAnswer
from calibrant.report._measures import all_options, by_reason, calibration_tests, more_measures
from calibrant.report._provenance import provenance_lines
from calibrant.report._reliability import MOST_MARKS, fullest
from calibrant.report._text import DASH, count, interval, keep_units, listing, number, p_value, percent, shorten

Row = dict[str, object]

_LOWER_IS_BETTER = {"log_loss": True, "brier_score": True, "auroc": False, "aurc": True, "accuracy": False}
"""The metrics whose paired difference is called better or worse."""

_NAMES = {
    "log_loss": "Log loss",
    "brier_score": "Brier score",
    "expected_calibration_error": "ECE",
    "debiased_calibration_error": "Debiased ECE",
    "auroc": "AUROC",
    "aurc": "AURC",
    "accuracy": "Accuracy",
    "mean_confidence": "Mean confidence",
}
_SHARES = ("accuracy", "mean_confidence")

_EDGES = {"right": "(low, high]", "left": "[low, high)"}
_STRATEGIES = {
    "uniform": "{n} bins of equal width, {edges}",
    "quantile": "{n} bins of equal mass, {edges}",
    "unique": "one bin for each distinct confidence",
}
_NORMS = {"l1": "the mean absolute gap", "l2": "the root mean square gap", "max": "the largest gap"}

_LONGEST_TEXT = 600


def summarize(evaluation: Evaluation) -> dict[str, object]:
    """Text of the page, section by section.

    Parameters
    ----------
    evaluation : Evaluation
        The checked evaluation.

    Returns
    -------
    dict
        Text, lists of text and dicts of text, named as the template uses them.
    """
    settings, provenance = evaluation.settings, evaluation.provenance
    source = PurePath(provenance.data.source)
    return {
        "model": provenance.model.name if provenance.model else "",
        "data": source.name if source.suffix or provenance.predictions else str(source),
        "created": f"{evaluation.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "facts": _facts(evaluation),
        "verdict": keep_units(evaluation.verdict.sentence),
        "verdict_n": count(evaluation.verdict.n, "answer" if provenance.predictions else "test answer"),
        "notes": list(_notes(evaluation)),
        "before": evaluation.before.label,
        "after": evaluation.after.label,
        "mapped": evaluation.chosen != "raw",
        "fitted": _fitted(evaluation),
        "several": len(evaluation.methods) > 1,
        "of_test_part": provenance.predictions is None,
        "level": percent(settings.level, 0),
        "bins": bins_text(settings),
        "norm": _NORMS[settings.norm],
        "n_draws": f"{settings.n_draws:,}",
        "n_boot": f"{settings.n_boot:,}" if settings.n_boot else "",
        "grouped": evaluation.n_groups < evaluation.n,
        "key_numbers": list(_key_numbers(evaluation)),
        "methods": [_method_row(evaluation, name) for name in evaluation.methods],
        "undefined": _undefined(evaluation),
        "changed": evaluation.changed,
        "more": more_measures(evaluation),
        "tests": calibration_tests(evaluation),
        "classes": all_options(evaluation),
        "choice": _choice(evaluation),
        "ties": settings.strategy == "unique",
        "reliability": [describe_curve(method.curve, method.label) for method in evaluation.ends]
        if has_bins(evaluation)
        else [],
        "risk_coverage": {"label": _risk_coverage_label(evaluation)} if has_risk_coverage(evaluation) else None,
        "subjects": {"rows": _subject_rows(evaluation), "reading": _subjects_reading(evaluation)},
        "unanswerable": _unanswerable(evaluation),
        "errors": [_error(error) for error in evaluation.confident_errors],
        "no_errors": evaluation.before.metrics.accuracy.value == 1,
        "made": list(provenance_lines(evaluation)),
        "template": provenance.template.text if provenance.template else "",
        "command": provenance.command,
    }


def by_gap(evaluation: Evaluation) -> list[Subject]:
    """Subjects under raw confidence, the most overconfident first, those without a number last."""

    def gap(subject: Subject) -> float:
        stated, right = subject.mean_confidence.value, subject.accuracy.value
        return math.inf if stated is None or right is None else right - stated

    return sorted(evaluation.before.subjects, key=gap)


def mapped_subjects(evaluation: Evaluation) -> dict[str, Subject]:
    """Subjects under the chosen map, by name."""
    return {subject.subject: subject for subject in evaluation.after.subjects}


def has_bins(evaluation: Evaluation) -> bool:
    """Whether there is a reliability curve to draw, before and after."""
    return all(any(method.curve.count) for method in evaluation.ends)


def has_risk_coverage(evaluation: Evaluation) -> bool:
    """Whether there is a risk-coverage curve to draw, before and after."""
    return all(method.risk_coverage.coverage for method in evaluation.ends)


def _fitted(evaluation: Evaluation) -> bool:
    """Whether there were maps to choose from."""
    return evaluation.choice is not None or len(evaluation.methods) > 1


def _notes(evaluation: Evaluation) -> Iterator[str]:
    """Say what to know before the numbers are read: the notes, and how many answers are in no number."""
    n_read = evaluation.n + evaluation.n_ungraded + evaluation.n_unparsed
    if not (evaluation.notes or evaluation.n_ungraded or evaluation.n_unparsed):
        return
    for note in evaluation.notes:
        yield shorten(note, _LONGEST_TEXT)
    yield (
        f"{evaluation.n:,} of {count(n_read, 'answer')} {'is' if evaluation.n == 1 else 'are'} measured. Left out: "
        f"{evaluation.n_ungraded:,} that could not be graded, {evaluation.n_unparsed:,} whose confidence could not be "
        "read. Nothing was filled in."
    )


def _facts(evaluation: Evaluation) -> list[str]:
    grouped = evaluation.n_groups < evaluation.n
    groups = f" in {count(evaluation.n_groups, 'group')}" if grouped else ""
    what = "answer" if evaluation.provenance.predictions else "test question"
    facts = [f"{count(evaluation.n, what)}{groups}"]
    if evaluation.n_unanswerable:
        facts.append(f"{evaluation.n_unanswerable:,} more without an answer")
    if evaluation.n_ungraded:
        facts.append(f"{evaluation.n_ungraded:,} left out: could not be graded")
    if evaluation.n_unparsed:
        facts.append(f"{evaluation.n_unparsed:,} left out: confidence could not be read")
    if evaluation.n_ties:
        facts.append(f"{count(evaluation.n_ties, 'tie')} between options: the first was taken")
    return facts


def _key_numbers(evaluation: Evaluation) -> Iterator[Row]:
    before, after = evaluation.before, evaluation.after
    mapped = evaluation.chosen != "raw"
    loss = evaluation.differences.get(evaluation.chosen, {}).get("log_loss")
    yield {
        "name": "Log loss",
        "values": [number(method.metrics.log_loss.value) for method in evaluation.ends],
        "note": f"Lower is better. {_difference_sentence(loss)}" if mapped else "Lower is better.",
    }
    yield {
        "name": "Calibration error (ECE)",
        "values": [number(method.metrics.expected_calibration_error.value) for method in evaluation.ends],
        "note": f"{_floor_sentence(after)}{_other_edges_sentence(evaluation)}",
    }
    accuracy = percent(after.metrics.accuracy.value)
    if before.metrics.accuracy.value != after.metrics.accuracy.value:
        accuracy = f"{percent(before.metrics.accuracy.value)} before, {accuracy} after"
    ends = interval(after.metrics.accuracy, share=True)
    yield {
        "name": "Mean confidence",
        "values": [percent(method.metrics.mean_confidence.value) for method in evaluation.ends],
        "note": f"Right answers: {accuracy}{f' ({ends})' if ends else ''}.",
    }


def _difference_sentence(difference: Estimate | None) -> str:
    if difference is None or difference.value is None:
        return "The difference is undefined."
    verdict = _verdict("log_loss", difference) or "chance could explain it"
    return f"Difference {number(difference.value)} ({interval(difference) or 'no interval'}): {verdict}."


def _floor_sentence(method: Method) -> str:
    floor, error = method.noise_floor, method.metrics.expected_calibration_error.value
    if error is None or floor.mean is None or floor.limit is None:
        return "Its noise floor is undefined."
    place = "above that limit" if error > floor.limit else "no more than chance explains"
    return (
        f"Perfect calibration would show {number(floor.mean)} by chance, at most {number(floor.limit)} in 95 of 100 "
        f"draws. {method.label}: {place}."
    )


def _other_edges_sentence(evaluation: Evaluation) -> str:
    """Say what the error is by the other edges, where they tell another story."""
    others = [(method.label, method.other_edges) for method in evaluation.ends]
    told = [(label, other) for label, other in others if other and other.differs]
    if not told:
        return ""
    values = listing(f"{f'{label} ' if len(others) > 1 else ''}{number(other.value)}" for label, other in told)
    return f" With bins {_EDGES[told[0][1].edges]} instead: {values}."


def _verdict(metric: str, difference: Estimate | None) -> str:
    """Better or worse than raw where the interval of the paired difference excludes 0, else nothing."""
    if difference is None or difference.low is None or difference.high is None or metric not in _LOWER_IS_BETTER:
        return ""
    if difference.low <= 0 <= difference.high:
        return ""
    return "better" if (difference.high < 0) == _LOWER_IS_BETTER[metric] else "worse"


def _method_row(evaluation: Evaluation, name: str) -> Row:
    method = evaluation.methods[name]
    differences = evaluation.differences.get(name, {})
    cells: dict[str, Row] = {}
    for metric, estimate in method.metrics:
        share = metric in _SHARES
        cells[metric] = {
            "value": percent(estimate.value) if share else number(estimate.value),
            "interval": interval(estimate, share=share),
            "verdict": _verdict(metric, differences.get(metric)),
        }
    other = method.other_edges
    return {
        "label": method.label,
        "chosen": _fitted(evaluation) and name == evaluation.chosen,
        "cells": cells,
        "floor": {
            "mean": number(method.noise_floor.mean),
            "limit": number(method.noise_floor.limit),
            "p_value": p_value(method.noise_floor.p_value),
        },
        "other_edges": f"{_EDGES[other.edges]} {number(other.value)}" if other and other.differs else "",
    }


def _undefined(evaluation: Evaluation) -> list[str]:
    """Why there is a dash, once for each metric and reason."""
    found = (
        (method.label, _NAMES[metric], estimate.reason)
        for method in evaluation.methods.values()
        for metric, estimate in method.metrics
        if estimate.value is None and estimate.reason
    )
    return by_reason(found, len(evaluation.methods))


def _choice(evaluation: Evaluation) -> Row | None:
    choice = evaluation.choice
    if choice is None:
        return None
    return {
        "by": choice.by,
        "n": f"{choice.n:,}",
        "rows": [_choice_row(evaluation, name, choice.log_loss.get(name)) for name in evaluation.methods],
    }


def _choice_row(evaluation: Evaluation, name: str, score: FoldScore | None) -> Row:
    differences = evaluation.differences.get(name, {})
    return {
        "label": evaluation.methods[name].label,
        "chosen": name == evaluation.chosen,
        "log_loss": number(score.mean) if score else DASH,
        "standard_error": number(score.standard_error) if score else "",
        "differences": [
            _difference_cell(metric, differences.get(metric))
            for metric in ("log_loss", "brier_score", "auroc", "accuracy")
        ],
    }


def _difference_cell(metric: str, difference: Estimate | None) -> Row:
    if difference is None:
        return {"value": DASH, "interval": "", "verdict": ""}
    return {
        "value": number(difference.value),
        "interval": interval(difference),
        "verdict": _verdict(metric, difference),
    }


def bins_text(settings: Settings) -> str:
    """Say which bins a calibration error has."""
    return _STRATEGIES[settings.strategy].format(n=settings.n_bins, edges=_EDGES[settings.edges])


def describe_curve(curve: Curve, title: str) -> Row:
    """Say what a reliability diagram shows, and every number of it.

    Parameters
    ----------
    curve : Curve
        Its bins.
    title : str
        Whose confidence it is.
    """
    filled = [i for i, n in enumerate(curve.count) if n and not math.isnan(curve.accuracy[i])]
    below = sum(curve.accuracy_high[i] < curve.confidence[i] for i in filled)
    above = sum(curve.accuracy_low[i] > curve.confidence[i] for i in filled)
    reading = (
        f"Bins wholly below the diagonal, interval included (the model says too much): {below} of {len(filled):,}; "
        f"wholly above it (too little): {above:,}. Chance alone puts about one bin in twenty off the diagonal."
    )
    marked = fullest(curve.count)
    if len(filled) > MOST_MARKS:
        reading += f" Marked are the {MOST_MARKS} with most answers."
    return {
        "title": title,
        "label": f"Reliability diagram, {title}. {reading}",
        "reading": reading,
        "counts_label": f"Counts of right and wrong answers by confidence, {title}; the table holds them.",
        "rows": [_bin_row(curve, i) for i in filled if marked[i]],
    }


def _bin_row(curve: Curve, i: int) -> list[str]:
    ends = Estimate(value=curve.accuracy[i], low=curve.accuracy_low[i], high=curve.accuracy_high[i])
    return [
        f"{number(100 * curve.low[i], 1)} to {percent(curve.high[i])}",
        f"{curve.count[i]:,}",
        f"{round(curve.count[i] * curve.accuracy[i]):,}",
        percent(curve.confidence[i]),
        percent(curve.accuracy[i]),
        interval(ends, share=True),
    ]


def _risk_coverage_label(evaluation: Evaluation) -> str:
    areas = listing(f"{method.label} {number(method.metrics.aurc.value)}" for method in evaluation.ends)
    return f"Risk-coverage curve: share of wrong answers against share of questions answered. Area under it: {areas}."


def _subject_rows(evaluation: Evaluation) -> list[list[str]]:
    mapped = mapped_subjects(evaluation)
    rows = []
    for subject in by_gap(evaluation):
        row = [
            subject.subject,
            f"{subject.n:,}",
            percent(subject.accuracy.value),
            interval(subject.accuracy, share=True),
            percent(subject.mean_confidence.value),
            number(subject.expected_calibration_error),
        ]
        if evaluation.chosen != "raw":
            after = mapped.get(subject.subject)
            row += [
                percent(after.mean_confidence.value if after else None),
                number(after.expected_calibration_error if after else None),
            ]
        rows.append(row)
    return rows


def _subjects_reading(evaluation: Evaluation) -> str:
    parts = []
    for method in evaluation.ends:
        above = sum(
            subject.mean_confidence.value > subject.accuracy.high
            for subject in method.subjects
            if subject.mean_confidence.value is not None and subject.accuracy.high is not None
        )
        parts.append(f"{method.label} {above}")
    n_subjects = len(evaluation.before.subjects)
    return f"Subjects whose mean confidence lies above the interval, of {n_subjects}: {listing(parts)}."


def _unanswerable(evaluation: Evaluation) -> Row | None:
    if not evaluation.n_unanswerable:
        return None
    return {
        "n": count(evaluation.n_unanswerable, "test question"),
        "share": percent(evaluation.n_unanswerable / (evaluation.n + evaluation.n_unanswerable)),
        "rows": [
            [
                method.label,
                percent(method.unanswerable.mean_confidence if method.unanswerable else None),
                percent(method.metrics.mean_confidence.value),
            ]
            for method in evaluation.ends
        ],
    }


def _error(error: WrongAnswer) -> Row:
    return {
        "subject": error.subject or "",
        "question": shorten(error.question or error.id, _LONGEST_TEXT),
        "answer": shorten(error.answer, _LONGEST_TEXT),
        "right": shorten(error.right, _LONGEST_TEXT),
        "confidence": percent(error.confidence),
        "calibrated": percent(error.calibrated),
    }
