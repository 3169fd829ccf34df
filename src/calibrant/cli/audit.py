"""``calibrant audit``: the main job, from a frozen model and questions to a calibrated report."""

import json as json_module
import time
from pathlib import Path
from typing import Unpack

from calibrant.artifact import METHODS, check_methods, load_artifact, save_artifact
from calibrant.cli.fit import make_artifact
from calibrant.cli.provenance import provenance
from calibrant.cli.readout import ReadoutOptions, make_readouts
from calibrant.cli.table import print_evaluation
from calibrant.evaluation import EvaluationSettings, evaluate_readouts
from calibrant.files import write_json
from calibrant.report import write_report


def audit(
    out: Path = Path("calibrant-audit"),
    methods: list[str] | None = None,
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
    json : bool
        Print the evaluation as JSON instead of a table.
    """
    started = time.monotonic()
    seed = options.get("seed", 0)
    # What can be wrong with these is said before the model is asked, not minutes later.
    check_methods(methods or METHODS)
    settings = EvaluationSettings(seed=seed)
    readouts = make_readouts(out / "readouts", **options)
    save_artifact(make_artifact(readouts, methods, seed), out / "artifact")
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
