"""``calibrant fit``: readouts → fitted maps, one of them chosen."""

from dataclasses import asdict
from pathlib import Path

from calibrant.artifact import (
    METHODS,
    Artifact,
    check_methods,
    evidence_for,
    find_site,
    fit_artifact,
    gather_evidence,
    note_questions,
    save_artifact,
)
from calibrant.exceptions import InputError
from calibrant.readouts import Answers, Readouts, load_readouts


def fit(
    readouts: Path,
    out: Path = Path("calibrant-audit/artifact"),
    methods: list[str] | None = None,
    base: Path | None = None,
    seed: int | None = None,
) -> int:
    """Fit calibration maps on the train and calibration parts and choose one by cross-validation.

    The one chosen has the least loss; maps of many numbers are taken only where they are clearly better. Raw, which is
    no map, is a candidate too.

    Parameters
    ----------
    readouts : Path
        A folder made by calibrant readout.
    out : Path
        Folder for the artifact.
    methods : list of str, optional
        Maps to fit, with commas between (see docs/how-to.md); default: temperature,platt,isotonic,histogram.
    base : Path, optional
        For the map daca, what the base model said to the same questions: a folder made by calibrant readout.
    seed : int, optional
        Seed of the folds; default: that of the readouts.
    """
    said = load_readouts(readouts)
    artifact = make_artifact(said, methods, seed_of(said, seed), base=None if base is None else load_readouts(base))
    save_artifact(artifact, out)
    print(f"fitted {', '.join(artifact.maps)}; chosen: {artifact.chosen}; in {out}")
    return 0


def seed_of(said: Readouts | Answers, seed: int | None) -> int:
    """Return the seed asked for, else the one by which the questions were split, else 0."""
    own = said.manifest.get("seed")
    return seed if seed is not None else own if isinstance(own, int) else 0


def make_artifact(
    readouts: Readouts, methods: list[str] | None, seed: int, *, base: Readouts | None = None
) -> Artifact:
    """Fit maps on what a model said about the answered questions of train and calibration."""
    check_methods(methods or METHODS)
    needs = evidence_for(methods or METHODS)
    evidence = gather_evidence(readouts, needs, base=base)
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
        "model": readouts.manifest.get("model"),
        "template": readouts.manifest.get("template"),
        "data": readouts.manifest.get("data"),
        **({"states": asdict(site)} if "states" in needs and (site := find_site(readouts)) else {}),
        **({"base": base.identity} if base is not None and "base" in needs else {}),
        "label": "1 if the most likely option is the right one, else 0",
        **note_questions(readouts.questions[row] for row in rows),
    }
    return fit_artifact(
        evidence.take(rows),
        right,
        [readouts.questions[row].group for row in rows],
        methods=methods or METHODS,
        random_state=seed,
        manifest=manifest,
    )
