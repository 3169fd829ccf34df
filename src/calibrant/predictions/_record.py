"""Answers with a confidence, as any tool may have written them: the record that every format is turned into."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Protocol

import numpy as np

from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray


@dataclass(frozen=True)
class Columns:
    """Which column of a table holds what; a dotted name leads into nested records, as in ``score.metadata.p``.

    What is None is looked for under its usual name, and done without where it is not needed.
    """

    confidence: str | None = None
    """Confidence in the answer given, by the definition that the dialect names."""

    correct: str | None = None
    """Whether the answer was right: 1 or 0, true or false."""

    probs: tuple[str, ...] = ()
    """Probabilities of the options instead: one column with lists, one column a option, or one with P(yes)."""

    label: str | None = None
    """The right option, beside ``probs``: its index from 0, or the name of its column."""

    group: str | None = None
    """What is not independent within: resampled whole."""

    subject: str | None = None
    """What results are broken down by."""

    id: str | None = None
    """What names a question, so that two files can be compared."""

    n_options: str | None = None
    """How many options the question had, for the dialects that need it: a column, or a number for all rows."""

    label_mass: str | None = None
    """Probability that the options hold together, for the dialect that needs it."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Some rows of a file, one entry an answer. What could not be read is NaN; nothing is ever filled in."""

    correct: FloatArray
    """1 right, 0 wrong, NaN not graded, shape (n,)."""

    confidence: FloatArray
    """Probability that the answer given is right, in [0, 1]; NaN where there was none to read, shape (n,)."""

    id: Sequence[str] | None = None
    """Name of each question."""

    group: Sequence[str] | None = None
    """Group of each question."""

    subject: Sequence[str] | None = None
    """Subject of each question."""

    probs: Sequence[FloatArray] | None = None
    """Probabilities of the options of each question, that sum to one; empty where unknown."""

    label: IntArray | None = None
    """The right option of each question, -1 where unknown, shape (n,)."""

    n_ties: int = 0
    """Rows whose answer was tied with another option; the first was taken."""

    def __post_init__(self) -> None:
        lengths = {
            column.name: len(value)
            for column in fields(self)
            if (value := getattr(self, column.name)) is not None and column.name != "n_ties"
        }
        if len(set(lengths.values())) > 1:
            raise InputError(f"all columns must have one entry a row; got {lengths}")

    def __len__(self) -> int:
        """Rows."""
        return len(self.correct)

    @property
    def known(self) -> IntArray:
        """Rows that can be measured: graded, and with a confidence."""
        return np.flatnonzero(~np.isnan(self.correct) & ~np.isnan(self.confidence))


class PredictionSource(Protocol):
    """A file of predictions that can be read through as often as needed, a batch at a time."""

    @property
    def name(self) -> str:
        """Name of the file."""

    @property
    def format(self) -> str:
        """Its format: csv, jsonl, parquet, lm-eval, inspect, systemone or openai-logprobs."""

    @property
    def label(self) -> str:
        """What the confidence is, for the head of a column, such as Stated confidence or Softmax of options."""

    @property
    def facts(self) -> Mapping[str, object]:
        """What to note on how it was read: columns, dialect, scorer, task; what JSON can hold."""

    def batches(self) -> Iterator[Predictions]:
        """Read the file from its beginning; errors name the file and the row."""

    def notes(self) -> list[str]:
        """Say, after a reading to the end, what a reader of the numbers should know: sentences, warnings first."""


@dataclass(frozen=True, eq=False)
class InMemory:
    """Predictions that are already there, as a source."""

    predictions: Predictions
    """All rows."""

    name: str = "predictions"
    """What to call them."""

    format: str = "memory"
    """Where they came from."""

    label: str = "Stated confidence"
    """What the confidence is."""

    facts: Mapping[str, object] = field(default_factory=dict)
    """What to note on how they were made."""

    def batches(self) -> Iterator[Predictions]:
        """All rows, once."""
        yield self.predictions

    def notes(self) -> list[str]:
        """Nothing."""
        return []


def concatenate(batches: Sequence[Predictions]) -> Predictions:
    """Join batches of one source.

    Examples
    --------
    >>> one = Predictions(np.array([1.0]), np.array([0.5]), id=["a"])
    >>> concatenate([one, one]).id
    ['a', 'a']
    """
    if not batches:
        return Predictions(np.empty(0), np.empty(0))

    def joined(name: str) -> list[object] | None:
        columns = [getattr(batch, name) for batch in batches]
        return None if any(column is None for column in columns) else [value for column in columns for value in column]

    labels = [batch.label for batch in batches]
    return Predictions(
        np.concatenate([batch.correct for batch in batches]),
        np.concatenate([batch.confidence for batch in batches]),
        **{name: joined(name) for name in ("id", "group", "subject", "probs")},  # type: ignore[arg-type]
        label=None if any(label is None for label in labels) else np.concatenate([x for x in labels if x is not None]),
        n_ties=sum(batch.n_ties for batch in batches),
    )
