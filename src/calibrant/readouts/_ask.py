"""Question x model → a folder of answers in the model's own words, and of what it says of them."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, get_args, runtime_checkable

import calibrant
from calibrant.data import Question, encode_questions
from calibrant.exceptions import InputError
from calibrant.models import AnsweringModel, AnswerPosition, GenerationRequest, Message, ServerStatistics
from calibrant.progress import progress
from calibrant.readouts._answer_store import ANSWERS, Answers, load_answers
from calibrant.readouts._answer_template import AnswerTemplate
from calibrant.readouts._asking import Asking
from calibrant.readouts._p_true import Claim, PTrueVariant
from calibrant.readouts._plan import plan_shards
from calibrant.readouts._read import BATCH_TOKENS, HiddenDtype, check_ids
from calibrant.readouts._shards import ShardWriter
from calibrant.readouts._stated_formats import find_format
from calibrant.types import SplitName

SHARD_QUESTIONS = 32
"""Questions a shard, or fewer where more is asked of each: what a killed run can lose."""

_SHARD_REPLIES = 256
_FEWEST_QUESTIONS = 8


@runtime_checkable
class _Counting(Protocol):
    """A server, whose requests and tokens are counted."""

    @property
    def statistics(self) -> ServerStatistics: ...


def ask(
    model: AnsweringModel,
    parts: Mapping[SplitName, Sequence[Question]],
    folder: Path,
    *,
    max_tokens: int = 32,
    samples: int = 0,
    temperature: float = 1.0,
    stated: Sequence[str] = (),
    p_true: Sequence[PTrueVariant] = (),
    shots: Sequence[Claim] = (),
    template: AnswerTemplate | None = None,
    top_logprobs: int = 5,
    hidden_layers: Sequence[int] = (),
    hidden_positions: Sequence[AnswerPosition] = ("last_prompt", "last_answer"),
    hidden_dtype: HiddenDtype = "float32",
    seed: int = 0,
    batch_tokens: int = BATCH_TOKENS,
    facts: Mapping[str, object] | None = None,
    quiet: bool = False,
) -> Answers:
    """Ask a model all questions, let it answer in its own words, and keep what it says in a folder.

    A folder that a killed run left is taken up where it stopped; one that is finished is read back at once. An answer
    that does not come is kept as an error with its cause, and stops no other.

    Parameters
    ----------
    model : AnsweringModel
        The model.
    parts : mapping of split name to sequence of Question
        The questions of each part, with options or without.
    folder : Path
        Where the answers go.
    max_tokens : int
        An answer is cut off after so many tokens.
    samples : int
        Answers drawn to each question besides the greedy one.
    temperature : float
        Of these draws.
    stated : sequence of str
        Names of ``STATED_FORMATS``: also ask the model to state its confidence in these ways.
    p_true : sequence of {"p-true", "p-true-samples", "p-true-few"}
        Also read how probable it finds that its answer is right, in these ways.
    shots : sequence of Claim
        For ``p-true-few``: examples, each with whether it is right, of questions that are not asked here as test.
    template : AnswerTemplate, optional
        The words of the prompt.
    top_logprobs : int
        So many of the largest log-probabilities are kept at every token.
    hidden_layers : sequence of int
        Hidden states of the greedy answer to keep.
    hidden_positions : sequence of {"last_prompt", "first_answer", "last_answer"}
        Where.
    hidden_dtype : {"float32", "float16"}
        How they are stored.
    seed : int
        Of the draws.
    batch_tokens : int
        Padded tokens that one batch of P(True) may hold.
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
    template = template or AnswerTemplate()
    questions = [question for part in parts.values() for question in part]
    split: list[SplitName] = [name for name, part in parts.items() for _ in part]
    _check_request(questions, split, samples, stated, p_true, shots, hidden_dtype)
    asking = Asking(
        GenerationRequest(
            max_tokens=max_tokens,
            seed=seed,
            top_logprobs=top_logprobs,
            layers=tuple(hidden_layers),
            positions=tuple(hidden_positions),
        ),
        GenerationRequest(max_tokens=max_tokens, n=samples, temperature=temperature, seed=seed) if samples else None,
        tuple(find_format(name) for name in stated),
        tuple(p_true),
        tuple(shots),
        batch_tokens,
    )
    hidden = {"layers": list(hidden_layers), "positions": list(hidden_positions), "dtype": hidden_dtype}
    settings = {
        "model": model.identity.binding() | {"engine_version": model.identity.engine_version},
        "device": model.identity.device.partition(":")[0],
        "template": template.sha256,
        "questions": hashlib.sha256(encode_questions(questions)).hexdigest(),
        "splits": hashlib.sha256(" ".join(split).encode()).hexdigest(),
        "hidden": hidden if hidden_layers else None,
        "calibrant": calibrant.__version__,
        **asking.settings,
    }
    writer = ShardWriter(folder, settings, ANSWERS)
    if writer.finished:
        return load_answers(folder)
    # A template that fails does so now, not hours later.
    conversations = [template.messages(question) for question in questions]
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
    earlier = writer.manifest.get("server")
    with progress("Asking the model", len(questions) * asking.n_replies, quiet=quiet) as advance:
        for shard, members in enumerate(_plan(conversations, asking.n_replies)):
            own = [questions[i] for i in members]
            if writer.read(shard, [question.id for question in own]) is not None:
                advance(len(members) * asking.n_replies)
                continue
            started = time.perf_counter()
            columns, states = asking.ask(model, own, [conversations[i] for i in members], advance)
            rows = [
                {"row": i, "id": questions[i].id, "split": split[i], **said}
                for i, said in zip(members, columns, strict=True)
            ]
            writer.write(shard, rows, states, hidden_dtype)
            writer.note(seconds=_seconds(writer) + time.perf_counter() - started, **_server(model, earlier))
    writer.close()
    return load_answers(folder)


