"""What the verbs that read anyone's predictions can be told about a file: its format, and which column holds what."""

from pathlib import Path
from typing import TypedDict, Unpack

from calibrant.predictions import Columns, Dialect, PredictionFormat, PredictionSource, open_predictions


class ColumnOptions(TypedDict, total=False):
    """How to read a file of predictions."""

    format: PredictionFormat
    """How the file was written; default: auto, by its name and what it holds."""

    confidence: str | None
    """The column with the confidence in the answer given; a dotted name leads into records, as in score.p."""

    correct: str | None
    """The column that says whether the answer was right: 1 or 0, true or false."""

    probs: list[str] | None
    """Probabilities of the options instead: a column with lists, one column an option, or one with P(yes)."""

    label: str | None
    """The right option, beside --probs: a column with its index from 0, or with the name of its column."""

    group: str | None
    """The column with what is not independent within, such as a passage: groups are resampled whole."""

    subject: str | None
    """The column that results are broken down by."""

    id: str | None
    """The column that names the question."""

    n_options: str | None
    """How many options a question had, for the dialects that need it: a column, or a number for all rows."""

    label_mass: str | None
    """The column with the probability that the options hold together, for the dialect that needs it."""

    dialect: Dialect
    """What the confidence column holds, if not the probability of the answer given; default: probability."""


def columns_of(**options: Unpack[ColumnOptions]) -> Columns:
    """Say which column holds what.

    Examples
    --------
    >>> columns_of(confidence="p", probs=["a", "b"])
    Columns(confidence='p', correct=None, probs=('a', 'b'), label=None, group=None, subject=None, id=None,
        n_options=None, label_mass=None)
    """
    return Columns(
        confidence=options.get("confidence"),
        correct=options.get("correct"),
        probs=tuple(options.get("probs") or ()),
        label=options.get("label"),
        group=options.get("group"),
        subject=options.get("subject"),
        id=options.get("id"),
        n_options=options.get("n_options"),
        label_mass=options.get("label_mass"),
    )


def open_file(path: Path, **options: Unpack[ColumnOptions]) -> PredictionSource:
    """Open a file of predictions as the options say; it is read when its batches are asked for."""
    return open_predictions(
        path,
        format=options.get("format", "auto"),
        columns=columns_of(**options),
        dialect=options.get("dialect", "probability"),
    )
