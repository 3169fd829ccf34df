"""The folder in which readouts live: one row a question, in shards that are whole or not there.

::

    readouts/
      manifest.json            model, template, questions' hash, splits, versions, choice of readout, shards' hashes
      questions.jsonl          the questions, in the order of the rows
      rows-00000.parquet       a row a question: option log-probabilities as lists, label mass
      hidden-00000.safetensors hidden states, if asked for: (positions, layers, width), and a scale a layer
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import safetensors
import safetensors.numpy

from calibrant.data import Question, encode_questions, read_questions
from calibrant.exceptions import InputError, StoreError
from calibrant.files import read_json, write_atomically, write_json
from calibrant.types import FloatArray, ReadoutKind, SplitName

FORMAT = "calibrant/readouts"
VERSION = 1

SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("id", pa.string()),
        ("split", pa.string()),
        ("letter_logprobs", pa.list_(pa.float64())),
        ("letter_mass", pa.float64()),
        ("cloze_logprobs", pa.list_(pa.float64())),
        ("cloze_bytes", pa.list_(pa.int32())),
        ("cloze_token_logprobs", pa.list_(pa.list_(pa.float64()))),
        ("hidden_start", pa.int64()),
        ("hidden_stop", pa.int64()),
    ]
)


class ShardWriter:
    """Writes one folder of readouts, picking up where a killed run stopped.

    Parameters
    ----------
    folder : Path
        Where the readouts live; made if it is not there.
    settings : mapping
        All that the rows depend on. A folder made with other settings is refused.
    questions : sequence of Question
        In the order of the rows.

    Raises
    ------
    StoreError
        If the folder holds readouts made with other settings, or something else.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object], questions: Sequence[Question]) -> None:
        self.folder = folder
        self.manifest: dict[str, object] = {"format": FORMAT, "version": VERSION, "settings": dict(settings)}
        if (folder / "manifest.json").exists():
            self.manifest = _read_manifest(folder)
            _check_same(folder, self.manifest["settings"], settings)
        elif folder.is_dir() and any(path for path in folder.iterdir() if not path.name.startswith(".")):
            raise StoreError(f"{folder} is not empty and holds no readouts: name another folder")
        else:
            write_atomically(folder / "questions.jsonl", encode_questions(questions))
            write_json(folder / "manifest.json", self.manifest)

    def note(self, **facts: object) -> None:
        """Add facts to the manifest."""
        self.manifest |= facts
        write_json(self.folder / "manifest.json", self.manifest)

    def finished(self, shard: int, ids: Sequence[str]) -> list[dict[str, object]] | None:
        """Return the rows of a shard that was finished before, or None if it must be made."""
        path = self.folder / _rows_name(shard)
        try:
            rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
        except (OSError, pa.ArrowInvalid):
            return None
        return rows if [row["id"] for row in rows] == list(ids) else None

    def write(
        self, shard: int, rows: Sequence[Mapping[str, object]], hidden: Sequence[npt.NDArray[np.float32]], dtype: str
    ) -> None:
        """Write one shard; the rows come last, since their file is the sign that the shard is finished."""
        if hidden:
            stops = np.cumsum([len(states) for states in hidden]).tolist()
            starts = [0, *stops[:-1]]
            rows = [
                {**row, "hidden_start": start, "hidden_stop": stop}
                for row, start, stop in zip(rows, starts, stops, strict=True)
            ]
            write_atomically(self.folder / _hidden_name(shard), _pack_hidden(np.concatenate(hidden), dtype))
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(list(rows), schema=SCHEMA), sink)
        write_atomically(self.folder / _rows_name(shard), sink.getvalue())

    def close(self, n_shards: int) -> None:
        """Mark the folder as complete, with the hash of every file."""
        names = [name for shard in range(n_shards) for name in (_rows_name(shard), _hidden_name(shard))]
        files = [self.folder / name for name in names if (self.folder / name).exists()]
        self.note(files={path.name: _sha256(path) for path in files})


