"""More predictions than are worth bootstrapping → an Evaluation, in bounded memory.

The file is read once for uniform bins. Quantile bins need three readings: two to find where the bins end, exactly, and
one to measure. Values are those that all rows at once would give; intervals follow from sums, as they do for many rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

import numpy as np

from calibrant.evaluation._detail import Answers, Content, Number, as_content, found_by, number
from calibrant.evaluation._head import EPS, head_of
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.evaluation._verdict import Errors, count_levels, level_verdict
from calibrant.exceptions import InputError
from calibrant.metrics import (
    Bounded,
    CalibrationAccumulator,
    QuantileCalibrationAccumulator,
    RankingAccumulator,
    StreamSummary,
    SummaryAccumulator,
)
from calibrant.predictions import Predictions, PredictionSource
from calibrant.progress import progress
from calibrant.types import BinEdges, FloatArray

_MOST_SUBJECTS = 200
"""Files with more subjects are not broken down by them: nobody reads so many lines."""

_LOOSE = 5e-4
"""Where the rank metrics are known less well than this, the bounds are told."""


def evaluate_stream(
    source: PredictionSource,
    *,
    settings: EvaluationSettings,
    provenance: Mapping[str, object] | None = None,
    quiet: bool = False,
) -> Content:
    """Measure the confidence in a file of any length; see `evaluate_predictions`.

    Raises
    ------
    InputError
        If no answer can be measured, or bins of one distinct value are asked for.
    """
    if settings.strategy == "unique":
        raise InputError("strategy 'unique' is for fewer answers: take 'uniform' or 'quantile' for a file of so many")
    borders = _quantile_borders(source, settings, quiet=quiet) if settings.strategy == "quantile" else None
    measured = _Measured(settings, borders)
    for batch in _batches("Measuring the answers", source, quiet=quiet):
        measured.add(batch)
    if not measured.summary.n_rows:
        raise nothing_known(source, measured.n_rows, measured.n_graded, measured.n_confident)
    result = measured.summary.result(level=settings.level, n_draws=settings.n_draws, random_state=settings.seed)
    error = result.expected_calibration_error.value
    said = level_verdict(measured.levels, Errors(error, error, result.noise_floor.mean))
    evaluation = {
        **head_of(source, said, measured.panel(result), measured.n_rows, settings, provenance),
        "n": result.n_rows,
        "n_groups": result.n_rows if result.n_groups is None else result.n_groups,
        "n_ungraded": measured.n_rows - measured.n_graded,
        "n_unparsed": measured.n_graded - result.n_rows,
        "n_ties": measured.n_ties,
    }
    # Nothing was resampled.
    made = {**asdict(settings), "n_boot": 0, "norm": "l1", "log_loss_eps": EPS}
    return evaluation | {"notes": [*source.notes(), *measured.notes()], "settings": made}


def nothing_known(source: PredictionSource, n_rows: int, n_graded: int, n_confident: int) -> InputError:
    """Return the error that says why nothing can be measured."""
    return InputError(
        f"{source.name}: no answer is both graded and has a confidence that can be read; of {n_rows} rows {n_graded} "
        f"are graded and {n_confident} have a confidence"
    )


class _Measured:
    """Everything that is added up over the batches."""

    def __init__(self, settings: EvaluationSettings, borders: FloatArray | None) -> None:
        other: BinEdges = "left" if settings.edges == "right" else "right"
        self.settings = settings
        self.summary = SummaryAccumulator(n_bins=settings.n_bins, edges=settings.edges, borders=borders)
        # Quantile bins are cut anew by either convention, at values that occur: only uniform ones are compared.
        self.other_edges = CalibrationAccumulator(n_bins=settings.n_bins, edges=other) if borders is None else None
        self.ranking = RankingAccumulator()
        self.subjects: dict[str, SummaryAccumulator] = {}
        self.levels = count_levels(Answers(np.empty(0), np.empty(0)))
        self.grouped = self.crowded = False
        self.n_rows = self.n_graded = self.n_confident = self.n_ties = 0

    def add(self, batch: Predictions) -> None:
        """Add the rows of a batch that can be measured, and count the others."""
        known = batch.known
        y_true, y_prob = batch.correct[known], batch.confidence[known]
        self.n_rows += len(batch)
        self.n_graded += int((~np.isnan(batch.correct)).sum())
        self.n_confident += int((~np.isnan(batch.confidence)).sum())
        self.n_ties += batch.n_ties
        if not known.size:
            return
        self.grouped = batch.group is not None
        groups = None if batch.group is None else np.asarray(batch.group)[known]
        self.summary.update(y_true, y_prob, groups=groups)
        self.ranking.update(y_true, y_prob)
        self.levels += count_levels(Answers(y_true, y_prob))
        if self.other_edges is not None:
            self.other_edges.update(y_true, y_prob)
        if batch.subject is not None and not self.crowded:
            self._add_subjects(np.asarray(batch.subject)[known], y_true, y_prob)

    def _add_subjects(self, subject: np.ndarray, y_true: FloatArray, y_prob: FloatArray) -> None:
        for name in np.unique(subject).tolist():
            rows = subject == name
            own = self.subjects.setdefault(
                name, SummaryAccumulator(n_bins=self.settings.n_bins, edges=self.settings.edges)
            )
            own.update(y_true[rows], y_prob[rows])
        if len(self.subjects) > _MOST_SUBJECTS:
            self.subjects, self.crowded = {}, True

    def panel(self, result: StreamSummary) -> Content:
        """Return what was found, as the panel of a method."""
        error, floor = result.expected_calibration_error, result.noise_floor
        return {
            "metrics": {
                "log_loss": as_content(result.log_loss),
                "brier_score": as_content(result.brier_score),
                "expected_calibration_error": as_content(error),
                "debiased_calibration_error": as_content(result.debiased_calibration_error),
                "auroc": self._auroc(),
                "aurc": _without_interval(self.ranking.aurc()),
                "accuracy": as_content(result.accuracy),
                "mean_confidence": as_content(result.mean_confidence),
            },
            "more": {},
            "tests": [found_by("Spiegelhalter", result.spiegelhalter)],
            "noise_floor": {"mean": floor.mean, "limit": floor.limit, "p_value": result.noise_floor_p_value},
            "other_edges": self._other_edges(error.value, error.high - error.low),
            "curve": {
                "count": [int(count) for count in result.calibration_curve.count],
                **{
                    name: [number(value) for value in getattr(result.calibration_curve, name)]
                    for name in ("low", "high", "confidence", "accuracy", "accuracy_low", "accuracy_high")
                },
            },
            "risk_coverage": self._risk_coverage(),
            "subjects": [self._subject(name) for name in sorted(self.subjects)] if len(self.subjects) > 1 else [],
            "classes": None,
        }

    def notes(self) -> list[str]:
        """Say what a stream leaves out."""
        said = []
        bounds = self.ranking.auroc()
        if bounds.high - bounds.low > _LOOSE:
            said.append(
                f"The AUROC lies between {bounds.low:.4f} and {bounds.high:.4f}: confidences that differ by very "
                "little are not told apart in a stream."
            )
        if self.grouped:
            said.append("The AUROC has no interval: in a stream it would take the answers of a group as independent.")
        if self.crowded:
            said.append(f"There are more than {_MOST_SUBJECTS} subjects, so that results are not broken down by them.")
        return said

    def _auroc(self) -> Content:
        interval = self.ranking.auroc_interval(level=self.settings.level)
        content = as_content(interval)
        if content["value"] is None:
            return content | {"reason": "all answers are right or all are wrong, so none can be ranked"}
        return content | {"low": None, "high": None} if self.grouped else content

    def _other_edges(self, error: float, spread: float) -> Content | None:
        if self.other_edges is None:
            return None
        value = self.other_edges.expected_calibration_error()
        edges: BinEdges = "left" if self.settings.edges == "right" else "right"
        return {"edges": edges, "value": value, "differs": bool(abs(value - error) > 0.1 * spread)}

    def _risk_coverage(self) -> Content:
        curve = self.ranking.risk_coverage_curve()
        return {"coverage": curve.coverage.tolist(), "risk": curve.risk.tolist()}

    def _subject(self, name: str) -> Content:
        found = self.subjects[name].result(level=self.settings.level, n_draws=1)
        return {
            "subject": name,
            "n": found.n_rows,
            "accuracy": as_content(found.accuracy),
            "mean_confidence": as_content(found.mean_confidence),
            "expected_calibration_error": found.expected_calibration_error.value,
        }


def _without_interval(value: Bounded) -> dict[str, Number | object]:
    return {"value": number(value.value), "low": None, "high": None}


def _quantile_borders(source: PredictionSource, settings: EvaluationSettings, *, quiet: bool) -> FloatArray:
    """Find where bins of equal mass end, in two readings."""
    bins = QuantileCalibrationAccumulator(n_bins=settings.n_bins, edges=settings.edges)
    for batch in _batches("Finding the bins, first reading", source, quiet=quiet):
        bins.update_edges(batch.confidence[batch.known])
    for batch in _batches("Finding the bins, second reading", source, quiet=quiet):
        bins.update(batch.correct[batch.known], batch.confidence[batch.known])
    curve = bins.result()
    return np.append(curve.low, curve.high[-1])


def _batches(title: str, source: PredictionSource, *, quiet: bool) -> Iterator[Predictions]:
    with progress(title, None, quiet=quiet) as advance:
        for batch in source.batches():
            yield batch
            advance(len(batch))
