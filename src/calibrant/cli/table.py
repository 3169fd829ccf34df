"""An evaluation as a table on the terminal: what a user reads first."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from rich.console import Console
from rich.table import Table

from calibrant.cli.terminal import Terminal, plain
from calibrant.evaluation import Estimate, Evaluation, Method, read_evaluation

_COLUMNS = ("log loss", "ECE, %", "chance", "AUROC", "right, %", "sure, %")


def print_evaluation(evaluation: Mapping[str, object], console: Console | None = None) -> None:
    """Print the metrics of every method with their intervals, the notes, and the verdict."""
    console = console or Terminal(highlight=False)
    record = read_evaluation(evaluation)
    table = Table(title=plain(_title(record)), title_justify="left", box=None, padding=(0, 1, 0, 0))
    # A name from a file may be long; it is broken, and the numbers are not.
    table.add_column("", no_wrap=record.provenance.predictions is None, overflow="fold")
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    indent = "  " if record.choice else ""
    for name, method in record.methods.items():
        chosen = record.choice is not None and name == record.chosen
        label = plain(("* " if chosen else indent) + method.label)
        table.add_row(label, *_cells(method), style="bold" if chosen else None)
        table.add_row("", *_ranges(method), style="dim")
    console.print(table)
    console.print(plain(_legend(record)), style="dim")
    if record.changed:
        console.print(plain(record.changed))
    for line in _notes(record):
        console.print(plain(f"Note: {line}"))
    console.print(plain(f"\n{record.verdict.sentence}"), style="bold")
    before, after = record.before.unanswerable, record.after.unanswerable
    if before and after:
        questions = "question that has" if before.n == 1 else "questions that have"
        mapped = "" if record.chosen == "raw" else f", and {_number(after.mean_confidence, 100, 0)} % after the map"
        console.print(
            f"On {before.n} {questions} no answer it claims {_number(before.mean_confidence, 100, 0)} % on "
            f"average{mapped}."
        )


def _title(record: Evaluation) -> str:
    model, answers = record.provenance.model, "answer" if record.n == 1 else "answers"
    if model is None:
        return f"{PurePath(record.provenance.data.source).name}: {record.n:,} {answers}"
    return f"{model.name} on {record.n} test {answers}"


def _legend(record: Evaluation) -> str:
    chosen = f"* {record.choice.by}, on {record.choice.n} other answers. " if record.choice else ""
    ranges = "Ranges: 95 % bootstrap; for ECE its spread. " if record.settings.n_boot else ""
    return (
        f"{chosen}{ranges}Chance: the ECE of a perfectly calibrated model with these confidences. Right: accuracy. "
        "Sure: mean confidence."
    )


def _notes(record: Evaluation) -> Iterator[str]:
    yield from record.notes
    if record.n_ungraded or record.n_unparsed:
        yield (
            f"left out {record.n_ungraded:,} that could not be graded and {record.n_unparsed:,} whose confidence could "
            "not be read."
        )


def _cells(method: Method) -> list[str]:
    return [
        _number(method.metrics.log_loss.value, 1, 3),
        _number(method.metrics.expected_calibration_error.value, 100, 1),
        _number(method.noise_floor.mean, 100, 1),
        _number(method.metrics.auroc.value, 1, 3),
        _number(method.metrics.accuracy.value, 100, 1),
        _number(method.metrics.mean_confidence.value, 100, 1),
    ]


def _ranges(method: Method) -> list[str]:
    return [
        _range(method.metrics.log_loss, 1, 2),
        _range(method.metrics.expected_calibration_error, 100, 1),
        "" if method.noise_floor.limit is None else f"≤ {_number(method.noise_floor.limit, 100, 1)}",
        _range(method.metrics.auroc, 1, 2),
        _range(method.metrics.accuracy, 100, 1),
        _range(method.metrics.mean_confidence, 100, 1),
    ]


def _number(value: float | None, scale: float, digits: int) -> str:
    return "–" if value is None else f"{scale * value:.{digits}f}"


def _range(estimate: Estimate, scale: float, digits: int) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{_number(estimate.low, scale, digits)}–{_number(estimate.high, scale, digits)}"
