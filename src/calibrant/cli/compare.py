"""``calibrant compare``: files of predictions, or two models, on the same questions → what is shown to differ."""

import json as json_module
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypedDict, Unpack, cast

from rich.console import Console
from rich.table import Table

from calibrant.cli.before_after import ModelOptions, compare_models
from calibrant.cli.columns import ColumnOptions, open_file
from calibrant.cli.provenance import provenance
from calibrant.cli.terminal import Terminal
from calibrant.evaluation import (
    Comparison,
    Difference,
    EvaluationSettings,
    Gain,
    compare_predictions,
    read_comparison,
)
from calibrant.exceptions import InputError
from calibrant.files import write_json
from calibrant.predictions import Dialect, PredictionFormat
from calibrant.report import write_comparison
from calibrant.types import BinEdges, BinStrategy


class CompareOptions(TypedDict, total=False):
    """How to read files of predictions (`ColumnOptions`), or what two models are asked (`ModelOptions`)."""

    format: PredictionFormat
    """How the file was written; default: auto, by its name and what it holds."""

    confidence: str | None
    """The column with the confidence in the answer given; a dotted name leads into records, as in score.p."""

    correct: str | None
    """The column that says whether the answer was right: 1 or 0, true or false."""

    probs: list[str] | None
    """Probabilities of the options instead: a column with lists, one column an option, or one with P(yes)."""

    label: str | None
    """The right option, beside --probs: a column with its index from 0, or with the name of its column."""

    group: str | None
    """The column with what is not independent within, such as a passage: groups are resampled whole."""

    subject: str | None
    """The column that results are broken down by."""

    id: str | None
    """The column that names the question."""

    n_options: str | None
    """How many options a question had, for the dialects that need it: a column, or a number for all rows."""

    label_mass: str | None
    """The column with the probability that the options hold together, for the dialect that needs it."""

    dialect: Dialect
    """What the confidence column holds, if not the probability of the answer given; default: probability."""

    data: str
    """With --models: a JSONL file of questions, or the id of a data set on the hub and its --columns; default:
    world-facts, embedded.
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
    """With --models: a JSONL file with the official test part; --data then only chooses the way of reading."""

    limit: int | None
    """With --models: draw at most so many questions of --data by the seed; three in ten of them are the test part."""

    readout: Literal["auto", "letter", "cloze"]
    """With --models: read options by their letter, by their own text (cloze), or as is more accurate on train for both
    models taken together; default: auto.
    """

    template: Path | None
    """With --models: a file with the prompt, in Jinja; it sees question, choices, options and kind (letter or cloze).
    """

    examples: Path | None
    """With --models: a JSONL file of answered questions to show before each question; they are left out of --data."""

    device: str | None
    """Where models run: auto, cpu, cuda, mps; default: CALIBRANT_DEVICE, else auto."""

    dtype: Literal["float32", "bfloat16"] | None
    """Number format of the weights; default: CALIBRANT_DTYPE, else float32."""

    batch_tokens: int
    """With --models: tokens a batch, padding included: more of them need more memory; default: 1024."""


def compare(
    files: tuple[Path, ...],
    models: tuple[str, str] | None = None,
    names: list[str] | None = None,
    reference: Literal["none", "first"] = "none",
    bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    n_boot: int = 1000,
    seed: int = 0,
    out: Path = Path("calibrant-comparison"),
    json: bool = False,
    **options: Unpack[CompareOptions],
) -> int:
    """Compare files of predictions on the questions that all of them hold, and say what is shown to differ.

    Differences are paired, and their intervals hold together: nothing is called better because many things were
    compared. Questions are matched by id, or row by row where a file has no ids.

    With --models BEFORE AFTER instead of files, two models are asked the same questions, such as one before and after
    its alignment: then it is said too how much of the confidence gained no gain in accuracy matches. Compared are the
    questions of the test part, and the models' answers are kept; a run that was stopped goes on where it stopped.

    Parameters
    ----------
    files : tuple of Path
        Two or more files of predictions, before the options; none with --models.
    models : tuple of (str, str), optional
        Two models instead, before and after: each a hub id, a folder, a GGUF file, embedded or fake.
    names : list of str, optional
        What to call them, with commas between; default: the names of the files or models.
    reference : str
        Compare all pairs (none), or each other file with the first.
    bins : int
        Bins of the calibration error.
    strategy : str
        Bins of equal width (uniform), of equal mass (quantile), or one for each distinct confidence (unique).
    edges : str
        Bins are (low, high] (right) or [low, high) (left).
    n_boot : int
        Bootstrap resamples.
    seed : int
        Seed of the bootstrap and the noise floor, and with --models of the questions that are drawn and tested on.
    out : Path
        Folder for comparison.json and comparison.html, and with --models for readouts/.
    json : bool
        Print the comparison as JSON instead of a table.
    """
    started = time.monotonic()
    settings = EvaluationSettings(n_bins=bins, strategy=strategy, edges=edges, n_boot=n_boot, seed=seed)
    if models is None:
        columns = cast(ColumnOptions, _only(ColumnOptions, options, "--models BEFORE AFTER"))
        called = _names(files, names)
        comparison = compare_predictions(
            {name: open_file(path, **columns) for name, path in zip(called, files, strict=True)},
            reference=called[0] if reference == "first" else None,
            settings=settings,
            provenance=provenance(),
        )
    else:
        if files:
            raise InputError(f"compare takes files or --models, not both; got {len(files)} files beside --models")
        asked = cast(ModelOptions, _only(ModelOptions, options, "files of predictions"))
        comparison = compare_models(models, out / "readouts", settings, names=names, provenance=provenance(), **asked)
    made = comparison["provenance"]
    if isinstance(made, dict):
        made["seconds"] = round(time.monotonic() - started, 1)
    write_json(out / "comparison.json", comparison)
    page = write_comparison(comparison, out / "comparison.html")
    if json:
        print(json_module.dumps(comparison))
    else:
        print_comparison(read_comparison(comparison))
        print(f"\nThe page: {page.resolve()}")
    return 0


def print_comparison(record: Comparison, console: Console | None = None) -> None:
    """Print the metrics of every method, the differences with their verdicts, and the headline."""
    console = console or Terminal(highlight=False)
    title = f"{len(record.methods)} methods on the same {record.n:,} questions"
    methods = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    methods.add_column("", no_wrap=True)
    for head in ("log loss", "Brier", "ECE, %", "AUROC", "right, %", "sure, %"):
        methods.add_column(head, justify="right", no_wrap=True)
    for name, method in record.methods.items():
        metrics = method.metrics
        methods.add_row(
            name,
            _number(metrics.log_loss.value, 3),
            _number(metrics.brier_score.value, 3),
            _number(metrics.expected_calibration_error.value, 1, 100),
            _number(metrics.auroc.value, 3),
            _number(metrics.accuracy.value, 1, 100),
            _number(metrics.mean_confidence.value, 1, 100),
        )
    console.print(methods)
    pairs: dict[str, list[Difference]] = {}
    for one in record.differences:
        pairs.setdefault(f"{one.b} minus {one.a}", []).append(one)
    for pair, found in pairs.items():
        console.print(f"\n{pair}", style="bold")
        # The same widths for every pair, so that the eye can run down.
        table = Table(box=None, padding=(0, 1, 0, 0), show_header=False)
        for width in (19, 8, 18, 7):
            table.add_column("", justify="left" if width == 19 else "right", no_wrap=True, min_width=width)
        table.add_column("", max_width=30)
        for one in found:
            table.add_row(*_cells(one), style="dim" if one.verdict == "no difference shown" else None)
        console.print(table)
    console.print(
        f"Intervals of the {record.n_family} differences hold together at {100 * record.settings.level:g} % (max-t "
        "bootstrap), and p-values are adjusted alike. Overconfidence: mean confidence minus accuracy. Right: accuracy. "
        "Sure: mean confidence.",
        style="dim",
    )
    for note in record.notes:
        console.print(note, style="dim")
    if record.gain:
        _print_gain(record.gain, console)
    console.print(f"\n{record.headline}", style="bold")


def _print_gain(gain: Gain, console: Console) -> None:
    """Print what became of the questions, and the share of the confidence gained that accuracy does not match."""
    table = Table(title="\nMean confidence, %", title_justify="left", box=None, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for head in ("questions", gain.a, gain.b):
        table.add_column(head, justify="right")
    for cell in gain.cells:
        confidences = (_number(value, 1, 100) for value in (cell.before, cell.after))
        table.add_row(cell.name.replace("_", " "), f"{cell.n:,}", *confidences)
    console.print(table)
    console.print(f"\n{gain.sentence}", style="bold")


def _cells(one: Difference) -> list[str]:
    scale, digits = (100, 1) if one.metric in ("accuracy", "overconfidence") else (1, 3)
    unit = ", %" if scale == 100 else ""
    ends = "–" if one.low is None else f"{_number(one.low, digits, scale)} to {_number(one.high, digits, scale)}"
    name = one.metric.replace("_", " ").replace("brier", "Brier").replace("auroc", "AUROC")
    p_value = "–" if one.p_value is None else "p<0.001" if one.p_value < 0.001 else f"p={one.p_value:.3f}"
    return [f"  {name}{unit}", _number(one.value, digits, scale), ends, p_value, one.verdict]


def _only(wanted: type, options: Mapping[str, object], other: str) -> dict[str, object]:
    """Return the options, and refuse those that say nothing here."""
    strange = next((name for name in options if name not in wanted.__annotations__), None)
    if strange is not None:
        raise InputError(f"compare: --{strange.replace('_', '-')} goes with {other}")
    return dict(options)


def _names(files: Sequence[Path], names: list[str] | None) -> list[str]:
    """Return what to call the files: as told, else their own names, with as many folders as tell them apart."""
    if len(files) < 2:
        raise InputError(f"compare needs two files or more, or --models BEFORE AFTER; got {len(files)}")
    if names is not None:
        if len(names) != len(files) or len(set(names)) < len(names):
            raise InputError(
                f"names must give each of the {len(files)} files a name of its own; got {', '.join(names)}"
            )
        return names
    for depth in range(1, max(len(path.parts) for path in files) + 1):
        found = ["/".join((*path.parts[-depth:-1], path.stem)) for path in files]
        if len(set(found)) == len(files):
            return found
    found = [path.name for path in files]
    if len(set(found)) == len(files):
        return found
    raise InputError("compare: a file is given twice, or two differ in nothing but their ending; name them by --names")


def _number(value: float | None, digits: int, scale: float = 1) -> str:
    if value is None:
        return "–"
    text = f"{scale * value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")
