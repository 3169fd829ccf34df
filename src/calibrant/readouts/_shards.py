"""Folders of rows that a run writes shard by shard: each shard is whole or not there, and a killed run goes on.

::

    folder/
      manifest.json            what the folder holds and how it was made; the hash of every shard's files once they are
                               whole, and at last that the folder is finished
      questions.jsonl          the questions, in the order of the rows
      rows-00000.parquet       a row a question
      hidden-00000.safetensors hidden states, if asked for: (positions, layers, width), and a scale a layer
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import safetensors.numpy

from calibrant.data import Question, encode_questions
from calibrant.exceptions import InputError, StoreError
from calibrant.files import read_json, write_atomically, write_json


@dataclass(frozen=True)
class StoreFormat:
    """What one kind of folder holds."""

    name: str
    """What its manifest calls it."""

    version: int
    """Of the format."""

    schema: pa.Schema
    """The columns of its rows."""

    noun: str
    """What a message calls what is in it."""

    again: str
    """What a message advises where it is damaged."""

    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the manifest of a finished folder must say, each with its allowed values."""


class ShardWriter:
    """Writes one folder, picking up where a killed run stopped.

    Parameters
    ----------
    folder : Path
        Where the rows live; made if it is not there.
    settings : mapping
        All that the rows depend on. A folder made with other settings is refused.
    form : StoreFormat
        What the folder holds.

    Raises
    ------
    StoreError
        If the folder holds rows made with other settings, or something else.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object], form: StoreFormat) -> None:
        self.folder, self.form = folder, form
        self.manifest: dict[str, object] = {"format": form.name, "version": form.version, "settings": dict(settings)}
        if (folder / "manifest.json").exists():
            self.manifest = read_manifest(folder, form)
            _check_same(folder, self.manifest.get("settings"), settings)
        elif folder.is_dir() and any(path for path in folder.iterdir() if not path.name.startswith(".")):
            raise StoreError(f"{folder} is not empty and holds no {form.noun}: name another folder")

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
        if not own or any(file_sha256(self.folder / name) != self._files[name] for name in own):
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
        pq.write_table(pa.Table.from_pylist(list(rows), schema=self.form.schema), sink)
        files[_rows_name(shard)] = sink.getvalue()
        for name, data in files.items():
            write_atomically(self.folder / name, data)
        self.note(files=self._files | {name: hashlib.sha256(data).hexdigest() for name, data in files.items()})

    def close(self) -> None:
        """Mark the folder as finished."""
        self.note(finished=True)

    @property
    def _files(self) -> dict[str, str]:
        return named_files(self.manifest)


def named_files(manifest: Mapping[str, object]) -> dict[str, str]:
    """Return the hash of every file that the manifest knows to be whole."""
    files = manifest.get("files")
    return files if isinstance(files, dict) else {}


def read_manifest(folder: Path, form: StoreFormat) -> dict[str, object]:
    """Read what a folder says of itself, or raise ``StoreError`` if it is no folder of this kind."""
    path = folder / "manifest.json"
    if not path.exists():
        raise StoreError(f"{folder} holds no {form.noun} (no manifest.json)")
    try:
        manifest = read_json(path)
    except InputError as error:
        raise StoreError(f"damaged {form.noun}: {error}") from None
    if manifest.get("format") != form.name or manifest.get("version") != form.version:
        found = f"{manifest.get('format')!r}, version {manifest.get('version')!r}"
        raise StoreError(f"{path} must be of format {form.name!r}, version {form.version}; it is {found}")
    return manifest


def _check_same(folder: Path, found: object, wanted: Mapping[str, object]) -> None:
    kept = found if isinstance(found, dict) else {}
    # Both ways round, since some settings are noted only where they are not the default.
    for key in [*wanted, *(key for key in kept if key not in wanted)]:
        if kept.get(key) != wanted.get(key):
            raise StoreError(
                f"{folder} was made with another {key} ({_short(kept.get(key))}, now {_short(wanted.get(key))}): "
                "name another folder, or delete this one"
            )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _pack_hidden(states: npt.NDArray[np.float32], dtype: str) -> bytes:
    """Store states as they are, or in half precision with a scale a layer, since some models exceed its range."""
    scale = np.ones(states.shape[1], dtype=np.float32)
    if dtype == "float16":
        # A state that was not there is NaN, which fmax passes over.
        scale = np.fmax(np.fmax.reduce(np.abs(states), axis=(0, 2)) / 32768.0, 1.0).astype(np.float32)
        states = (states / scale[None, :, None]).astype(np.float16)
    packed: bytes = safetensors.numpy.save({"states": np.ascontiguousarray(states), "scale": scale})
    return packed


def _rows_name(shard: int) -> str:
    return f"rows-{shard:05d}.parquet"


def _hidden_name(shard: int) -> str:
    return f"hidden-{shard:05d}.safetensors"


def file_sha256(path: Path) -> str | None:
    """Return the hash of a file, or None if there is none."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None
