"""``calibrant readout``: questions x model → a folder of what the model said."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Literal, TypedDict, Unpack, get_args

from calibrant.data import Question, deduplicate, encode_questions, load_questions, read_questions, split_questions
from calibrant.exceptions import InputError
from calibrant.models import HiddenRequest, PositionName, load_model, need_scoring
from calibrant.readouts import DEFAULT_TEMPLATE, Answers, PromptTemplate, Readouts, read
from calibrant.types import SplitName


class ReadoutOptions(TypedDict, total=False):
    """What can be said about model, questions and prompt."""

    model: str
    """A hub id (with @revision if wanted), a folder, a GGUF file, or fake; default: the embedded model."""

    device: str | None
    """Where to run: auto, cpu, cuda, mps; default: CALIBRANT_DEVICE, else auto."""

    dtype: Literal["float32", "bfloat16"] | None
    """Number format of the weights; default: CALIBRANT_DTYPE, else float32."""

    data: str
    """A JSONL file of questions, or the id of a data set on the hub and its --columns; default: world-facts, embedded.
    """

    columns: dict[str, str] | None
    """For a data set on the hub, which of its columns holds each field: --columns.question q --columns.answer a."""

    data_subset: str | None
    """For a data set on the hub, its subset, if it has several."""

    data_split: str
    """For a data set on the hub, its split; default: test."""

    data_revision: str | None
    """For a data set on the hub, its revision."""

    test_data: str | None
    """A JSONL file with the official test part; --data is then shared by train and calibration."""

    limit: int | None
    """Use at most so many questions of --data, drawn by the seed."""

    readout: Literal["auto", "letter", "cloze"]
    """Read options by their letter, by their own text (cloze), or as is more accurate on train; default: auto."""

    template: Path | None
    """A file with the prompt, in Jinja; it sees question, choices, options and kind (letter or cloze)."""

    examples: Path | None
    """A JSONL file of answered questions to show before each question; they are left out of --data."""

    hidden_layers: list[int] | None
    """Also keep hidden states of these layers, with commas between: 0 enters the first block, l leaves block l."""

    hidden_positions: list[PositionName]
    """Where they are kept, with commas between: last_prompt, last_option; default: last_prompt."""

    hidden_dtype: Literal["float32", "float16"]
    """How they are stored; default: float32."""

    context: bool
    """Also read the options where the prompt asks nothing (N/A): what a model prefers without a question."""

    orders: Literal["given", "cyclic"]
    """Also read each question with its options moved on by 1, 2, ... places (cyclic; letter only); default: given."""

    batch_tokens: int
    """Tokens a batch, padding included: more of them need more memory; default: 1024."""

    guarantee: float
    """Share of the questions to keep for thresholds with a guarantee (calibrant select), seen by no map; default: 0."""

    seed: int
    """Seed of everything that is drawn; default: 0."""


class SourceOptions(TypedDict, total=False):
    """Which questions, and how they are shared out: what all verbs that ask a model have in common."""

    data: str
    columns: dict[str, str] | None
    data_subset: str | None
    data_split: str
    data_revision: str | None
    test_data: str | None
    limit: int | None
    guarantee: float
    seed: int


def readout(out: Path = Path("calibrant-audit/readouts"), **options: Unpack[ReadoutOptions]) -> int:
    """Ask a frozen model all questions and keep the likelihood of every option.

    A run that was stopped goes on where it stopped when the same command is given again.

    Parameters
    ----------
    out : Path
        Folder for the readouts.
    """
    readouts = make_readouts(out, **options)
    print(f"{count_parts(readouts)}, readout {readouts.kind}, in {out}")
    return 0


def make_readouts(out: Path, **options: Unpack[ReadoutOptions]) -> Readouts:
    """Load questions and model, split, and read; see ``ReadoutOptions``."""
    template = load_template(options.get("template"), options.get("examples"))
    parts, facts = load_parts(options, template.examples, with_choices)
    source_model = options.get("model", "embedded")
    model = need_scoring(load_model(source_model, device=options.get("device"), dtype=options.get("dtype")))
    layers = options.get("hidden_layers")
    default: list[PositionName] = ["last_prompt"]
    return read(
        model,
        parts,
        out,
        kind=options.get("readout", "auto"),
        template=template,
        hidden=HiddenRequest(tuple(layers), tuple(options.get("hidden_positions", default))) if layers else None,
        hidden_dtype=options.get("hidden_dtype", "float32"),
        context=options.get("context", False),
        orders=options.get("orders", "given"),
        batch_tokens=options.get("batch_tokens", 1024),
        facts=facts,
    )


def load_parts(
    options: SourceOptions,
    examples: Sequence[Question],
    prepare: Callable[[Sequence[Question], str], Sequence[Question]],
) -> tuple[dict[SplitName, Sequence[Question]], dict[str, object]]:
    """Load questions, leave out those that are shown as examples, and split the rest.

    Parameters
    ----------
    options : SourceOptions
        Where the questions come from.
    examples : sequence of Question
        Answered questions that are shown before each question.
    prepare : callable
        Makes of the questions of a source, which it is told, what the verb can ask, or refuses them.

    Returns
    -------
    tuple of (dict, dict)
        The questions of each part; and what the manifest says of where they come from.
    """
    seed = options.get("seed", 0)
    source = options.get("data", "world-facts")
    loaded = load_questions(
        source,
        columns=options.get("columns"),
        split=options.get("data_split", "test"),
        subset=options.get("data_subset"),
        revision=options.get("data_revision"),
    )
    unique = deduplicate(prepare(loaded, source))
    asked = [question for question in unique.kept if not _is_shown(question, examples)]
    test = options.get("test_data")
    official = None if test is None else deduplicate(prepare(read_questions(test), test)).kept
    _refuse_leaks(examples, official or ())
    splits = split_questions(
        draw(asked, options.get("limit"), seed),
        fractions=_fractions(options.get("guarantee", 0.0)),
        test=official,
        random_state=seed,
    )
    parts: dict[SplitName, Sequence[Question]] = {
        "train": splits.train,
        "calibration": splits.calibration,
        "test": splits.test,
    }
    if splits.guarantee:
        parts["guarantee"] = splits.guarantee
    facts: dict[str, object] = {
        "data": {
            "source": source if test is None else f"{source}, test part {test}",
            "sha256": hashlib.sha256(encode_questions(loaded)).hexdigest(),
            "n": sum(len(part) for part in parts.values()),
            "n_duplicates": len(unique.dropped) + len(splits.dropped),
        },
        "seed": seed,
    }
    return parts, facts


def load_template(template: Path | None, examples: Path | None) -> PromptTemplate:
    """Read the prompt's words and examples from their files."""
    text = DEFAULT_TEMPLATE if template is None else read_words(template)
    return PromptTemplate(text, () if examples is None else tuple(read_questions(examples)))


