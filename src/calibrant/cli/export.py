"""``calibrant export``: artifact → a file for another tool: its temperature, or thresholds for its confidence."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from calibrant.artifact import (
    RAW,
    Artifact,
    evidence_of,
    export_decision,
    export_noulxp,
    find_seen,
    find_thresholds,
    load_artifact,
    write_thresholds,
)
from calibrant.cli.fit import seed_of
from calibrant.exceptions import InputError
from calibrant.grading import grade_choices
from calibrant.predictions import Dialect
from calibrant.readouts import Readouts, load_readouts
from calibrant.types import FloatArray

_NAMES = {"decision": "decision.json", "noulxp": "calibration.json", "thresholds": "thresholds.json"}


def export(
    artifact: Path,
    format: str = "decision",
    out: Path | None = None,
    method: str | None = None,
    readouts: Path | None = None,
    target: float = 0.95,
    dialect: Dialect = "typesafe",
    n_boot: int = 1000,
    seed: int | None = None,
    force: bool = False,
) -> int:
    """Write a fitted temperature, or thresholds for a target accuracy, into a file that another tool reads.

    decision: decision.json of a model's folder, with which transformers serve answers calibrated. noulxp:
    calibration.json of a NoulXP package. Both hold temperatures alone; a file that is there keeps its other settings.
    thresholds: thresholds.json of jev-eval, one threshold a subject, from the part of --readouts that is
    kept for guarantees; they carry none, which those of calibrant select do.

    Parameters
    ----------
    artifact : Path
        A folder made by calibrant fit or calibrant audit.
    format : str
        The file to write: decision, noulxp or thresholds.
    out : Path, optional
        Where; default: decision.json, calibration.json or thresholds.json here.
    method : str, optional
        A fitted map by name, for thresholds also raw; default: the chosen one.
    readouts : Path, optional
        For thresholds, a folder made by calibrant readout --guarantee: the part kept is graded, which no map has seen.
    target : float
        For thresholds, the accuracy that answers at or above them must reach.
    dialect : str
        For thresholds, the definition of confidence that they will be held against: typesafe or probability.
    n_boot : int
        For thresholds, the bootstrap resamples that judge them.
    seed : int, optional
        For thresholds, the seed of the resamples; default: that of the readouts.
    force : bool
        Write it although it was fitted for another readout, prompt or model; the file then says that it is stale.
    """
    if format not in _NAMES:
        raise InputError(f"--format must be {', '.join(_NAMES)}; got {format}")
    fitted, path = load_artifact(artifact), out or Path(_NAMES[format])
    if format == "thresholds":
        if readouts is None:
            raise InputError("--format thresholds needs --readouts, a folder made by calibrant readout")
        return _export_thresholds(fitted, load_readouts(readouts), path, method, target, dialect, n_boot, seed, force)
    if readouts is not None:
        raise InputError(f"--readouts goes with --format thresholds; {_NAMES[format]} needs none")
    name = method or fitted.chosen
    (export_decision if format == "decision" else export_noulxp)(fitted, path, method=method, force=force)
    print(f"the map {name} in {path}")
    if getattr(fitted.maps[name], "at_bound_", False):
        print("Note: its temperature was held by a bound, which says little more than sharper or flatter.")
    return 0


def _export_thresholds(
    fitted: Artifact,
    said: Readouts,
    path: Path,
    method: str | None,
    target: float,
    dialect: Dialect,
    n_boot: int,
    seed: int | None,
    force: bool,
) -> int:
    if dialect not in ("typesafe", "probability"):
        raise InputError(f"--dialect must be typesafe or probability for thresholds; got {dialect}")
    status = fitted.check_identity(said.identity, force=force)
    rows = said.rows("guarantee")
    if not rows:
        raise InputError(
            f"{said.folder} has no part for thresholds: make the readouts with --guarantee 0.2, and fit on them"
        )
    questions = [said.questions[row] for row in rows]
    if seen := find_seen(fitted, questions):
        raise InputError(
            f"{said.folder}: the artifact was fitted on {len(seen)} of the questions kept, such as {seen[0].id!r}; "
            "thresholds need answers that no map was fitted on"
        )
    evidence = evidence_of(fitted, said).take(rows)
    logprobs = [np.asarray(row) for row in evidence.logprobs]
    right = [question.answer if isinstance(question.answer, int) else None for question in questions]
    answers = fitted.predict(evidence, method)
    known = ~np.isnan(grade_choices(logprobs, right).correct)
    correct = np.where(known, [float(a == r) for a, r in zip(answers.answer, right, strict=True)], np.nan)
    found, without = find_thresholds(
        correct,
        _in_dialect(answers.confidence, np.array([row.size for row in logprobs]), dialect),
        [question.subject for question in questions],
        target=target,
        model=_model_of(said),
        dialect=dialect,
        n_resamples=n_boot,
        random_state=seed_of(said, seed),
    )
    reasons = [f"{subject}: {reason}" for subject, reason in without.items()]
    if not found.questions:
        raise InputError(f"no subject has a threshold, so nothing was written. {'; '.join(reasons)}")
    status = "uncalibrated" if (method or fitted.chosen) == RAW else status
    write_thresholds(replace(found, status=status), path)
    for subject, gate in found.questions.items():
        print(
            f"{subject}: from {gate.threshold:.4f} on, {100 * gate.accuracy:.1f} % right and "
            f"{100 * gate.coverage:.1f} % let through, on answers not chosen on (n = {gate.n:,})"
        )
    for reason in reasons:
        print(f"left out {reason}")
    print(f"{len(found.questions)} thresholds on {dialect} confidence in {path} ({status})")
    return 0


def _in_dialect(confidence: FloatArray, n_options: FloatArray, dialect: Dialect) -> FloatArray:
    if dialect == "probability":
        return confidence
    # As a server computes it, never below 0.
    return np.maximum((confidence - 1 / n_options) / (1 - 1 / n_options), 0)


def _model_of(said: Readouts) -> str:
    model = said.manifest.get("model")
    return str(model.get("name")) if isinstance(model, dict) else "unknown"
