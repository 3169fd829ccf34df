"""Exchanges with System One and OpenAI Decisions endpoints, with labels -> a row for every labelled question.

A line holds the response (bare, or under ``response``, ``output`` or ``result``), ``labels`` by question, and, if one
likes, the request. Answers are read from the probabilities: what an endpoint calls ``confidence`` is another thing with
every vendor.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from calibrant.exceptions import DataError
from calibrant.predictions._log import (
    LogRow,
    LogSource,
    Record,
    as_confidence,
    as_correct,
    as_dict,
    as_list,
    as_name,
    as_number,
    first_record,
    follow,
    json_lines,
    refuse_columns,
    say,
)
from calibrant.predictions._record import Columns
from calibrant.types import FloatArray

FORMAT = "systemone"

_SUM_TOLERANCE = 0.05
"""How far rounding may carry a sum from 1, by the contract of System One."""

_WHERE = ("response", "output", "result")

_YES_NO = {"true": 1, "yes": 1, "1": 1, "false": 0, "no": 0, "0": 0}


class _Read(NamedTuple):
    """One answer."""

    names: Sequence[Sequence[str]]
    """What each option may be called in a label."""

    probs: FloatArray
    answer: int
    tied: bool
    renormalised: bool
    is_top: bool
    """Whether the answer given is the most probable one."""


def recognises(path: Path) -> bool:
    """Whether the first line of a file holds answers and labels of typed questions; never raises."""
    if path.suffix not in (".jsonl", ".ndjson"):
        return False
    record = first_record(path)
    return isinstance(record.get("labels"), dict) and (_answers(record) is not None or "questions" in record)


def open_systemone(path: Path, columns: Columns) -> LogSource:
    """Open exchanges with a System One or Decisions endpoint.

    Parameters
    ----------
    path : Path
        JSONL, one exchange a line.
    columns : Columns
        ``confidence``: a field of each answer, to read instead of the probabilities. ``label``: where the labels are,
        if not under ``labels``. ``id``, ``group``, ``subject``: fields of the line, dotted where nested. By default a
        question is named by line and question, the line is its group and the type of the question its subject.

    Returns
    -------
    PredictionSource
        Refusals and questions without an answer are counted.

    Raises
    ------
    DataError
        If a line is damaged or its probabilities are none; the message names line and question.
    """
    refuse_columns(columns, FORMAT, "probs", "correct", "label_mass")
    if columns.confidence is None:
        refuse_columns(columns, FORMAT, "n_options")
    label = "Stated confidence" if columns.confidence else "Probability of the answer"
    answered = (_response(record) for _, record in json_lines(path))
    model = next((name for response in answered if (name := as_name(response.get("model")))), None)
    facts = {"model": model, "confidence": columns.confidence or "probabilities of the options"}
    return LogSource(str(path), FORMAT, label, facts, lambda: _Reader(path, columns))


class _Reader:
    def __init__(self, path: Path, columns: Columns) -> None:
        self._path = path
        self._columns = columns
        self._n: Counter[str] = Counter()
        self._types: Counter[str] = Counter()

    def rows(self) -> Iterator[LogRow]:
        some = False
        for line, record in json_lines(self._path):
            place = f"{self._path}, line {line}"
            labels = follow(record, self._columns.label or "labels")
            if labels is None:
                self._n["unlabelled"] += 1
                continue
            if not isinstance(labels, dict):
                raise DataError(f"{place}: labels must be an object with one label a question; got {labels!r:.60}")
            answers = _answers(record)
            kinds = _kinds(record)
            for question, label in labels.items():
                some = True
                answer = (answers or {}).get(question)
                yield self._row(record, line, question, answer, label, kinds.get(question))
        if not some:
            raise DataError(f'{self._path}: no line has labels; add "labels": {{question: right answer}} to the lines')

    def _row(
        self, record: Record, line: int, question: str, answer: Record | None, label: object, kind: str | None
    ) -> LogRow:
        columns = self._columns
        place = f"{self._path}, line {line}, question {question!r}"
        exchange = (as_name(follow(record, columns.id)) if columns.id else None) or str(line)
        group = (as_name(follow(record, columns.group)) if columns.group else None) or exchange
        own = _kind_of(answer)
        kind = kind if own in (None, "refusal") else own
        subject = (as_name(follow(record, columns.subject)) if columns.subject else None) or kind or "unknown"
        name = f"{exchange}/{question}"
        self._types[kind or "unknown"] += 1
        read = _read_answer(answer, own, place) if answer else None
        if read is None or answer is None:
            self._n["refused" if own == "refusal" else "unanswered"] += 1
            return LogRow(name, math.nan, math.nan, group, subject)
        right = _right(label, read.names)
        self._n["label unread"] += right is None
        self._n["not top"] += not read.is_top
        correct = math.nan if right is None else float(read.answer == right)
        if columns.confidence is not None:
            stated = as_number(follow(answer, columns.confidence))
            return LogRow(name, stated, correct, group, subject)
        return LogRow(
            name,
            float(read.probs[read.answer]),
            correct,
            group,
            subject,
            read.probs,
            -1 if right is None else right,
            read.tied,
            read.renormalised,
        )

    def notes(self) -> list[str]:
        n, said = self._n, []
        if n["refused"]:
            said.append(f"{say(n['refused'], 'question was', 'questions were')} refused.")
        if n["unanswered"]:
            said.append(
                f"{say(n['unanswered'], 'labelled question has', 'labelled questions have')} no answer with "
                "probabilities."
            )
        if n["label unread"]:
            said.append(
                f"{say(n['label unread'], 'label is', 'labels are')} none of the options, or a distribution that is "
                "not certain of one; these answers were not graded."
            )
        if n["unlabelled"]:
            said.append(f"{say(n['unlabelled'], 'line has', 'lines have')} no labels and were left out.")
        if len(self._types) > 1:
            shown = ", ".join(f"{kind} {count}" for kind, count in sorted(self._types.items()))
            said.append(f"Questions of several types are together here ({shown}): look at each apart.")
        if n["not top"]:
            said.append(
                f"{say(n['not top'], 'answer is', 'answers are')} not the most probable option; the confidence is that "
                "of the answer given."
            )
        return said


def _response(record: Record) -> Record:
    for found in (record, *(as_dict(record.get(name)) for name in _WHERE)):
        if isinstance(found.get("answers"), dict | list):
            return found
    return {}


def _answers(record: Record) -> Mapping[str, Record] | None:
    """Return the answers by question; those of a list that have no name are counted from 0."""
    answers = _response(record).get("answers")
    if isinstance(answers, dict):
        return {name: as_dict(answer) for name, answer in answers.items()}
    if isinstance(answers, list):
        rows = [as_dict(answer) for answer in answers]
        return {as_name(row.get("name")) or str(i): row for i, row in enumerate(rows)}
    return None


def _kinds(record: Record) -> dict[str, str]:
    """Return the types of the questions, where the request stands in the line."""
    questions = record.get("questions") or as_dict(record.get("request")).get("questions")
    if isinstance(questions, dict):
        named = questions.items()
    else:
        rows = [as_dict(question) for question in as_list(questions)]
        named = {as_name(row.get("name")) or str(i): row for i, row in enumerate(rows)}.items()
    return {name: kind for name, question in named if (kind := as_name(as_dict(question).get("type")))}


def _kind_of(answer: Record | None) -> str | None:
    if not answer:
        return None
    named = as_name(answer.get("type"))
    if named:
        return named
    return next((kind for kind in ("noul", "predicate", "choice", "score") if kind in answer), None)


def _read_answer(answer: Record, kind: str | None, place: str) -> _Read | None:
    if kind in ("noul", "predicate"):
        value = answer.get("noul", answer.get("probability"))
        yes = as_confidence(value, place, "the probability of yes")
        if math.isnan(yes):
            return None
        probs = np.array([1 - yes, yes])
        return _Read([["no"], ["yes"]], probs, int(yes > 0.5), yes == 0.5, False, True)
    if kind not in ("choice", "score"):
        return None
    names, values = _options(answer, place)
    if not names:
        return None
    total = float(values.sum())
    if abs(total - 1) > _SUM_TOLERANCE:
        raise DataError(f"{place}: the probabilities must sum to 1, within {_SUM_TOLERANCE}; they sum to {total:g}")
    renormalised = abs(total - 1) > 1e-6
    probs = values / total if abs(total - 1) > 1e-9 else values
    top = int(probs.argmax())
    tied = int((probs == probs[top]).sum()) > 1
    given = _right(answer.get("choice"), names) if kind == "choice" else None
    if given is None:
        given = top
    is_top = bool(probs[given] == probs[top])
    return _Read(names, probs, given, tied, renormalised, is_top)


def _options(answer: Record, place: str) -> tuple[list[list[str]], FloatArray]:
    """Return what each option is called, and its probability."""
    given = answer.get("probabilities")
    legend = as_dict(answer.get("legend"))
    names: list[list[str]] = []
    values: list[float] = []
    if isinstance(given, dict):
        for key, value in given.items():
            names.append([key] + ([_as_text(legend[key])] if key in legend else []))
            values.append(as_number(value))
    else:
        for entry in map(as_dict, as_list(given)):
            names.append([_as_text(entry[name]) for name in ("value", "label") if entry.get(name) is not None])
            values.append(as_number(entry.get("probability")))
    for value in values:
        if not 0 <= value <= 1:
            raise DataError(f"{place}: probabilities lie in [0, 1]; got {value:g}")
    return names, np.array(values)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _right(label: object, names: Sequence[Sequence[str]]) -> int | None:
    """Return the index of the option that a label names; None if it names none of them, or several."""
    if isinstance(label, dict):
        certain = [key for key, share in label.items() if as_number(share) == 1]
        others = [share for share in label.values() if as_number(share) not in (0.0, 1.0)]
        return _right(certain[0], names) if len(certain) == 1 and not others else None
    if label is None or isinstance(label, list):
        return None
    if names == [["no"], ["yes"]]:
        number = as_correct(label)
        return _YES_NO.get(_as_text(label).lower()) if math.isnan(number) else int(number)
    text = _as_text(int(label) if isinstance(label, float) and label.is_integer() else label)
    # What an option is called first goes before what describes it.
    for place in range(2):
        found = [i for i, called in enumerate(names) if place < len(called) and called[place] == text]
        if len(found) == 1:
            return found[0]
    return None
