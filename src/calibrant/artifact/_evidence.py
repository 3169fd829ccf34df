"""Readouts → the evidence that the maps of an artifact are given: only what they need is read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibrant.artifact._artifact import Artifact
from calibrant.calibrators import Evidence, EvidenceName
from calibrant.exceptions import InputError
from calibrant.readouts import Readouts
from calibrant.types import FloatArray


@dataclass(frozen=True)
class StateSite:
    """Where a hidden state was read."""

    position: str
    """The token, such as ``last_prompt``."""

    layer: int
    """0 is what enters the first block; l is what leaves block l."""


def gather_evidence(
    readouts: Readouts,
    needs: Collection[EvidenceName],
    *,
    site: StateSite | None = None,
    base: Readouts | None = None,
) -> Evidence:
    """Return what was read of all questions: the option log-probabilities, and of the rest what maps need.

    What was not read is left out; a map that needs it says so.

    Parameters
    ----------
    readouts : Readouts
        What a model said.
    needs : collection of str
        Names of fields of `Evidence`.
    site : StateSite, optional
        Where the hidden state is taken from; by default `find_site`.
    base : Readouts, optional
        What the base model said to the same questions.

    Raises
    ------
    InputError
        If the states were not read there, or the base model was asked something else.
    """
    site = site or find_site(readouts)
    return Evidence(
        readouts.option_logprobs(),
        context=readouts.context_logprobs() if "context" in needs else None,
        orders=readouts.order_logprobs() if "orders" in needs else None,
        base=_of_base(readouts, base) if base is not None and "base" in needs else None,
        states=_states(readouts, site) if site is not None and "states" in needs else None,
        tasks=[question.subject for question in readouts.questions] if "tasks" in needs else None,
    )


def evidence_of(artifact: Artifact, readouts: Readouts) -> Evidence:
    """Return what the maps of an artifact look at, of all questions.

    Raises
    ------
    InputError
        If hidden states were read elsewhere than those that the artifact was fitted on.
    """
    return gather_evidence(readouts, artifact.needs, site=read_site(artifact.manifest))


def find_site(readouts: Readouts) -> StateSite | None:
    """Return the end of the prompt in the last layer that was kept, or None where no state was kept there."""
    layers, positions = _kept(readouts)
    return StateSite("last_prompt", max(layers)) if layers and "last_prompt" in positions else None


def read_site(manifest: Mapping[str, object]) -> StateSite | None:
    """Return the site of the states that an artifact was fitted on, as its manifest notes it."""
    noted = manifest.get("states")
    if not isinstance(noted, Mapping):
        return None
    position, layer = noted.get("position"), noted.get("layer")
    return StateSite(position, layer) if isinstance(position, str) and isinstance(layer, int) else None


def _kept(readouts: Readouts) -> tuple[Sequence[int], Sequence[str]]:
    settings = readouts.manifest.get("settings")
    hidden = settings.get("hidden") if isinstance(settings, Mapping) else None
    return (hidden["layers"], hidden["positions"]) if isinstance(hidden, Mapping) else ((), ())


def _states(readouts: Readouts, site: StateSite) -> FloatArray | None:
    layers, positions = _kept(readouts)
    if not layers:
        return None
    if site.layer not in layers or site.position != "last_prompt" or site.position not in positions:
        raise InputError(
            f"{readouts.folder} holds no states of layer {site.layer} at {site.position}: read the questions with "
            f"--hidden-layers {site.layer} --hidden-positions {site.position}"
        )
    # The ends of the options come before or after the end of the prompt, as many as there are options.
    place, layer = (0 if positions[0] == "last_prompt" else -1), list(layers).index(site.layer)
    return np.stack([states[place, layer] for states in readouts.hidden()]).astype(np.float64)


def _of_base(readouts: Readouts, base: Readouts) -> list[FloatArray]:
    """Return what the base model said to the same questions, in their order."""
    if base.kind != readouts.kind:
        raise InputError(
            f"base: {base.folder} holds the {base.kind} readout and {readouts.folder} the {readouts.kind} one; read "
            f"the base model with --readout {readouts.kind}"
        )
    logprobs = base.option_logprobs()
    rows = {question.id: row for row, question in enumerate(base.questions)}
    found = []
    for question in readouts.questions:
        row = rows.get(question.id)
        if row is None or (base.questions[row].question, base.questions[row].choices) != (
            question.question,
            question.choices,
        ):
            raise InputError(
                f"base: {base.folder} does not hold the question {question.id!r} as {readouts.folder} has it; put the "
                "same questions to both models"
            )
        found.append(logprobs[row])
    return found
