"""An evaluation of answers as a table on the terminal: a row a signal, the cheapest first."""

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from calibrant.cli.terminal import Terminal, plain
from calibrant.evaluation import AnswersEvaluation, Estimate, SignalFound, read_answers_evaluation

_COLUMNS = ("answers", "right, %", "AUROC", "log loss", "ECE, %", "chance", "passes")


def print_signals(evaluation: Mapping[str, object], console: Console | None = None) -> None:
    """Print what every signal is worth and costs, those that are not measured with the reason, and the verdict."""
    console = console or Terminal(highlight=False)
    record = read_answers_evaluation(evaluation)
    title = f"{record.provenance.model.name}: {record.n:,} test {'answer' if record.n == 1 else 'answers'}"
    table = Table(title=plain(title), title_justify="left", box=None, padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    measured = [(name, signal) for name, signal in record.by_cost if signal.raw is not None]
    for name, signal in measured:
        mark = "* " if name == record.chosen else "  "
        table.add_row(plain(mark + name), *_cells(signal), style="bold" if name == record.chosen else None)
        table.add_row("", *_ranges(signal), style="dim")
    if measured:
        console.print(table)
        console.print(_legend(record), style="dim")
    for line in _notes(record):
        console.print(plain(line))
    console.print(plain(f"\n{record.verdict.sentence}"), style="bold")


def _legend(record: AnswersEvaluation) -> str:
    chosen = f"* Chosen on {record.choice.n:,} other answers. " if record.chosen else ""
    return (
        f"{chosen}Log loss and ECE: after the map of the signal, fitted on train and calibration. Chance: the ECE of a "
        f"perfectly calibrated signal. Ranges: {100 * record.settings.level:g} % bootstrap; for ECE its spread. Minus: "
        "answers without the signal. Passes: forward passes an answer, besides the answer itself."
    )


def _notes(record: AnswersEvaluation) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for name, signal in record.signals.items():
        if signal.reason is not None:
            reasons.setdefault(signal.reason, []).append(name)
    for reason, names in reasons.items():
        yield f"Not measurable: {', '.join(names)}: {reason}."
    causes: dict[tuple[str, int], list[str]] = {}
    for name, signal in record.signals.items():
        for cause, n in signal.missing.items():
            causes.setdefault((cause, n), []).append(name)
    for (cause, n), names in causes.items():
        yield f"Missing: {n:,} x {cause}: {', '.join(names)}."
    grading = record.grading
    if grading.wrong:
        yield f"Counted as wrong: {', '.join(f'{n:,} {cause}' for cause, n in grading.wrong.items())}."
    own = [name for name, signal in record.signals.items() if signal.own_guess and signal.raw is not None]
    if own:
        yield f"Graded by the guess of their own: {', '.join(own)}."


def _cells(signal: SignalFound) -> list[str]:
    raw, mapped = signal.raw, signal.mapped
    if raw is None:
        return []
    return [
        f"{signal.n:,}",
        _number(None if signal.accuracy is None else signal.accuracy.value, 100, 1),
        _number(raw.auroc.value, 1, 3),
        _number(None if mapped is None else mapped.log_loss.value, 1, 3),
        _number(None if mapped is None else mapped.expected_calibration_error.value, 100, 1),
        _number(None if mapped is None else mapped.noise_floor.mean, 100, 1),
        _number(signal.cost.passes, 1, 0),
    ]


def _ranges(signal: SignalFound) -> list[str]:
    raw, mapped = signal.raw, signal.mapped
    floor = None if mapped is None else mapped.noise_floor.limit
    return [
        f"−{sum(signal.missing.values()):,}" if signal.missing else "",
        _range(signal.accuracy, 100, 0),
        _range(None if raw is None else raw.auroc, 1, 2),
        _range(None if mapped is None else mapped.log_loss, 1, 2),
        _range(None if mapped is None else mapped.expected_calibration_error, 100, 1),
        "" if floor is None else f"≤ {_number(floor, 100, 1)}",
        "",
    ]


def _number(value: float | None, scale: float, digits: int) -> str:
    return "–" if value is None else f"{scale * value:.{digits}f}"


def _range(estimate: Estimate | None, scale: float, digits: int) -> str:
    if estimate is None or estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{_number(estimate.low, scale, digits)}–{_number(estimate.high, scale, digits)}"
