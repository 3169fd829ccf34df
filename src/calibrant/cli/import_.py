"""``calibrant import``: a file of temperatures that another tool wrote → an artifact."""

from pathlib import Path

from calibrant.artifact import Artifact, import_artifact, save_artifact
from calibrant.readouts import load_readouts


def import_(
    file: Path,
    out: Path = Path("calibrant-import"),
    question_type: str = "choice",
    readouts: Path | None = None,
) -> int:
    """Make an artifact of the temperatures in a decision.json of transformers or a calibration.json of NoulXP.

    Such a file says nothing that we could check about the model, the words and the readout it was fitted for. So the
    artifact is refused for all of them, or marked stale where it is forced, unless --readouts states what it holds for.

    Parameters
    ----------
    file : Path
        The file.
    out : Path
        Folder for the artifact.
    question_type : str
        Whose temperature: choice, score or noul.
    readouts : Path, optional
        A folder made by calibrant readout: you state that the temperature holds for its model, words and readout.
    """
    said = None if readouts is None else load_readouts(readouts)
    artifact = import_artifact(file, question_type=question_type, identity=None if said is None else said.identity)
    if said is not None:
        about = {key: said.manifest.get(key) for key in ("model", "template")}
        artifact = Artifact(artifact.maps, artifact.chosen, {**artifact.manifest, **about})
    save_artifact(artifact, out)
    held = "for the model and words of the readouts" if said else "for no model that is known: its numbers are stale"
    print(f"{artifact.chosen} from {file} in {out}, {held}")
    return 0
