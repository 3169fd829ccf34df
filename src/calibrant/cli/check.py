"""``calibrant check``: artifact x answered questions → does the map hold here? Table, check.json, page, exit status."""

import json as json_module
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from calibrant.artifact import load_artifact
from calibrant.cli.ask import said_of
from calibrant.cli.fit import seed_of
from calibrant.cli.provenance import provenance
from calibrant.cli.terminal import Terminal, plain
from calibrant.evaluation import (
    Estimate,
    EvaluationSettings,
    Transfer,
    TransferRow,
    check_transfer,
    read_transfer,
    stale_transfer,
)
from calibrant.exceptions import IdentityError
from calibrant.files import write_json
from calibrant.report import write_transfer

_MOST_ROWS = 20
"""A longer table is cut, the rows that fail first."""


def check(
    artifact: Path,
    data: str,
    method: str | None = None,
    model: str | None = None,
    device: str | None = None,
    force: bool = False,
    alpha: float = 0.05,
    max_outside: float = 0.1,
    n_boot: int = 1000,
    seed: int | None = None,
    out: Path = Path("calibrant-check"),
    json: bool = False,
) -> int:
    """Say whether a fitted map holds on other answered questions: calibrated, uncalibrated, stale or out of domain.

    The exit status is 1 unless it is calibrated, which is said where perfect calibration is not refuted, with the size
    of the error that so many answers would have shown. Questions that the map was fitted on are left out. Each subject
    and each number of options is looked at too, and what re-weighting for another share of right answers would do.

    Parameters
    ----------
    artifact : Path
        A folder made by calibrant fit or calibrant audit.
    data : str
        A folder made by calibrant readout, or a JSONL file of questions, which are put to the artifact's own model in
        the words that it was fitted for.
    method : str, optional
        A fitted map by name, or raw; default: the chosen one.
    model : str, optional
        The model, if it is not found where it was when the artifact was fitted; default: where it was.
    device : str, optional
        Where to run: auto, cpu, cuda, mps; default: CALIBRANT_DEVICE, else auto.
    force : bool
        Measure although the artifact was fitted for another model or prompt; the status stays stale.
    alpha : float
        How often a perfectly calibrated map may be refuted by chance.
    max_outside : float
        Share of questions that may look like none that the map was fitted on.
    n_boot : int
        Bootstrap resamples.
    seed : int, optional
        Seed of the bootstrap and the noise floor; default: that of the readouts, else 0.
    out : Path
        Folder for check.json and check.html.
    json : bool
        Print the check as JSON instead of a table.
    """
    started = time.monotonic()
    fitted = load_artifact(artifact)
    try:
        with said_of(fitted, data, model, device, force=force) as readouts:
            found = check_transfer(
                readouts,
                fitted,
                method=method,
                force=force,
                alpha=alpha,
                max_outside=max_outside,
                settings=EvaluationSettings(n_boot=n_boot, seed=seed_of(readouts, seed)),
                provenance=provenance(),
            )
    except IdentityError as error:
        reason = str(error).partition(". Fit it again")[0]
        found = stale_transfer(fitted, reason, method=method, provenance=provenance())
    made = found["provenance"]
    if isinstance(made, dict):
        made["seconds"] = round(time.monotonic() - started, 1)
    write_json(out / "check.json", found)
    page = write_transfer(found, out / "check.html")
    record = read_transfer(found)
    if json:
        print(json_module.dumps(found))
    else:
        print_check(record)
        print(f"\nThe page: {page.resolve()}")
    return 0 if record.status == "calibrated" else 1


def print_check(record: Transfer, console: Console | None = None) -> None:
    """Print what was measured, where the map fails, and the status with its reasons."""
    console = console or Terminal(highlight=False)
    overall = record.overall
    if overall is not None:
        title = f"{record.label[0].upper()}{record.label[1:]} on {_answers(record.n or 0)} that it was not fitted on"
        console.print(plain(title), style="italic")
        floor = overall.noise_floor
        console.print(
            f"log loss {_number(overall.log_loss, 1, 3)}; ECE {_percent(overall.expected_calibration_error)}, by "
            f"chance {_percent(floor.mean)}, rarely above {_percent(floor.limit)}",
        )
        console.print(_gaps(record))
        cut = sum(max(0, len(rows) - _MOST_ROWS) for rows, _ in _parts(record))
        if cut:
            console.print(f"{cut} more rows in check.json; those that fail come first.", style="dim")
        console.print(
            "Gap: sure minus right, in points; positive where it claims too much. Ranges: 95 %. p: of the gap, "
            "adjusted for all rows of its kind (Holm).",
            style="dim",
        )
        tests = ", ".join(f"{test.name} {_p_value(test.p_adjusted)}" for test in overall.tests)
        console.print(plain(f"Perfect calibration, p adjusted for {len(overall.tests)} tests: {tests}."))
    for line in _lines(record):
        console.print(plain(line))
    style = "bold" if record.status == "calibrated" else "bold red"
    console.print(plain(f"\n{record.sentence[0].upper()}{record.sentence[1:]}"), style=style)


