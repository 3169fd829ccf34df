"""All that was read of some questions: for the maps that look at more than the options' log-probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray, OptionLogits

EvidenceName: TypeAlias = Literal["context", "orders", "base", "states", "tasks"]
"""What evidence may hold beside the option log-probabilities."""

_HOW: dict[EvidenceName, str] = {
    "context": "read the questions with --context",
    "orders": "read the questions with --orders cyclic",
    "base": "give the readouts of the base model on the same questions: --base FOLDER",
    "states": "read the questions with --hidden-layers",
    "tasks": "give the questions a subject",
}


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a model said about ``n_questions`` questions.

    Examples
    --------
    >>> evidence = Evidence([[0.0, -1.0], [0.0, -2.0, -3.0]], tasks=["capitals", "oceans"])
    >>> len(evidence), evidence.take([1]).tasks
    (2, ['oceans'])
    >>> evidence.need("states", "ats")
    Traceback (most recent call last):
    calibrant.exceptions.InputError: the map 'ats' needs states, not at hand: read the questions with --hidden-layers
    """

    logprobs: OptionLogits
    """Option log-probabilities, one array of shape (n_options,) a question."""

    context: OptionLogits | None = None
    """Those of the same options where the prompt asks nothing, one array of shape (n_options,) a question."""

    orders: Sequence[npt.ArrayLike] | None = None
    """Those in every cyclic order of the options, one array of shape (n_options, n_options) a question.

    Row ``s`` was read with the options moved ``s`` places on; its columns are the options in their own order.
    """

    base: OptionLogits | None = None
    """Those by the base model, before it was aligned, one array of shape (n_options,) a question."""

    states: FloatArray | None = None
    """A hidden state of each question, shape (n_questions, width)."""

    tasks: Sequence[str] | None = None
    """The task that each question belongs to."""

    def __post_init__(self) -> None:
        n = len(self.logprobs)
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and len(value) != n:
                raise InputError(f"{field.name} must have one entry a question, so {n}; got {len(value)}")
        if self.states is not None and np.ndim(self.states) != 2:
            raise InputError(f"states must have shape (n_questions, width); got {np.shape(self.states)}")

    def __len__(self) -> int:
        return len(self.logprobs)

    def take(self, rows: Sequence[int] | IntArray) -> "Evidence":
        """Return the evidence on some of the questions, in this order."""
        places = [int(row) for row in rows]
        taken: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                taken[field.name] = value[places] if isinstance(value, np.ndarray) else [value[i] for i in places]
        return Evidence(**taken)

    def need(self, name: EvidenceName, asked_by: str) -> None:
        """Raise ``InputError`` where it does not hold what a map needs; it says how to get that."""
        if getattr(self, name) is None:
            raise InputError(f"the map {asked_by!r} needs {name}, not at hand: {_HOW[name]}")


def as_evidence(given: OptionLogits | Evidence) -> Evidence:
    """Return evidence as it is, and option log-probabilities as evidence that holds nothing else."""
    return given if isinstance(given, Evidence) else Evidence(given)
