"""Hidden states and tasks of evidence → arrays, checked once; and the logits of some of the questions."""

import numpy as np

from calibrant.calibrators._evidence import Evidence
from calibrant.calibrators._ragged import Ragged
from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray

# Beyond any real hidden state, and small enough that sums of squares stay finite.
_LARGEST = 1e100


def check_states(evidence: Evidence, width: int | None = None) -> FloatArray:
    """Hidden states, shape (n_questions, width): finite, and as wide as those of the fit where ``width`` is given."""
    states = np.asarray(evidence.states)
    if states.ndim != 2 or states.shape[1] == 0 or states.dtype.kind not in "iuf":
        raise InputError(
            f"states must have shape (n_questions, width) and hold real numbers; got shape {states.shape} of type "
            f"{states.dtype}. Give one row of numbers a question."
        )
    if width is not None and states.shape[1] != width:
        raise InputError(
            f"states must have the width {width}, as in the fit; got {states.shape[1]}. Read the same layer of the "
            "same model."
        )
    states = np.ascontiguousarray(states, dtype=np.float64)
    finite = np.abs(states) <= _LARGEST  # NaN fails too
    if not finite.all():
        row, column = np.unravel_index(int(np.argmin(finite)), states.shape)
        raise InputError(
            f"states must be finite (within ±{_LARGEST:g}); got {states[row, column]:g} at row {row}, column {column}. "
            "Leave out the question."
        )
    return states


def check_tasks(evidence: Evidence) -> tuple[list[str], IntArray]:
    """Names of the tasks, sorted, and the number of each question's task, shape (n_questions,)."""
    tasks = evidence.tasks or []
    for row, task in enumerate(tasks):
        if not isinstance(task, str):
            raise InputError(f"tasks must be names; got {task!r} at row {row}. Name each question's task.")
    names, number = np.unique(np.asarray(tasks, dtype=str), return_inverse=True)
    return names.tolist(), number.astype(np.int64)


def take_rows(rows: Ragged, which: IntArray) -> Ragged:
    """Return the rows of these numbers, laid end to end in their order."""
    lengths = rows.lengths[which]
    starts = np.cumsum(lengths) - lengths
    places = np.repeat(rows.starts[which] - starts, lengths) + np.arange(int(lengths.sum()))
    return Ragged(rows.values[places], starts, lengths)