@dataclass(frozen=True)
class Readouts:
    """What a frozen model said about a set of questions, read back from its folder."""

    folder: Path
    """Where it lives."""

    manifest: dict[str, object]
    """How it was made."""

    questions: tuple[Question, ...]
    """The questions, in the order of the rows."""

    table: pa.Table
    """A row a question."""

    @property
    def kind(self) -> ReadoutKind:
        """The readout that was asked for, or that was chosen on the train split."""
        kind: ReadoutKind = "letter" if self.manifest["kind"] == "letter" else "cloze"
        return kind

    @property
    def identity(self) -> dict[str, object]:
        """What a map fitted on these readouts holds for: model, number format, engine, prompt and readout."""
        settings = self.manifest["settings"]
        model = dict(settings["model"]) if isinstance(settings, dict) else {}
        model.pop("engine_version", None)
        return {**model, "template": settings["template"] if isinstance(settings, dict) else None, "readout": self.kind}

    @cached_property
    def split(self) -> tuple[SplitName, ...]:
        """The part that each question belongs to."""
        return tuple(self.table.column("split").to_pylist())

    def rows(self, *parts: SplitName) -> list[int]:
        """Return the numbers of the rows in these parts."""
        return [row for row, part in enumerate(self.split) if part in parts]

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

    def hidden(self) -> list[npt.NDArray[np.float32]]:
        """Return the hidden states of every question, each of shape (positions, layers, width), in float32.

        Positions and layers are named in the manifest under ``settings.hidden``.
        """
        states: dict[int, npt.NDArray[np.float32]] = {}
        for path in sorted(self.folder.glob("hidden-*.safetensors")):
            packed = safetensors.numpy.load_file(path)
            shard = packed["states"].astype(np.float32) * packed["scale"][None, :, None]
            number = int(path.stem.removeprefix("hidden-"))
            for row in pq.read_table(self.folder / _rows_name(number)).to_pylist():
                states[row["row"]] = shard[row["hidden_start"] : row["hidden_stop"]]
        if len(states) < len(self.questions):
            raise InputError(f"{self.folder} holds no hidden states: read them with --hidden-layers")
        return [states[row] for row in range(len(self.questions))]


def load_readouts(folder: Path | str) -> Readouts:
    """Read a finished folder of readouts.

    Raises
    ------
    StoreError
        If there is none, it is not finished, or a file of it was changed or lost.
    """
    folder = Path(folder)
    manifest = _read_manifest(folder)
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise StoreError(f"{folder} is not finished: run the same command again, it goes on where it stopped")
    for name, sha256 in files.items():
        path = folder / name
        if not path.exists() or _sha256(path) != sha256:
            raise StoreError(f"{path} was changed or lost after it was written: delete it and run the readout again")
    tables = [pq.read_table(folder / name) for name in files if name.endswith(".parquet")]
    table = pa.concat_tables(tables).sort_by("row")
    questions = tuple(read_questions(folder / "questions.jsonl"))
    if table.column("id").to_pylist() != [question.id for question in questions]:
        raise StoreError(f"{folder}: questions.jsonl is not the set that was read")
    return Readouts(folder, manifest, questions, table)


def _read_manifest(folder: Path) -> dict[str, object]:
    path = folder / "manifest.json"
    if not path.exists():
        raise StoreError(f"{folder} holds no readouts (no manifest.json)")
    try:
        manifest = read_json(path)
    except InputError as error:
        raise StoreError(f"damaged readouts: {error}") from None
    if manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
        found = f"{manifest.get('format')!r}, version {manifest.get('version')!r}"
        raise StoreError(f"{path} must be of format {FORMAT!r}, version {VERSION}; it is {found}")
    return manifest


def _check_same(folder: Path, found: object, wanted: Mapping[str, object]) -> None:
    kept = found if isinstance(found, dict) else {}
    for key in wanted:
        if kept.get(key) != wanted[key]:
            raise StoreError(
                f"{folder} was made with another {key} ({_short(kept.get(key))}, now {_short(wanted[key])}): "
                "name another folder, or delete this one"
            )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _pack_hidden(states: npt.NDArray[np.float32], dtype: str) -> bytes:
    """Store states as they are, or in half precision with a scale a layer, since some models exceed its range."""
    scale = np.ones(states.shape[1], dtype=np.float32)
    if dtype == "float16":
        scale = np.maximum(np.abs(states).max(axis=(0, 2)) / 32768.0, 1.0).astype(np.float32)
        states = (states / scale[None, :, None]).astype(np.float16)
    packed: bytes = safetensors.numpy.save({"states": np.ascontiguousarray(states), "scale": scale})
    return packed


def _rows_name(shard: int) -> str:
    return f"rows-{shard:05d}.parquet"


def _hidden_name(shard: int) -> str:
    return f"hidden-{shard:05d}.safetensors"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
