"""``calibrant audit``: the main job, from a frozen model and questions to a calibrated report."""

import json as json_module
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from calibrant.artifact import METHODS, check_methods, evidence_for, load_artifact, save_artifact
from calibrant.cli.fit import make_artifact
from calibrant.cli.provenance import provenance
from calibrant.cli.readout import ReadoutOptions, make_readouts
from calibrant.cli.table import print_evaluation
from calibrant.evaluation import EvaluationSettings, evaluate_readouts
from calibrant.exceptions import InputError
from calibrant.files import write_json
from calibrant.readouts import load_readouts
from calibrant.report import write_report


def audit(
    out: Path = Path("calibrant-audit"),
    methods: list[str] | None = None,
    base: Path | None = None,
    json: bool = False,
    **options: Unpack[ReadoutOptions],
) -> int:
    """Measure how far a model's confidence is from its accuracy, repair it on data held apart, and write a report.

    Chains readout, fit, evaluate and report. With no option it audits the embedded model on the embedded questions. A
    run that was stopped goes on where it stopped when the same command is given again.

    Parameters
    ----------
    out : Path
        Folder for report.html, evaluation.json, readouts/ and artifact/.
    methods : list of str, optional
        Maps to fit, with commas between (see docs/how-to.md); default: temperature,platt,isotonic,histogram.
    base : Path, optional
        For the map daca, what the base model said to the same questions: a folder made by calibrant readout.
    json : bool
        Print the evaluation as JSON instead of a table.
    """
    started = time.monotonic()
    seed = options.get("seed", 0)
    # What can be wrong with these is said before the model is asked, not minutes later.
    check_methods(methods or METHODS)
    options = _with_needs(methods or METHODS, base, options)
    aligned_from = None if base is None else load_readouts(base)
    settings = EvaluationSettings(seed=seed)
    readouts = make_readouts(out / "readouts", **options)
    save_artifact(make_artifact(readouts, methods, seed, base=aligned_from), out / "artifact")
    evaluation = evaluate_readouts(readouts, load_artifact(out / "artifact"), settings=settings)
    made = evaluation["provenance"]
    if isinstance(made, dict):
        made |= {**provenance(), "seconds": round(time.monotonic() - started, 1)}
    write_json(out / "evaluation.json", evaluation)
    page = write_report(evaluation, out / "report.html")
    if json:
        print(json_module.dumps(evaluation))
    else:
        print_evaluation(evaluation)
        print(f"\nThe page: {page.resolve()}")
    return 0


def _with_needs(methods: Sequence[str], base: Path | None, options: ReadoutOptions) -> ReadoutOptions:
    """Ask of the readout what the maps look at; what only the user can give is asked for now, not minutes later."""
    needs = evidence_for(methods)
    for need, given in (("states", options.get("hidden_layers")), ("base", base)):
        if need in needs and not given:
            asking = [name for name in methods if need in evidence_for([name])]
            flag = {"states": "--hidden-layers, such as the last", "base": "--base FOLDER"}[need]
            raise InputError(f"methods: {', '.join(asking)} needs {flag}")
    asked = options.copy()
    if "context" in needs:
        asked["context"] = True
    if "orders" in needs:
        asked["orders"] = "cyclic"
    return asked
