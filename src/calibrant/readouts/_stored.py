"""What all folders of rows have in common once they are finished: the record, and the checks on reading it back."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import safetensors.numpy

from calibrant.data import Question, read_questions
from calibrant.exceptions import StoreError
from calibrant.readouts._shards import StoreFormat, file_sha256, named_files, read_manifest
from calibrant.types import SplitName


@dataclass(frozen=True)
class StoredRows:
    """A row a question, read back from a folder."""

    folder: Path
    """Where it lives."""

    manifest: dict[str, object]
    """How it was made."""

    questions: tuple[Question, ...]
    """The questions, in the order of the rows."""

    table: pa.Table
    """A row a question."""

    @property
    def settings(self) -> dict[str, object]:
        """All that the rows depend on."""
        settings = self.manifest["settings"]
        return settings if isinstance(settings, dict) else {}

    @property
    def binding(self) -> dict[str, object]:
        """The model, its number format and engine, and the prompt."""
        model = self.settings.get("model")
        kept = dict(model) if isinstance(model, dict) else {}
        kept.pop("engine_version", None)
        return {**kept, "template": self.settings.get("template")}

    @cached_property
    def split(self) -> tuple[SplitName, ...]:
        """The part that each question belongs to."""
        return tuple(self.table.column("split").to_pylist())

    def rows(self, *parts: SplitName) -> list[int]:
        """Return the numbers of the rows in these parts."""
        return [row for row, part in enumerate(self.split) if part in parts]

    def _states(self) -> dict[int, npt.NDArray[np.float32]]:
        """Return the hidden states of every row that has some, each of shape (positions, layers, width)."""
        states: dict[int, npt.NDArray[np.float32]] = {}
        for name in named_files(self.manifest):
            if not name.startswith("hidden-"):
                continue
            packed = safetensors.numpy.load_file(self.folder / name)
            shard = packed["states"].astype(np.float32) * packed["scale"][None, :, None]
            rows = name.replace("hidden-", "rows-").replace(".safetensors", ".parquet")
            for row in pq.read_table(self.folder / rows, columns=["row", "hidden_start", "hidden_stop"]).to_pylist():
                states[row["row"]] = shard[row["hidden_start"] : row["hidden_stop"]]
        return states


def load_rows(folder: Path, form: StoreFormat) -> StoredRows:
    """Read a finished folder.

    Raises
    ------
    StoreError
        If there is none, it is not finished, or a file of it was changed or lost.
    """
    manifest = read_manifest(folder, form)
    if manifest.get("finished") is not True:
        raise StoreError(f"{folder} is not finished: run the same command again, it goes on where it stopped")
    settings, files = manifest.get("settings"), named_files(manifest)
    told = all(manifest.get(name) in allowed for name, allowed in form.facts.items())
    if not isinstance(settings, dict) or not files or not told:
        raise StoreError(f"{folder / 'manifest.json'} is damaged: delete {folder} and {form.again}")
    expected = files | {"questions.jsonl": settings.get("questions")}
    for name, sha256 in expected.items():
        if file_sha256(folder / name) != sha256:
            raise StoreError(
                f"{folder / name} was changed or lost after it was written: delete {folder} and {form.again}"
            )
    tables = [pq.read_table(folder / name) for name in files if name.endswith(".parquet")]
    # Shards of an older version lack the columns that came since.
    table = pa.concat_tables(tables, promote_options="default").sort_by("row")
    questions = tuple(read_questions(folder / "questions.jsonl"))
    if table.column("id").to_pylist() != [question.id for question in questions]:
        raise StoreError(f"{folder}: its rows are not those of questions.jsonl")
    return StoredRows(folder, manifest, questions, table)
