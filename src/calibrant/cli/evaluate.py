"""``calibrant evaluate``: predictions, readouts x artifact, or answers → table, evaluation.json and report.html."""

import json as json_module
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Unpack

from calibrant.artifact import load_artifact
from calibrant.cli.columns import ColumnOptions, open_file
from calibrant.cli.fit import seed_of
from calibrant.cli.gates import Gates
from calibrant.cli.provenance import provenance
from calibrant.cli.signals import print_signals
from calibrant.cli.table import print_evaluation
from calibrant.evaluation import (
    EvaluationSettings,
    evaluate_answers,
    evaluate_predictions,
    evaluate_readouts,
    read_evaluation,
)
from calibrant.exceptions import InputError
from calibrant.files import write_json
from calibrant.grading import AnswerRule
from calibrant.readouts import Answers, is_answers, is_readouts, load_answers, load_readouts
from calibrant.report import write_answers, write_report
from calibrant.scores import load_equivalence
from calibrant.types import BinEdges, BinStrategy


def evaluate(
    predictions: Path,
    artifact: Path | None = None,
    out: Path = Path("calibrant-evaluation"),
    bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    n_boot: int = 1000,
    seed: int | None = None,
    grade: AnswerRule | None = None,
    equivalence: str | None = None,
    max_ece: float | None = None,
    min_accuracy: float | None = None,
    json: bool = False,
    **options: Unpack[ColumnOptions],
) -> int:
    """Measure how far confidence is from accuracy in any file of predictions; no model is needed.

    A file of more than 100,000 answers is read as a stream, in bounded memory. A folder made by calibrant readout is
    measured on its test part, with every map of --artifact beside the raw confidence. Of a folder made by calibrant
    answer every signal of confidence that it allows is measured there, after a map that is fitted on the other parts.
    The exit status is 1 when a gate (--max-ece, --min-accuracy) fails.

    Parameters
    ----------
    predictions : Path
        A table or log of graded answers with their confidence, or a folder made by calibrant readout or answer.
    artifact : Path, optional
        For readouts, a folder made by calibrant fit. One that was fitted for another model or prompt, or on some of the
        test questions, is refused.
    out : Path
        Folder for evaluation.json and report.html.
    bins : int
        Bins of the calibration error.
    strategy : str
        Bins of equal width (uniform), of equal mass (quantile), or one for each distinct confidence (unique).
    edges : str
        Bins are (low, high] (right) or [low, high) (left).
    n_boot : int
        Bootstrap resamples.
    seed : int, optional
        Seed of the bootstrap and the noise floor; default: that of the readouts or answers, else 0.
    grade : str, optional
        For answers, how they are graded: auto (default), exact, contains, f1, number or letter. Questions with options
        are graded by the option that is named.
    equivalence : str, optional
        For answers, what sorts samples into those that say the same: text (default), embedding, or entailment:MODEL.
    max_ece : float, optional
        Gate: exit with status 1 if the calibration error is larger.
    min_accuracy : float, optional
        Gate: exit with status 1 if the share of right answers is smaller.
    json : bool
        Print the evaluation as JSON instead of a table.
    """
    started = time.monotonic()
    gates = Gates(max_ece, min_accuracy)
    if is_answers(predictions):
        unused = {"artifact": artifact, "max_ece": max_ece, "min_accuracy": min_accuracy, **options}
        given = [name for name, value in unused.items() if value is not None]
        if given:
            raise InputError(f"{predictions} holds answers, which take none of: {_named(given)}")
        answers = load_answers(predictions)
        settings = EvaluationSettings(bins, strategy, edges, n_boot, seed=seed_of(answers, seed))
        return _evaluate_answers(answers, out, settings, grade or "auto", equivalence or "text", json)
    if grade is not None or equivalence is not None:
        raise InputError(f"--grade and --equivalence go with a folder made by calibrant answer; {predictions} is none")
    if is_readouts(predictions):
        if options:
            raise InputError(f"{predictions} holds readouts, which have no columns: leave out {_named(options)}")
        said = load_readouts(predictions)
        fitted = None if artifact is None else load_artifact(artifact)
        if fitted is not None:
            fitted.check_identity(said.identity)
        settings = EvaluationSettings(bins, strategy, edges, n_boot, seed=seed_of(said, seed))
        evaluation = evaluate_readouts(said, fitted, settings=settings, provenance=provenance())
    else:
        if artifact is not None:
            raise InputError(f"--artifact goes with a folder made by calibrant readout; {predictions} is none")
        settings = EvaluationSettings(bins, strategy, edges, n_boot, seed=seed or 0)
        evaluation = evaluate_predictions(
            open_file(predictions, **options), settings=settings, provenance=provenance(), quiet=json
        )
        made = evaluation["provenance"]
        if isinstance(made, dict):
            made["seconds"] = round(time.monotonic() - started, 1)
    write_json(out / "evaluation.json", evaluation)
    page = write_report(evaluation, out / "report.html")
    if json:
        print(json_module.dumps(evaluation))
    else:
        print_evaluation(evaluation)
        print(f"\nThe page: {page.resolve()}")
    failures = gates.failures(read_evaluation(evaluation))
    for failure in failures:
        print(f"calibrant: gate failed: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _evaluate_answers(
    answers: Answers, out: Path, settings: EvaluationSettings, grade: AnswerRule, equivalence: str, json: bool
) -> int:
    started = time.monotonic()
    evaluation = evaluate_answers(
        answers,
        rule=grade,
        equivalence=load_equivalence(equivalence),
        equivalence_name=equivalence,
        settings=settings,
        provenance=provenance(),
        quiet=json,
    )
    made = evaluation["provenance"]
    if isinstance(made, dict):
        made["seconds"] = round(time.monotonic() - started, 1)
    write_json(out / "evaluation.json", evaluation)
    page = write_answers(evaluation, out / "report.html")
    if json:
        print(json_module.dumps(evaluation))
    else:
        print_signals(evaluation)
        print(f"\nThe page: {page.resolve()}")
    return 0


def _named(options: Iterable[str]) -> str:
    return ", ".join(f"--{name.replace('_', '-')}" for name in options)
