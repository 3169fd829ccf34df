"""Several files of predictions → the answers of each to the questions that all of them can be measured on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibrant.evaluation._detail import Answers
from calibrant.exceptions import InputError
from calibrant.predictions import Predictions
from calibrant.types import IntArray


@dataclass(frozen=True)
class LeftOut:
    """Which rows of one file do not count."""

    n_rows: int
    """Rows of the file."""

    n_unmatched: int
    """Rows whose question another file lacks."""

    n_ungraded: int
    """Matched rows that are not graded."""

    n_unparsed: int
    """Matched rows that are graded, and whose confidence could not be read."""


@dataclass(frozen=True, eq=False)
class Aligned:
    """Answers by several methods to the same questions, in the order of the first file."""

    answers: dict[str, Answers]
    """Correctness and confidence of each method."""

    left_out: dict[str, LeftOut]
    """What does not count of each file."""

    groups: Sequence[str] | None
    """Group of each question, from the first file that has groups."""

    by_id: bool
    """Whether questions were matched by their names; else row by row."""

    notes: list[str]
    """What a reader should know."""


def align(files: Mapping[str, Predictions]) -> Aligned:
    """Match the rows of all files, and leave a question out of all where one cannot be measured on it.

    Questions are matched by id where all files have ids. Else files of equal length are matched row by row.

    Parameters
    ----------
    files : mapping of str to Predictions
        At least two.

    Raises
    ------
    InputError
        If an id occurs twice in a file, the files have no question in common, or they can be matched in neither way.

    Examples
    --------
    >>> a = Predictions(np.array([1.0, 0.0]), np.array([0.9, 0.6]), id=["x", "y"])
    >>> b = Predictions(np.array([0.0, 1.0]), np.array([0.5, 0.7]), id=["y", "x"])
    >>> align({"a": a, "b": b}).answers["b"].y_prob
    array([0.7, 0.5])
    """
    names = list(files)
    if len(files) < 2:
        raise InputError(f"compare: two files or more are needed; got {len(files)}")
    ids = {name: file.id for name, file in files.items() if file.id is not None}
    notes: list[str] = []
    if len(ids) == len(files):
        rows = _match(ids)
    else:
        rows = _pair(files, [name for name in names if name not in ids])
        notes.append(
            f"The files were matched row by row, since {_quoted([name for name in names if name not in ids])} "
            "has no ids: the rows must be in the same order."
        )
        notes += _differing_labels(files)
    matched = {name: (files[name].correct[rows[name]], files[name].confidence[rows[name]]) for name in names}
    graded = {name: ~np.isnan(correct) for name, (correct, _) in matched.items()}
    parsed = {name: ~np.isnan(confidence) for name, (_, confidence) in matched.items()}
    kept = np.flatnonzero(np.all([graded[name] & parsed[name] for name in names], axis=0))
    left_out = {
        name: LeftOut(
            n_rows=len(files[name]),
            n_unmatched=len(files[name]) - len(rows[name]),
            n_ungraded=int((~graded[name]).sum()),
            n_unparsed=int((graded[name] & ~parsed[name]).sum()),
        )
        for name in names
    }
    if kept.size == 0:
        raise InputError(
            f"compare: no question is graded and has a confidence in every file; {len(rows[names[0]])} are in all"
        )
    grouped = next((name for name in names if files[name].group is not None), None)
    groups = None if grouped is None else files[grouped].group
    return Aligned(
        answers={name: Answers(correct[kept], said[kept]) for name, (correct, said) in matched.items()},
        left_out=left_out,
        groups=None if groups is None or grouped is None else [groups[row] for row in rows[grouped][kept]],
        by_id=len(ids) == len(files),
        notes=notes,
    )


def _match(ids: Mapping[str, Sequence[str]]) -> dict[str, IntArray]:
    """Return for each file the rows of the questions that all files have."""
    places: dict[str, dict[str, int]] = {}
    for name, column in ids.items():
        found: dict[str, int] = {}
        for row, question in enumerate(column):
            if question in found:
                raise InputError(
                    f"{name}: the id {question!r} occurs twice, in rows {found[question] + 1} and {row + 1}; "
                    "name a column whose entries name one question each"
                )
            found[question] = row
        places[name] = found
    first, *others = places.values()
    common = [question for question in first if all(question in other for other in others)]
    if not common:
        examples = ", ".join(f"{name} has {next(iter(found), None)!r}" for name, found in places.items())
        raise InputError(f"compare: the files have no id in common ({examples}); do they hold the same questions?")
    return {name: np.array([found[question] for question in common]) for name, found in places.items()}


def _pair(files: Mapping[str, Predictions], without: Sequence[str]) -> dict[str, IntArray]:
    lengths = {name: len(file) for name, file in files.items()}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{name} {n}" for name, n in lengths.items())
        raise InputError(
            f"compare: {_quoted(without)} has no ids, and the files differ in length ({counts}); name the column that "
            "names the question, or give files with the same rows"
        )
    return {name: np.arange(n) for name, n in lengths.items()}


def _differing_labels(files: Mapping[str, Predictions]) -> list[str]:
    """Warn where the right options say that two rows are not the same question."""
    labelled = [(name, file.label) for name, file in files.items() if file.label is not None]
    if len(labelled) < 2:
        return []
    first, reference = labelled[0]
    notes = []
    for name, label in labelled[1:]:
        differs = np.flatnonzero((reference != label) & (reference >= 0) & (label >= 0))
        if differs.size:
            notes.append(
                f"The right option differs between {first} and {name} in {differs.size} of {label.size} rows, such as "
                f"row {differs[0] + 1}: unless the options were shuffled, these are not the same questions."
            )
    return notes


def _quoted(names: Sequence[str]) -> str:
    return " and ".join(repr(name) for name in names)
