"""What every evaluation of predictions says of itself, however its numbers were measured."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from calibrant.evaluation._detail import Content
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.predictions import PredictionSource

FORMAT = "calibrant/evaluation"
VERSION = 1

ONLY = "raw"
"""The name of the one method: the confidence as it was stated."""

EPS = 1e-15
"""How far probabilities are kept away from 0 in log loss."""


def head_of(
    source: PredictionSource,
    said: Content,
    panel: Content,
    n_rows: int,
    settings: EvaluationSettings,
    provenance: Mapping[str, object] | None,
) -> Content:
    """Return an evaluation with one method, but for the counts of answers."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "verdict": said,
        "n_unanswerable": 0,
        "notes": source.notes(),
        "settings": {**asdict(settings), "norm": "l1", "log_loss_eps": EPS},
        "chosen": ONLY,
        "choice": None,
        "methods": {ONLY: {"label": source.label, **panel}},
        "differences": {},
        "confident_errors": [],
        "readout": None,
        "provenance": {
            "predictions": {"format": source.format, "facts": dict(source.facts)},
            "data": {"source": source.name, "sha256": None, "n": n_rows, "n_duplicates": 0},
            "seed": settings.seed,
            "versions": {},
            "command": "",
            "seconds": None,
            **(provenance or {}),
        },
    }