def read_words(template: Path) -> str:
    """Read the words of a prompt from a file."""
    try:
        return template.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"template: {template} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise InputError(f"template: {template} is not UTF-8 text") from None


def count_parts(stored: Readouts | Answers) -> str:
    """Say how many questions there are, and in which parts."""
    parts: tuple[SplitName, ...] = get_args(SplitName)
    sizes = ", ".join(f"{len(stored.rows(part))} {part}" for part in parts if stored.rows(part))
    return f"{len(stored.questions)} questions ({sizes})"


def draw(questions: Sequence[Question], limit: int | None, seed: int) -> list[Question]:
    """Draw at most ``limit`` questions by seed, in the order in which they were given."""
    if limit is None or limit >= len(questions):
        return list(questions)
    if limit < 1:
        raise InputError(f"limit must be at least 1; got {limit}")
    random = Random(seed)
    keys = [random.random() for _ in questions]
    kept = sorted(sorted(range(len(questions)), key=keys.__getitem__)[:limit])
    return [questions[index] for index in kept]


def _fractions(guarantee: float) -> tuple[float, ...]:
    """Share out what the guarantee part leaves."""
    if not 0 <= guarantee <= 0.5:
        raise InputError(f"guarantee must be a share from 0 to 0.5; got {guarantee:g}")
    usual = (0.5, 0.2, 0.3)
    return (*(share * (1 - guarantee) for share in usual), guarantee) if guarantee else usual


def with_choices(questions: Sequence[Question], source: str) -> Sequence[Question]:
    """Return the questions, and refuse those that have no options."""
    free = next((question for question in questions if question.choices is None), None)
    if free is not None:
        raise InputError(f"{source}: question {free.id!r} has no choices; option likelihoods need at least two options")
    return questions


def _refuse_leaks(examples: Sequence[Question], test: Sequence[Question]) -> None:
    leak = next((question for question in test if _is_shown(question, examples)), None)
    if leak is not None:
        raise InputError(f"examples: question {leak.id!r} of the test data is shown as an example; take it out")


def _is_shown(question: Question, examples: Sequence[Question]) -> bool:
    return any(deduplicate((example, question)).dropped for example in examples)
