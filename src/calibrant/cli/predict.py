"""``calibrant predict``: artifact x questions → an answer and a calibrated confidence for each."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import to_json

from calibrant.artifact import RAW, Artifact, load_artifact
from calibrant.data import Question, load_questions
from calibrant.exceptions import ArtifactError
from calibrant.files import write_atomically
from calibrant.models import load_model
from calibrant.readouts import PromptTemplate, Readouts, load_readouts, read
from calibrant.types import ReadoutKind


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
    if Path(data).is_dir():
        readouts = load_readouts(data)
        lines = list(_lines(fitted, readouts, method, fitted.check_identity(readouts.identity, force=force)))
    else:
        lines = _predict_questions(fitted, load_questions(data), model, device, method, force)
    text = b"".join(to_json(line) + b"\n" for line in lines)
    if out is None:
        sys.stdout.buffer.write(text)
    else:
        write_atomically(out, text)
        print(f"{len(lines)} predictions in {out}")
    return 0


def _predict_questions(
    fitted: Artifact,
    questions: list[Question],
    model: str | None,
    device: str | None,
    method: str | None,
    force: bool,
) -> list[Mapping[str, object]]:
    """Ask the artifact's own model in the artifact's own words."""
    source, template, identity = (_section(fitted, name) for name in ("model", "template", "identity"))
    words = PromptTemplate(str(template.get("text")), _examples(template.get("examples")))
    language_model = load_model(model or str(source.get("source")), device=device, dtype=str(source.get("dtype")))
    kind: ReadoutKind = "letter" if identity.get("readout") == "letter" else "cloze"
    # Another model is refused before it is asked, not minutes later.
    asked: dict[str, object] = {**language_model.identity.binding(), "template": words.sha256, "readout": kind}
    status = fitted.check_identity(asked, force=force)
    with tempfile.TemporaryDirectory(prefix="calibrant-") as work:
        readouts = read(language_model, {"test": questions}, Path(work) / "readouts", kind=kind, template=words)
        return list(_lines(fitted, readouts, method, status))


def _examples(given: object) -> tuple[Question, ...]:
    try:
        return tuple(Question.model_validate(example) for example in (given if isinstance(given, list) else []))
    except ValidationError:
        raise ArtifactError("the artifact's examples are no questions: fit it again") from None


def _lines(fitted: Artifact, readouts: Readouts, method: str | None, status: str) -> Iterator[Mapping[str, object]]:
    logprobs = readouts.option_logprobs()
    calibrated, raw = fitted.predict(logprobs, method), fitted.predict(logprobs, RAW)
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


def _section(fitted: Artifact, name: str) -> Mapping[str, object]:
    section = fitted.manifest.get(name)
    if not isinstance(section, Mapping):
        raise ArtifactError(f"the artifact does not say which {name} it was fitted for: fit it again")
    return section
