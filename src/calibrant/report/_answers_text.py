"""An evaluation of answers -> what its page says, every number already text."""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC

from calibrant.evaluation import AnswersEvaluation, Estimate, SignalFound
from calibrant.report._text import DASH, count, interval, keep_units, listing, number, one_line, percent, shorten

_LONGEST_TEXT = 400

Row = dict[str, object]


def summarize_answers(record: AnswersEvaluation) -> Row:
    """Return what the page says."""
    settings, limits, made = record.settings, record.limits, record.provenance
    data = "the questions" if made.data is None else made.data.source
    measured = [(name, signal) for name, signal in record.by_cost if signal.raw is not None]
    chosen = None if record.chosen is None else record.signals[record.chosen]
    return {
        "model": made.model.name,
        "data": data,
        "created": f"{record.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "n": count(record.n, "test question"),
        "groups": count(record.n_groups, "group") if record.n_groups < record.n else "",
        "verdict": keep_units(record.verdict.sentence),
        "level": percent(settings.level, 0),
        "limits": f"{percent(limits.share, 0)} of the answers have it, and {limits.right} right and {limits.wrong} "
        "wrong answers",
        "fitted": count(record.n_fitted, "question"),
        "compared_with": record.compared_with,
        "raw": [_raw_row(name, signal, record) for name, signal in measured],
        "mapped": [_mapped_row(name, signal, record) for name, signal in measured],
        "not_measured": [
            [name, f"{signal.n:,}", f"{signal.n_right:,}", signal.reason or DASH, cost_text(signal)]
            for name, signal in record.by_cost
            if signal.raw is None
        ],
        "own_guesses": listing(name for name, signal in measured if signal.own_guess),
        "scores": any(not signal.is_probability for _, signal in measured),
        "auroc_label": "AUROC of each signal with its interval, and its cost: "
        + "; ".join(f"{name} {number(signal.raw.auroc.value)}" for name, signal in measured if signal.raw),
        "choice": _choice(record),
        "reliability": [
            {"name": name, "label": f"Reliability diagram of {name} after its map: accuracy against confidence."}
            for name in record.drawn
        ],
        "missing": _missing(record),
        "grades": _grades(record),
        "errors": [
            {
                "subject": "" if error.subject in (None, "all") else error.subject,
                "question": shorten(one_line(error.question), _LONGEST_TEXT),
                "answer": shorten(one_line(error.answer), _LONGEST_TEXT) or "nothing",
                "right": shorten(one_line(error.right), _LONGEST_TEXT),
                "confidence": number(error.confidence),
                "calibrated": percent(error.calibrated),
            }
            for error in record.confident_errors
        ],
        "chosen": record.chosen,
        "has_map": chosen is not None and chosen.map.name is not None,
        "command": made.command,
        "made": list(_made(record)),
        "n_boot": f"{settings.n_boot:,}",
    }


def cost_text(signal: SignalFound) -> str:
    """Forward passes a signal costs besides the answer, or replies where passes are not told."""
    cost = signal.cost
    if cost.passes is None:
        return f"{cost.replies:.3g} {'reply' if cost.replies == 1 else 'replies'}"
    return f"{cost.passes:,.0f}" if cost.passes == 0 or cost.passes >= 1 else f"{cost.passes:.1f}"


def _raw_row(name: str, signal: SignalFound, record: AnswersEvaluation) -> Row:
    raw = signal.raw
    if raw is None:
        return {}
    return _named(name, signal, record) | {
        "n": f"{signal.n:,}",
        "missing": f"{percent(1 - signal.n / record.n)} missing" if signal.n < record.n else "",
        "cells": [
            _cell(signal.accuracy, share=True),
            _cell(raw.auroc),
            _cell(signal.difference),
            _cell(raw.aurc),
            _cell(raw.log_loss),
            _cell(raw.brier_score),
        ],
        "cost": cost_text(signal),
        "replies": f"{signal.cost.replies:.3g} {'reply' if signal.cost.replies == 1 else 'replies'}"
        if signal.cost.replies
        else "",
    }


def _mapped_row(name: str, signal: SignalFound, record: AnswersEvaluation) -> Row:
    mapped = signal.mapped
    row = _named(name, signal, record) | {"map": _map_name(signal), "n": f"on {signal.map.n:,}" if signal.map.n else ""}
    if mapped is None:
        return row | {"cells": [], "reason": signal.map.reason or ""}
    return row | {
        "cells": [
            _cell(mapped.log_loss),
            _cell(mapped.brier_score),
            _cell(mapped.expected_calibration_error, spread=True),
            {"value": number(mapped.noise_floor.mean), "interval": number(mapped.noise_floor.limit), "spread": False},
            _cell(mapped.mean_confidence, share=True),
        ],
        "reason": "",
    }


