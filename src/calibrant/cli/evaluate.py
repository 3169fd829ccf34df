"""``calibrant evaluate``: readouts x artifact → evaluation.json."""

import json as json_module
from pathlib import Path
from typing import Literal

from calibrant.artifact import load_artifact
from calibrant.cli.fit import seed_of
from calibrant.cli.provenance import provenance
from calibrant.cli.table import print_evaluation
from calibrant.evaluation import EvaluationSettings, evaluate_readouts
from calibrant.files import write_json
from calibrant.readouts import load_readouts
from calibrant.types import BinEdges


def evaluate(
    readouts: Path,
    artifact: Path,
    out: Path = Path("calibrant-audit/evaluation.json"),
    bins: int = 15,
    strategy: Literal["uniform", "quantile"] = "uniform",
    edges: BinEdges = "right",
    n_boot: int = 1000,
    seed: int | None = None,
    json: bool = False,
) -> int:
    """Measure the raw confidence and every fitted map on the test part.

    The test part is that of the readouts. An artifact that was fitted for another model or prompt, or on some of the
    test questions, is refused.

    Parameters
    ----------
    readouts : Path
        A folder made by calibrant readout.
    artifact : Path
        A folder made by calibrant fit.
    out : Path
        File for the evaluation.
    bins : int
        Bins of the calibration error.
    strategy : str
        Bins of equal width (uniform) or of equal mass (quantile).
    edges : str
        Bins are (low, high] (right) or [low, high) (left).
    n_boot : int
        Bootstrap resamples.
    seed : int, optional
        Seed of the bootstrap and the noise floor; default: that of the readouts.
    json : bool
        Print the evaluation as JSON instead of a table.
    """
    fitted, said = load_artifact(artifact), load_readouts(readouts)
    fitted.check_identity(said.identity)
    evaluation = evaluate_readouts(
        said,
        fitted,
        settings=EvaluationSettings(
            n_bins=bins, strategy=strategy, edges=edges, n_boot=n_boot, seed=seed_of(said, seed)
        ),
        provenance=provenance(),
    )
    write_json(out, evaluation)
    if json:
        print(json_module.dumps(evaluation))
    else:
        print_evaluation(evaluation)
        print(f"\nThe evaluation: {out.resolve()}")
    return 0
