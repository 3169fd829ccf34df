"""``calibrant fit``: readouts → fitted maps, one of them chosen."""

from pathlib import Path

from calibrant.artifact import METHODS, Artifact, fit_artifact, save_artifact
from calibrant.exceptions import InputError
from calibrant.readouts import Readouts, load_readouts


def fit(
    readouts: Path, out: Path = Path("calibrant-audit/artifact"), methods: list[str] | None = None, seed: int = 0
) -> int:
    """Fit calibration maps on the train and calibration parts and choose the best by cross-validation.

    Parameters
    ----------
    readouts : Path
        A folder made by calibrant readout.
    out : Path
        Folder for the artifact.
    methods : list of str, optional
        Maps to fit: temperature, platt, isotonic, histogram; default: all.
    seed : int
        Seed of the folds.
    """
    artifact = make_artifact(load_readouts(readouts), methods, seed)
    save_artifact(artifact, out)
    print(f"fitted {', '.join(artifact.maps)}; chosen: {artifact.chosen}; in {out}")
    return 0


def make_artifact(readouts: Readouts, methods: list[str] | None, seed: int) -> Artifact:
    """Fit maps on what a model said about the answered questions of train and calibration."""
    logprobs = readouts.option_logprobs()
    rows, right = [], []
    for row in readouts.rows("train", "calibration"):
        answer = readouts.questions[row].answer
        if isinstance(answer, int):
            rows.append(row)
            right.append(answer)
    if not rows:
        raise InputError(f"{readouts.folder}: train and calibration hold no answered question to fit on")
    manifest = {
        "identity": readouts.identity,
        "model": readouts.manifest["model"],
        "template": readouts.manifest["template"],
        "data": readouts.manifest.get("data"),
        "label": "1 if the most likely option is the right one, else 0",
    }
    return fit_artifact(
        [logprobs[row] for row in rows],
        right,
        [readouts.questions[row].group for row in rows],
        methods=methods or METHODS,
        random_state=seed,
        manifest=manifest,
    )
