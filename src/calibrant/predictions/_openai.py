"""Chat completions with ``logprobs``, as OpenAI and servers like it write them -> the probability of the answer.

One JSON object a line: the completion itself, or a line of OpenAI's batch output, or ``{"response": completion}``.
Beside it stands ``label`` (the right answer) or ``correct``.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

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
    first_record,
    follow,
    json_lines,
    refuse_columns,
    say,
)
from calibrant.predictions._record import Columns
from calibrant.predictions._token_logprobs import (
    Token,
    letter_in,
    read_chat_tokens,
    read_completion_tokens,
    read_letters,
    text_probability,
)

FORMAT = "openai-logprobs"

_ANSWER_LETTER = re.compile(r"[\s(\[*]*([A-Z])(?:[).\]:,;*\n].*|\s*)", re.DOTALL)


def recognises(path: Path) -> bool:
    """Whether the first line of a file is a completion, or holds one as its response; never raises."""
    return path.suffix in (".jsonl", ".ndjson") and bool(_completion(first_record(path)))


def open_openai(path: Path, columns: Columns) -> LogSource:
    """Open completions with log-probabilities.

    Where the right answer is one capital letter, the answer is the letter that the text begins with, and its confidence
    that letter's share of all options' letters, over all their token forms. Otherwise it is the text, and its
    confidence is the probability of the text as written.

    Parameters
    ----------
    path : Path
        JSONL.
    columns : Columns
        Names in a line, dotted where nested: ``label``, ``correct``, ``confidence`` (instead of log-probabilities),
        ``id``, ``group``, ``subject``, and ``n_options`` (or a number) for questions answered with a letter; by default
        the options reach from A to the last letter that is a label or an answer anywhere in the file.

    Returns
    -------
    PredictionSource
        Answers without log-probabilities have no confidence; they are counted.

    Raises
    ------
    DataError
        If the file is damaged or its first line is no completion; the message names the line.
    """
    refuse_columns(columns, FORMAT, "probs", "label_mass")
    first = next(json_lines(path), None)
    if first is None:
        raise DataError(f"{path} is empty; one completion a line is needed")
    line, record = first
    completion = _completion(record)
    if not completion and not _is_batch_line(record):
        raise DataError(
            f"{path}, line {line}: no chat completion: an object with choices is needed, bare or as response"
        )
    label = "Text probability"
    n_options = 0
    if columns.confidence:
        label = "Stated confidence"
    elif _is_letter(_label_of(record, columns)):
        label = "Softmax of letters"
        n_options = 0 if columns.n_options else _last_letter(path, columns)
    facts: dict[str, object] = {"model": as_name(completion.get("model")), "confidence": columns.confidence or label}
    if n_options:
        facts["n_options"] = n_options
    return LogSource(str(path), FORMAT, label, facts, lambda: _Reader(path, columns, n_options))


def _last_letter(path: Path, columns: Columns) -> int:
    last = 0
    for line, record in json_lines(path):
        label = _label_of(record, columns)
        if label is not None and _is_letter(label):
            choice = as_dict(next(iter(as_list(_completion(record).get("choices"))), None))
            letter = _letter_of(_read_choice(choice, f"{path}, line {line}")[0])
            last = max(last, *(ord(one) - ord("A") + 1 for one in (label, letter or "A")))
    return last


class _Reader:
    def __init__(self, path: Path, columns: Columns, n_options: int) -> None:
        self._path = path
        self._default = n_options
        self._columns = columns
        self._n: Counter[str] = Counter()
        self._mass: list[float] = []
        self._missing: list[float] = []

    def rows(self) -> Iterator[LogRow]:
        for line, record in json_lines(self._path):
            yield self._row(record, line)

    def _row(self, record: Record, line: int) -> LogRow:
        columns, place = self._columns, f"{self._path}, line {line}"
        completion = _completion(record)
        # The id of a completion is another one in every run, so it names no question.
        own_id = None if completion is record else as_name(record.get("id"))
        name = (as_name(follow(record, columns.id)) if columns.id else None) or as_name(record.get("custom_id"))
        name = name or own_id or str(line)
        group, subject = (as_name(follow(record, at)) if at else None for at in (columns.group, columns.subject))
        choice = as_dict(next(iter(as_list(completion.get("choices"))), None))
        if not choice:
            if not _is_batch_line(record) and not completion:
                raise DataError(f"{place}: no chat completion: an object with choices is needed, bare or as response")
            self._n["failed"] += 1
            return LogRow(name, math.nan, math.nan, group, subject)
        self._n["cut"] += choice.get("finish_reason") == "length"
        text, tokens = _read_choice(choice, place)
        label = _label_of(record, columns)
        letter = _letter_of(text) if _is_letter(label) else None
        correct = as_correct(follow(record, columns.correct or "correct"))
        if math.isnan(correct) and label is not None:
            if _is_letter(label):
                correct = math.nan if letter is None else float(letter == label)
                self._n["no letter"] += letter is None
            else:
                correct = float(_normalised(text) == _normalised(label))
        if columns.confidence is not None:
            stated = as_number(follow(record, columns.confidence))
            return LogRow(name, stated, correct, group, subject)
        if not tokens:
            self._n["no logprobs"] += 1
            return LogRow(name, math.nan, correct, group, subject)
        if label is not None and _is_letter(label):
            return self._letter_row(LogRow(name, math.nan, correct, group, subject), record, tokens, letter, label)
        confidence = text_probability(tokens)
        self._n["missing"] += math.isnan(confidence)
        return LogRow(name, confidence, correct, group, subject)

    def _letter_row(self, row: LogRow, record: Record, tokens: list[Token], letter: str | None, label: str) -> LogRow:
        first = next((token for token in tokens if letter_in(token.text)), None)
        if letter is None or first is None or letter_in(first.text) != letter:
            self._n["letter unread"] += letter is not None
            return row
        reading = read_letters(first, self._n_options(record))
        position = ord(letter) - ord("A")
        # Where nothing else was logged, the share would be 1 whatever the model thinks.
        alone = len(first.alternatives) < 2
        if reading is None or alone or position >= len(reading.probs) or math.isnan(first.logprob):
            self._n["letter unread"] += 1
            return row
        self._mass.append(reading.mass)
        self._missing.append(reading.missing)
        whole = all(reading.seen)
        self._n["unseen"] += not whole
        right = ord(label) - ord("A")
        confidence = float(reading.probs[position])
        return LogRow(
            row.id,
            confidence,
            row.correct,
            row.group,
            row.subject,
            reading.probs if whole else None,
            right if whole and right < len(reading.probs) else -1,
            tied=int((reading.probs == confidence).sum()) > 1,
        )

    def _n_options(self, record: Record) -> int:
        named = self._columns.n_options
        if named is None:
            return self._default
        value = named if named.isascii() and named.isdigit() else follow(record, named)
        number = as_name(value)
        return int(number) if number and number.isascii() and number.isdigit() and len(number) < 4 else 0

    def notes(self) -> list[str]:
        n = self._n
        said = []
        if n["failed"]:
            said.append(f"{say(n['failed'], 'line holds', 'lines hold')} an error in place of an answer.")
        if n["no logprobs"]:
            said.append(
                f"{say(n['no logprobs'], 'answer has', 'answers have')} no log-probabilities: ask for them with "
                "logprobs: true."
            )
        if n["missing"]:
            said.append(
                f"{say(n['missing'], 'answer holds', 'answers hold')} a token whose log-probability was not given "
                "(-9999 means outside the most likely ones)."
            )
        if n["no letter"]:
            said.append(
                f"{say(n['no letter'], 'answer does', 'answers do')} not begin with a letter where the right answer is "
                "one; they were not graded."
            )
        if n["letter unread"]:
            said.append(
                f"For {say(n['letter unread'], 'answer', 'answers')} the letter, or what might have stood in its "
                "place, is not among the tokens logged (ask for top_logprobs)."
            )
        if self._mass:
            said.append(
                f"The letters of the options hold {sum(self._mass) / len(self._mass):.3f} of the probability on "
                f"average, at the least {min(self._mass):.3f}; the confidence is a share of that. Tokens that were not "
                f"logged hold up to {max(self._missing):.3f}."
            )
        if self._mass and self._default:
            said.append(
                f"The options were taken to be A to {chr(ord('A') + self._default - 1)}, the last letter that is a "
                "label or an answer; --n-options says otherwise."
            )
        if n["unseen"]:
            said.append(
                f"For {say(n['unseen'], 'answer', 'answers')} the letter of an option was not among the tokens logged: "
                "the confidence is a share of those that were, and too high by what is missing."
            )
        if n["cut"]:
            said.append(
                f"{say(n['cut'], 'answer was', 'answers were')} cut off at the limit of tokens; the confidence is that "
                "of what was written."
            )
        return said


def _completion(record: Record) -> Record:
    """Return the completion in a line; empty if there is none."""
    response = as_dict(record.get("response"))
    for found in (record, response, as_dict(response.get("body"))):
        choices = as_list(found.get("choices"))
        if choices and isinstance(choices[0], dict) and ("message" in choices[0] or "text" in choices[0]):
            return found
    return {}


def _is_batch_line(record: Record) -> bool:
    return "custom_id" in record and ("response" in record or "error" in record)


def _read_choice(choice: Record, place: str) -> tuple[str, list[Token]]:
    logprobs = as_dict(choice.get("logprobs"))
    message = choice.get("message")
    if isinstance(message, dict):
        content = message.get("content")
        if isinstance(content, list):
            content = "".join(str(as_dict(part).get("text") or "") for part in content)
        return content if isinstance(content, str) else "", read_chat_tokens(logprobs.get("content"), place)
    text = choice.get("text")
    return text if isinstance(text, str) else "", read_completion_tokens(logprobs, place)


def _label_of(record: Record, columns: Columns) -> str | None:
    return as_name(follow(record, columns.label or "label"))


def _is_letter(label: str | None) -> bool:
    return label is not None and len(label) == 1 and "A" <= label <= "Z"


def _letter_of(text: str) -> str | None:
    match = _ANSWER_LETTER.fullmatch(text)
    return match[1] if match else None


def _normalised(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(" .!?\"'")
