"""A fitted artifact x answered questions that it never saw → whether its map holds there, and where it does not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np

from calibrant.artifact import (
    RAW,
    Artifact,
    compare_confidence,
    evidence_of,
    find_outside,
    find_seen,
    read_domain,
)
from calibrant.data import Question
from calibrant.evaluation._curve import curve_content
from calibrant.evaluation._detail import Answers, Content, number
from calibrant.evaluation._label_shift import label_shift
from calibrant.evaluation._refutation import Refutation, refute
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.evaluation._transfer_status import Findings, TransferStatus, decide, sentence_of, stale_reason
from calibrant.evaluation._transfer_table import transfer_row, transfer_table
from calibrant.evaluation._verdict import LABELS
from calibrant.exceptions import InputError
from calibrant.metrics import calibration_curve, log_loss
from calibrant.readouts import Readouts
from calibrant.types import FloatArray

FORMAT = "calibrant/check"
VERSION = 1

_EPS = 1e-15

_FEW_GROUPS = 30
"""In simulations of fewer groups of equal answers, perfect calibration was refuted more often than alpha."""


def check_transfer(
    readouts: Readouts,
    artifact: Artifact,
    *,
    method: str | None = None,
    force: bool = False,
    alpha: float = 0.05,
    max_outside: float = 0.1,
    settings: EvaluationSettings | None = None,
    provenance: Mapping[str, object] | None = None,
) -> Content:
    """Say whether a map holds on questions that it was not fitted on, as a dict that JSON can hold.

    All answered questions of the readouts count, whatever part they belong to, but for those that the artifact was
    fitted on, which are counted and left out. The status is one of

    - ``uncalibrated``: raw, which is no map; or perfect calibration is refuted here;
    - ``stale``: the artifact was fitted for another model, engine or prompt. Without ``force`` nothing is measured;
    - ``out of domain``: more than ``max_outside`` of the questions look like none that the maps were fitted on. Where
      the map has parameters for each option, only questions with as many can be measured;
    - ``calibrated``: nothing of this. It says no more than that perfect calibration is not refuted, and how large an
      error so many answers would have shown.

    Parameters
    ----------
    readouts : Readouts
        What the model said.
    artifact : Artifact
        Maps fitted on other questions.
    method : str, optional
        A fitted map by name, or raw; default: the chosen one.
    force : bool
        Measure although the artifact was fitted for something else.
    alpha : float
        How often a perfectly calibrated map may be refuted by chance.
    max_outside : float
        Share of questions out of domain above which the map is not trusted.
    settings : EvaluationSettings, optional
        Bins, resamples, simulations and seed.
    provenance : mapping, optional
        More to note on how it was made.

    Raises
    ------
    InputError
        If there is no such map, no question is left to measure, or alpha or max_outside is no share.
    ArtifactError
        If what the artifact notes of the questions that it was fitted on cannot be used.
    """
    _check_shares(alpha, max_outside)
    settings, method = settings or EvaluationSettings(), method or artifact.chosen
    artifact.predict([], method)  # an unknown map is refused before all else
    provenance = {**_sources(readouts.manifest), **(provenance or {})}
    differing = artifact.identity_differences(readouts.identity)
    if differing and not force:
        return stale_transfer(artifact, stale_reason(differing), method=method, provenance=provenance)
    seen = {question.id for question in find_seen(artifact, readouts.questions)}
    unseen = [row for row, question in enumerate(readouts.questions) if question.id not in seen]
    rows = [row for row in unseen if isinstance(readouts.questions[row].answer, int)]
    if not rows:
        raise InputError(
            "check: a map can only be checked on answered questions that it was not fitted on; of these "
            f"{len(readouts.questions)} it was fitted on {len(seen)}, and no other has a known answer"
        )
    evidence = evidence_of(artifact, readouts)
    everything = [np.asarray(row) for row in evidence.logprobs]
    domain, outside = _domain(artifact, [everything[row] for row in rows], [readouts.questions[row] for row in rows])
    n_known = len(rows)
    rows = [row for row in rows if _can_map(artifact, method, len(everything[row]))]
    unmapped = (n_known - len(rows)) / n_known
    if not rows:
        reason = "the map takes one number of options, and no question has as many"
        return {
            **_unmeasured(artifact, method, "out of domain", reason, provenance),
            "max_outside": max_outside,
            "domain": domain,
        }
    logprobs, questions = [everything[row] for row in rows], [readouts.questions[row] for row in rows]
    groups = [question.group for question in questions]
    said = artifact.predict(evidence.take(rows), method)
    hits = said.answer == np.array([question.answer for question in questions])
    answers = Answers(hits.astype(np.float64), said.confidence)
    found = refute(answers, groups, alpha=alpha, settings=settings)
    shift = None if method == RAW else _label_shift(artifact, method, answers, groups, settings)
    findings = Findings(
        method=method,
        n=len(rows),
        differing=differing,
        outside=unmapped if outside is None and unmapped else outside,
        max_outside=max_outside,
        p_value=found.p_value,
        by=found.by,
        alpha=alpha,
        confidence=float(answers.y_prob.mean()),
        accuracy=float(answers.y_true.mean()),
        limit=found.limit,
    )
    status, reasons = decide(findings)
    tables = {
        name: transfer_table(labels, answers, groups, alpha=alpha, level=settings.level)
        for name, labels in (
            ("subjects", [question.subject for question in questions]),
            ("n_options", [len(row) for row in logprobs]),
        )
    }
    others = [readouts.questions[row] for row in unseen]
    return {
        **_head(artifact, method, status, reasons, sentence_of(status, reasons, findings), provenance),
        "alpha": alpha,
        "max_outside": max_outside,
        "settings": {**asdict(settings), "norm": "l1", "log_loss_eps": _EPS},
        "n": len(rows),
        "n_groups": len(set(groups)),
        "n_seen": len(readouts.questions) - len(unseen),
        "n_unanswerable": sum(not question.answerable for question in others),
        "n_ungraded": sum(not question.labelled for question in others),
        "n_unmapped": n_known - len(rows),
        "overall": {**transfer_row(answers, groups, level=settings.level), **_overall(answers, found, settings)},
        **tables,
        "domain": domain,
        "label_shift": shift,
        "notes": list(_notes(artifact, found, len(rows), len(set(groups)), method)),
    }


def stale_transfer(
    artifact: Artifact,
    reason: str,
    *,
    method: str | None = None,
    provenance: Mapping[str, object] | None = None,
) -> Content:
    """Say that an artifact was fitted for something else, with nothing measured.

    Parameters
    ----------
    artifact : Artifact
        The maps.
    reason : str
        What differs, without a full stop.
    method : str, optional
        A fitted map by name, or raw; default: the chosen one.
    provenance : mapping, optional
        More to note on how it was made.
    """
    found = _unmeasured(artifact, method or artifact.chosen, "stale", reason, provenance)
    return {**found, "sentence": f"stale: {reason}. Nothing was measured: fit it again, or force its use."}


def _unmeasured(
    artifact: Artifact, method: str, status: TransferStatus, reason: str, provenance: Mapping[str, object] | None
) -> Content:
    return {
        **_head(artifact, method, status, [reason], f"{status}: {reason}. Nothing was measured.", provenance),
        **dict.fromkeys(("n", "overall", "domain", "label_shift")),
        "subjects": [],
        "n_options": [],
        "notes": [],
    }


def _can_map(artifact: Artifact, method: str, n_options: int) -> bool:
    """Whether a map takes questions with so many options; some have parameters for each."""
    calibrator = artifact.maps.get(method)
    return not getattr(calibrator, "fixed_options", False) or getattr(calibrator, "n_options", n_options) == n_options


def _check_shares(alpha: float, max_outside: float) -> None:
    if not 0 < alpha < 1:
        raise InputError(f"alpha must lie strictly between 0 and 1, as in 0.05; got {alpha:g}")
    if not 0 <= max_outside <= 1:
        raise InputError(f"max_outside must lie between 0 and 1, as in 0.1 for a tenth; got {max_outside:g}")


def _head(
    artifact: Artifact,
    method: str,
    status: str,
    reasons: Sequence[str],
    sentence: str,
    provenance: Mapping[str, object] | None,
) -> Content:
    return {
        "format": FORMAT,
        "version": VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "status": status,
        "reasons": list(reasons),
        "sentence": sentence,
        "method": method,
        "label": LABELS.get(method, method),
        "fitted": {
            **_sources(artifact.manifest),
            "n": _fitted_number(artifact, "n"),
            "n_groups": _fitted_number(artifact, "n_groups"),
        },
        "provenance": {"versions": {}, "command": "", "seconds": None, **(provenance or {})},
    }


def _sources(manifest: Mapping[str, object]) -> Content:
    """Return the model and the data that a manifest names; one of another tool may name them in its own way, or not."""
    found = {name: manifest.get(name) for name in ("model", "data")}
    return {name: dict(facts) if isinstance(facts, Mapping) else {} for name, facts in found.items()}


def _overall(answers: Answers, found: Refutation, settings: EvaluationSettings) -> Content:
    return {
        "log_loss": log_loss(answers.y_true, answers.y_prob),
        "expected_calibration_error": found.error,
        "noise_floor": {"mean": found.floor, "limit": found.limit},
        "design_effect": found.design_effect,
        "tests": list(found.tests),
        "curve": curve_content(calibration_curve(answers.y_true, answers.y_prob, **settings.bins)),
    }


def _domain(
    artifact: Artifact, logprobs: Sequence[FloatArray], questions: Sequence[Question]
) -> tuple[Content | None, float | None]:
    """Return what is found of the domain, and the share of questions outside it."""
    known = read_domain(artifact)
    if known is None:
        return None, None
    outside = find_outside(known, logprobs)
    share = float(outside.any.mean())
    n_groups = len({question.group for question in questions})
    same = compare_confidence(known, logprobs, n_groups=n_groups, n_fitted_groups=_fitted_number(artifact, "n_groups"))
    return {
        "outside": share,
        "unseen_options": float(outside.unseen_options.mean()),
        "beyond": {name: float(rows.mean()) for name, rows in outside.beyond.items()},
        "n_options_fitted_on": {str(size): n for size, n in known.n_options.items()},
        "confidence_test": {
            "name": "Kolmogorov-Smirnov, two samples",
            "statistic": same.statistic,
            "p_value": number(same.p_value),
            "n_fitted_on": known.n,
        },
    }, share


def _label_shift(
    artifact: Artifact, method: str, answers: Answers, groups: Sequence[str], settings: EvaluationSettings
) -> Content | None:
    fitted, known = _fitted_on(artifact).get("accuracy"), read_domain(artifact)
    if not isinstance(fitted, float) or not 0 < fitted < 1:
        return None
    # What the map itself supposes: where it differs from the accuracy that was found, the estimate would lean over.
    supposed = fitted if known is None else known.mean_confidence.get(method, fitted)
    return None if not 0 < supposed < 1 else {"fitted": fitted, **label_shift(answers, groups, supposed, settings)}


def _fitted_on(artifact: Artifact) -> Mapping[str, object]:
    facts = artifact.manifest.get("fitted_on")
    return facts if isinstance(facts, Mapping) else {}


def _fitted_number(artifact: Artifact, name: str) -> int | None:
    value = _fitted_on(artifact).get(name)
    return value if isinstance(value, int) and value > 0 else None


def _notes(artifact: Artifact, found: Refutation, n: int, n_groups: int, method: str) -> Iterator[str]:
    """Say what a reader should know of what the numbers rest on."""
    if not isinstance(artifact.manifest.get("fitted_questions"), str):
        yield "the artifact does not note which questions it was fitted on; some of these may be among them."
    if artifact.manifest.get("domain") is None:
        yield (
            "the artifact does not note what the questions that it was fitted on looked like, so that nothing is known "
            "of what lies out of its domain; fit it again."
        )
    if found.design_effect > 1:
        yield (
            f"answers of a group are alike: these {n:,} tell as much as {n / found.design_effect:,.0f} independent "
            "ones, and the tests and intervals count them so."
        )
    if found.design_effect > 1 and n_groups < _FEW_GROUPS:
        yield f"with {n_groups} groups how alike their answers are is hardly known, and the p-values are rough."
    if found.p_value != found.p_value:
        yield "no test could tell anything: all answers but one state 0 or 1."
    fitted = _fitted_number(artifact, "n")
    if method != RAW and fitted is not None and n > fitted:
        yield (
            f"the map was fitted on {fitted:,} answers, and is checked on more: an error that its own uncertainty "
            "explains may be found here."
        )
