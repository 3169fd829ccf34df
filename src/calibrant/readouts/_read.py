"""Question x model → a folder of readouts."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

import calibrant
from calibrant.data import Question, encode_questions
from calibrant.exceptions import InputError
from calibrant.models import HiddenRequest, LanguageModel, Prompt, Reading, common_head, count_nodes
from calibrant.progress import progress
from calibrant.readouts._plan import plan_batches, plan_shards
from calibrant.readouts._prompts import Row, build_prompts, read_row
from calibrant.readouts._store import Readouts, ShardWriter, load_readouts
from calibrant.readouts._template import PromptTemplate
from calibrant.types import ReadoutKind, SplitName

RequestedReadout: TypeAlias = Literal["auto", "letter", "cloze"]
HiddenDtype: TypeAlias = Literal["float32", "float16"]

BATCH_TOKENS = 1024
"""Padded tokens a batch: on two CPU cores more of them only grows the share of padding."""


def read(
    model: LanguageModel,
    parts: Mapping[SplitName, Sequence[Question]],
    folder: Path,
    *,
    kind: RequestedReadout = "auto",
    template: PromptTemplate | None = None,
    hidden: HiddenRequest | None = None,
    hidden_dtype: HiddenDtype = "float32",
    batch_tokens: int = BATCH_TOKENS,
    facts: Mapping[str, object] | None = None,
    quiet: bool = False,
) -> Readouts:
    """Ask a frozen model all questions and keep what it says in a folder.

    A folder that a killed run left is taken up where it stopped; one that is finished is read back at once.

    Parameters
    ----------
    model : LanguageModel
        The model.
    parts : mapping of split name to sequence of Question
        The questions of each part.
    folder : Path
        Where the readouts go.
    kind : {"auto", "letter", "cloze"}
        ``auto`` reads the train part both ways and goes on with the way that answers more of it correctly.
    template : PromptTemplate, optional
        The words of the prompt.
    hidden : HiddenRequest, optional
        Hidden states to keep; with ``last_option`` for the cloze readout only.
    hidden_dtype : {"float32", "float16"}
        How they are stored.
    batch_tokens : int
        Padded tokens that one batch may hold.
    facts : mapping, optional
        More to note in the manifest, such as where the questions come from.
    quiet : bool
        Show no progress bar.

    Raises
    ------
    InputError
        If the request cannot be met; it says what to change.
    StoreError
        If the folder holds something else.
    """
    template = template or PromptTemplate()
    questions = [question for part in parts.values() for question in part]
    split: list[SplitName] = [name for name, part in parts.items() for _ in part]
    _check_request(model, questions, split, kind, hidden, hidden_dtype)
    settings = {
        "model": model.identity.binding() | {"engine_version": model.identity.engine_version},
        "device": model.identity.device.partition(":")[0],
        "template": template.sha256,
        "questions": hashlib.sha256(encode_questions(questions)).hexdigest(),
        "splits": hashlib.sha256(" ".join(split).encode()).hexdigest(),
        "readout": kind,
        "hidden": None if hidden is None else _plain(asdict(hidden)) | {"dtype": hidden_dtype, "final_norm": False},
        "batch_tokens": batch_tokens,
        "calibrant": calibrant.__version__,
    }
    writer = ShardWriter(folder, settings, questions)
    if writer.finished:
        return load_readouts(folder)
    writer.note(
        model=asdict(model.identity),
        template={
            "text": template.text,
            "sha256": template.sha256,
            "examples": [example.model_dump(mode="json") for example in template.examples],
        },
        splits={name: len(part) for name, part in parts.items()},
        **(facts or {}),
    )
    run = _Run(model, questions, split, template, writer, hidden, hidden_dtype, batch_tokens)
    train = [row for row, part in enumerate(split) if part == "train"]
    rest = [row for row, part in enumerate(split) if part != "train"]
    with progress("Reading the model's option likelihoods", len(questions), quiet=quiet) as advance:
        if kind == "auto":
            rows = run.phase(train, ("letter", "cloze"), advance)
            choice = choose_readout(rows, [questions[row] for row in train])
            writer.note(kind=choice.kind, choice=asdict(choice))
            run.phase(rest, (choice.kind,), advance)
        else:
            writer.note(kind=kind)
            run.phase(list(range(len(questions))), (kind,), advance)
    writer.close()
    return load_readouts(folder)


@dataclass(frozen=True)
class ReadoutChoice:
    """How ``auto`` chose."""

    kind: ReadoutKind
    """The readout that answered more of the train part correctly; cloze if they tie."""

    letter: float
    """Accuracy of the letter readout on the train part."""

    cloze: float
    """Accuracy of the cloze readout on the train part."""

    n: int
    """Questions of the train part that have a right answer."""


def choose_readout(rows: Sequence[Row], questions: Sequence[Question]) -> ReadoutChoice:
    """Choose the readout by accuracy on questions that are not tested on.

    Examples
    --------
    >>> question = Question(id="q", question="?", choices=("yes", "no"), answer=0)
    >>> row = {"letter_logprobs": [-2.0, -1.0], "cloze_logprobs": [-1.0, -3.0]}
    >>> choose_readout([row], [question])
    ReadoutChoice(kind='cloze', letter=0.0, cloze=1.0, n=1)
    """
    graded = [(row, question) for row, question in zip(rows, questions, strict=True) if question.answer is not None]
    if not graded:
        raise InputError("readout: auto chooses on answered questions of the train part, and there are none")
    hits = {
        kind: [int(np.argmax(np.asarray(row[f"{kind}_logprobs"]))) == question.answer for row, question in graded]
        for kind in ("letter", "cloze")
    }
    letter, cloze = (sum(hits[kind]) / len(graded) for kind in ("letter", "cloze"))
    return ReadoutChoice("letter" if letter > cloze else "cloze", letter, cloze, len(graded))


class _Run:
    """The state of one run over a folder: which shard comes next, and what makes its rows."""

    def __init__(
        self,
        model: LanguageModel,
        questions: Sequence[Question],
        split: Sequence[SplitName],
        template: PromptTemplate,
        writer: ShardWriter,
        hidden: HiddenRequest | None,
        hidden_dtype: str,
        batch_tokens: int,
    ) -> None:
        self._model, self._questions, self._split, self._template = model, questions, split, template
        self._writer, self._hidden, self._hidden_dtype = writer, hidden, hidden_dtype
        self._batch_tokens = batch_tokens
        self.n_shards = 0

    def phase(self, members: Sequence[int], kinds: Sequence[ReadoutKind], advance: Callable[[int], None]) -> list[Row]:
        """Read some questions in these ways, shard by shard, and return their rows in the order of ``members``."""
        if not members:
            return []
        questions = [self._questions[row] for row in members]
        prompts = {kind: build_prompts(self._model, questions, self._template, kind) for kind in kinds}
        heads = {kind: common_head(own) for kind, own in prompts.items()}
        costs = {kind: [count_nodes(prompt, head=heads[kind]) for prompt in own] for kind, own in prompts.items()}
        totals = [sum(own) for own in zip(*costs.values(), strict=True)]
        done: dict[int, Row] = {}
        for shard in plan_shards(totals):
            rows = self._writer.read(self.n_shards, [questions[i].id for i in shard])
            if rows is not None:
                advance(len(shard))
            else:
                rows = [{"row": members[i], "id": questions[i].id, "split": self._split[members[i]]} for i in shard]
                states: list[npt.NDArray[np.float32]] = []
                for kind in kinds:
                    readings = self._read(
                        [prompts[kind][i] for i in shard],
                        [costs[kind][i] for i in shard],
                        heads[kind],
                        advance if kind == kinds[-1] else None,
                    )
                    for row, i, reading in zip(rows, shard, readings, strict=True):
                        row |= read_row(self._model, questions[i], kind, reading)
                    states += [reading.hidden for reading in readings if reading.hidden is not None]
                self._writer.write(self.n_shards, rows, states, self._hidden_dtype)
            self.n_shards += 1
            done |= dict(zip(shard, rows, strict=True))
        return [done[i] for i in range(len(members))]

    def _read(
        self, prompts: Sequence[Prompt], costs: Sequence[int], head: int, advance: Callable[[int], None] | None
    ) -> list[Reading]:
        readings: dict[int, Reading] = {}
        for batch in plan_batches(costs, self._batch_tokens):
            own = self._model.score([prompts[i] for i in batch], head=head, hidden=self._hidden)
            readings |= dict(zip(batch, own, strict=True))
            if advance is not None:
                advance(len(batch))
        return [readings[i] for i in range(len(prompts))]


def _check_request(
    model: LanguageModel,
    questions: Sequence[Question],
    split: Sequence[SplitName],
    kind: RequestedReadout,
    hidden: HiddenRequest | None,
    hidden_dtype: str,
) -> None:
    if kind not in get_args(RequestedReadout):
        raise InputError(f"kind must be one of {', '.join(get_args(RequestedReadout))}; got {kind!r}")
    if not questions:
        raise InputError("questions: there are none to read")
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise InputError(f"questions: the id {question.id!r} is there twice; ids must be unique over all parts")
        seen.add(question.id)
    if kind == "auto" and "train" not in split:
        raise InputError("readout: auto chooses on the train part, and there is none; name letter or cloze")
    if hidden is None:
        return
    if hidden_dtype not in get_args(HiddenDtype):
        raise InputError(f"hidden_dtype must be one of {', '.join(get_args(HiddenDtype))}; got {hidden_dtype!r}")
    if not hidden.layers or not hidden.positions:
        raise InputError("hidden: at least one layer and one position must be named")
    for layer in hidden.layers:
        if not 0 <= layer <= model.n_layers:
            raise InputError(f"hidden layers must lie in 0 to {model.n_layers} for this model; got {layer}")
    if kind == "auto":
        raise InputError("hidden states need a fixed readout: name letter or cloze")
    if kind != "cloze" and "last_option" in hidden.positions:
        raise InputError("hidden position last_option needs --readout cloze, which reads the options' own texts")


def _plain(content: dict[str, object]) -> dict[str, object]:
    """Make tuples lists, as JSON gives them back."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in content.items()}
