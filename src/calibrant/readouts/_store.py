"""The folder in which readouts live: one row a question, in shards that are whole or not there.

::

    readouts/
      manifest.json            model, template, questions' hash, splits, versions, choice of readout; the hash of every
                               shard's files once they are whole, and at last that the folder is finished
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
from typing import get_args

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

    Raises
    ------
    StoreError
        If the folder holds readouts made with other settings, or something else.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        self.folder = folder
        self.manifest: dict[str, object] = {"format": FORMAT, "version": VERSION, "settings": dict(settings)}
        if (folder / "manifest.json").exists():
            self.manifest = _read_manifest(folder)
            _check_same(folder, self.manifest.get("settings"), settings)
        elif folder.is_dir() and any(path for path in folder.iterdir() if not path.name.startswith(".")):
            raise StoreError(f"{folder} is not empty and holds no readouts: name another folder")

    def begin(self, questions: Sequence[Question], **facts: object) -> None:
        """Make the folder, or take it up: the manifest comes first, without which nobody owns what is there."""
        self.note(**facts)
        write_atomically(self.folder / "questions.jsonl", encode_questions(questions))

    @property
    def finished(self) -> bool:
        """Whether all shards are there."""
        return self.manifest.get("finished") is True

    def note(self, **facts: object) -> None:
        """Add facts to the manifest."""
        self.manifest |= facts
        write_json(self.folder / "manifest.json", self.manifest)

    def read(self, shard: int, ids: Sequence[str]) -> list[dict[str, object]] | None:
        """Return the rows of a shard that was written before, or None if it must be made."""
        own = [name for name in (_rows_name(shard), _hidden_name(shard)) if name in self._files]
        if not own or any(_sha256(self.folder / name) != self._files[name] for name in own):
            return None
        rows: list[dict[str, object]] = pq.read_table(self.folder / _rows_name(shard)).to_pylist()
        return rows if [row["id"] for row in rows] == list(ids) else None

    def write(
        self, shard: int, rows: Sequence[Mapping[str, object]], hidden: Sequence[npt.NDArray[np.float32]], dtype: str
    ) -> None:
        """Write one shard; it counts once the manifest names its files with their hashes."""
        files = {}
        if hidden:
            stops = np.cumsum([len(states) for states in hidden]).tolist()
            starts = [0, *stops[:-1]]
            rows = [
                {**row, "hidden_start": start, "hidden_stop": stop}
                for row, start, stop in zip(rows, starts, stops, strict=True)
            ]
            files[_hidden_name(shard)] = _pack_hidden(np.concatenate(hidden), dtype)
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(list(rows), schema=SCHEMA), sink)
        files[_rows_name(shard)] = sink.getvalue()
        for name, data in files.items():
            write_atomically(self.folder / name, data)
        self.note(files=self._files | {name: hashlib.sha256(data).hexdigest() for name, data in files.items()})

    def close(self) -> None:
        """Mark the folder as finished."""
        self.note(finished=True)

    @property
    def _files(self) -> dict[str, str]:
        return _named_files(self.manifest)


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
        files = _named_files(self.manifest)
        for name in files:
            if not name.startswith("hidden-"):
                continue
            packed = safetensors.numpy.load_file(self.folder / name)
            shard = packed["states"].astype(np.float32) * packed["scale"][None, :, None]
            rows = name.replace("hidden-", "rows-").replace(".safetensors", ".parquet")
            for row in pq.read_table(self.folder / rows, columns=["row", "hidden_start", "hidden_stop"]).to_pylist():
                states[row["row"]] = shard[row["hidden_start"] : row["hidden_stop"]]
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
    folder = Path(folder)
    manifest = _read_manifest(folder)
    if manifest.get("finished") is not True:
        raise StoreError(f"{folder} is not finished: run the same command again, it goes on where it stopped")
    settings, files = manifest.get("settings"), _named_files(manifest)
    if not isinstance(settings, dict) or not files or manifest.get("kind") not in get_args(ReadoutKind):
        raise StoreError(f"{folder / 'manifest.json'} is damaged: delete {folder} and run the readout again")
    expected = files | {"questions.jsonl": settings.get("questions")}
    for name, sha256 in expected.items():
        if _sha256(folder / name) != sha256:
            raise StoreError(
                f"{folder / name} was changed or lost after it was written: delete {folder} and run the readout again"
            )
    tables = [pq.read_table(folder / name) for name in files if name.endswith(".parquet")]
    table = pa.concat_tables(tables).sort_by("row")
    questions = tuple(read_questions(folder / "questions.jsonl"))
    if table.column("id").to_pylist() != [question.id for question in questions]:
        raise StoreError(f"{folder}: its rows are not those of questions.jsonl")
    return Readouts(folder, manifest, questions, table)


def _named_files(manifest: Mapping[str, object]) -> dict[str, str]:
    """Return the hash of every file that the manifest knows to be whole."""
    files = manifest.get("files")
    return files if isinstance(files, dict) else {}


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


def _sha256(path: Path) -> str | None:
    """Return the hash of a file, or None if there is none."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None
