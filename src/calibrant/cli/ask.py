"""New questions → what the artifact's own model says of them, in the artifact's own words."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from calibrant.artifact import Artifact
from calibrant.data import Question
from calibrant.exceptions import ArtifactError
from calibrant.models import load_model
from calibrant.readouts import PromptTemplate, Readouts, read
from calibrant.types import ReadoutKind


def ask(fitted: Artifact, questions: list[Question], model: str | None, device: str | None, *, force: bool) -> Readouts:
    """Put questions to the model of an artifact; the folder of readouts is not kept.

    Parameters
    ----------
    fitted : Artifact
        Names the model, the prompt with its examples and the readout.
    questions : list of Question
        With options.
    model : str or None
        The model, if it is not where it was.
    device : str or None
        Where to run.
    force : bool
        Ask another model than that of the artifact too.

    Raises
    ------
    IdentityError
        If it is another model and not forced; nothing was asked then.
    ArtifactError
        If the artifact does not say what to ask, and how.
    """
    source, template, identity = (_section(fitted, name) for name in ("model", "template", "identity"))
    words = PromptTemplate(str(template.get("text")), _examples(template.get("examples")))
    language_model = load_model(model or str(source.get("source")), device=device, dtype=str(source.get("dtype")))
    kind: ReadoutKind = "letter" if identity.get("readout") == "letter" else "cloze"
    # Another model is refused before it is asked, not minutes later.
    fitted.check_identity({**language_model.identity.binding(), "template": words.sha256, "readout": kind}, force=force)
    with tempfile.TemporaryDirectory(prefix="calibrant-") as work:
        return read(language_model, {"test": questions}, Path(work) / "readouts", kind=kind, template=words)


def _examples(given: object) -> tuple[Question, ...]:
    try:
        return tuple(Question.model_validate(example) for example in (given if isinstance(given, list) else []))
    except ValidationError:
        raise ArtifactError("the artifact's examples are no questions: fit it again") from None


def _section(fitted: Artifact, name: str) -> Mapping[str, object]:
    section = fitted.manifest.get(name)
    if not isinstance(section, Mapping):
        raise ArtifactError(f"the artifact does not say which {name} it was fitted for: fit it again")
    return section
