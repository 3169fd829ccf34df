"""An artifact ↔ a folder of ``manifest.json`` and ``arrays.safetensors``: never pickle, and never trusted."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import safetensors.numpy
from safetensors import SafetensorError

import calibrant
from calibrant.artifact._artifact import RAW, Artifact
from calibrant.calibrators import CALIBRATORS, Calibrator
from calibrant.exceptions import ArtifactError, InputError
from calibrant.files import read_json, write_atomically, write_json

FORMAT = "calibrant/artifact"
VERSION = 1

_STATE = re.compile(r"[a-z][a-z0-9_]*_")
"""Fitted state ends in an underscore and does not start with one: nothing else may be set from a file."""


def save_artifact(artifact: Artifact, folder: Path | str) -> None:
    """Write an artifact; a run that is killed in between leaves a folder that is refused, not one that half loads."""
    folder = Path(folder)
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    maps = {}
    for name, calibrator in artifact.maps.items():
        maps[name] = {"class": type(calibrator).__name__, "params": calibrator.get_params()}
        for key, value in vars(calibrator).items():
            if _STATE.fullmatch(key):
                arrays[f"{name}/{key}"] = np.ascontiguousarray(value).reshape(np.shape(value))
    data = safetensors.numpy.save(arrays)
    manifest: dict[str, object] = {
        **artifact.manifest,
        "format": FORMAT,
        "version": VERSION,
        "calibrant": calibrant.__version__,
        "chosen": artifact.chosen,
        "maps": maps,
        "arrays_sha256": hashlib.sha256(data).hexdigest(),
    }
    # The manifest comes last and names the arrays' hash: an old one does not fit new arrays.
    write_atomically(folder / "arrays.safetensors", data)
    write_json(folder / "manifest.json", {**manifest, "sha256": _hash(manifest)})


def load_artifact(folder: Path | str) -> Artifact:
    """Read an artifact back; its predictions are bit-equal to those of the one saved.

    Raises
    ------
    ArtifactError
        If it is damaged, was changed, is of another version, or none of ours.
    """
    folder = Path(folder)
    manifest = _read_manifest(folder)
    path = folder / "arrays.safetensors"
    if not path.exists():
        raise ArtifactError(f"{folder}: arrays.safetensors is missing")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != manifest.get("arrays_sha256"):
        raise ArtifactError(f"{path} is not the file that was saved with manifest.json: fit again")
    try:
        arrays: dict[str, npt.NDArray[np.generic]] = safetensors.numpy.load(data)
    except SafetensorError as error:
        raise ArtifactError(f"{path}: {error}") from None
    described = manifest.get("maps")
    if not isinstance(described, dict):
        raise ArtifactError(f"{folder}: manifest.json names no maps")
    maps = {name: _restore(folder, name, entry, arrays) for name, entry in described.items()}
    chosen = manifest.get("chosen")
    if not isinstance(chosen, str) or chosen not in {RAW, *maps}:
        raise ArtifactError(f"{folder}: the chosen map {chosen!r} is not among {', '.join([RAW, *maps])}")
    return Artifact(maps, chosen, manifest)


def _read_manifest(folder: Path) -> dict[str, object]:
    path = folder / "manifest.json"
    if not path.exists():
        raise ArtifactError(f"{folder} holds no artifact (no manifest.json)")
    try:
        manifest = read_json(path)
    except InputError as error:
        raise ArtifactError(f"damaged artifact: {error}") from None
    if manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
        found = f"{manifest.get('format')!r}, version {manifest.get('version')!r}"
        raise ArtifactError(f"{path} must be of format {FORMAT!r}, version {VERSION}; it is {found}")
    if manifest.pop("sha256", None) != _hash(manifest):
        raise ArtifactError(f"{path} was changed after it was saved: fit again")
    return manifest


def _restore(folder: Path, name: str, entry: object, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Calibrator:
    if not isinstance(entry, dict) or name not in CALIBRATORS or entry.get("class") != CALIBRATORS[name].__name__:
        raise ArtifactError(f"{folder}: this version knows no map {name!r} of that class; it may be of a later version")
    try:
        calibrator = CALIBRATORS[name](**entry["params"])
    except (TypeError, KeyError) as error:
        raise ArtifactError(f"{folder}: the parameters of {name!r} do not fit: {error}") from None
    for key, value in arrays.items():
        owner, _, attribute = key.partition("/")
        if owner == name and _STATE.fullmatch(attribute):
            setattr(calibrator, attribute, value.item() if value.ndim == 0 else value)
    return calibrator


def _hash(manifest: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True, allow_nan=False).encode()).hexdigest()
