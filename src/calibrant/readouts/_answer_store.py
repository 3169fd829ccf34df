"""The folder in which answers live: what a model said in its own words, and what it said of its own words, a row each.

What was not asked for, or what a server does not tell, is null. Where an answer did not come, ``finish`` is error and
``error`` its cause.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from calibrant.exceptions import InputError
from calibrant.files import read_json
from calibrant.models import FinishReason
from calibrant.readouts._shards import StoreFormat
from calibrant.readouts._stored import StoredRows, load_rows
from calibrant.types import FloatArray

_SAMPLE = pa.struct(
    [
        ("text", pa.string()),
        ("finish", pa.string()),
        ("logprob", pa.float64()),
        ("n_tokens", pa.int64()),
        ("error", pa.string()),
    ]
)
_P_TRUE = pa.struct(
    [("variant", pa.string()), ("probability", pa.float64()), ("mass", pa.float64()), ("error", pa.string())]
)
_STATED = pa.struct(
    [
        ("format", pa.string()),
        ("texts", pa.list_(pa.string())),
        ("finish", pa.string()),
        ("n_tokens", pa.int64()),
        ("error", pa.string()),
    ]
)

ANSWERS = StoreFormat(
    name="calibrant/answers",
    version=1,
    schema=pa.schema(
        [
            ("row", pa.int64()),
            ("id", pa.string()),
            ("split", pa.string()),
            ("n_prompt_tokens", pa.int64()),
            ("answer", pa.string()),
            ("finish", pa.string()),
            ("error", pa.string()),
            ("tokens", pa.list_(pa.string())),
            ("logprobs", pa.list_(pa.float64())),
            ("entropies", pa.list_(pa.float64())),
            ("top_logprobs", pa.list_(pa.list_(pa.float64()))),
            ("samples", pa.list_(_SAMPLE)),
            ("p_true", pa.list_(_P_TRUE)),
            ("stated", pa.list_(_STATED)),
            ("hidden_start", pa.int64()),
            ("hidden_stop", pa.int64()),
        ]
    ),
    noun="answers",
    again="ask the model again",
)


class Sample(TypedDict):
    """One of several answers that were drawn."""

    text: str
    """What was said."""

    finish: FinishReason
    """Why it ended."""

    logprob: float | None
    """The sum of the log-probabilities of its tokens, the one that ended it included; None where it was not told."""

    n_tokens: int | None
    """How many they are."""

    error: str | None
    """Where ``finish`` is error: its cause."""


class PTrue(TypedDict):
    """How probable the model finds it that its own answer is right."""

    variant: str
    """How it was asked."""

    probability: float | None
    """The probability of True among True and False; None where it could not be read."""

    mass: float | None
    """The probability that True and False have together: a small one says that the model did not take the question."""

    error: str | None
    """Why there is none."""


class StatedReply(TypedDict):
    """What a model replied when it was asked to state its confidence."""

    format: str
    """How it was asked."""

    texts: list[str]
    """One reply a stage; fewer where a stage failed."""

    finish: FinishReason
    """Of the first stage that did not stop by itself, else stop."""

    n_tokens: int | None
    """Tokens of all replies; None where it was not told."""

    error: str | None
    """Where ``finish`` is error: its cause."""


@dataclass(frozen=True)
class Answers(StoredRows):
    """What a model answered to a set of questions in its own words, read back from its folder."""

    @property
    def identity(self) -> dict[str, object]:
        """What a map fitted on these answers holds for: model, prompt, and how it was asked."""
        asked = {name: self.settings.get(name) for name in ("max_tokens", "samples", "temperature")}
        return {**self.binding, "readout": "answer", **asked}

    def texts(self) -> list[str]:
        """Return the answer to every question; empty where none came."""
        return [text or "" for text in self.table.column("answer").to_pylist()]

    def finishes(self) -> list[FinishReason]:
        """Return why each answer ended."""
        finishes: list[FinishReason] = self.table.column("finish").to_pylist()
        return finishes

    def token_logprobs(self) -> list[FloatArray | None]:
        """Return the log-probabilities of the tokens of every answer; None where they were not told."""
        return self._arrays("logprobs")

    def token_entropies(self) -> list[FloatArray | None]:
        """Return the entropies, in nats, at the tokens of every answer; None where they were not told."""
        return self._arrays("entropies")

    def top_logprobs(self) -> list[list[FloatArray] | None]:
        """Return for every answer, at each of its places, the largest log-probabilities, the largest first."""
        return [
            None if places is None else [np.asarray(values, dtype=np.float64) for values in places]
            for places in self.table.column("top_logprobs").to_pylist()
        ]

    def samples(self) -> list[list[Sample]]:
        """Return the answers that were drawn to every question; those that did not come are among them."""
        return [own or [] for own in self.table.column("samples").to_pylist()]

    @property
    def p_true_variants(self) -> tuple[str, ...]:
        """The ways in which P(True) was asked."""
        return _names(self.table.column("p_true").to_pylist(), "variant")

    def p_true(self, variant: str = "p-true") -> FloatArray:
        """Return the probability that the model gives to its own answer's being right; NaN where it could not be read.

        Higher is more confident, in [0, 1].
        """
        return np.array([np.nan if own is None else _number(own["probability"]) for own in self._p_true(variant)])

    def p_true_mass(self, variant: str = "p-true") -> FloatArray:
        """Return how much of the probability True and False have together; NaN where it could not be read."""
        return np.array([np.nan if own is None else _number(own["mass"]) for own in self._p_true(variant)])

    @property
    def stated_formats(self) -> tuple[str, ...]:
        """The formats in which the model was asked to state its confidence."""
        return _names(self.table.column("stated").to_pylist(), "format")

    def stated(self, form: str) -> list[StatedReply]:
        """Return what the model replied in one of the ``stated_formats``."""
        if form not in self.stated_formats:
            raise InputError(f"{self.folder} holds no stated confidence in the format {form!r}: ask with --stated")
        every: list[list[StatedReply] | None] = self.table.column("stated").to_pylist()
        return [next(reply for reply in own or () if reply["format"] == form) for own in every]

    def errors(self) -> Counter[str]:
        """Count what did not come, by its cause: answers, samples, stated confidences and P(True) alike."""
        causes: list[str | None] = self.table.column("error").to_pylist()
        for name in ("samples", "stated", "p_true"):
            causes += [one["error"] for own in self.table.column(name).to_pylist() for one in own or ()]
        return Counter(cause for cause in causes if cause is not None)

    def hidden(self) -> list[npt.NDArray[np.float32] | None]:
        """Return the hidden states of every answer, each of shape (positions, layers, width); None where it has none.

        Positions and layers are named in the manifest under ``settings.hidden``. A state that lies in an answer
        without text is NaN.
        """
        if not self.settings.get("hidden"):
            raise InputError(f"{self.folder} holds no hidden states: ask with --hidden-layers")
        states = self._states()
        return [
            own if (own := states.get(row)) is not None and len(own) else None for row in range(len(self.questions))
        ]

    def _arrays(self, name: str) -> list[FloatArray | None]:
        column = self.table.column(name).to_pylist()
        # A null among the numbers is one that was not told.
        return [None if values is None else np.array(values, dtype=np.float64) for values in column]

    def _p_true(self, variant: str) -> list[PTrue | None]:
        if variant not in self.p_true_variants:
            raise InputError(f"{self.folder} holds no {variant!r}: ask with --p-true")
        every: list[list[PTrue] | None] = self.table.column("p_true").to_pylist()
        return [next((one for one in own or () if one["variant"] == variant), None) for own in every]


def is_answers(path: Path) -> bool:
    """Whether a path is a folder of answers, finished or begun."""
    try:
        return read_json(path / "manifest.json").get("format") == ANSWERS.name
    except (InputError, OSError):
        return False


def load_answers(folder: Path | str) -> Answers:
    """Read a finished folder of answers.

    Raises
    ------
    StoreError
        If there is none, it is not finished, or a file of it was changed or lost.
    """
    stored = load_rows(Path(folder), ANSWERS)
    return Answers(stored.folder, stored.manifest, stored.questions, stored.table)


def _names(column: list[list[dict[str, str]] | None], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one[key] for own in column for one in own or ()))


def _number(value: float | None) -> float:
    return np.nan if value is None else value
