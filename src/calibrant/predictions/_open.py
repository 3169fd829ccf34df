"""One word from the user -> predictions, whatever wrote the file."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, get_args

from calibrant.exceptions import DataError, InputError
from calibrant.predictions import _inspect, _lm_eval, _openai, _systemone
from calibrant.predictions._csv_table import CsvTable
from calibrant.predictions._dialect import Dialect, check_dialect
from calibrant.predictions._jsonl_table import JsonlTable
from calibrant.predictions._log import LogSource
from calibrant.predictions._parquet_table import ParquetTable
from calibrant.predictions._record import Columns, PredictionSource
from calibrant.predictions._table import TableSource

PredictionFormat: TypeAlias = Literal[
    "auto", "csv", "jsonl", "parquet", "lm-eval", "inspect", "systemone", "openai-logprobs"
]
"""How a file of predictions is laid out; ``auto`` goes by its name and its first line."""

_TABLES: Mapping[str, Callable[[Path], CsvTable | JsonlTable | ParquetTable]] = {
    "csv": CsvTable,
    "jsonl": JsonlTable,
    "parquet": ParquetTable,
}
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_NO_COLUMNS = Columns()


class _Log(NamedTuple):
    """The reader of a log."""

    recognises: Callable[[Path], bool]
    open: Callable[[Path, Columns], LogSource]


# Asked in this order.
_LOGS: Mapping[str, _Log] = {
    "inspect": _Log(_inspect.recognises, _inspect.open_inspect),
    "lm-eval": _Log(_lm_eval.recognises, _lm_eval.open_lm_eval),
    "systemone": _Log(_systemone.recognises, _systemone.open_systemone),
    "openai-logprobs": _Log(_openai.recognises, _openai.open_openai),
}


def open_predictions(
    path: str | os.PathLike[str],
    *,
    format: PredictionFormat = "auto",
    columns: Columns = _NO_COLUMNS,
    dialect: Dialect = "probability",
) -> PredictionSource:
    r"""Open answers with their confidence, to be read a batch at a time; nothing is filled in or guessed.

    Parameters
    ----------
    path : str or path
        A file, or a folder of Parquet files.
    format : {'auto', 'csv', 'jsonl', 'parquet', 'lm-eval', 'inspect', 'systemone', 'openai-logprobs'}, default='auto'
        How it is laid out. Tables are CSV (with a header line), JSONL and Parquet; the others are logs, as the tools of
        that name write them. ``auto`` goes by the name of the file and its first line.
    columns : Columns, optional
        Which column holds what. By default ``confidence`` and ``correct``, or else ``probs`` and ``label``; and, where
        they are there, ``group``, ``subject`` and ``id``.
    dialect : str, default='probability'
        What a column of confidence holds: the probability that the answer is right, or one of the other definitions in
        use, which are converted where that is possible.

    Returns
    -------
    PredictionSource
        Its ``batches()`` read the file from the beginning, each time.

    Raises
    ------
    DataError
        If the file is missing, damaged or lacks a column; the message names file, place and what to do. Also from
        ``batches()``.
    InputError
        If the arguments do not go together, or the dialect cannot be converted.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "answers.csv"
    ...     _ = path.write_text("confidence,correct\n0.9,1\n0.8,\n")
    ...     [batch] = open_predictions(path).batches()
    >>> batch.confidence, batch.correct
    (array([0.9, 0.8]), array([ 1., nan]))
    """
    if format not in get_args(PredictionFormat):
        raise InputError(f"format must be one of {', '.join(get_args(PredictionFormat))}; got {format!r}")
    file = Path(path)
    _require_readable(file)
    kind = _recognise(file) if format == "auto" else format
    if kind in _TABLES:
        if file.is_dir() and kind != "parquet":
            raise DataError(f"{file} is a folder; give the path of a file, or of a folder of Parquet files")
        return TableSource(_TABLES[kind](file), columns, dialect)
    _require_confidence(kind, columns, dialect)
    source = _LOGS[kind].open(file, columns)
    if dialect == "probability":
        return source
    n_options = None if columns.n_options is None else float(columns.n_options)
    facts = {**source.facts, "dialect": dialect}
    return replace(source, dialect=dialect, n_options=n_options, label=f"{source.label}, from {dialect}", facts=facts)


def _require_readable(file: Path) -> None:
    try:
        if file.is_dir():
            next(file.iterdir(), None)
            return
        with file.open("rb") as stream:
            empty = not stream.read(1)
    except FileNotFoundError:
        raise DataError(f"{file} does not exist; give the path of a file of predictions") from None
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from None
    if empty:
        raise DataError(f"{file} is empty; a file of predictions with at least one row is needed")


def _recognise(file: Path) -> str:
    for name, log in _LOGS.items():
        if log.recognises(file):
            return name
    if file.is_dir():
        if any(file.rglob("*.parquet")):
            return "parquet"
        raise DataError(f"{file} is a folder without Parquet files; give the path of a file of predictions")
    kind = _SUFFIXES.get(file.suffix.lower(), "")
    if not kind:
        raise DataError(
            f"{file}: its name does not tell the format ({', '.join(_SUFFIXES)} do), nor does its beginning; say which "
            f"it is: --format {'|'.join(get_args(PredictionFormat)[1:])}"
        )
    return kind


def _require_confidence(kind: str, columns: Columns, dialect: Dialect) -> None:
    if dialect == "probability":
        return
    check_dialect(dialect, has_n_options=columns.n_options is not None, has_label_mass=columns.label_mass is not None)
    if kind not in ("inspect", "systemone") or columns.confidence is None:
        raise InputError(
            f"dialect {dialect!r} says how to read a field of confidence, and from a log of {kind} the probabilities "
            "themselves are read. Leave it out"
            + (", or name the field (--confidence FIELD)" if kind in ("inspect", "systemone") else "")
        )
    if columns.n_options is not None and not columns.n_options.isdecimal():
        raise InputError(f"n_options must be a number for a log of {kind}; got {columns.n_options!r}")
    if columns.label_mass is not None:
        raise InputError(f"label_mass: a log of {kind} has no such column; write a table with it (CSV, JSONL, Parquet)")
