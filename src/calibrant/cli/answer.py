"""``calibrant answer``: questions x model → a folder of answers in the model's own words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypedDict, Unpack, cast

from calibrant.cli.readout import count_parts, load_parts, read_words
from calibrant.data import Question, open_questions, read_questions
from calibrant.exceptions import InputError
from calibrant.models import AnsweringModel, AnswerPosition, load_model
from calibrant.readouts import ANSWER_TEMPLATE, Answers, AnswerTemplate, PTrueVariant, ask


class AnswerOptions(TypedDict, total=False):
    """What can be said about model, questions and what is asked."""

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

    open: bool
    """Ask the questions of world-facts without their options, those that need them left out."""

    max_tokens: int
    """An answer is cut off after so many tokens; default: 32."""

    samples: int
    """Answers drawn to each question besides the likeliest one; default: 0."""

    temperature: float
    """Of these draws: 1 draws from the model's own distribution; default: 1."""

    stated: list[str] | None
    """Also ask how sure the model is, in these formats, with commas between: tian-1s-1, tian-1s-2, tian-1s-4,
    tian-2s-1, tian-2s-4, tian-2s-cot, tian-ling, xiong-vanilla, xiong-cot, xiong-multi-step, xiong-top-k, self-probing.
    """

    p_true: bool
    """Also read how probable the model finds that its answer is right; with samples, once more after showing them."""

    template: Path | None
    """A file with the prompt, in Jinja; it sees question, choices, options and kind (letter or free)."""

    examples: Path | None
    """A JSONL file of answered questions to show before each question; they are left out of --data."""

    top_logprobs: int
    """So many of the largest log-probabilities are kept at every token of an answer; default: 5."""

    hidden_layers: list[int] | None
    """Also keep hidden states of these layers, with commas between: 0 enters the first block, l leaves block l."""

    hidden_positions: list[AnswerPosition]
    """Where, with commas between: last_prompt, first_answer, last_answer; default: last_prompt,last_answer."""

    hidden_dtype: Literal["float32", "float16"]
    """How they are stored; default: float32."""

    batch_tokens: int
    """Tokens a batch of --p-true, padding included; default: 1024."""

    guarantee: float
    """Share of the questions to keep for thresholds with a guarantee (calibrant select), seen by no map; default: 0."""

    seed: int
    """Seed of everything that is drawn; default: 0."""


def answer(out: Path = Path("calibrant-answers"), **options: Unpack[AnswerOptions]) -> int:
    """Ask a model all questions, let it answer in its own words, and keep what it says.

    Questions may have options, of which the letter is the answer, or none. A run that was stopped goes on where it
    stopped when the same command is given again.

    Parameters
    ----------
    out : Path
        Folder for the answers.
    """
    answers = make_answers(out, **options)
    print(f"{count_parts(answers)}, in {out}")
    for line in summarize(answers):
        print(line)
    return 0


def make_answers(out: Path, **options: Unpack[AnswerOptions]) -> Answers:
    """Load questions and model, split, and ask; see ``AnswerOptions``."""
    words, examples = options.get("template"), options.get("examples")
    template = AnswerTemplate(
        ANSWER_TEMPLATE if words is None else read_words(words),
        () if examples is None else tuple(read_questions(examples)),
    )
    samples = options.get("samples", 0)
    variants: tuple[PTrueVariant, ...] = ("p-true", "p-true-samples") if samples else ("p-true",)
    parts, facts = load_parts(options, template.examples, _opened if options.get("open") else _as_they_are)
    model = load_model(options.get("model", "embedded"), device=options.get("device"), dtype=options.get("dtype"))
    if not hasattr(model, "generate"):
        raise InputError("model: this server gives probabilities to options and does not answer in its own words")
    positions: list[AnswerPosition] = ["last_prompt", "last_answer"]
    return ask(
        cast(AnsweringModel, model),
        parts,
        out,
        max_tokens=options.get("max_tokens", 32),
        samples=samples,
        temperature=options.get("temperature", 1.0),
        stated=options.get("stated") or (),
        p_true=variants if options.get("p_true") else (),
        template=template,
        top_logprobs=options.get("top_logprobs", 5),
        hidden_layers=options.get("hidden_layers") or (),
        hidden_positions=options.get("hidden_positions", positions),
        hidden_dtype=options.get("hidden_dtype", "float32"),
        seed=options.get("seed", 0),
        batch_tokens=options.get("batch_tokens", 1024),
        facts=facts,
    )


def summarize(answers: Answers) -> list[str]:
    """Say how many tokens were generated, which answers were cut off, and what did not come, by its cause."""
    samples = [sample for own in answers.samples() for sample in own]
    replies = [reply for form in answers.stated_formats for reply in answers.stated(form)]
    tokens = {
        "of answers": sum(len(values) for values in answers.token_logprobs() if values is not None),
        "of samples": sum(sample["n_tokens"] or 0 for sample in samples),
        "of stated confidence": sum(reply["n_tokens"] or 0 for reply in replies),
    }
    total, seconds = sum(tokens.values()), answers.manifest.get("seconds")
    lines = []
    if total:
        took = f" in {seconds:.1f} s ({total / seconds:.0f} a second)" if isinstance(seconds, float) and seconds else ""
        lines.append(f"{total} tokens{took}: {', '.join(f'{n} {what}' for what, n in tokens.items() if n)}")
    cut = {
        "answers": answers.finishes().count("length"),
        "samples": sum(sample["finish"] == "length" for sample in samples),
        "stated confidences": sum(reply["finish"] == "length" for reply in replies),
    }
    if any(cut.values()):
        lines.append(f"cut off: {', '.join(f'{n} {what}' for what, n in cut.items() if n)}")
    errors = answers.errors()
    lines += _of_server(answers.manifest.get("server"))
    if errors:
        lines.append(f"missing: {_listed(errors)}")
    return lines


def _of_server(runs: object) -> list[str]:
    """Say what the requests of all runs came to."""
    if not isinstance(runs, list) or not runs:
        return []
    names = ("requests", "prompt_tokens", "completion_tokens")
    requests, read, written = (sum(run[name] for run in runs) for name in names)
    retries = sum((Counter(run["retries"]) for run in runs), Counter[str]())
    again = f", {retries.total()} of them again ({_listed(retries)})" if retries else ""
    return [f"server: {requests} requests{again}, {read} tokens read and {written} written"]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {cause}" for cause, n in sorted(counts.items()))


def _as_they_are(questions: Sequence[Question], source: str) -> Sequence[Question]:
    del source
    return questions


def _opened(questions: Sequence[Question], source: str) -> Sequence[Question]:
    del source
    return open_questions(questions)
