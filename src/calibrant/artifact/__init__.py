"""A fitted pipeline on disk, bound to the model, engine and prompt that it was fitted for."""

from calibrant.artifact._artifact import RAW, Artifact, CalibratedAnswers
from calibrant.artifact._fit import METHODS, check_methods, fit_artifact
from calibrant.artifact._seen import find_seen, note_questions
from calibrant.artifact._store import load_artifact, save_artifact

__all__ = [
    "METHODS",
    "RAW",
    "Artifact",
    "CalibratedAnswers",
    "check_methods",
    "find_seen",
    "fit_artifact",
    "load_artifact",
    "note_questions",
    "save_artifact",
]
