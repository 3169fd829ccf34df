"""What files of other tools share: read without trust, temperatures within bounds, and no claim to an identity."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import calibrant
from calibrant.artifact._artifact import RAW, Artifact
from calibrant.calibrators import Calibrator, TemperatureScaling
from calibrant.exceptions import ArtifactError, IdentityError, InputError
from calibrant.files import read_json

BOUNDS = TemperatureScaling().bounds
"""The least and the greatest temperature that is taken from a file: those between which ours are fitted."""

QUESTION_TYPES = ("choice", "score", "noul")
"""What the tools of this family can be asked: one of several options, a level, yes or no."""

LARGEST_FILE = 1 << 20
"""Bytes; a file of temperatures has some hundred."""

_Map = TypeVar("_Map")

_IDENTITY = {"weights", "dtype", "engine", "logprobs", "template", "readout"}


def read_foreign(path: Path | str, *, largest: int = LARGEST_FILE) -> dict[str, object]:
    """Read the JSON object that another tool wrote, or whatever else is there.

    Raises
    ------
    InputError
        If there is no such file, or no JSON object in it.
    ArtifactError
        If it is larger than ``largest`` bytes, or JSON that Python cannot hold.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    if size > largest:
        raise ArtifactError(f"{path} must hold no more than {largest:,} bytes, as such files do; it holds {size:,}")
    try:
        return read_json(path)
    except InputError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise ArtifactError(f"{path} cannot be read: {error}") from None


def check_temperature(value: object, path: Path, where: str) -> float:
    """Return the number at ``where`` if it can be a temperature.

    Raises
    ------
    ArtifactError
        If it is no number, or outside of the bounds.
    """
    least, greatest = BOUNDS
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= greatest:
        raise ArtifactError(
            f"{path}: {where} must be a temperature, a number from {least:g} to {greatest:g}; it is {value!r:.60}"
        )
    return float(value)


def check_question_type(question_type: str) -> None:
    """Raise ``InputError`` unless it is a type of question that these files know."""
    if question_type not in QUESTION_TYPES:
        raise InputError(f"question_type must be one of {', '.join(QUESTION_TYPES)}; got {question_type!r}")


def pick_map(artifact: Artifact, method: str | None, holds: tuple[type[_Map], ...], file: str) -> tuple[str, _Map]:
    """Return the map asked for, or the chosen one, if a file can hold it.

    Parameters
    ----------
    artifact : Artifact
        The fitted maps.
    method : str or None
        A map by name; the chosen one if None.
    holds : tuple of classes
        What the file can hold.
    file : str
        What to call the file.

    Raises
    ------
    InputError
        If it cannot; the message says why, and which map of the artifact it could hold.
    """
    name = method or artifact.chosen
    if name not in {RAW, *artifact.maps}:
        raise InputError(f"method must be one of {', '.join([RAW, *artifact.maps])}; got {name!r}")
    held = {key: value for key, value in artifact.maps.items() if isinstance(value, holds)}
    if name in held:
        return name, held[name]
    if name == RAW:
        why = "raw is no map, and without a file nothing is changed either"
    elif artifact.maps[name].input_kind != "probabilities":
        why = f"it has parameters for temperatures alone, and {name} has others"
    else:
        why = f"it divides the scores of the options, and {name} maps the confidence in the answer given"
    remedy = f"Ask for {next(iter(held))}, which the artifact holds too" if held else "Fit the map temperature"
    raise InputError(f"{file} cannot hold the map {name}: {why}. {remedy}")


def check_readout(differences: list[str], file: str, remedy: str, *, force: bool) -> str:
    """Return ``calibrated`` where a file will be read as the map was fitted, ``stale`` where not but forced.

    Raises
    ------
    IdentityError
        If not and not forced; it names the differences.
    """
    if not differences:
        return "calibrated"
    if force:
        return "stale"
    raise IdentityError(
        f"a temperature holds only for the readout and the words that it was fitted with, and {file} is read with "
        f"others: {'; '.join(differences)}. {remedy}, or force it"
    )


def describe(artifact: Artifact, name: str, status: str, differences: list[str]) -> dict[str, object]:
    """Say in a file where its numbers come from and what they hold for."""
    calibrator = artifact.maps[name]
    return {
        "version": calibrant.__version__,
        "map": name,
        "status": status,
        "differences": differences,
        "holds_for": artifact.manifest.get("identity"),
        "fitted_on": artifact.manifest.get("fitted_on"),
        "at_bound": bool(getattr(calibrator, "at_bound_", False)),
        "note": "A temperature holds only for the model, number format, words and readout that it was fitted with. "
        "Measure it again where any of them changes.",
    }


def make_artifact(
    name: str,
    calibrator: Calibrator,
    path: Path,
    file: str,
    question_type: str,
    identity: Mapping[str, object] | None,
) -> Artifact:
    """Wrap a map from a file of another tool.

    The file has no identity of ours, whatever it says: without one that the user states, the artifact is refused for
    every model, or is ``stale`` where it is forced.

    Raises
    ------
    InputError
        If an identity is stated and is not one.
    """
    manifest: dict[str, object] = {
        "imported": {
            "format": file,
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "question_type": question_type,
        }
    }
    if identity is not None:
        manifest["identity"] = _check_identity(identity)
    return Artifact({name: calibrator}, name, manifest)


def _check_identity(identity: Mapping[str, object]) -> dict[str, object]:
    words = all(isinstance(value, str) and value.strip() for value in identity.values())
    if identity.keys() != _IDENTITY or not words or identity["readout"] not in ("letter", "cloze"):
        raise InputError(
            f"identity must give {', '.join(sorted(_IDENTITY))}, each a text, and the readout letter or cloze, as "
            f"Readouts.identity does; got {dict(identity)!r:.200}"
        )
    return dict(identity)
