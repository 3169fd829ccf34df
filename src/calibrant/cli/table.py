"""An evaluation as a table on the terminal: what a user reads first."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from calibrant.evaluation import Estimate, Method, read_evaluation


def print_evaluation(evaluation: Mapping[str, object], console: Console | None = None) -> None:
    """Print the metrics of every method with their intervals, and the verdict."""
    console = console or _Console(highlight=False)
    record = read_evaluation(evaluation)
    table = Table(
        title=f"{record.provenance.model.name} on {record.n} test answers",
        title_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column("", no_wrap=True)
    for name in ("log loss", "ECE, %", "chance", "AUROC", "right, %", "sure, %"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, method in record.methods.items():
        mark = "* " if name == record.chosen else "  "
        table.add_row(mark + method.label, *_cells(method), style="bold" if name == record.chosen else None)
        table.add_row("", *_ranges(method), style="dim")
    console.print(table)
    console.print(
        f"* {record.choice.by}, on {record.choice.n} other answers. Ranges: 95 % bootstrap; for ECE its spread. "
        "Chance: the ECE of a perfectly calibrated model with these confidences. Right: accuracy. Sure: mean "
        "confidence.",
        style="dim",
    )
    console.print(f"\n{record.verdict.sentence}", style="bold")
    before, after = record.before.unanswerable, record.after.unanswerable
    if before and after:
        questions = "question that has" if before.n == 1 else "questions that have"
        console.print(
            f"On {before.n} {questions} no answer it claims {_number(before.mean_confidence, 100, 0)} % on "
            f"average, and {_number(after.mean_confidence, 100, 0)} % after the map."
        )


class _Console(Console):
    """Leaves a closed pipe to ``main``, which says so, as it does for all that is printed."""

    def on_broken_pipe(self) -> None:
        """Raise again what rich has caught."""
        raise


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
        f"≤ {_number(method.noise_floor.limit, 100, 1)}",
        _range(method.metrics.auroc, 1, 2),
        _range(method.metrics.accuracy, 100, 1),
        _range(method.metrics.mean_confidence, 100, 1),
    ]


def _number(value: float | None, scale: float, digits: int) -> str:
    return "–" if value is None else f"{scale * value:.{digits}f}"


def _range(estimate: Estimate, scale: float, digits: int) -> str:
    return f"{_number(estimate.low, scale, digits)}–{_number(estimate.high, scale, digits)}"
