"""``calibrant predict``: artifact x questions → an answer and a calibrated confidence for each."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic_core import to_json

from calibrant.artifact import RAW, Artifact, evidence_of, load_artifact
from calibrant.cli.ask import said_of
from calibrant.files import write_atomically
from calibrant.readouts import Readouts


def predict(
    artifact: Path,
    data: str,
    out: Path | None = None,
    model: str | None = None,
    device: str | None = None,
    method: str | None = None,
    force: bool = False,
) -> int:
    """Give an answer and a calibrated confidence to every question, whether its answer is known or not.

    Prints one JSON object a line: id, answer (from 0), text, confidence, raw_confidence, method, and status, which is
    calibrated, uncalibrated (raw) or stale (forced). The questions are put to the model in the words that the artifact
    was fitted for.

    Parameters
    ----------
    artifact : Path
        A folder made by calibrant fit or calibrant audit.
    data : str
        A JSONL file of questions, world-facts, or a folder made by calibrant readout.
    out : Path, optional
        A file for the predictions; default: the standard output.
    model : str, optional
        The model, if it is not found where it was when the artifact was fitted; default: where it was.
    device : str, optional
        Where to run: auto, cpu, cuda, mps; default: CALIBRANT_DEVICE, else auto.
    method : str, optional
        A fitted map by name, or raw; default: the chosen one.
    force : bool
        Use the artifact although it was fitted for another model or prompt; its numbers are then marked stale.
    """
    fitted = load_artifact(artifact)
    with said_of(fitted, data, model, device, force=force) as readouts:
        lines = list(_lines(fitted, readouts, method, fitted.check_identity(readouts.identity, force=force)))
    text = b"".join(to_json(line) + b"\n" for line in lines)
    if out is None:
        sys.stdout.buffer.write(text)
    else:
        write_atomically(out, text)
        print(f"{len(lines)} predictions in {out}")
    return 0


def _lines(fitted: Artifact, readouts: Readouts, method: str | None, status: str) -> Iterator[Mapping[str, object]]:
    evidence = evidence_of(fitted, readouts)
    calibrated, raw = fitted.predict(evidence, method), fitted.predict(evidence, RAW)
    name = method or fitted.chosen
    for row, question in enumerate(readouts.questions):
        answer = int(calibrated.answer[row])
        yield {
            "id": question.id,
            "answer": answer,
            "text": (question.choices or ())[answer],
            "confidence": float(calibrated.confidence[row]),
            "raw_confidence": float(raw.confidence[row]),
            "method": name,
            "status": "uncalibrated" if name == RAW else status,
        }
