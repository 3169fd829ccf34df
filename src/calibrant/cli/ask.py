"""New questions → what the artifact's own model says of them, in the artifact's own words."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from calibrant.artifact import Artifact, read_site
from calibrant.data import Question, load_questions
from calibrant.exceptions import ArtifactError
from calibrant.models import HiddenRequest, load_model, need_scoring
from calibrant.readouts import PromptTemplate, Readouts, load_readouts, read
from calibrant.types import ReadoutKind


@contextmanager
def said_of(fitted: Artifact, data: str, model: str | None, device: str | None, *, force: bool) -> Iterator[Readouts]:
    """Read back a folder of readouts, or put questions to the model of an artifact and drop the folder afterwards.

    Parameters
    ----------
    fitted : Artifact
        Names the model, the prompt with its examples and the readout.
    data : str
        A folder of readouts, or what `load_questions` takes.
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
    if Path(data).is_dir():
        yield load_readouts(data)
        return
    questions = load_questions(data)
    source, template, identity = (_section(fitted, name) for name in ("model", "template", "identity"))
    words = PromptTemplate(str(template.get("text")), _examples(template.get("examples")))
    language_model = need_scoring(
        load_model(model or str(source.get("source")), device=device, dtype=str(source.get("dtype")))
    )
    kind: ReadoutKind = "letter" if identity.get("readout") == "letter" else "cloze"
    # Another model is refused before it is asked, not minutes later.
    fitted.check_identity({**language_model.identity.binding(), "template": words.sha256, "readout": kind}, force=force)
    site = read_site(fitted.manifest)
    with tempfile.TemporaryDirectory(prefix="calibrant-") as work:
        yield read(
            language_model,
            {"test": questions},
            Path(work) / "readouts",
            kind=kind,
            template=words,
            hidden=HiddenRequest((site.layer,)) if site and "states" in fitted.needs else None,
            context="context" in fitted.needs,
            orders="cyclic" if "orders" in fitted.needs else "given",
        )


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