def _gaps(record: Transfer) -> Table:
    """Return the table of all answers, of each subject and of each number of options."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold", max_width=26)
    for name in ("n", "right, %", "", "sure, %", "gap", "", "p"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    overall = record.overall
    if overall is not None:
        whole = (overall.accuracy, overall.mean_confidence, overall.gap)
        table.add_row("All", f"{record.n:,}", *_cells(*whole), "", "", style="bold")
    for rows, unit in _parts(record):
        table.add_row()
        shown = rows if len(rows) <= _MOST_ROWS else sorted(rows, key=lambda row: not row.fails)[:_MOST_ROWS]
        for row in shown:
            table.add_row(
                plain(f"{row.label}{unit}"),
                f"{row.n:,}",
                *_cells(row.accuracy, row.mean_confidence, row.gap),
                _p_value(row.p_adjusted).removeprefix("p ").removeprefix("= "),
                "fails" if row.fails else "",
                style="red" if row.fails else None,
            )
    return table


def _cells(accuracy: Estimate, confidence: float | None, gap: Estimate) -> list[str]:
    return [
        _number(accuracy.value, 100, 1),
        f"{_number(accuracy.low, 100, 0)}–{_number(accuracy.high, 100, 0)}",
        _number(confidence, 100, 1),
        _number(gap.value, 100, 1),
        f"{_number(gap.low, 100, 1)} to {_number(gap.high, 100, 1)}",
    ]


def _lines(record: Transfer) -> Iterator[str]:
    """Say what stands beside the table: the domain, the share of right answers, what was left out."""
    domain, shift = record.domain, record.label_shift
    if domain is not None:
        beyond = ", ".join(f"{name} {_percent(share)}" for name, share in domain.beyond.items())
        test = domain.confidence_test
        yield (
            f"Out of domain: {_percent(domain.outside)} of the questions (a number of options never fitted on "
            f"{_percent(domain.unseen_options)}; beyond the range fitted on: {beyond}). Raw confidence against what "
            f"was fitted on: largest gap {_number(test.statistic, 1, 3)}, {_p_value(test.p_value)}. To lie inside "
            "proves nothing: what a question is about is not looked at."
        )
    if shift is not None:
        yield (
            f"Share of right answers: fitted on {_percent(shift.fitted)}; here {_percent(shift.estimated.value)} as "
            f"estimated without labels, as if nothing else had changed ({_number(shift.estimated.low, 100, 1)} to "
            f"{_number(shift.estimated.high, 100, 1)}), {_percent(shift.accuracy)} in truth. Re-weighted for the "
            f"estimate the log loss would be {_number(shift.reweighted.log_loss, 1, 3)} and the ECE "
            f"{_percent(shift.reweighted.expected_calibration_error)}; nothing was re-weighted."
        )
        if shift.helps:
            yield (
                f"A map for this share of right answers would do better: re-weighting lowers the log loss by "
                f"{_number(-(shift.difference.value or 0), 1, 3)} (95 % interval "
                f"{_number(-(shift.difference.high or 0), 1, 3)} to {_number(-(shift.difference.low or 0), 1, 3)}). "
                "Fit again on such questions."
            )
    left_out = [
        f"{n:,} {why}"
        for n, why in (
            (record.n_seen, "that the artifact was fitted on"),
            (record.n_unanswerable, "that have no answer"),
            (record.n_ungraded, "whose answer is not known"),
            (record.n_unmapped, "with a number of options that the map does not take"),
        )
        if n
    ]
    if left_out:
        yield f"Left out: {', '.join(left_out)}."
    failing = [f"{row.label}{unit}" for rows, unit in _parts(record) for row in rows if row.fails]
    if failing and record.status == "calibrated":
        yield f"Over all answers the map is not refuted, but it is for {', '.join(failing)}."
    for note in record.notes:
        yield f"Note: {note}"


def _parts(record: Transfer) -> list[tuple[Sequence[TransferRow], str]]:
    """Return the tables that say more than the line for all answers, with what follows a label."""
    return [(rows, unit) for rows, unit in ((record.subjects, ""), (record.n_options, " options")) if len(rows) > 1]


def _answers(n: int) -> str:
    return f"{n:,} {'answer' if n == 1 else 'answers'}"


def _percent(share: float | None) -> str:
    return f"{_number(share, 100, 1)} %"


def _p_value(p: float | None) -> str:
    return "p –" if p is None else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _number(value: float | None, scale: float, digits: int) -> str:
    if value is None:
        return "–"
    text = f"{scale * value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")
