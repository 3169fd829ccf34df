"""An artifact ↔ a folder of ``manifest.json`` and ``arrays.safetensors``: never pickle, and never trusted."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import safetensors.numpy
from safetensors import SafetensorError

import calibrant
from calibrant.artifact._artifact import RAW, Artifact
from calibrant.artifact._restore import fitted_state, restore_map
from calibrant.exceptions import ArtifactError, InputError, OutputError
from calibrant.files import read_json, write_atomically, write_json

FORMAT = "calibrant/artifact"
VERSION = 1

ARRAYS = "arrays.safetensors"
MANIFEST = "manifest.json"


def save_artifact(artifact: Artifact, folder: Path | str) -> None:
    """Write an artifact; a run that is killed in between leaves a folder that is refused, not one that half loads."""
    folder = Path(folder)
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    maps = {}
    for name, calibrator in artifact.maps.items():
        maps[name] = {"class": type(calibrator).__name__, "params": calibrator.get_params()}
        for key, value in fitted_state(calibrator).items():
            arrays[f"{name}/{key}"] = np.ascontiguousarray(value).reshape(value.shape)
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
    # All that needs room on the disk comes before all that changes what was there: a full disk damages nothing.
    new_arrays, new_manifest = folder / ".arrays.safetensors.new", folder / ".manifest.json.new"
    try:
        write_atomically(new_arrays, data)
        write_json(new_manifest, {**manifest, "sha256": _hash(manifest)})
        new_arrays.replace(folder / ARRAYS)
        new_manifest.replace(folder / MANIFEST)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        for left in (new_arrays, new_manifest):
            with suppress(OSError):
                left.unlink()


def load_artifact(folder: Path | str) -> Artifact:
    """Read an artifact back; its predictions are bit-equal to those of the one saved.

    A file may be damaged, or made by somebody else: nothing in it is run, and a map is taken only if it has the very
    state that fitting its class leaves, all of it finite, and gives probabilities.

    Raises
    ------
    ArtifactError
        If it is damaged, was changed, is of another version, or none of ours.
    """
    folder = Path(folder)
    manifest = _read_manifest(folder)
    data = _read(folder, ARRAYS)
    if hashlib.sha256(data).hexdigest() != manifest.get("arrays_sha256"):
        raise ArtifactError(f"{folder / ARRAYS} is not the file that was saved with {MANIFEST}: fit again")
    try:
        arrays: dict[str, npt.NDArray[np.generic]] = safetensors.numpy.load(data)
    except (SafetensorError, KeyError, TypeError, ValueError) as error:  # the last three: a type that numpy lacks
        raise ArtifactError(f"{folder / ARRAYS} cannot be read: {error}") from None
    described = manifest.get("maps")
    if not isinstance(described, dict):
        raise ArtifactError(f"{folder}: {MANIFEST} names no maps")
    try:
        maps = {name: restore_map(name, entry, arrays) for name, entry in described.items()}
    except ArtifactError as error:
        raise ArtifactError(f"{folder}: {error}") from error
    stray = [key for key in arrays if key.partition("/")[0] not in maps]
    if stray:
        raise ArtifactError(f"{folder / ARRAYS} holds {stray[0]!r}, which belongs to no map: fit again")
    chosen = manifest.get("chosen")
    if not isinstance(chosen, str) or chosen not in {RAW, *maps}:
        raise ArtifactError(f"{folder}: the chosen map {chosen!r} is not among {', '.join([RAW, *maps])}")
    return Artifact(maps, chosen, manifest)


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise ArtifactError(f"{folder} holds no artifact: there is no {name} in it") from None
    except OSError as error:
        raise ArtifactError(f"{folder / name} cannot be read: {error.strerror or error}") from None


def _read_manifest(folder: Path) -> dict[str, object]:
    path = folder / MANIFEST
    _read(folder, MANIFEST)
    try:
        manifest = read_json(path)
        saved, found = manifest.pop("sha256", None), _hash(manifest)
    except (InputError, ValueError, RecursionError) as error:  # the last two: NaN, endless digits, endless nesting
        raise ArtifactError(f"damaged artifact: {error}") from None
    if manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
        other = f"{manifest.get('format')!r}, version {manifest.get('version')!r}"
        raise ArtifactError(f"{path} must be of format {FORMAT!r}, version {VERSION}; it is {other}")
    if saved != found:
        raise ArtifactError(f"{path} was changed after it was saved: fit again")
    return manifest


def _hash(manifest: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True, allow_nan=False).encode()).hexdigest()
