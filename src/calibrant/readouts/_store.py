"""The folder in which readouts live: option log-probabilities as lists and the mass of letters, a row a question.

If asked for, a row also holds the log-probabilities where nothing is asked and those in every cyclic order, and the
folder holds hidden states. The manifest names model, template, the questions' hash, splits, versions and the choice of
readout.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from calibrant.exceptions import InputError
from calibrant.readouts._shards import StoreFormat
from calibrant.readouts._stored import StoredRows, load_rows
from calibrant.types import FloatArray, ReadoutKind

READOUTS = StoreFormat(
    name="calibrant/readouts",
    version=1,
    schema=pa.schema(
        [
            ("row", pa.int64()),
            ("id", pa.string()),
            ("split", pa.string()),
            ("letter_logprobs", pa.list_(pa.float64())),
            ("letter_mass", pa.float64()),
            ("cloze_logprobs", pa.list_(pa.float64())),
            ("cloze_bytes", pa.list_(pa.int32())),
            ("cloze_token_logprobs", pa.list_(pa.list_(pa.float64()))),
            ("context_logprobs", pa.list_(pa.float64())),
            ("order_logprobs", pa.list_(pa.list_(pa.float64()))),
            ("hidden_start", pa.int64()),
            ("hidden_stop", pa.int64()),
        ]
    ),
    noun="readouts",
    again="run the readout again",
    facts={"kind": get_args(ReadoutKind)},
)


@dataclass(frozen=True)
class Readouts(StoredRows):
    """What a frozen model said about a set of questions, read back from its folder."""

    @property
    def kind(self) -> ReadoutKind:
        """The readout that was asked for, or that was chosen on the train split."""
        kind: ReadoutKind = "letter" if self.manifest["kind"] == "letter" else "cloze"
        return kind

    @property
    def identity(self) -> dict[str, object]:
        """What a map fitted on these readouts holds for: model, number format, engine, prompt and readout."""
        return {**self.binding, "readout": self.kind}

    def option_logprobs(self, kind: ReadoutKind | None = None, *, per_byte: bool = False) -> list[FloatArray]:
        """Return the unnormalised log-probability of every option, one array a question.

        Parameters
        ----------
        kind : {"letter", "cloze"}, optional
            By default the chosen readout.
        per_byte : bool
            Divide each option's cloze log-probability by the length of its text in UTF-8.
        """
        kind = kind or self.kind
        if per_byte and kind != "cloze":
            raise InputError("per_byte: only the cloze readout scores texts, whose length can be divided out")
        column = self.table.column(f"{kind}_logprobs").to_pylist()
        if any(values is None for values in column):
            raise InputError(f"kind: {self.folder} holds the {kind} readout for some questions only")
        arrays = [np.asarray(values, dtype=np.float64) for values in column]
        if per_byte:
            lengths = self.table.column("cloze_bytes").to_pylist()
            arrays = [values / np.asarray(n) for values, n in zip(arrays, lengths, strict=True)]
        return arrays

    def context_logprobs(self) -> list[FloatArray] | None:
        """Return the log-probability of every option where nothing is asked, one array a question.

        None where they were not read: ask for them with ``--context``.
        """
        return self._extra("context_logprobs")

    def order_logprobs(self) -> list[FloatArray] | None:
        """Return the log-probability of every option in every cyclic order, an array of shape (K, K) a question.

        Row s was read with the options moved on by s places, so that option i stood at place (i + s) mod K; row 0 is
        the usual reading. A column is an option, by its own index. None where they were not read: ask for them with
        ``--orders cyclic``.
        """
        return self._extra("order_logprobs")

    def _extra(self, name: str) -> list[FloatArray] | None:
        column = self.table.column(name).to_pylist() if name in self.table.column_names else [None]
        return None if None in column else [np.asarray(values, dtype=np.float64) for values in column]

    def hidden(self) -> list[npt.NDArray[np.float32]]:
        """Return the hidden states of every question, each of shape (positions, layers, width), in float32.

        Positions and layers are named in the manifest under ``settings.hidden``.
        """
        states = self._states()
        if len(states) < len(self.questions):
            raise InputError(f"{self.folder} holds no hidden states: read them with --hidden-layers")
        return [states[row] for row in range(len(self.questions))]


def is_readouts(path: Path) -> bool:
    """Whether a path is a folder that a readout has written, or begun to."""
    return (path / "manifest.json").is_file()


def load_readouts(folder: Path | str) -> Readouts:
    """Read a finished folder of readouts.

    Raises
    ------
    StoreError
        If there is none, it is not finished, or a file of it was changed or lost.
    """
    stored = load_rows(Path(folder), READOUTS)
    return Readouts(stored.folder, stored.manifest, stored.questions, stored.table)
