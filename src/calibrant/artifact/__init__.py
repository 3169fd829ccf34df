"""A fitted pipeline on disk, bound to the model, engine and prompt that it was fitted for."""

from calibrant.artifact._artifact import RAW, Artifact, CalibratedAnswers
from calibrant.artifact._decision_json import DECISION_TEMPLATE, export_decision, import_decision
from calibrant.artifact._domain import (
    Domain,
    Outside,
    QuantileTest,
    compare_confidence,
    find_outside,
    note_domain,
    read_domain,
)
from calibrant.artifact._evidence import StateSite, evidence_of, find_site, gather_evidence, read_site
from calibrant.artifact._fit import METHODS, check_methods, evidence_for, fit_artifact
from calibrant.artifact._import import import_artifact
from calibrant.artifact._jev_eval import Thresholds, find_thresholds, read_thresholds, write_thresholds
from calibrant.artifact._noulxp import export_noulxp, import_noulxp
from calibrant.artifact._seen import find_seen, note_questions
from calibrant.artifact._store import load_artifact, save_artifact
from calibrant.artifact._target_accuracy import Gate, find_gate

__all__ = [
    "DECISION_TEMPLATE",
    "METHODS",
    "RAW",
    "Artifact",
    "CalibratedAnswers",
    "Domain",
    "Gate",
    "Outside",
    "QuantileTest",
    "StateSite",
    "Thresholds",
    "check_methods",
    "compare_confidence",
    "evidence_for",
    "evidence_of",
    "export_decision",
    "export_noulxp",
    "find_gate",
    "find_outside",
    "find_seen",
    "find_site",
    "find_thresholds",
    "fit_artifact",
    "gather_evidence",
    "import_artifact",
    "import_decision",
    "import_noulxp",
    "load_artifact",
    "note_domain",
    "note_questions",
    "read_domain",
    "read_site",
    "read_thresholds",
    "save_artifact",
    "write_thresholds",
]
