"""``calibrant select``: calibrated confidences → thresholds to answer, hedge or abstain, with a guarantee."""

import json as json_module
from pathlib import Path
from typing import Unpack

import numpy as np

from calibrant.artifact import evidence_of, load_artifact
from calibrant.cli.columns import ColumnOptions, open_file
from calibrant.cli.provenance import provenance
from calibrant.exceptions import InputError
from calibrant.files import write_json
from calibrant.grading import grade_choices
from calibrant.predictions import concatenate
from calibrant.readouts import is_readouts, load_readouts
from calibrant.selection import as_content
from calibrant.types import FloatArray


def select(
    predictions: Path,
    artifact: Path | None = None,
    method: str | None = None,
    risk: float = 0.1,
    hedge_risk: float = 0.3,
    confidence_level: float = 0.95,
    out: Path = Path("calibrant-selection"),
    seed: int = 0,
    json: bool = False,
    **options: Unpack[ColumnOptions],
) -> int:
    """Find thresholds at which a model may answer, with a guarantee on how often it is then wrong.

    The questions must be ones that no map was fitted on, and like those to come. Of readouts it takes the part that
    calibrant readout --guarantee has kept for this. The exit status is 1 when no threshold meets the risk.

    Parameters
    ----------
    predictions : Path
        A table or log of graded answers with their calibrated confidence, or a folder made by calibrant readout.
    artifact : Path, optional
        For readouts, a folder made by calibrant fit.
    method : str, optional
        For readouts, a fitted map by name, or raw; default: the chosen one.
    risk : float
        At most this share of the answered questions may be wrong.
    hedge_risk : float
        At most this share of the answered and hedged questions may be wrong.
    confidence_level : float
        How often, over repeated samples of questions, the guarantee holds.
    out : Path
        Folder for selection.json.
    seed : int
        Seed of the choice of one question a group, where questions share one.
    json : bool
        Print the thresholds as JSON instead of sentences.
    """
    if is_readouts(predictions):
        correct, confidence, groups = _of_readouts(predictions, artifact, method)
    elif artifact is not None:
        raise InputError(f"--artifact goes with a folder made by calibrant readout; {predictions} is none")
    else:
        correct, confidence, groups = _of_file(predictions, **options)
    found = as_content(
        correct,
        confidence,
        groups,
        risk=risk,
        hedge_risk=hedge_risk,
        confidence=confidence_level,
        random_state=seed,
    )
    content = {"format": "calibrant/selection", "version": 1, **found, "provenance": provenance()}
    write_json(out / "selection.json", content)
    if json:
        print(json_module.dumps(content))
    else:
        for name, title in (("threshold", "Answer or abstain"), ("bands", "Answer, hedge or abstain")):
            print(f"{title}: {_sentence(found[name])}\n")
        print(f"On average: {_sentence(found['on_average'])}\n\nThe thresholds: {(out / 'selection.json').resolve()}")
    threshold = found["threshold"]
    return 1 if isinstance(threshold, dict) and threshold["threshold"] is None else 0


Columns = tuple[FloatArray, FloatArray, list[str] | None]


def _of_readouts(folder: Path, artifact: Path | None, method: str | None) -> Columns:
    if artifact is None:
        raise InputError(f"{folder} holds readouts: name the maps with --artifact")
    fitted, said = load_artifact(artifact), load_readouts(folder)
    fitted.check_identity(said.identity)
    rows = said.rows("guarantee")
    if not rows:
        raise InputError(
            f"{folder} has no part for guarantees: make the readouts with --guarantee 0.2, and fit on them"
        )
    evidence = evidence_of(fitted, said).take(rows)
    questions = [said.questions[row] for row in rows]
    given = fitted.predict(evidence, method)
    graded = grade_choices(evidence.logprobs, [question.answer for question in questions])
    known = np.flatnonzero(~np.isnan(graded.correct))
    right = np.array([float(given.answer[place] == questions[place].answer) for place in known])
    return right, given.confidence[known], [questions[place].group for place in known]


def _of_file(path: Path, **options: Unpack[ColumnOptions]) -> Columns:
    rows = concatenate(list(open_file(path, **options).batches()))
    groups = None if rows.group is None else [rows.group[row] for row in rows.known]
    return rows.correct[rows.known], rows.confidence[rows.known], groups


def _sentence(found: object) -> str:
    return str(found["sentence"]) if isinstance(found, dict) else ""
