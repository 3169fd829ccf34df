"""A file of temperatures that another tool wrote, whichever it is → an artifact."""

from pathlib import Path

from calibrant.artifact._artifact import Artifact
from calibrant.artifact._decision_json import import_decision
from calibrant.artifact._foreign import read_foreign
from calibrant.artifact._noulxp import import_noulxp
from calibrant.exceptions import ArtifactError


def import_artifact(
    path: Path | str, *, question_type: str = "choice", identity: dict[str, object] | None = None
) -> Artifact:
    """Read the temperatures in a ``decision.json`` of transformers or a ``calibration.json`` of NoulXP.

    See `import_decision` and `import_noulxp` for the arguments, and for what is refused.

    Raises
    ------
    InputError
        If there is no such file, or an argument cannot be used.
    ArtifactError
        If it is neither of the two, or cannot be taken as it is.
    """
    content = read_foreign(path)
    if "standard" in content:
        return import_noulxp(path, question_type=question_type, identity=identity)
    if "version" in content and "questions" in content:
        raise ArtifactError(
            f"{path} holds thresholds or steps by question, and no temperature: nothing to make a map of"
        )
    return import_decision(path, question_type=question_type, identity=identity)
