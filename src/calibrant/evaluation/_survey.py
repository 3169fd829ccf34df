"""What models said on sets of questions → a survey: each pair measured, and what goes with what over the models."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np

from calibrant.evaluation._correlation import pearson
from calibrant.evaluation._detail import Content, number
from calibrant.evaluation._holm import holm
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.evaluation._survey_cell import Interview, survey_cell
from calibrant.evaluation._survey_headline import survey_headline
from calibrant.evaluation._survey_record import ConfidenceMeasure, SurveyCell
from calibrant.exceptions import InputError
from calibrant.progress import progress

FORMAT = "calibrant/survey"
VERSION = 1

FEWEST_MODELS = 8
"""Below so many models no correlation over them is given: of 7, an r of 0.7 has an interval from -0.1 to 0.95."""

_MEASURES: tuple[ConfidenceMeasure, ...] = ("mean_confidence", "right")


def make_survey(
    interviews: Sequence[Interview],
    *,
    settings: EvaluationSettings | None = None,
    models: Mapping[str, Mapping[str, object]] | None = None,
    data: Mapping[str, Mapping[str, object]] | None = None,
    notes: Sequence[str] = (),
    provenance: Mapping[str, object] | None = None,
    quiet: bool = False,
) -> Content:
    """Measure each model on each set, and over the models how confidence goes with accuracy; a dict for JSON.

    After Omar et al. (2025): confidence in right answers against that in wrong ones, and whether models that are right
    more often are surer. Unlike there, p-values hold for all pairs of model and set together (Holm), ECE stands beside
    its noise floor, and no correlation is given over fewer than 8 models. Stated confidence and option likelihoods are
    never in one correlation.

    Parameters
    ----------
    interviews : sequence of Interview
        One a pair of model and set.
    settings : EvaluationSettings, optional
        Bins, resamples, level and seed.
    models, data : mapping of str to mapping, optional
        What to note of each model and each set.
    notes : sequence of str
        What a reader of the numbers should know.
    provenance : mapping, optional
        Versions, command and seconds to note.
    quiet : bool
        Show no progress bar.

    Returns
    -------
    dict
        What ``survey.json`` holds.

    Raises
    ------
    InputError
        If there is nothing to measure, or a pair is there twice.

    References
    ----------
    Omar et al. (2025), Benchmarking the confidence of large language models in answering clinical questions:
    cross-sectional evaluation study, JMIR Medical Informatics 13, e66917.

    Examples
    --------
    >>> y_true, y_prob = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.9, 0.8, 0.6, 0.5])
    >>> said = Interview("m", "d", "stated", y_true, y_prob, list("abcd"), ["all"] * 4, {}, {})
    >>> found = make_survey([said], settings=EvaluationSettings(n_boot=20, n_draws=20), quiet=True)
    >>> found["correlations"][0]["reason"]
    'over 1 model, where at least 8 are needed'
    """
    settings = settings or EvaluationSettings()
    pairs = [(one.model, one.data) for one in interviews]
    if not pairs:
        raise InputError("interviews: there are none to measure")
    twice = next((pair for pair in pairs if pairs.count(pair) > 1), None)
    if twice is not None:
        raise InputError(f"interviews: {twice[0]} on {twice[1]} is there twice")
    contents = []
    with progress("Measuring", len(interviews), quiet=quiet) as advance:
        for interview in interviews:
            contents.append(survey_cell(interview, settings))
            advance(1)
    _adjust(contents)
    cells = [SurveyCell.model_validate(content) for content in contents]
    return {
        "format": FORMAT,
        "version": VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "headline": survey_headline(cells, level=settings.level),
        "settings": {**asdict(settings), "norm": "l1", "fewest_models": FEWEST_MODELS},
        "notes": [*notes, *_notes(cells)],
        "models": {name: dict((models or {}).get(name, {})) for name in dict.fromkeys(one.model for one in cells)},
        "data": {name: dict((data or {}).get(name, {})) for name in dict.fromkeys(one.data for one in cells)},
        "cells": contents,
        "correlations": _correlations(cells, settings.level),
        "provenance": {"versions": {}, "command": "", "seconds": None, **(provenance or {})},
    }


def _adjust(contents: Sequence[Content]) -> None:
    """Note in every cell the p-value that holds for all cells together."""
    tests = [test for content in contents if isinstance(test := content["test"], dict)]
    p_values = [np.nan if test["p_value"] is None else test["p_value"] for test in tests]
    for test, adjusted in zip(tests, holm(p_values), strict=True):
        test["p_adjusted"] = number(float(adjusted))


def _notes(cells: Sequence[SurveyCell]) -> list[str]:
    grouped = list(dict.fromkeys(cell.data for cell in cells if cell.intervals == "bootstrap over groups"))
    notes = []
    if grouped:
        notes.append(
            f"Questions of {', '.join(grouped)} come in groups. Intervals there are from whole groups drawn again; the "
            "t-test takes all answers for independent, so that its p-values are too small."
        )
    if len({cell.source for cell in cells}) > 1:
        notes.append(
            "Confidence is stated in some pairs of model and set and read from option likelihoods in others. These are "
            "different measurements: compare them within one kind."
        )
    return notes


def _correlations(cells: Sequence[SurveyCell], level: float) -> list[Content]:
    """Return for each kind of confidence, on each set and over all sets, how it goes with accuracy over the models."""
    found: list[Content] = []
    names = list(dict.fromkeys(cell.data for cell in cells))
    for source in sorted({cell.source for cell in cells}, reverse=True):
        own = [cell for cell in cells if cell.source == source]
        for name in names:
            there = [cell for cell in own if cell.data == name]
            if there:
                found += [
                    _correlation(source, name, measure, [_point(cell, measure) for cell in there], level)
                    for measure in _MEASURES
                ]
        by_model: dict[str, list[SurveyCell]] = {}
        for cell in own:
            by_model.setdefault(cell.model, []).append(cell)
        everywhere = [members for members in by_model.values() if len(members) == len(names)]
        if len(names) > 1 and everywhere:
            found += [
                _correlation(source, None, measure, [_mean_point(members, measure) for members in everywhere], level)
                for measure in _MEASURES
            ]
    return found


Point = tuple[float, float]


def _point(cell: SurveyCell, measure: ConfidenceMeasure) -> Point:
    accuracy = cell.accuracy.value
    confidence = cell.mean_confidence.value if measure == "mean_confidence" else cell.right.mean.value
    return np.nan if accuracy is None else accuracy, np.nan if confidence is None else confidence


def _mean_point(cells: Sequence[SurveyCell], measure: ConfidenceMeasure) -> Point:
    """Return the mean over sets, each counting alike."""
    accuracy, confidence = np.mean([_point(cell, measure) for cell in cells], axis=0)
    return float(accuracy), float(confidence)


def _correlation(
    source: str, data: str | None, measure: ConfidenceMeasure, points: Sequence[Point], level: float
) -> Content:
    defined = [point for point in points if np.isfinite(point).all()]
    content: Content = {"source": source, "data": data, "measure": measure, "n_models": len(defined)}
    if len(defined) < FEWEST_MODELS:
        models = "1 model" if len(defined) == 1 else f"{len(defined)} models"
        reason = f"over {models}, where at least {FEWEST_MODELS} are needed"
        return content | {"value": None, "low": None, "high": None, "p_value": None, "reason": reason}
    accuracy, confidence = zip(*defined, strict=True)
    r = pearson(accuracy, confidence, level=level)
    content |= {"value": number(r.value), "low": number(r.low), "high": number(r.high), "p_value": number(r.p_value)}
    return content if np.isfinite(r.value) else content | {"reason": "accuracy or confidence is the same in all models"}
