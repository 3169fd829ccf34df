"""Sample logs of lm-evaluation-harness (``--log_samples``) -> the softmax of the options' log-likelihoods.

The harness writes one ``samples_<task>_<time>.jsonl`` a task, in which every filter repeats all documents. The right
option stands there as text only, whether the task gives its index or its words: see `_target_kind`.
"""

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from calibrant.exceptions import DataError
from calibrant.predictions._log import (
    LogRow,
    LogSource,
    Record,
    as_correct,
    as_dict,
    as_list,
    as_name,
    as_number,
    as_record,
    first_record,
    follow,
    json_lines,
    refuse_columns,
    say,
)
from calibrant.predictions._record import Columns
from calibrant.types import FloatArray

FORMAT = "lm-eval"

_NAME = re.compile(r"samples_(?P<task>.+?)(?:_(?P<time>\d{4}-\d\d-\d\dT[\d.:-]+))?\.jsonl")
_LARGEST_RESULTS = 1 << 26
_LARGEST_TARGET = 10_000

_Target: TypeAlias = Literal["index", "text", "unknown"]


@dataclass(frozen=True)
class _Task:
    """The log of one task."""

    name: str
    path: Path
    filter: object
    """The one that is read; the others repeat its documents."""

    target: _Target | None
    """How the right option is written; None where there are no options."""

    older: int
    """Logs of the same task that were written before."""


def recognises(path: Path) -> bool:
    """Whether a file, or a folder that holds one, is a sample log of lm-evaluation-harness; never raises."""
    try:
        if path.is_dir():
            return bool(_logs_in(path))
    except OSError:
        return False
    return path.suffix == ".jsonl" and {"doc_id", "filtered_resps"} <= first_record(path).keys()


def open_lm_eval(path: Path, columns: Columns) -> LogSource:
    """Open the sample log of one task, or the newest of each task in an output folder.

    Parameters
    ----------
    path : Path
        ``samples_<task>_<time>.jsonl``, or the folder that holds some.
    columns : Columns
        Names in a line of the log, dotted where nested, as in ``doc.category``. ``confidence`` is needed for tasks
        whose answers are generated.

    Returns
    -------
    PredictionSource
        The answer is the option with the largest log-likelihood, as for the harness' ``acc``.

    Raises
    ------
    DataError
        If the log is damaged, of several models, or of a task that has no confidence.
    """
    refuse_columns(columns, FORMAT, "probs", "label", "n_options", "label_mass")
    tasks = [_open_task(task, log, older, columns) for task, log, older in _newest(path)]
    facts = {
        "tasks": {task.name: {"file": task.path.name, "filter": task.filter, "target": task.target} for task in tasks},
        "confidence": columns.confidence or "softmax of the options' summed log-likelihoods",
        **_model_of(tasks[0].path),
    }
    label = "Stated confidence" if columns.confidence else "Softmax of options"
    return LogSource(str(path), FORMAT, label, facts, lambda: _Reader(tasks, columns))


def _newest(path: Path) -> list[tuple[str, Path, int]]:
    if not path.is_dir():
        return [(_task_of(path)[0], path, 0)]
    logs = _logs_in(path)
    if not logs:
        raise DataError(f"{path} holds no samples_<task>_<time>.jsonl; run lm_eval with --log_samples --output_path")
    folders = sorted({log.parent for log in logs})
    if len(folders) > 1:
        shown = ", ".join(folder.name for folder in folders[:5])
        raise DataError(f"{path} holds logs of several models; give the folder of one of them: {shown}")
    found: dict[str, list[Path]] = {}
    for log in sorted(logs, key=_task_of):
        found.setdefault(_task_of(log)[0], []).append(log)
    return [(task, of_task[-1], len(of_task) - 1) for task, of_task in found.items()]


def _logs_in(folder: Path) -> list[Path]:
    # The harness puts a folder for the model between the output path and the logs.
    return [log for pattern in ("samples_*.jsonl", "*/samples_*.jsonl") for log in folder.glob(pattern)]


def _task_of(log: Path) -> tuple[str, str]:
    name = _NAME.fullmatch(log.name)
    return (name["task"], name["time"] or "") if name else (log.stem, "")


def _open_task(name: str, path: Path, older: int, columns: Columns) -> _Task:
    first = next(json_lines(path), None)
    if first is None:
        raise DataError(f"{path} is empty; lm_eval may have been stopped before it wrote the log")
    line, record = first
    if "doc_id" not in record or "filtered_resps" not in record:
        raise DataError(f"{path}, line {line}: no sample of lm_eval: doc_id or filtered_resps is missing")
    target: _Target | None = None
    if columns.confidence is None:
        _require_options(record, f"{path}, line {line}")
        target = _target_kind(path)
    return _Task(name, path, record.get("filter"), target, older)


