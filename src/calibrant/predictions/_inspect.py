"""Logs of inspect_ai (``.eval`` or ``.json``) -> the confidence that a scorer, a sample or the tokens hold.

An ``.eval`` file is a zip archive: ``header.json`` (``_journal/start.json`` while it is being written) and a member a
sample and epoch. Inspect itself is not needed to read it.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

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
    follow,
    refuse_columns,
    say,
)
from calibrant.predictions._record import Columns
from calibrant.predictions._token_logprobs import Token, letter_in, read_chat_tokens, read_letters, text_probability
from calibrant.predictions._zip_json import ZipOfJson

FORMAT = "inspect"

_LARGEST_JSON = 1 << 31
"""Bytes of a ``.json`` log, which must be held whole; an ``.eval`` log is read a sample at a time."""

_LOOK = 100
"""Samples within which the best source of confidence is looked for; the first found later is taken otherwise."""

_GRADES = {"C": 1.0, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}

_Source: TypeAlias = Literal["named", "score", "sample", "letters", "tokens"]

_LABELS: dict[_Source, str] = {
    "named": "Stated confidence",
    "score": "Stated confidence",
    "sample": "Stated confidence",
    "letters": "Softmax of letters",
    "tokens": "Text probability",
}


@dataclass(frozen=True)
class _Log:
    """One log, and how it is read."""

    path: Path
    header: Record
    scorer: str | None = None
    """The one whose score says what is correct; None where the column names a path instead."""

    scorers: Sequence[str] = ()
    older: int = 0

    @property
    def task(self) -> str:
        return as_name(follow(self.header, "eval.task")) or self.path.stem

    @property
    def model(self) -> str | None:
        return as_name(follow(self.header, "eval.model"))

    @property
    def epochs(self) -> float:
        return as_number(follow(self.header, "eval.config.epochs"))

    def samples(self) -> Iterator[tuple[Record, str]]:
        """Read the samples, and where each stands."""
        if self.path.suffix == ".eval":
            archive = ZipOfJson(self.path)
            for name in archive.names:
                if name.startswith("samples/") and name.endswith(".json"):
                    yield archive.read(name), f"{self.path}, {name}"
            return
        for i, sample in enumerate(as_list(_whole(self.path).get("samples"))):
            yield as_dict(sample), f"{self.path}, sample {i + 1}"


def recognises(path: Path) -> bool:
    """Whether a file, or a folder that holds one, is a log of inspect_ai; never raises."""
    try:
        return any(map(_is_log, path.iterdir())) if path.is_dir() else _is_log(path)
    except OSError:
        return False


def open_inspect(path: Path, columns: Columns) -> LogSource:
    """Open a log of inspect_ai, or all logs of one model in a folder.

    The confidence is looked for in this order, and the first that there is holds for all samples: the column that was
    named; ``confidence`` in the metadata of the score; in that of the sample; the tokens' log-probabilities.

    Parameters
    ----------
    path : Path
        The file or folder.
    columns : Columns
        Names in a sample, dotted where nested, such as ``scores.match.metadata.p``. ``correct`` may also be the name of
        a scorer; the first by default.

    Returns
    -------
    PredictionSource
        A row a sample and epoch; epochs of a sample are one group.

    Raises
    ------
    DataError
        If a log is damaged, of several models, or holds no confidence at all; the message says what was looked for.
    """
    refuse_columns(columns, FORMAT, "probs", "label", "label_mass")
    if columns.confidence is None:
        refuse_columns(columns, FORMAT, "n_options")
    logs = [_with_scorer(log, columns) for log in _newest(path)]
    source = _find_source(path, logs, columns)
    facts = {
        "logs": {
            log.path.name: {
                "task": log.task,
                "scorer": log.scorer or columns.correct,
                "status": log.header.get("status"),
            }
            for log in logs
        },
        "model": logs[0].model,
        "confidence": columns.confidence or source,
    }
    return LogSource(str(path), FORMAT, _LABELS[source], facts, lambda: _Reader(logs, source, columns))


def _is_log(path: Path) -> bool:
    if not path.is_file() or path.suffix not in (".eval", ".json"):
        return False
    with path.open("rb") as stream:
        head = stream.read(4096)
    if path.suffix == ".eval":
        return head.startswith(b"PK\x03\x04")
    return head.lstrip().startswith(b"{") and b'"version"' in head and b'"eval"' in head and b'"task"' in head


def _whole(path: Path) -> Record:
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise DataError(f"{path}: larger than {_LARGEST_JSON:,} bytes; convert it: inspect log convert --to eval")
        return as_record(path.read_bytes(), str(path))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def _open_log(path: Path) -> _Log:
    if path.suffix == ".eval":
        archive = ZipOfJson(path)
        found = [name for name in ("header.json", "_journal/start.json") if name in archive.names]
        if not found:
            raise DataError(f"{path} holds neither header.json nor _journal/start.json, so it is no log of inspect_ai")
        header = archive.read(found[0])
    else:
        header = {name: value for name, value in _whole(path).items() if name != "samples"}
    if not isinstance(header.get("eval"), dict):
        raise DataError(f"{path}: its header has no eval, so it is no log of inspect_ai")
    return _Log(path, header)


def _newest(path: Path) -> list[_Log]:
    if not path.is_dir():
        return [_open_log(path)]
    logs = [_open_log(file) for file in sorted(path.iterdir()) if _is_log(file)]
    if not logs:
        raise DataError(f"{path} holds no log of inspect_ai (.eval or .json)")
    models = sorted({str(log.model) for log in logs})
    if len(models) > 1:
        raise DataError(f"{path} holds logs of several models; give the log of one of them: {', '.join(models[:5])}")
    found: dict[str, list[_Log]] = {}
    for log in sorted(logs, key=lambda log: str(follow(log.header, "eval.created"))):
        found.setdefault(log.task, []).append(log)
    return [replace(of_task[-1], older=len(of_task) - 1) for of_task in found.values()]


def _with_scorer(log: _Log, columns: Columns) -> _Log:
    """Choose the scorer: the one named, or the first of the log."""
    named = [as_name(as_dict(score).get("name")) for score in as_list(follow(log.header, "results.scores"))]
    named = named or [as_name(as_dict(one).get("name")) for one in as_list(follow(log.header, "eval.scorers"))]
    if not named:
        first = next((sample for sample, _ in log.samples() if as_dict(sample.get("scores"))), {})
        named = list(as_dict(first.get("scores")))
    scorers = list(dict.fromkeys(name for name in named if name))
    if columns.correct is None:
        return replace(log, scorer=scorers[0] if scorers else None, scorers=scorers)
    if columns.correct in scorers:
        return replace(log, scorer=columns.correct, scorers=scorers)
    if "." in columns.correct:
        return replace(log, scorers=scorers)
    raise DataError(
        f"{log.path}: correct must name a scorer of the log ({', '.join(scorers) or 'it has none'}) or be a dotted "
        f"path into a sample; got {columns.correct!r}"
    )


def _find_source(path: Path, logs: Sequence[_Log], columns: Columns) -> _Source:
    samples = ((log, sample, place) for log in logs for sample, place in log.samples())
    order: list[_Source] = ["named"] if columns.confidence is not None else ["score", "sample", "letters", "tokens"]
    found: set[_Source] = set()
    while some := list(islice(samples, _LOOK)):
        for log, sample, place in some:
            found.update(source for source in order if _has(source, log, sample, columns, place))
        if found:
            return min(found, key=order.index)
    looked = (
        f"{columns.confidence} in the samples"
        if columns.confidence is not None
        else "metadata.confidence of the score, metadata.confidence of the sample, and token log-probabilities "
        "(output.choices.0.logprobs)"
    )
    raise DataError(
        f"{path}: no confidence was found. Looked for: {looked}. Let a scorer put confidence into Score.metadata, run "
        "the model with logprobs, or name a field (--confidence scores.NAME.metadata.FIELD)"
    )


def _has(source: _Source, log: _Log, sample: Record, columns: Columns, place: str) -> bool:
    if source == "letters":
        return bool(as_list(sample.get("choices"))) and bool(_tokens(sample, place))
    if source == "tokens":
        return not as_list(sample.get("choices")) and bool(_tokens(sample, place))
    return not math.isnan(as_number(_stated(source, log, sample, columns)))


def _stated(source: _Source, log: _Log, sample: Record, columns: Columns) -> object:
    if source == "named":
        return follow(sample, columns.confidence or "")
    if source == "sample":
        return as_dict(sample.get("metadata")).get("confidence")
    return as_dict(_score(log, sample).get("metadata")).get("confidence")


def _score(log: _Log, sample: Record) -> Record:
    return as_dict(as_dict(sample.get("scores")).get(log.scorer or ""))


def _tokens(sample: Record, place: str) -> list[Token]:
    return read_chat_tokens(follow(sample, "output.choices.0.logprobs.content"), place)


class _Reader:
    def __init__(self, logs: Sequence[_Log], source: _Source, columns: Columns) -> None:
        self._logs = logs
        self._source = source
        self._columns = columns
        self._n: Counter[str] = Counter()
        self._mass: list[float] = []
        self._missing: list[float] = []

    def rows(self) -> Iterator[LogRow]:
        for log in self._logs:
            for sample, place in log.samples():
                yield self._row(log, sample, place)

    def _row(self, log: _Log, sample: Record, place: str) -> LogRow:
        columns = self._columns
        sample_id = as_name(sample.get("id"))
        if sample_id is None:
            raise DataError(f"{place}: a sample must have an id; the log is damaged")
        own = f"{log.task}/{sample_id}" if len(self._logs) > 1 else sample_id
        name = (as_name(follow(sample, columns.id)) if columns.id else None) or own
        group = (as_name(follow(sample, columns.group)) if columns.group else None) or own
        subject = as_name(follow(sample, columns.subject or "metadata.subject")) or log.task
        row = LogRow(
            f"{name}/{sample.get('epoch')}" if log.epochs > 1 else name,
            math.nan,
            self._correct(log, sample),
            group,
            subject,
        )
        if sample.get("error") is not None:
            return row
        if self._source == "letters":
            return self._letters(log, sample, row, place)
        if self._source == "tokens":
            confidence = text_probability(_tokens(sample, place))
        else:
            stated = _stated(self._source, log, sample, columns)
            confidence = as_number(stated)
        return replace(row, confidence=confidence)

    def _correct(self, log: _Log, sample: Record) -> float:
        if sample.get("error") is not None:
            self._n["error"] += 1
            return math.nan
        if log.scorer is None and self._columns.correct is not None:
            value = follow(sample, self._columns.correct)
        else:
            value = _score(log, sample).get("value")
        if value is None:
            self._n["no score"] += 1
            return math.nan
        correct = _grade(value)
        self._n["partial"] += math.isnan(correct)
        return correct

    def _letters(self, log: _Log, sample: Record, row: LogRow, place: str) -> LogRow:
        tokens = _tokens(sample, place)
        n_options = len(as_list(sample.get("choices")))
        # The answer comes last: ANSWER: B.
        token = next((token for token in reversed(tokens) if letter_in(token.text)), None)
        letter = letter_in(token.text) if token else None
        stated = as_name(_score(log, sample).get("answer"))
        if stated is not None and letter_in(stated) and letter_in(stated) != letter:
            letter = None
        reading = read_letters(token, n_options) if token and letter else None
        position = ord(letter) - ord("A") if letter else -1
        if token is None or reading is None or not 0 <= position < n_options or math.isnan(token.logprob):
            self._n["letter unread"] += 1
            return row
        if position >= len(reading.probs) or len(token.alternatives) < 2:
            self._n["letter unread"] += 1
            return row
        self._mass.append(reading.mass)
        self._missing.append(reading.missing)
        whole = all(reading.seen)
        self._n["unseen"] += not whole
        target = as_name(sample.get("target"))
        right = ord(target) - ord("A") if target is not None and len(target) == 1 else -1
        confidence = float(reading.probs[position])
        return replace(
            row,
            confidence=confidence,
            probs=reading.probs if whole else None,
            label=right if whole and 0 <= right < n_options else -1,
            tied=int((reading.probs == confidence).sum()) > 1,
        )

    def notes(self) -> list[str]:
        n, said = self._n, []
        for log in self._logs:
            status = log.header.get("status")
            if status != "success":
                said.append(f"{log.path.name}: its status is {status or 'unfinished'}, so samples may be missing.")
            if log.older:
                said.append(f"{log.task}: the newest of {log.older + 1} logs was read, {log.path.name}.")
            if log.scorer is not None and len(log.scorers) > 1 and self._columns.correct is None:
                others = ", ".join(name for name in log.scorers if name != log.scorer)
                said.append(f"{log.task}: graded by the first scorer, {log.scorer}; the others are {others}.")
        if n["error"]:
            said.append(f"{say(n['error'], 'sample', 'samples')} ended in an error.")
        if n["no score"]:
            said.append(f"{say(n['no score'], 'sample has', 'samples have')} no score of this scorer.")
        if n["partial"]:
            said.append(
                f"{say(n['partial'], 'score is', 'scores are')} neither right nor wrong (such as P, or a number "
                "between 0 and 1)."
            )
        if n["letter unread"]:
            said.append(
                f"For {say(n['letter unread'], 'sample', 'samples')} the letter of the answer, or what might have "
                "stood in its place, is not among the tokens logged (ask for top_logprobs)."
            )
        if self._mass:
            said.append(
                f"The letters of the options hold {sum(self._mass) / len(self._mass):.3f} of the probability on "
                f"average, at the least {min(self._mass):.3f}; the confidence is a share of that. Tokens that were not "
                f"logged hold up to {max(self._missing):.3f}."
            )
        if n["unseen"]:
            said.append(
                f"For {say(n['unseen'], 'sample', 'samples')} the letter of an option was not among the tokens logged: "
                "the confidence is a share of those that were, and too high by what is missing."
            )
        return said


def _grade(value: object) -> float:
    """Return 1 or 0 by what inspect_ai takes a score to mean, and NaN for what is neither."""
    if isinstance(value, str):
        return _GRADES.get(
            value, _GRADES.get(value.lower(), as_correct(value)) if len(value) > 1 else as_correct(value)
        )
    return as_correct(value)