def _named(name: str, signal: SignalFound, record: AnswersEvaluation) -> Row:
    kind = "probability" if signal.is_probability else "score"
    return {
        "name": name,
        "kind": f"{kind}, of its own guess" if signal.own_guess else kind,
        "chosen": name == record.chosen,
    }


def _map_name(signal: SignalFound) -> str:
    if signal.map.name is None:
        return DASH
    label = signal.map.label or "left as it is"
    return label[:1].upper() + label[1:]


def _cell(estimate: Estimate | None, *, share: bool = False, spread: bool = False) -> Row:
    if estimate is None:
        return {"value": DASH, "interval": "", "spread": False}
    value = percent(estimate.value) if share else number(estimate.value)
    return {"value": value, "interval": interval(estimate, share=share), "spread": spread}


def _choice(record: AnswersEvaluation) -> Row:
    choice = record.choice
    scores = sorted(choice.log_loss.items(), key=lambda item: math.inf if item[1].mean is None else item[1].mean)
    rows = [
        [name, number(score.mean), f"± {number(score.standard_error)}", cost_text(record.signals[name])]
        for name, score in scores
    ]
    if choice.base is not None:
        base = choice.base
        rows.append(["the share of right answers alone", number(base.mean), f"± {number(base.standard_error)}", "0"])
    return {
        "n": count(choice.n, "answer"),
        "rows": rows,
        "left_out": [[name, reason] for name, reason in choice.left_out.items()],
    }


def _missing(record: AnswersEvaluation) -> list[list[str]]:
    return [
        [name, cause, f"{n:,}", percent(n / record.n)]
        for name, signal in record.by_cost
        for cause, n in signal.missing.items()
    ]


def _grades(record: AnswersEvaluation) -> list[list[str]]:
    grading = record.grading
    rows = [["Right", f"{grading.n_right:,}"], ["Wrong", f"{grading.n - grading.n_right:,}"]]
    rows += [[f"Wrong: {cause}", f"{n:,}"] for cause, n in grading.wrong.items()]
    return rows + [[f"Not graded: {cause}", f"{n:,}"] for cause, n in grading.ungraded.items()]


def _made(record: AnswersEvaluation) -> Iterator[tuple[str, str]]:
    settings, made = record.settings, record.provenance
    model, asked = made.model, made.asked
    engine = f"{model.engine or ''} {model.engine_version or ''}".strip()
    yield "Model", listing(dict.fromkeys([model.name, model.source or ""]))
    yield "Weights", model.weights or DASH
    yield "Run with", listing([engine, model.dtype or "", model.device or ""]) or DASH
    if made.data is not None:
        yield (
            "Data",
            f"{made.data.source}: {count(made.data.n, 'question')}, {made.data.n_duplicates:,} duplicates left out",
        )
        yield "Data hash", made.data.sha256 or DASH
    examples = f"{count(made.examples, 'worked example')}; " if made.examples else ""
    yield "Prompt", f"{examples}template hash {made.template.sha256 or DASH}"
    samples = (
        f"{asked.samples} samples at temperature {asked.temperature:g}" if asked.samples and asked.temperature else ""
    )
    stated = f"stated confidence: {listing(asked.stated)}" if asked.stated else ""
    yield "Asked for", listing([f"answers of at most {asked.max_tokens} tokens", samples, stated])
    yield "Splits", listing(f"{name} {n:,}" for name, n in made.splits.items())
    if made.seed is not None:
        yield "Seed of the splits", str(made.seed)
    if record.n_unanswerable or record.n_unlabelled:
        yield (
            "Left out",
            f"{record.n_unanswerable:,} without an answer that is right; {record.n_unlabelled:,} not labelled",
        )
    yield "Graded by", record.grading.rule
    yield "Samples sorted by", record.equivalence
    yield "Bootstrap", f"{settings.n_boot:,} resamples, level {percent(settings.level, 0)}, seed {settings.seed}"
    yield "Log loss", f"natural logarithm, probabilities kept {settings.log_loss_eps:g} away from 0 and 1"
    edges = "(low, high]" if settings.edges == "right" else "[low, high)"
    yield "ECE", f"mean absolute gap, {settings.n_bins} bins, {settings.strategy}, {edges}"
    yield "Versions", listing(f"{name} {version}" for name, version in made.versions.items()) or DASH
    yield from _times(made.asking_seconds, made.seconds)


def _times(asking: float | None, evaluating: float | None) -> Iterator[tuple[str, str]]:
    times: Mapping[str, float | None] = {"asking": asking, "evaluating": evaluating}
    text = listing(f"{what} {seconds:,.0f} s" for what, seconds in times.items() if seconds is not None)
    if text:
        yield "Time", text
