"""Thresholds for a target accuracy ↔ the ``thresholds.json`` of jev-eval (contract version 1).

The layout is that of jev-eval 1.2.0: model, generatedAt, guard, tolerance; for every question id its type, threshold,
accuracy, coverage and n; composite and yesAt where there are any; definitions. Its readers pass over keys that they do
not know, so our note (the target, and what the confidence is) stands under ``calibrant``.

A threshold belongs to one definition of confidence. What a System One server sends for a choice is TypeSafe's,
(p - 1/K) / (1 - 1/K) for K options, and a threshold for the probability p itself would let too few answers through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

import calibrant
from calibrant.artifact._foreign import QUESTION_TYPES, check_question_type, read_foreign
from calibrant.artifact._target_accuracy import Gate, find_gate
from calibrant.exceptions import ArtifactError, InputError
from calibrant.files import write_json
from calibrant.predictions import Dialect

_FILE = "thresholds.json"
_VERSION = 1
_LARGEST_FILE = 16 << 20
"""Bytes; a file may hold the words of every question."""

_GUARDS = ("bootstrap", "holdout", "none")


@dataclass(frozen=True)
class Thresholds:
    """What a ``thresholds.json`` says."""

    model: str
    """The model that was measured."""

    generated_at: str
    """When, in ISO 8601."""

    guard: Mapping[str, object]
    """How accuracy and coverage were found: by method bootstrap or holdout on answers not chosen on, or none."""

    questions: Mapping[str, Gate]
    """The threshold of each question id, or subject; those that reach no threshold are not listed."""

    types: Mapping[str, str]
    """The type of each: choice, score or noul."""

    tolerance: int = 0
    """How many levels off a score may be and still count as right."""

    composite: Gate | None = None
    """The threshold for the least confident answer about one input, where several are asked."""

    composite_of: Sequence[str] = ()
    """The questions that it is for."""

    yes_at: Mapping[str, Sequence[Mapping[str, float]]] = field(default_factory=dict)
    """For questions of yes or no, P(yes) from which a yes is as often right as its target says."""

    definitions: Mapping[str, object] = field(default_factory=dict)
    """Every question as it was asked, where the file says it."""

    target: float | None = None
    """The accuracy to reach, where we wrote the file; no other file says it."""

    confidence: str | None = None
    """The definition of confidence that the thresholds are on, where we wrote the file."""

    status: str | None = None
    """Whether the confidences were calibrated, uncalibrated or stale, where we wrote the file."""


def find_thresholds(
    correct: npt.ArrayLike,
    confidence: npt.ArrayLike,
    subjects: Sequence[str],
    *,
    target: float,
    model: str,
    dialect: Dialect = "typesafe",
    question_type: str = "choice",
    n_resamples: int = 1000,
    random_state: int = 0,
) -> tuple[Thresholds, dict[str, str]]:
    """Lowest threshold of every subject at which its answers reach a target accuracy, and why others have none.

    Parameters
    ----------
    correct : array-like of shape (n_answers,)
        Correctness: 1 right, 0 wrong; NaN where it is unknown, which is left out.
    confidence : array-like of shape (n_answers,)
        Calibrated confidence as the server will send it, of answers that no map was fitted on.
    subjects : sequence of str
        The question id, or subject, of each answer.
    target : float
        The accuracy to reach, in (0, 1].
    model : str
        What was measured.
    dialect : str
        The definition of ``confidence``, to be noted; see `calibrant.predictions.to_dialect`.
    question_type : {"choice", "score", "noul"}
        The type of all questions.
    n_resamples : int
        Bootstrap resamples.
    random_state : int
        Seed of the resamples.

    Returns
    -------
    thresholds : Thresholds
        Those found.
    without : dict of str to str
        The other subjects, each with the reason.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Examples
    --------
    >>> scores = np.linspace(1, 0.01, 100)
    >>> found, without = find_thresholds(
    ...     [1] * 50 + [0] * 50, scores, ["a"] * 90 + ["b"] * 10, target=0.8, model="m"
    ... )
    >>> round(found.questions["a"].threshold, 2), without
    (0.39, {'b': '10 graded answers are too few, 50 are needed'})
    """
    check_question_type(question_type)
    right, score = np.asarray(correct, dtype=np.float64), np.asarray(confidence, dtype=np.float64)
    if right.ndim != 1 or not right.shape == score.shape == (len(subjects),):
        raise InputError(
            "correct, confidence and subjects must have one entry an answer; got "
            f"{right.shape}, {score.shape} and {len(subjects)}"
        )
    if ((score < 0) | (score > 1)).any():
        raise InputError(f"confidence must lie in [0, 1]; got {score[(score < 0) | (score > 1)][0]:g}")
    known, names = ~np.isnan(right) & ~np.isnan(score), np.asarray(subjects, dtype=object)
    gates, without = {}, {}
    for subject in sorted(set(subjects)):
        rows = known & (names == subject)
        gate = find_gate(right[rows], score[rows], target, n_resamples=n_resamples, random_state=random_state)
        if isinstance(gate, Gate):
            gates[subject] = gate
        else:
            without[subject] = gate
    thresholds = Thresholds(
        model=model,
        generated_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        guard={"method": "bootstrap", "resamples": n_resamples, "seed": random_state},
        questions=gates,
        types=dict.fromkeys(gates, question_type),
        target=target,
        confidence=dialect,
    )
    return thresholds, without


def write_thresholds(thresholds: Thresholds, path: Path | str) -> None:
    """Write a ``thresholds.json``; one that is there is replaced."""
    content: dict[str, object] = {
        "version": _VERSION,
        "model": thresholds.model,
        "generatedAt": thresholds.generated_at,
        "guard": dict(thresholds.guard),
        "tolerance": thresholds.tolerance,
        "questions": {
            name: {"type": thresholds.types[name], **asdict(gate)} for name, gate in thresholds.questions.items()
        },
        "definitions": dict(thresholds.definitions),
        "calibrant": {
            "version": calibrant.__version__,
            "target": thresholds.target,
            "confidence": thresholds.confidence,
            "status": thresholds.status,
        },
    }
    if thresholds.composite is not None:
        content["composite"] = {**asdict(thresholds.composite), "questions": list(thresholds.composite_of)}
    if thresholds.yes_at:
        content["yesAt"] = {name: [dict(cut) for cut in cuts] for name, cuts in thresholds.yes_at.items()}
    write_json(Path(path), content)


def read_thresholds(path: Path | str) -> Thresholds:
    """Read a ``thresholds.json``, whoever wrote it; keys that are not known are passed over.

    Raises
    ------
    InputError
        If there is no such file.
    ArtifactError
        If it is none of contract version 1, or a number in it is missing or impossible.
    """
    path = Path(path)
    content = read_foreign(path, largest=_LARGEST_FILE)
    version = content.get("version")
    if isinstance(version, bool) or version != _VERSION:
        raise ArtifactError(f"{path} must be a {_FILE} of version {_VERSION}; its version is {version!r:.60}")
    questions = _object(content.get("questions"), path, "questions")
    guard = _object(content.get("guard"), path, "guard")
    if guard.get("method") not in _GUARDS:
        raise ArtifactError(
            f"{path}: guard.method must be one of {', '.join(_GUARDS)}; it is {guard.get('method')!r:.60}"
        )
    gates, types = {}, {}
    for name, entry in questions.items():
        where = f"questions.{name:.60}"
        gates[name] = _gate(entry, path, where)
        types[name] = str(_object(entry, path, where).get("type"))
        if types[name] not in QUESTION_TYPES:
            allowed = ", ".join(QUESTION_TYPES)
            raise ArtifactError(f"{path}: {where}.type must be one of {allowed}; it is {types[name]!r:.60}")
    tolerance = content.get("tolerance", 0)
    if isinstance(tolerance, bool) or not isinstance(tolerance, int) or tolerance < 0:
        raise ArtifactError(f"{path}: tolerance must be a whole number from 0; it is {tolerance!r:.60}")
    composite = _object(content.get("composite") or {}, path, "composite")
    own = content.get("calibrant")
    note = own if isinstance(own, dict) else {}
    return Thresholds(
        model=_text(content.get("model"), path, "model"),
        generated_at=_text(content.get("generatedAt"), path, "generatedAt"),
        guard=guard,
        questions=gates,
        types=types,
        tolerance=tolerance,
        composite=_gate(composite, path, "composite") if composite else None,
        composite_of=_texts(composite.get("questions", []), path, "composite.questions"),
        yes_at=_cuts(content.get("yesAt"), path),
        definitions=_object(content.get("definitions", {}), path, "definitions"),
        target=None if note.get("target") is None else _share(note["target"], path, "calibrant.target"),
        confidence=_word(note.get("confidence"), path, "calibrant.confidence"),
        status=_word(note.get("status"), path, "calibrant.status"),
    )


def _gate(entry: object, path: Path, where: str) -> Gate:
    numbers = _object(entry, path, where)
    return Gate(
        threshold=_share(numbers.get("threshold"), path, f"{where}.threshold"),
        accuracy=_share(numbers.get("accuracy"), path, f"{where}.accuracy"),
        coverage=_share(numbers.get("coverage"), path, f"{where}.coverage"),
        n=_count(numbers.get("n"), path, f"{where}.n"),
    )


def _cuts(given: object, path: Path) -> dict[str, list[dict[str, float]]]:
    cuts: dict[str, list[dict[str, float]]] = {}
    for name, entries in _object({} if given is None else given, path, "yesAt").items():
        if not isinstance(entries, list):
            raise ArtifactError(f"{path}: yesAt.{name:.60} must be a list; it is {entries!r:.60}")
        for number, entry in enumerate(entries):
            where = f"yesAt.{name:.60}[{number}]"
            numbers = _object(entry, path, where)
            cut: dict[str, float] = {
                key: _share(numbers.get(key), path, f"{where}.{key}")
                for key in ("target", "threshold", "precision", "recall", "flagged")
            }
            cuts.setdefault(name, []).append({**cut, "n": _count(numbers.get("n"), path, f"{where}.n")})
    return cuts


def _object(value: object, path: Path, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ArtifactError(f"{path}: {where} must be an object; it is {value!r:.60}")
    return value


def _share(value: object, path: Path, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ArtifactError(f"{path}: {where} must be a number from 0 to 1; it is {value!r:.60}")
    return float(value)


def _count(value: object, path: Path, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ArtifactError(f"{path}: {where} must be a whole number from 0; it is {value!r:.60}")
    return value


def _text(value: object, path: Path, where: str) -> str:
    if not isinstance(value, str):
        raise ArtifactError(f"{path}: {where} must be a text; it is {value!r:.60}")
    return value


def _word(value: object, path: Path, where: str) -> str | None:
    return None if value is None else _text(value, path, where)


def _texts(value: object, path: Path, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ArtifactError(f"{path}: {where} must be a list of texts; it is {value!r:.60}")
    return tuple(value)
