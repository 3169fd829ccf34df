"""A file of anyone's predictions → an Evaluation; no model is needed."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from calibrant.evaluation._detail import Answers, Content, as_content
from calibrant.evaluation._head import EPS, ONLY, head_of
from calibrant.evaluation._panel import compare_methods
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.evaluation._stream import evaluate_stream, nothing_known
from calibrant.evaluation._verdict import Errors, count_levels, level_verdict
from calibrant.metrics import (
    Metric,
    bootstrap_interval,
    calibration_noise_floor,
    classwise_calibration_error,
    expected_calibration_error,
)
from calibrant.predictions import Predictions, PredictionSource, concatenate
from calibrant.types import IntArray

ROWS_IN_MEMORY = 100_000
"""Up to so many answers are bootstrapped; more are streamed, and their intervals follow from sums."""

_N_ERRORS = 10


def evaluate_predictions(
    source: PredictionSource,
    *,
    settings: EvaluationSettings | None = None,
    provenance: Mapping[str, object] | None = None,
    rows_in_memory: int = ROWS_IN_MEMORY,
    quiet: bool = False,
) -> Content:
    """Measure the confidence in a file of predictions, as a dict that JSON can hold.

    Answers that are not graded, or whose confidence could not be read, are counted and left out.

    Parameters
    ----------
    source : PredictionSource
        What to read, as `calibrant.predictions.open_predictions` gives it.
    settings : EvaluationSettings, optional
        Bins, resamples and seed.
    provenance : mapping, optional
        More to note on how it was made.
    rows_in_memory : int, default=100000
        Files of more rows are streamed in bounded memory; see `calibrant.evaluation._stream`.
    quiet : bool
        Show no progress bar.

    Raises
    ------
    InputError
        If no answer can be measured; a file that is wrong is a `DataError`, with its row.
    """
    settings = settings or EvaluationSettings()
    rows = _read(source, rows_in_memory)
    if rows is None:
        return evaluate_stream(source, settings=settings, provenance=provenance, quiet=quiet)
    known = rows.known
    if known.size == 0:
        raise nothing_known(
            source, len(rows), *(int((~np.isnan(column)).sum()) for column in (rows.correct, rows.confidence))
        )
    answers = Answers(rows.correct[known], rows.confidence[known])
    groups = [str(row) for row in known] if rows.group is None else [rows.group[row] for row in known]
    subjects = [""] * known.size if rows.subject is None else [rows.subject[row] for row in known]
    panels, _ = compare_methods(
        {ONLY: answers}, groups=groups, subjects=subjects, reference=ONLY, settings=settings, quiet=quiet
    )
    panel = panels[ONLY]
    panel["classes"] = _classes(rows, known, groups, settings)
    if len(set(subjects)) < 2:
        panel["subjects"] = []
    error = expected_calibration_error(answers.y_true, answers.y_prob, **settings.bins)
    floor = calibration_noise_floor(
        answers.y_prob, n_draws=settings.n_draws, random_state=settings.seed, **settings.bins
    )
    said = level_verdict(count_levels(answers), Errors(error, error, floor.mean))
    return {
        **head_of(source, said, panel, len(rows), settings, provenance),
        "n": int(known.size),
        "n_groups": len(set(groups)),
        "n_ungraded": int(np.isnan(rows.correct).sum()),
        "n_unparsed": int((np.isnan(rows.confidence) & ~np.isnan(rows.correct)).sum()),
        "n_ties": rows.n_ties,
        "confident_errors": _confident_errors(rows, known),
    }


def _read(source: PredictionSource, most: int) -> Predictions | None:
    """Return all rows, or None if more of them can be measured than asked for."""
    batches, n_known = [], 0
    for batch in source.batches():
        batches.append(batch)
        n_known += batch.known.size
        if n_known > most:
            return None
    return concatenate(batches)


def _confident_errors(rows: Predictions, known: IntArray) -> list[Content]:
    """Return the names of the wrong answers of highest confidence, where there are names."""
    if rows.id is None:
        return []
    wrong = known[rows.correct[known] == 0]
    top = wrong[np.argsort(-rows.confidence[wrong], kind="stable")][:_N_ERRORS]
    return [
        {
            "id": rows.id[row],
            "subject": rows.subject[row] if rows.subject is not None else None,
            "question": rows.id[row],
            "answer": "",
            "right": "",
            "confidence": float(rows.confidence[row]),
            "calibrated": float(rows.confidence[row]),
        }
        for row in top
    ]


def _classes(rows: Predictions, known: IntArray, groups: Sequence[str], settings: EvaluationSettings) -> Content | None:
    """Return what the probabilities of all options tell, where every row has them."""
    if rows.probs is None or rows.label is None:
        return None
    probs, label = [rows.probs[row] for row in known], rows.label[known]
    if any(len(prob) == 0 for prob in probs) or (label < 0).any():
        return None
    on_truth = np.array([prob[k] for prob, k in zip(probs, label, strict=True)])
    brier = np.array([prob @ prob for prob in probs]) - 2 * on_truth + 1

    def interval(
        metric: Metric, y_true: npt.ArrayLike, y_prob: npt.ArrayLike, method: Literal["percentile", "bca"]
    ) -> Content:
        found = bootstrap_interval(
            metric,
            y_true,
            y_prob,
            groups=groups,
            method=method,
            n_boot=settings.n_boot,
            level=settings.level,
            random_state=settings.seed,
        )
        return as_content(found)

    sizes = sorted({len(prob) for prob in probs})
    alike = np.stack(probs) if len(sizes) == 1 else None
    return {
        "n": int(known.size),
        "n_options": sizes,
        "log_loss": interval(_mean, np.ones(known.size), -np.log(np.maximum(on_truth, EPS)), "bca"),
        "brier_score": interval(_mean, np.ones(known.size), brier, "bca"),
        "classwise_calibration_error": None
        if alike is None
        else interval(classwise_calibration_error, label, alike, "percentile"),
        "n_zero_mass": int((on_truth == 0).sum()),
    }


def _mean(_: npt.ArrayLike, values: npt.ArrayLike, /, *, sample_weight: npt.ArrayLike | None = None) -> float:
    return float(np.average(np.asarray(values), weights=None if sample_weight is None else np.asarray(sample_weight)))
