"""Readouts x artifact → an Evaluation of the test part."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np

from calibrant.artifact import RAW, Artifact, CalibratedAnswers, evidence_of, find_seen
from calibrant.data import Question
from calibrant.evaluation._detail import Answers, Content
from calibrant.evaluation._panel import compare_methods
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.evaluation._verdict import LABELS, Errors, verdict
from calibrant.exceptions import InputError
from calibrant.grading import grade_choices
from calibrant.metrics import calibration_noise_floor, expected_calibration_error
from calibrant.readouts import Readouts
from calibrant.types import FloatArray

FORMAT = "calibrant/evaluation"
VERSION = 1

_N_ERRORS = 10


def evaluate_readouts(
    readouts: Readouts,
    artifact: Artifact | None = None,
    *,
    settings: EvaluationSettings | None = None,
    provenance: Mapping[str, object] | None = None,
    quiet: bool = False,
) -> Content:
    """Measure the raw confidence and every map of an artifact on the test part, as a dict that JSON can hold.

    Unanswerable questions are left out of accuracy and calibration and reported on their own; questions without a
    known answer are counted and left out.

    Parameters
    ----------
    readouts : Readouts
        What the model said. Only its test part is used.
    artifact : Artifact, optional
        Maps that were fitted on other questions; without it the raw confidence alone is measured.
    settings : EvaluationSettings, optional
        Bins, resamples and seed.
    provenance : mapping, optional
        More to note on how it was made.
    quiet : bool
        Show no progress bar.

    Raises
    ------
    InputError
        If the test part holds no answered question, or one that the artifact was fitted on.
    """
    settings, fitted = settings or EvaluationSettings(), artifact is not None
    artifact = artifact or Artifact({}, RAW)
    rows = readouts.rows("test")
    evidence = evidence_of(artifact, readouts).take(rows)
    questions = [readouts.questions[row] for row in rows]
    _refuse_seen(find_seen(artifact, questions))
    graded = grade_choices(evidence.logprobs, [question.answer for question in questions])
    known = np.flatnonzero(~np.isnan(graded.correct))
    unanswerable = [place for place, question in enumerate(questions) if not question.answerable]
    if known.size == 0:
        raise InputError("evaluation: the test part holds no answered questions")
    said = {name: artifact.predict(evidence, name) for name in (RAW, *artifact.maps)}
    right = [questions[place].answer for place in range(len(rows))]
    methods = {}
    for name, predictions in said.items():
        hits = np.array([float(predictions.answer[place] == right[place]) for place in known])
        methods[name] = Answers(hits, predictions.confidence[known])
    panels, differences = compare_methods(
        methods,
        groups=[questions[place].group for place in known],
        subjects=[questions[place].subject for place in known],
        reference=RAW,
        settings=settings,
        quiet=quiet,
    )
    for name, panel in panels.items():
        panel["label"] = LABELS[name][0].upper() + LABELS[name][1:]
        panel["unanswerable"] = _unanswerable(said[name].confidence, unanswerable)
        panel["n_changed"] = int(np.count_nonzero((said[name].answer != said[RAW].answer)[known]))
    chosen = artifact.chosen
    return {
        "format": FORMAT,
        "version": VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "verdict": verdict(
            methods[RAW], methods[chosen] if fitted else None, LABELS[chosen], _errors(methods, chosen, settings)
        ),
        "n": int(known.size),
        "n_groups": len({questions[place].group for place in known}),
        "n_unanswerable": len(unanswerable),
        "notes": [],
        "n_unparsed": 0,
        "n_ungraded": len(rows) - int(known.size) - len(unanswerable),
        "n_ties": graded.n_ties,
        "settings": {**asdict(settings), "norm": "l1", "log_loss_eps": 1e-15},
        "chosen": chosen,
        "choice": artifact.manifest.get("choice"),
        "methods": panels,
        "differences": differences,
        "confident_errors": _confident_errors(questions, said[RAW], said[chosen].confidence, graded.correct),
        "readout": _readout(readouts, rows),
        "provenance": {**_provenance(readouts, artifact), **(provenance or {})},
    }


def _refuse_seen(seen: Sequence[Question]) -> None:
    if seen:
        raise InputError(
            f"evaluation: the artifact was fitted on {len(seen)} of the test questions, such as {seen[0].id!r}; "
            "fit it on these readouts, whose test part it never sees"
        )


def _errors(methods: Mapping[str, Answers], chosen: str, settings: EvaluationSettings) -> Errors:
    raw, calibrated = (
        expected_calibration_error(methods[name].y_true, methods[name].y_prob, **settings.bins)
        for name in (RAW, chosen)
    )
    floor = calibration_noise_floor(
        methods[chosen].y_prob, n_draws=settings.n_draws, random_state=settings.seed, **settings.bins
    )
    return Errors(raw, calibrated, floor.mean)


def _unanswerable(confidence: FloatArray, rows: Sequence[int]) -> Content | None:
    return {"n": len(rows), "mean_confidence": float(confidence[rows].mean())} if rows else None


def _confident_errors(
    questions: Sequence[Question], raw: CalibratedAnswers, calibrated: FloatArray, correct: FloatArray
) -> list[Content]:
    wrong = np.flatnonzero(correct == 0)
    top = wrong[np.argsort(-raw.confidence[wrong], kind="stable")][:_N_ERRORS]
    errors = []
    for row in top:
        question = questions[row]
        choices, right = question.choices or (), question.answer
        errors.append(
            {
                "id": question.id,
                "subject": question.subject,
                "question": question.question,
                "answer": choices[raw.answer[row]],
                "right": choices[right] if isinstance(right, int) else "",
                "confidence": float(raw.confidence[row]),
                "calibrated": float(calibrated[row]),
            }
        )
    return errors


def _readout(readouts: Readouts, rows: Sequence[int]) -> Content:
    choice = readouts.manifest.get("choice")
    settings = readouts.manifest.get("settings")
    masses = readouts.table.column("letter_mass").take(rows).to_pylist() if readouts.kind == "letter" else []
    return {
        "kind": readouts.kind,
        "requested": settings.get("readout") if isinstance(settings, dict) else readouts.kind,
        "choice": {key: choice.get(key) for key in ("letter", "cloze", "n")} if isinstance(choice, dict) else None,
        "label_mass": float(np.mean(masses)) if masses else None,
    }


def _provenance(readouts: Readouts, artifact: Artifact) -> Content:
    fitted = artifact.manifest.get("fitted_on")
    template = readouts.manifest.get("template")
    template = template if isinstance(template, dict) else {}
    return {
        "model": readouts.manifest.get("model"),
        "data": readouts.manifest.get("data"),
        "template": {"text": template.get("text", ""), "sha256": template.get("sha256")},
        "examples": len(template.get("examples", ())),
        "splits": readouts.manifest.get("splits"),
        "seed": readouts.manifest.get("seed"),
        "fitted_on": fitted.get("n") if isinstance(fitted, dict) else None,
    }
