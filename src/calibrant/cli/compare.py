"""``calibrant compare``: several files of predictions for the same questions → what is shown to differ."""

import json as json_module
import time
from pathlib import Path
from typing import Literal, Unpack

from rich.console import Console
from rich.table import Table

from calibrant.cli.columns import ColumnOptions, open_file
from calibrant.cli.provenance import provenance
from calibrant.evaluation import Comparison, Difference, EvaluationSettings, compare_predictions, read_comparison
from calibrant.exceptions import InputError
from calibrant.files import write_json
from calibrant.report import write_comparison
from calibrant.types import BinEdges, BinStrategy


def compare(
    files: list[Path],
    names: list[str] | None = None,
    reference: Literal["none", "first"] = "none",
    bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    n_boot: int = 1000,
    seed: int = 0,
    out: Path = Path("calibrant-comparison"),
    json: bool = False,
    **options: Unpack[ColumnOptions],
) -> int:
    """Compare files of predictions on the questions that all of them hold, and say what is shown to differ.

    Differences are paired, and their intervals hold together: nothing is called better because many things were
    compared. Questions are matched by id, or row by row where a file has no ids.

    Parameters
    ----------
    files : list of Path
        Two or more files of predictions, before the options.
    names : list of str, optional
        What to call them, with commas between; default: the names of the files.
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
        Seed of the bootstrap and the noise floor.
    out : Path
        Folder for comparison.json and comparison.html.
    json : bool
        Print the comparison as JSON instead of a table.
    """
    started = time.monotonic()
    called = _names(files, names)
    settings = EvaluationSettings(n_bins=bins, strategy=strategy, edges=edges, n_boot=n_boot, seed=seed)
    comparison = compare_predictions(
        {name: open_file(path, **options) for name, path in zip(called, files, strict=True)},
        reference=called[0] if reference == "first" else None,
        settings=settings,
        provenance=provenance(),
    )
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
    console = console or _Console(highlight=False)
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
    console.print(f"\n{record.headline}", style="bold")


def _cells(one: Difference) -> list[str]:
    scale, digits = (100, 1) if one.metric in ("accuracy", "overconfidence") else (1, 3)
    unit = ", %" if scale == 100 else ""
    ends = "–" if one.low is None else f"{_number(one.low, digits, scale)} to {_number(one.high, digits, scale)}"
    name = one.metric.replace("_", " ").replace("brier", "Brier").replace("auroc", "AUROC")
    p_value = "–" if one.p_value is None else "p<0.001" if one.p_value < 0.001 else f"p={one.p_value:.3f}"
    return [f"  {name}{unit}", _number(one.value, digits, scale), ends, p_value, one.verdict]


def _names(files: list[Path], names: list[str] | None) -> list[str]:
    """Return what to call the files: as told, else their own names, with as many folders as tell them apart."""
    if len(files) < 2:
        raise InputError(f"compare needs two files or more; got {len(files)}")
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


class _Console(Console):
    """Leaves a closed pipe to ``main``, which says so, as it does for all that is printed."""

    def on_broken_pipe(self) -> None:
        """Raise again what rich has caught."""
        raise
