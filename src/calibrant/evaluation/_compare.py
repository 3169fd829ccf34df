"""Files of predictions for the same questions → every metric of each, and what is shown to differ."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import combinations

import numpy as np
import numpy.typing as npt

from calibrant.evaluation._alignment import Aligned, align
from calibrant.evaluation._detail import Answers, Content, as_content, calibration, number, why_undefined
from calibrant.evaluation._gain import confidence_gain
from calibrant.evaluation._headline import NAMES, Compared, headline
from calibrant.evaluation._panel import SPREAD, panel_metrics
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.exceptions import InputError
from calibrant.metrics import Interval, Metric, jackknife_weights, resample_weights, simultaneous_intervals
from calibrant.predictions import InMemory, Predictions, PredictionSource, concatenate
from calibrant.progress import progress
from calibrant.types import FloatArray

FORMAT = "calibrant/comparison"
VERSION = 1

_ECE = "expected_calibration_error"
_EPS = 1e-15

Pair = tuple[str, str]
Table = dict[str, dict[str, FloatArray]]
"""Method to metric to its values, one a resample."""


def compare_predictions(
    files: Mapping[str, PredictionSource | Predictions],
    *,
    reference: str | None = None,
    before_after: bool = False,
    settings: EvaluationSettings | None = None,
    provenance: Mapping[str, object] | None = None,
    quiet: bool = False,
) -> Content:
    """Compare methods on the questions that all of them answered, as a dict that JSON can hold.

    Differences in log loss, Brier score, AUROC, accuracy and overconfidence (mean confidence minus accuracy: positive
    where a method claims too much) form one family: their intervals hold together at the given level, so that the more
    is compared, the more it takes to call something better. A difference in calibration error has no such interval; its
    spread is given, and no verdict.

    Parameters
    ----------
    files : mapping of str to PredictionSource or Predictions
        Two or more, by the name to show. Correctness may differ as well as confidence: these may be different models.
    reference : str, optional
        Compare each other method with this one only; default: all pairs.
    before_after : bool
        The two methods are one model before and after a change, such as its alignment: say too how much of the
        confidence that was gained no gain in accuracy matches.
    settings : EvaluationSettings, optional
        Bins, resamples, level and seed.
    provenance : mapping, optional
        Versions, command and seconds to note.
    quiet : bool
        Show no progress bar.

    Raises
    ------
    InputError
        If the files cannot be matched, share no question that can be measured in all of them, or are not two where
        one is before and one after a change.

    Examples
    --------
    >>> right, said = np.tile([1.0, 0.0], 50), np.full(100, 0.5)
    >>> files = {"A": Predictions(right, np.full(100, 0.9)), "B": Predictions(right, said)}
    >>> found = compare_predictions(files, settings=EvaluationSettings(n_boot=100, n_draws=10), quiet=True)
    >>> [(one["metric"], one["verdict"]) for one in found["differences"]][:2]
    [('log_loss', 'B is better'), ('brier_score', 'B is better')]
    """
    settings = settings or EvaluationSettings()
    if reference is not None and reference not in files:
        raise InputError(f"reference must be one of {', '.join(files)}; got {reference!r}")
    if before_after and len(files) != 2:
        raise InputError(f"before_after takes two methods, before and after; got {len(files)}: {', '.join(files)}")
    sources = {
        name: InMemory(given, name=name) if isinstance(given, Predictions) else given for name, given in files.items()
    }
    read = {name: concatenate(list(source.batches())) for name, source in sources.items()}
    aligned = align(read)
    pairs = _pairs(list(files), reference)
    metrics = panel_metrics(settings)
    values = {name: _measure(metrics, answers, None) for name, answers in aligned.answers.items()}
    draws = _resample(aligned, metrics, settings, quiet=quiet)
    lead = "brier_score" if any(_n_impossible(answers) for answers in aligned.answers.values()) else "log_loss"
    differences, found = _differences(pairs, values, draws, settings)
    return {
        "format": FORMAT,
        "version": VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "headline": headline(_n(aligned), values, differences, lead=lead, level=settings.level, reference=reference),
        "n": _n(aligned),
        "n_groups": None if aligned.groups is None else len(set(aligned.groups)),
        "matched_by": "id" if aligned.by_id else "row",
        "reference": reference,
        "settings": {**asdict(settings), "norm": "l1", "log_loss_eps": _EPS},
        "notes": _notes(aligned, sources),
        "methods": _methods(aligned, sources, metrics, values, draws, settings),
        "n_family": sum(one["p_value"] is not None for one in found),
        "differences": found,
        "spreads": [_spread(pair, values, draws, settings) for pair in pairs],
        "agreements": [_agreement(a, b, aligned.answers) for a, b in pairs],
        **({"gain": confidence_gain(pairs[0], aligned.answers, draws, level=settings.level)} if before_after else {}),
        "provenance": {"versions": {}, "command": "", "seconds": None, **(provenance or {})},
    }


def _pairs(names: Sequence[str], reference: str | None) -> list[Pair]:
    if reference is None:
        return list(combinations(names, 2))
    return [(reference, name) for name in names if name != reference]


def _n(aligned: Aligned) -> int:
    return len(next(iter(aligned.answers.values())).y_true)


def _measure(metrics: Mapping[str, Metric], answers: Answers, weight: npt.ArrayLike | None) -> dict[str, float]:
    values = {name: metric(answers.y_true, answers.y_prob, sample_weight=weight) for name, metric in metrics.items()}
    values["overconfidence"] = values["mean_confidence"] - values["accuracy"]
    return values


def _resample(aligned: Aligned, metrics: Mapping[str, Metric], settings: EvaluationSettings, *, quiet: bool) -> Table:
    """Measure all methods on the same resamples."""
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in aligned.answers}
    weights = resample_weights(_n(aligned), groups=aligned.groups, n_boot=settings.n_boot, random_state=settings.seed)
    with progress("Bootstrapping the differences", settings.n_boot, quiet=quiet) as advance:
        for weight in weights:
            for name, answers in aligned.answers.items():
                rows[name].append(_measure(metrics, answers, weight))
            advance(1)
    return {name: {key: np.array([row[key] for row in found]) for key in found[0]} for name, found in rows.items()}


def _differences(
    pairs: Sequence[Pair], values: Mapping[str, Mapping[str, float]], draws: Table, settings: EvaluationSettings
) -> tuple[list[Compared], list[Content]]:
    """Return all differences with intervals that hold together: as the headline reads them, and as JSON does."""
    family = [(metric, a, b) for a, b in pairs for metric in NAMES]
    intervals = simultaneous_intervals(
        [values[b][metric] - values[a][metric] for metric, a, b in family],
        np.stack([draws[b][metric] - draws[a][metric] for metric, a, b in family], axis=1),
        level=settings.level,
    )
    differences, contents = [], []
    for (metric, a, b), found in zip(family, intervals, strict=True):
        one = Compared(a, b, metric, found.value, found.low, found.high)
        differences.append(one)
        content: Content = {
            "metric": metric,
            "a": a,
            "b": b,
            "value": number(found.value),
            "standard_error": number(found.standard_error),
            "low": number(found.low),
            "high": number(found.high),
            "p_value": number(found.p_value),
            "pointwise": {"low": number(found.pointwise_low), "high": number(found.pointwise_high)},
            "n_undefined": found.n_undefined,
            "verdict": one.verdict,
            "favours": one.favours,
            "resolution": number((found.high - found.low) / 2),
        }
        contents.append(content | ({"reason": found.reason} if found.reason else {}))
    return differences, contents


def _methods(
    aligned: Aligned,
    sources: Mapping[str, PredictionSource],
    metrics: Mapping[str, Metric],
    values: Mapping[str, Mapping[str, float]],
    draws: Table,
    settings: EvaluationSettings,
) -> Content:
    """Return the panel of each method, with the intervals that it would have alone."""
    weights = list(jackknife_weights(_n(aligned), groups=aligned.groups, random_state=settings.seed))
    quick = {name: metric for name, metric in metrics.items() if name not in SPREAD}
    panels: Content = {}
    for name, answers in aligned.answers.items():
        without = [_measure(quick, answers, weight) for weight in weights]
        intervals = {
            key: Interval.from_draws(
                value,
                draws[name][key],
                jackknife=None if key in SPREAD else [row[key] for row in without],
                level=settings.level,
            )
            for key, value in values[name].items()
        }
        shown = {
            key: as_content(interval) | why_undefined(key, interval, answers) for key, interval in intervals.items()
        }
        source = sources[name]
        left_out = aligned.left_out[name]
        overconfidence = shown.pop("overconfidence")
        panels[name] = {
            "label": source.label,
            "file": {
                "name": source.name,
                "format": source.format,
                "facts": dict(source.facts),
                **asdict(left_out),
            },
            "metrics": shown,
            "overconfidence": overconfidence,
            **calibration(answers, intervals[_ECE], settings),
        }
    return panels


def _spread(
    pair: Pair, values: Mapping[str, Mapping[str, float]], draws: Table, settings: EvaluationSettings
) -> Content:
    a, b = pair
    interval = Interval.from_draws(
        values[b][_ECE] - values[a][_ECE], draws[b][_ECE] - draws[a][_ECE], level=settings.level
    )
    return {"metric": _ECE, "a": a, "b": b, **as_content(interval)}


def _agreement(a: str, b: str, answers: Mapping[str, Answers]) -> Content:
    first, second = answers[a].y_true == 1, answers[b].y_true == 1
    return {
        "a": a,
        "b": b,
        "both_right": int((first & second).sum()),
        "only_a": int((first & ~second).sum()),
        "only_b": int((~first & second).sum()),
        "both_wrong": int((~first & ~second).sum()),
    }


def _n_impossible(answers: Answers) -> int:
    """Count answers that turned out as they were said never to."""
    return int((answers.y_prob == 1 - answers.y_true).sum())


def _notes(aligned: Aligned, sources: Mapping[str, PredictionSource]) -> list[str]:
    notes = list(aligned.notes)
    certain = [f"{name} {n:,}" for name, answers in aligned.answers.items() if (n := _n_impossible(answers))]
    if certain:
        notes.append(
            "The first sentence goes by the Brier score, since the log loss of a method that was certain and wrong is "
            f"in truth infinite, and clipped here; answers of that kind: {', '.join(certain)}."
        )
    return notes + [f"{name}: {note}" for name, source in sources.items() for note in source.notes()]