def _require_options(record: Record, place: str) -> None:
    requests = _requests(record)
    advice = (
        "log a number for each document and name it (--confidence), or keep the log-probabilities of the tokens and "
        "use the format inspect, openai-logprobs or a table"
    )
    if any(isinstance(second, dict) for _, second in requests):
        raise DataError(f"{place}: the answers of this task are generated, and lm_eval logs no confidence: {advice}")
    if len(as_list(record["filtered_resps"])) < 2:
        raise DataError(
            f"{place}: there is one log-likelihood a document, so no options to compare and no confidence in an "
            f"answer: {advice}"
        )


def _target_kind(path: Path) -> _Target:
    """Find whether the right option is written as its index or as its words, from the first line that decides.

    The log holds both as text, and the words of an option may be a number. Where every target could be either, the
    harness' own accuracy tells which it meant.
    """
    for number, record in json_lines(path):
        place = f"{path}, line {number}"
        values = _log_likelihoods(record, place)
        texts = _continuations(record, len(values))
        golds = _golds(record)
        for gold in golds:
            index, text = _as_index(gold, len(values)), _index_of(gold, texts)
            if _as_integer(gold) is None:
                return "text"
            if index is None or text is None:
                return "index" if text is None else "text"
            acc = as_correct(record.get("acc"))
            if len(golds) == 1 and index != text and not math.isnan(acc) and not np.isnan(values).any():
                answer = int(values.argmax())
                if (index == answer) != (text == answer):
                    return "index" if (index == answer) == bool(acc) else "text"
    return "unknown"


class _Reader:
    def __init__(self, tasks: Sequence[_Task], columns: Columns) -> None:
        self._tasks = tasks
        self._columns = columns
        self._n: Counter[str] = Counter()
        self._filters: dict[str, set[str]] = {}

    def rows(self) -> Iterator[LogRow]:
        for task in self._tasks:
            seen: set[str] = set()
            for line, record in json_lines(task.path):
                place = f"{task.path}, line {line}"
                if record.get("filter") != task.filter:
                    self._filters.setdefault(task.name, set()).add(str(record.get("filter")))
                    continue
                doc = as_name(record.get("doc_id"))
                if doc is None:
                    raise DataError(f"{place}: doc_id is missing")
                if doc in seen:
                    self._n["repeated"] += 1
                    continue
                seen.add(doc)
                yield self._row(task, record, doc, place)

    def _row(self, task: _Task, record: Record, doc: str, place: str) -> LogRow:
        columns = self._columns
        named_id = columns.id and as_name(follow(record, columns.id))
        graded = self._graded(record)
        name = f"{task.name}/{named_id or doc}"
        group = as_name(follow(record, columns.group)) if columns.group else None
        subject = (as_name(follow(record, columns.subject)) if columns.subject else None) or task.name
        if columns.confidence is not None:
            stated = as_number(follow(record, columns.confidence))
            return LogRow(name, stated, graded, group, subject)
        values = _log_likelihoods(record, place)
        if len(values) < 2 or np.isnan(values).any() or values.max() in (np.inf, -np.inf):
            self._n["unread"] += 1
            return LogRow(name, math.nan, graded, group, subject)
        answer = int(values.argmax())
        golds = self._right_options(task, record, values)
        own = float(answer in golds) if golds else math.nan
        if columns.correct is None:
            if not math.isnan(own) and not math.isnan(graded) and own != graded:
                self._n["disagreements"] += 1
            self._n["graded by acc"] += math.isnan(own) and not math.isnan(graded)
            graded = graded if math.isnan(own) else own
        self._n["several right"] += len(golds) > 1
        weights = np.exp(values - values.max())
        probs = weights / weights.sum()
        return LogRow(
            name,
            float(probs[answer]),
            graded,
            group,
            subject,
            probs,
            golds[0] if len(golds) == 1 else -1,
            tied=int((values == values.max()).sum()) > 1,
        )

    def _graded(self, record: Record) -> float:
        if self._columns.correct is not None:
            return as_correct(follow(record, self._columns.correct))
        if self._columns.confidence is None:
            return as_correct(record.get("acc"))
        # Where answers are generated, any metric that is 0 or 1 may be the one; the first is the task's own choice.
        metrics = [name for name in as_list(record.get("metrics")) if isinstance(name, str)]
        return as_correct(record.get(metrics[0])) if metrics else math.nan

    def _right_options(self, task: _Task, record: Record, values: FloatArray) -> list[int]:
        golds = _golds(record)
        if task.target == "index":
            found = [_as_index(gold, len(values)) for gold in golds]
        elif task.target == "text":
            texts = _continuations(record, len(values))
            found = [_index_of(gold, texts) for gold in golds]
        else:
            return []
        return sorted({index for index in found if index is not None})

    def notes(self) -> list[str]:
        said = []
        for task in self._tasks:
            if task.older:
                said.append(f"{task.name}: the newest of {task.older + 1} logs was read, {task.path.name}.")
            if task.name in self._filters:
                others = ", ".join(sorted(self._filters[task.name]))
                said.append(f"{task.name}: the filter {task.filter} was read, and these were not: {others}.")
            if task.target == "unknown":
                said.append(
                    f"{task.name}: the log does not tell whether targets are indices or words of options; they were "
                    "not used."
                )
        n = self._n
        if n["disagreements"]:
            said.append(
                f"{say(n['disagreements'], 'answer is', 'answers are')} graded otherwise than by the harness' acc. "
                "This happens with ties and where several options are right. The grade here is whether the most likely "
                "option is the target."
            )
        if n["graded by acc"]:
            said.append(
                f"{say(n['graded by acc'], 'answer was', 'answers were')} graded by the harness' acc, since the log "
                "does not tell which option is right."
            )
        if n["several right"]:
            said.append(f"{say(n['several right'], 'question has', 'questions have')} several right options.")
        if n["repeated"]:
            said.append(f"{say(n['repeated'], 'line repeats', 'lines repeat')} a document; the first was read.")
        if n["unread"]:
            said.append(
                f"{say(n['unread'], 'document has', 'documents have')} no finite log-likelihoods of two or more "
                "options."
            )
        return said


