"""Parameters and arrays from a file nobody vouches for → a fitted map, or a refusal."""

import re
from collections.abc import Mapping
from typing import cast

import numpy as np
import numpy.typing as npt

from calibrant.calibrators import CALIBRATORS, Calibrator, Evidence, EvidenceMap, OptionMap
from calibrant.exceptions import ArtifactError
from calibrant.types import FloatArray

_STATE = re.compile(r"[a-z][a-z0-9_]*_")
"""Fitted state ends in an underscore and does not start with one."""

_CONFIDENCES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
_LOGITS = [np.array([0.0, 0.0]), np.array([0.0, -1.0, -30.0]), np.array([0.0, -1e4, -1e4])]


def fitted_state(calibrator: Calibrator) -> dict[str, npt.NDArray[np.generic]]:
    """Return the attributes that fitting left on a map, as arrays."""
    return {key: np.asarray(value) for key, value in vars(calibrator).items() if _STATE.fullmatch(key)}


def restore_map(name: str, entry: object, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Calibrator:
    """Make the map ``name`` from its entry in the manifest and the arrays called ``name/attribute``.

    A map of the same class is fitted on a few rows of our own; the one from the file must have the parameters and the
    state of that one, by name, type and number of axes, with finite numbers, and must give probabilities.

    Raises
    ------
    ArtifactError
        If it is unknown or has not.
    """
    if not isinstance(entry, dict) or name not in CALIBRATORS or entry.get("class") != CALIBRATORS[name].__name__:
        raise ArtifactError(f"this version knows no map {name!r} of that class: the artifact may be of a later version")
    pattern, calibrator = _fit_anything(name), CALIBRATORS[name](**_parameters(name, entry.get("params")))
    state = {key.partition("/")[2]: value for key, value in arrays.items() if key.partition("/")[0] == name}
    expected = fitted_state(pattern)
    if state.keys() != expected.keys():
        raise ArtifactError(f"the map {name!r} must have {_listed(expected)}; the artifact holds {_listed(state)}")
    for key, value in state.items():
        if value.dtype != expected[key].dtype or value.ndim != expected[key].ndim or not np.isfinite(value).all():
            raise ArtifactError(
                f"{key} of the map {name!r} must be finite numbers of type {expected[key].dtype} with "
                f"{expected[key].ndim} axes; the artifact holds {value.dtype} of shape {value.shape}"
            )
        setattr(calibrator, key, value.item() if value.ndim == 0 else value)
    _try_out(name, calibrator)
    return calibrator


def _parameters(name: str, given: object) -> dict[str, object]:
    """Return the parameters, if they are those of the class and each is of the type of its default."""
    defaults = CALIBRATORS[name]().get_params()
    if not isinstance(given, dict) or given.keys() != defaults.keys():
        raise ArtifactError(
            f"the map {name!r} has the parameters {_listed(defaults)}; the artifact gives {given!r:.80}"
        )
    parameters = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    for key, value in parameters.items():
        if _shape(value) != _shape(defaults[key]):
            raise ArtifactError(f"the parameter {key} of the map {name!r} cannot be {value!r:.80}")
    return parameters


def _shape(value: object) -> object:
    if isinstance(value, tuple):
        return [_shape(part) for part in value]
    return float if type(value) in (int, float) else type(value)


def _fit_anything(name: str) -> Calibrator:
    calibrator = CALIBRATORS[name]()
    if calibrator.input_kind == "evidence":
        # What is learnt does not matter here, only its shape: one step of a map that takes thousands is enough.
        quick = {"n_steps": 1} if "n_steps" in calibrator.get_params() else {}
        return cast(EvidenceMap, CALIBRATORS[name](**quick)).fit(_some_evidence(2, 64), [0, 1] * 32)
    if calibrator.input_kind == "logits":
        return calibrator.fit([np.array([0.0, -1.0]), np.array([-1.0, 0.0])], [0, 0])
    return calibrator.fit([0.2, 0.8], [0, 1])


def _try_out(name: str, calibrator: Calibrator) -> None:
    try:
        with np.errstate(all="ignore"):
            if calibrator.input_kind != "probabilities":
                rows = (
                    calibrator.predict_proba(_some_evidence(_width(calibrator), 4))
                    if calibrator.input_kind == "evidence"
                    else calibrator.predict_proba(_some_logits(calibrator))
                )
                given, sums = np.concatenate(rows), np.array([row.sum() for row in rows])
            else:
                given, sums = calibrator.predict(_CONFIDENCES), np.ones(1)
    except (ValueError, IndexError, ArithmeticError) as error:
        raise ArtifactError(f"the map {name!r} does not work: {error}") from None
    if not (((given >= 0) & (given <= 1)).all() and np.allclose(sums, 1)):  # NaN fails all
        raise ArtifactError(f"the map {name!r} gives {given.tolist()}, and these are no probabilities")


def _some_evidence(width: int, n: int) -> Evidence:
    """Return questions of two options, all of whose fields differ between them."""
    logits = [np.array([0.0, -1.0 - i % 3]) for i in range(n)]
    states = np.add.outer(np.arange(n) % 4, np.arange(width) % 5).astype(np.float64)
    orders = [np.stack([row, row - 0.5]) for row in logits]
    tasks = [str(i % 2) for i in range(n)]
    return Evidence(logits, context=logits, orders=orders, base=logits, states=states, tasks=tasks)


def _width(calibrator: EvidenceMap) -> int:
    """Return how many numbers a state has for a map that looks at states; never more than the file holds."""
    state = fitted_state(calibrator)
    width = int(state["n_features_in_"]) if "states" in calibrator.needs else 1
    return width if any(width in value.shape for value in state.values()) else 1


def _some_logits(calibrator: OptionMap) -> list[FloatArray]:
    """Return even and uneven questions, of as many options as the map is for."""
    if not calibrator.fixed_options:
        return _LOGITS
    n_options = fitted_state(calibrator)["intercepts_"].size
    return [np.zeros(n_options), np.linspace(0.0, -30.0, n_options)]


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names)) or "none"
