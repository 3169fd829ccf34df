"""``calibrant predict``: artifact x questions → an answer and a calibrated confidence for each."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

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
    """Give an answer and a calibrated confidence to every question, known answers or not; one JSON object a line.

    Parameters
    ----------
    artifact : Path
        A folder made by calibrant fit or calibrant audit.
    data : str
        A JSONL file of questions, world-facts, or a folder made by calibrant readout.
    out : Path, optional
        File for the predictions; default: the standard output.
    model : str, optional
        The model, if it is not found where it was when the artifact was fitted.
    device : str, optional
        auto, cpu, cuda, mps; default: CALIBRANT_DEVICE, else auto.
    method : str, optional
        A fitted map, or raw; default: the chosen one.
    force : bool
        Use the artifact although it was fitted for another model or prompt; its numbers are then marked stale.
    """
    fitted = load_artifact(artifact)
    folder = Path(data)
    if folder.is_dir():
        lines = list(_lines(fitted, load_readouts(folder), method, force))
    else:
        questions = load_questions(data)
        with tempfile.TemporaryDirectory(prefix="calibrant-") as work:
            lines = list(_lines(fitted, _ask(fitted, questions, Path(work), model, device, out is None), method, force))
    text = b"".join(to_json(line) + b"\n" for line in lines)
    if out is None:
        print(text.decode(), end="")
    else:
        write_atomically(out, text)
        print(f"{len(lines)} predictions in {out}")
    return 0


def _ask(
    fitted: Artifact, questions: list[Question], work: Path, model: str | None, device: str | None, quiet: bool
) -> Readouts:
    """Ask the artifact's own model in the artifact's own words."""
    source, template, identity = (_section(fitted, name) for name in ("model", "template", "identity"))
    examples = template.get("examples")
    words = PromptTemplate(
        str(template.get("text")),
        tuple(Question.model_validate(example) for example in (examples if isinstance(examples, list) else [])),
    )
    language_model = load_model(model or str(source.get("source")), device=device, dtype=str(source.get("dtype")))
    kind: ReadoutKind = "letter" if identity.get("readout") == "letter" else "cloze"
    return read(language_model, {"test": questions}, work / "readouts", kind=kind, template=words, quiet=quiet)


def _lines(fitted: Artifact, readouts: Readouts, method: str | None, force: bool) -> Iterator[Mapping[str, object]]:
    status = fitted.check_identity(readouts.identity, force=force)
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
