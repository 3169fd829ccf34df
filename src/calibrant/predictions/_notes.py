"""What a reader of the numbers should know about the rows: found while they stream by, said in sentences.

Nothing here converts or fills in. Memory is bounded: distinct values are kept up to a cap.
"""

import numpy as np

from calibrant.predictions._dialect import Dialect
from calibrant.predictions._record import Predictions
from calibrant.types import FloatArray

_MOST_ROUNDED = 10_001
"""Distinct values that four decimals can hold in [0, 1]: more, and the values are not rounded to them."""

_FEW = 30
"""Up to so many distinct confidences, a bin each is the better picture."""

_TINY = 5e-8
"""Half the last digit of a float32 below 1: how far a rounded number may lie from its decimal."""


class Notes:
    """Collects what to say about the rows of one source.

    Parameters
    ----------
    dialect : str, default='probability'
        What the confidences were read as.

    Examples
    --------
    >>> notes = Notes()
    >>> notes.update(Predictions(np.array([1.0, 0.0, np.nan]), np.array([0.85, 1.0, 0.75])))
    >>> for sentence in notes.messages():
    ...     print(sentence)
    1 answer is wrong at a confidence of exactly 1, or right at exactly 0: its log loss is in truth infinite, ...
    Confidences are rounded to at most 2 decimals: 3 distinct values, and 1 row at exactly 0 or 1.
    """

    def __init__(self, dialect: Dialect = "probability") -> None:
        self._dialect = dialect
        self._n = self._unparsed = self._renormalised = self._ties = 0
        self._example: str | None = None
        self._below_chance = self._certain_errors = self._zero_mass = self._at_ends = self._large = 0
        self._n_options: set[int] = set()
        self._stated = _Distinct(_MOST_ROUNDED)
        self._converted = _Distinct(_FEW)

    def update(
        self,
        batch: Predictions,
        stated: FloatArray | None = None,
        *,
        n_options: FloatArray | None = None,
        n_renormalised: int = 0,
        unparsed_example: str | None = None,
    ) -> None:
        """Look at the next rows.

        Parameters
        ----------
        batch : Predictions
            The rows.
        stated : ndarray of shape (n,), optional
            The confidences as they stand in the file, if they were converted.
        n_options : ndarray of shape (n,), optional
            How many options each question had; taken from the probabilities where there are any.
        n_renormalised : int, default=0
            Rows whose probabilities were divided by their sum.
        unparsed_example : str, optional
            One confidence that could not be read, and where it stands.
        """
        correct, confidence = batch.correct, batch.confidence
        unread = np.isnan(confidence)
        self._n += len(batch)
        self._unparsed += int(unread.sum())
        self._example = self._example or unparsed_example
        self._renormalised += n_renormalised
        self._ties += batch.n_ties
        self._certain_errors += int(
            ((correct == 0) & (confidence == 1)).sum() + ((correct == 1) & (confidence == 0)).sum()
        )
        self._look_at_options(batch, n_options)
        first = confidence if stated is None else stated
        self._at_ends += int(((confidence == 0) | (confidence == 1)).sum())
        self._large += int((first > 1).sum())
        self._stated.update(first)
        self._converted.update(confidence)

    def messages(self) -> list[str]:
        """Say what was seen so far: what could not be read, then what makes numbers doubtful, then what was done.

        How many rows are left out is for those to say who leave them out.
        """
        unread = [f"A confidence that could not be read: {self._example}."] if self._example else []
        return [*unread, *self._doubts(), *self._done()]

    def _look_at_options(self, batch: Predictions, n_options: FloatArray | None) -> None:
        if batch.probs is not None:
            sizes = np.fromiter((row.size for row in batch.probs), dtype=np.int64, count=len(batch))
            self._n_options.update(np.unique(sizes[sizes > 0]).tolist())
            if batch.label is not None:
                self._zero_mass += sum(
                    1
                    for row, label in zip(batch.probs, batch.label.tolist(), strict=True)
                    if row.size and label >= 0 and row[label] == 0
                )
        elif n_options is not None:
            self._n_options.update(np.unique(n_options[np.isfinite(n_options)]).astype(int).tolist())
            if self._dialect == "probability":
                self._below_chance += int((batch.confidence < 1 / n_options - 1e-4).sum())

    def _doubts(self) -> list[str]:
        said = []
        if self._below_chance:
            said.append(
                f"{_count(self._below_chance, 'confidence lies', 'confidences lie')} below 1 / n for n options, which "
                "the largest of n probabilities cannot. If this is a confidence rescaled to start from 0, pass "
                "--dialect typesafe."
            )
        if self._dialect == "percent" and self._n > self._unparsed and not self._large:
            said.append("No confidence exceeds 1 %: if the file holds fractions, leave --dialect percent out.")
        if self._certain_errors:
            whose = "its" if self._certain_errors == 1 else "their"
            said.append(
                f"{_count(self._certain_errors, 'answer is', 'answers are')} wrong at a confidence of exactly 1, or "
                f"right at exactly 0: {whose} log loss is in truth infinite, and is clipped."
            )
        if self._zero_mass:
            said.append(
                f"{_count(self._zero_mass, 'right option has', 'right options have')} a probability of exactly 0: the "
                "log loss over options is in truth infinite, and is clipped."
            )
        if len(self._n_options) > 1:
            said.append(
                f"The questions have {_listed(self._n_options)} options: the same confidence means something else for "
                "each number, so look at them apart (--subject)."
            )
        return said + self._rounding()

    def _rounding(self) -> list[str]:
        said = []
        values = self._stated.values()
        if values is not None and values.size:
            decimals = next((d for d in (2, 4) if (np.abs(np.round(values, d) - values) <= _TINY).all()), None)
            if decimals is not None:
                unit = "Percentages" if self._dialect == "percent" else "Confidences"
                said.append(
                    f"{unit} are rounded to at most {decimals} decimals: "
                    f"{_count(values.size, 'distinct value', 'distinct values')}, "
                    f"and {_count(self._at_ends, 'row', 'rows')} at exactly 0 or 1."
                )
        values = self._converted.values()
        if values is not None:
            inner = values[(values > _TINY) & (values < 1 - _TINY)]
            on_edge = np.zeros(inner.size, dtype=bool)
            for n_bins in (10, 15):
                on_edge |= np.abs(np.round(inner * n_bins) / n_bins - inner) <= _TINY
            if on_edge.any():
                lie = "lies" if on_edge.sum() == 1 else "lie"
                said.append(
                    f"{on_edge.sum()} of {_count(values.size, 'distinct confidence', 'distinct confidences')} {lie} on "
                    "edges of 10 or 15 equal bins, where the side that edges belong to moves the calibration error: "
                    "--strategy unique gives each value a bin of its own."
                )
        return said

    def _done(self) -> list[str]:
        said = []
        if self._renormalised:
            said.append(
                f"{_count(self._renormalised, 'row', 'rows')} of probabilities summed to 1 only within rounding, and "
                f"{'was' if self._renormalised == 1 else 'were'} divided by the sum."
            )
        if self._ties:
            said.append(
                f"{_count(self._ties, 'answer was', 'answers were')} tied with another option; the first was taken."
            )
        return said


class _Distinct:
    """Distinct values up to a cap; beyond it, only that there are too many."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._values: FloatArray | None = np.empty(0)

    def update(self, values: FloatArray) -> None:
        if self._values is None:
            return
        # Most columns give themselves away in few rows, which spares sorting all of them.
        for piece in (values[: 2 * self._cap], values[2 * self._cap :]):
            known = np.unique(np.concatenate([self._values, piece[~np.isnan(piece)]]))
            if known.size > self._cap:
                self._values = None
                return
            self._values = known

    def values(self) -> FloatArray | None:
        return self._values


def _count(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def _listed(numbers: set[int]) -> str:
    *most, last = [str(number) for number in sorted(numbers)]
    return f"{', '.join(most)} or {last}" if len(most) < 8 else f"from {most[0]} to {last}"