def _plan(conversations: Sequence[Sequence[Message]], n_replies: int) -> list[list[int]]:
    size = min(SHARD_QUESTIONS, max(_FEWEST_QUESTIONS, _SHARD_REPLIES // n_replies))
    # By characters, since a server does not tell its tokens.
    return plan_shards([sum(len(message.content) for message in own) for own in conversations], rows=size)


def _seconds(writer: ShardWriter) -> float:
    """Return how long earlier shards took, those of a run that was killed included."""
    seconds = writer.manifest.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else 0.0


def _server(model: AnsweringModel, earlier: object) -> dict[str, object]:
    """Return what asking a server came to, an entry a run; nothing for a model that is here."""
    if not isinstance(model, _Counting):
        return {}
    now = {key: None if value != value else value for key, value in asdict(model.statistics).items()}  # NaN is no JSON
    return {"server": [*(earlier if isinstance(earlier, list) else ()), now]}


def _check_request(
    questions: Sequence[Question],
    split: Sequence[SplitName],
    samples: int,
    stated: Sequence[str],
    p_true: Sequence[PTrueVariant],
    shots: Sequence[Claim],
    hidden_dtype: str,
) -> None:
    check_ids(questions)
    if samples < 0:
        raise InputError(f"samples must be at least 0; got {samples}")
    for name, names in (("stated", stated), ("p_true", p_true)):
        if len(set(names)) < len(names):
            raise InputError(f"{name}: a name is there twice; got {', '.join(names)}")
    unknown = next((name for name in p_true if name not in get_args(PTrueVariant)), None)
    if unknown is not None:
        raise InputError(f"p_true must be of {', '.join(get_args(PTrueVariant))}; got {unknown!r}")
    if "p-true-samples" in p_true and not samples:
        raise InputError("p_true: p-true-samples shows other answers of the model: ask for samples")
    if ("p-true-few" in p_true) != bool(shots):
        raise InputError("p_true: p-true-few and shots, its answered examples, go together; only one of them was given")
    if any(shot.right is None for shot in shots):
        raise InputError("shots: each must say whether its answer is right")
    tested = {question.id for question, part in zip(questions, split, strict=True) if part != "train"}
    shown = next((shot.question.id for shot in shots if shot.question.id in tested), None)
    if shown is not None:
        raise InputError(f"shots: question {shown!r} is not of the train part; nothing is chosen or shown from others")
    if hidden_dtype not in get_args(HiddenDtype):
        raise InputError(f"hidden_dtype must be one of {', '.join(get_args(HiddenDtype))}; got {hidden_dtype!r}")
