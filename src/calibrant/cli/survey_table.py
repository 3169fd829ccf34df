"""A survey → a table for each set on the terminal."""

from rich.console import Console
from rich.table import Table

from calibrant.cli.terminal import Terminal, plain
from calibrant.evaluation import Estimate, Survey, SurveyCell, is_shown


def print_survey(record: Survey, console: Console | None = None) -> None:
    """Print a table for each set, the correlations over models, the notes and the headline."""
    console = console or Terminal(highlight=False)
    for data in record.data:
        cells = [cell for cell in record.cells if cell.data == data]
        title = f"{data}: {max(cell.n_asked for cell in cells):,} questions"
        table = Table(title=plain(title), title_justify="left", box=None, padding=(0, 1, 0, 0))
        # A name may be long; it is broken, and the numbers are not.
        table.add_column("", overflow="fold")
        for head in ("right", "sure", "if right", "if wrong", "gap", "p", "ECE", "chance"):
            table.add_column(head, justify="right", no_wrap=True)
        for cell in cells:
            table.add_row(plain(cell.model), *_cells(cell), style="bold" if _tells(record, cell) else None)
            table.add_row(f"{_SOURCES[cell.source]}, {cell.n:,} read", *_ranges(cell), style="dim")
        console.print(table)
    for one in record.correlations:
        if one.value is not None:
            what = "in all answers" if one.measure == "mean_confidence" else "in right answers"
            ends = f"{_number(one.low, 1, 2)} to {_number(one.high, 1, 2)}"
            where = "all sets" if one.data is None else one.data
            console.print(
                plain(
                    f"{where}, {_SOURCES[one.source]}: over {one.n_models} models accuracy and confidence {what} have "
                    f"r = {_number(one.value, 1, 2)} ({ends}; {_p_value(one.p_value)})"
                )
            )
    if not any(one.value is not None for one in record.correlations):
        console.print(f"No correlation over models: it takes at least {record.settings.fewest_models} of one kind.")
    console.print(
        "In %. Right: accuracy. Sure: mean confidence. Read: both the option and the confidence; only these answers "
        "count. Gap: if right minus if wrong, in points; p: Welch's t-test, adjusted for all "
        f"{len(record.cells)} rows (Holm); bold where shown. Ranges: {100 * record.settings.level:g} %; for ECE its "
        "spread. Chance: the ECE of a perfectly calibrated model with these confidences.",
        style="dim",
    )
    for note in record.notes:
        console.print(plain(f"Note: {note}"))
    console.print(plain(f"\n{record.headline}"), style="bold")


_SOURCES = {"stated": "stated", "options": "by options"}


def _cells(cell: SurveyCell) -> list[str]:
    return [
        _number(cell.accuracy.value, 100, 1),
        _number(cell.mean_confidence.value, 100, 1),
        _number(cell.right.mean.value, 100, 1),
        _number(cell.wrong.mean.value, 100, 1),
        _number(cell.gap.value, 100, 1),
        _p_value(cell.test.p_adjusted).removeprefix("p = ").removeprefix("p "),
        _number(cell.expected_calibration_error.value, 100, 1),
        _number(cell.noise_floor.mean, 100, 1),
    ]


def _ranges(cell: SurveyCell) -> list[str]:
    limit = cell.noise_floor.limit
    return [
        _range(cell.accuracy),
        _range(cell.mean_confidence),
        _range(cell.right.mean),
        _range(cell.wrong.mean),
        _range(cell.gap, " to "),
        "",
        _range(cell.expected_calibration_error),
        "" if limit is None else f"≤ {_number(limit, 100, 1)}",
    ]


def _tells(record: Survey, cell: SurveyCell) -> bool:
    return is_shown(cell, record.settings.level)


def _range(estimate: Estimate, to: str = "–") -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{_number(estimate.low, 100, 0)}{to}{_number(estimate.high, 100, 0)}"


def _number(value: float | None, scale: float, digits: int) -> str:
    if value is None:
        return "–"
    text = f"{scale * value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def _p_value(value: float | None) -> str:
    return "–" if value is None else "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