def _requests(record: Record) -> list[tuple[object, object]]:
    arguments = record.get("arguments")
    # Logs of 2023 and before hold lists where later ones hold {"gen_args_0": {"arg_0": ..., "arg_1": ...}}.
    rows: list[object] = list(arguments.values()) if isinstance(arguments, dict) else list(as_list(arguments))
    pairs: list[tuple[object, object]] = []
    for row in rows:
        parts: list[object] = list(row.values()) if isinstance(row, dict) else list(as_list(row))
        first, second, *_ = [*parts, None, None]
        pairs.append((first, second))
    return pairs


def _log_likelihoods(record: Record, place: str) -> FloatArray:
    responses = as_list(record.get("filtered_resps"))
    if not responses:
        raise DataError(f"{place}: filtered_resps must be a list with one entry an option; the log is damaged")
    if "acc_mutual_info" in as_list(record.get("metrics")) and len(responses) % 2 == 0:
        # The second half are the options without the question.
        responses = responses[: len(responses) // 2]
    values = []
    for response in responses:
        pair = as_list(response)
        value = as_number(pair[0]) if pair else math.nan
        if not pair or (math.isnan(value) and str(pair[0]).lower() != "nan"):
            raise DataError(
                f"{place}: filtered_resps must hold [log-likelihood, is_greedy] for each option; got {response!r:.60}"
            )
        values.append(value)
    return np.array(values)


def _continuations(record: Record, n: int) -> list[str]:
    texts = [second.strip() for _, second in _requests(record)[:n] if isinstance(second, str)]
    # Where the options are put into the question, what follows is the same for all and tells nothing.
    return texts if len(texts) == n and len(set(texts)) > 1 else []


def _golds(record: Record) -> list[str]:
    target = record.get("target")
    if isinstance(target, int) and not isinstance(target, bool):
        return [str(target)]
    if isinstance(target, list):
        return [str(gold) for gold in target]
    if not isinstance(target, str):
        return []
    if target.startswith("[") and len(target) < _LARGEST_TARGET:
        try:
            several = ast.literal_eval(target)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            several = None
        if isinstance(several, list):
            return [str(gold) for gold in several]
    return [target]


def _as_integer(gold: str) -> int | None:
    return int(gold) if re.fullmatch(r"-?[0-9]{1,9}", gold) else None


def _as_index(gold: str, n: int) -> int | None:
    index = _as_integer(gold)
    return index if index is not None and 0 <= index < n else None


def _index_of(gold: str, texts: Sequence[str]) -> int | None:
    return texts.index(gold.strip()) if texts.count(gold.strip()) == 1 else None


def _model_of(log: Path) -> Record:
    """Read the model's name from the results beside a log, where they are."""
    time = _task_of(log)[1]
    results = log.with_name(f"results_{time}.json")
    try:
        if not time or results.stat().st_size > _LARGEST_RESULTS:
            return {}
        content = as_record(results.read_bytes(), str(results))
    except (OSError, DataError):
        return {}
    name = content.get("model_name") or as_dict(content.get("config")).get("model")
    return {"model": name} if isinstance(name, str) else {}
