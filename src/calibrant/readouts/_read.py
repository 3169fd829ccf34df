"""Question x model → a folder of readouts."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import calibrant
from calibrant.data import Question, encode_questions
from calibrant.exceptions import InputError
from calibrant.models import HiddenRequest, LanguageModel
from calibrant.progress import progress
from calibrant.readouts._choose import choose_readout
from calibrant.readouts._extras import Extras, OptionOrders
from calibrant.readouts._prompts import build_prompts
from calibrant.readouts._run import Run
from calibrant.readouts._shards import ShardWriter
from calibrant.readouts._store import READOUTS, Readouts, load_readouts
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
    context: bool = False,
    orders: OptionOrders = "given",
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
    context : bool
        Also read the options where the prompt asks nothing: the question is N/A, and so is every option that is read
        by its letter. Needs a fixed readout.
    orders : {"given", "cyclic"}
        ``cyclic`` also reads every question with its K options moved on by 1, 2, … K - 1 places; for the letter
        readout only. Hidden states are those of the usual order.
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
    extras = Extras(context, orders)
    extras.check(kind)
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
        **extras.settings,
    }
    writer = ShardWriter(folder, settings, READOUTS)
    if writer.finished:
        return load_readouts(folder)
    # All prompts come before the first shard: a question that does not fit is found now, not hours later.
    kinds: tuple[ReadoutKind, ...] = ("letter", "cloze") if kind == "auto" else (kind,)
    prompts = {own: build_prompts(model, questions, template, own) for own in kinds}
    extra_prompts = extras.build(model, questions, template, kinds[0])
    writer.begin(
        questions,
        model=asdict(model.identity),
        template={
            "text": template.text,
            "sha256": template.sha256,
            "examples": [example.model_dump(mode="json") for example in template.examples],
        },
        splits={name: len(part) for name, part in parts.items()},
        **(facts or {}),
    )
    run = Run(
        model,
        questions,
        split,
        prompts,
        writer,
        hidden=hidden,
        hidden_dtype=hidden_dtype,
        batch_tokens=batch_tokens,
        extras=extras,
        extra_prompts=extra_prompts,
    )
    train = [row for row, part in enumerate(split) if part == "train"]
    rest = [row for row, part in enumerate(split) if part != "train"]
    with progress("Reading the model's option likelihoods", len(questions), quiet=quiet) as advance:
        if kind == "auto":
            rows = run.phase(train, kinds, advance)
            choice = choose_readout(rows, [questions[row] for row in train])
            writer.note(kind=choice.kind, choice=asdict(choice))
            run.phase(rest, (choice.kind,), advance)
        else:
            writer.note(kind=kind)
            run.phase(range(len(questions)), kinds, advance)
    writer.close()
    return load_readouts(folder)


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
    check_ids(questions)
    if kind == "auto":
        train = [question for question, part in zip(questions, split, strict=True) if part == "train"]
        if not any(question.answer is not None for question in train):
            raise InputError(
                "readout: auto chooses on answered questions of the train part, and there are none; "
                "name letter or cloze"
            )
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


def check_ids(questions: Sequence[Question]) -> None:
    """Raise ``InputError`` unless there are questions, each with an id of its own."""
    if not questions:
        raise InputError("questions: there are none to read")
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise InputError(f"questions: the id {question.id!r} is there twice; ids must be unique over all parts")
        seen.add(question.id)


def _plain(content: dict[str, object]) -> dict[str, object]:
    """Make tuples lists, as JSON gives them back."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in content.items()}
