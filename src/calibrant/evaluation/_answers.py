"""A folder of answers → every signal that it allows, raw and after its map, on the test part; and which one to use."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np

from calibrant.calibrators import AutoCalibration
from calibrant.evaluation._answers_detail import confident_errors, grading_of, provenance_of
from calibrant.evaluation._answers_verdict import Found, say_choice, say_short
from calibrant.evaluation._detail import Answers as Measured
from calibrant.evaluation._detail import Content, number
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.evaluation._signal_choice import MIN_SHARE, SignalChoice, choose_signal, fit_map, map_loss, price
from calibrant.evaluation._signal_panel import MIN_RIGHT, MIN_WRONG, MeasuredSignal, measure_signals
from calibrant.evaluation._signal_rows import SignalRows, read_signals
from calibrant.evaluation._verdict import LABELS
from calibrant.exceptions import InputError
from calibrant.grading import AnswerRule, grade_answers
from calibrant.readouts import Answers
from calibrant.scores import Equivalence

FORMAT = "calibrant/answers-evaluation"
VERSION = 1

UNMAPPED = "none"
"""The map of a signal that is better left as it is."""

_N_DRAWN = 3


def evaluate_answers(
    answers: Answers,
    *,
    rule: AnswerRule = "auto",
    equivalence: Equivalence | None = None,
    equivalence_name: str = "text",
    settings: EvaluationSettings | None = None,
    provenance: Mapping[str, object] | None = None,
    quiet: bool = False,
) -> Content:
    """Measure every signal of confidence in a folder of answers on its test part, as a dict that JSON can hold.

    The map of each signal is fitted on train and calibration (`AutoCalibration`), and the signal to use is chosen
    there. An answer that lacks a signal is left out of that signal's row and counted by its cause. Where fewer than
    80 % have it, or fewer than 100 of them are right or wrong, it is not measured, and the row says so.

    Parameters
    ----------
    answers : Answers
        What the model said.
    rule : {"auto", "exact", "contains", "f1", "number", "letter"}
        How answers and guesses are graded: see `calibrant.grading.grade_answers`.
    equivalence : Equivalence, optional
        What sorts answers into sets of those that say the same; by default by their text.
    equivalence_name : str
        What that is called.
    settings : EvaluationSettings, optional
        Bins, resamples and seed.
    provenance : mapping, optional
        More to note on how it was made.
    quiet : bool
        Show no progress bar.

    Raises
    ------
    InputError
        If the test part holds no question with a known answer, or the rule does not fit a question.
    """
    settings = settings or EvaluationSettings()
    graded = grade_answers(answers, rule)
    test, fitting = (
        [row for row in answers.rows(*parts) if answers.questions[row].answer is not None]
        for parts in (("test",), ("train", "calibration"))
    )
    if not test:
        raise InputError(f"{answers.folder}: the test part holds no question with a known answer")
    groups = [question.group for question in answers.questions]
    found = read_signals(answers, graded, rule, equivalence)
    maps, unmapped = _fit_maps(found, fitting, groups, settings.seed)
    choice = choose_signal(found, fitting, groups, seed=settings.seed, maps=maps)
    short = {signal.name: _short(signal, test) for signal in found}
    measured = {
        signal.name: _measured(signal, test, maps.get(signal.name)) for signal in found if not short[signal.name]
    }
    compared = _compared(found, measured, maps)
    panels, differences = measure_signals(
        measured, groups=[groups[row] for row in test], compared=compared, settings=settings, quiet=quiet
    )
    shown = {
        signal.name: {
            **_counts(signal, test),
            "map": _map(maps[signal.name]) if signal.name in maps else _no_map(unmapped[signal.name]),
            "reason": short[signal.name] or None,
            "accuracy": None,
            "raw": None,
            "mapped": None,
            **panels.get(signal.name, {}),
            "difference": differences.get(signal.name),
        }
        for signal in found
    }
    costs = {signal.name: signal.cost for signal in found}
    chosen = next((signal for signal in found if signal.name == choice.name), None)
    told = (
        None
        if chosen is None or chosen.name not in measured
        else _found(measured[chosen.name], panels[chosen.name], maps.get(chosen.name))
    )
    sentence = say_choice(choice, told, short.get(choice.name or "", ""), costs)
    return {
        "format": FORMAT,
        "version": VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "verdict": {"sentence": sentence, "n": len(test)},
        "n": len(test),
        "n_groups": len({groups[row] for row in test}),
        "n_unanswerable": sum(not answers.questions[row].answerable for row in answers.rows("test")),
        "n_unlabelled": sum(not answers.questions[row].labelled for row in answers.rows("test")),
        "n_fitted": len(fitting),
        "grading": grading_of(graded, rule, test),
        "equivalence": equivalence_name,
        "settings": {**asdict(settings), "norm": "l1", "log_loss_eps": 1e-15},
        "limits": {"share": MIN_SHARE, "right": MIN_RIGHT, "wrong": MIN_WRONG},
        "chosen": choice.name,
        "choice": _choice(choice),
        "signals": shown,
        "compared_with": compared[0] if differences else None,
        "drawn": _drawn(measured, maps, choice),
        "confident_errors": [] if chosen is None else confident_errors(answers, chosen, test, maps.get(chosen.name)),
        "provenance": {**provenance_of(answers), **(provenance or {})},
    }


def _fit_maps(
    found: Sequence[SignalRows], rows: Sequence[int], groups: Sequence[str], seed: int
) -> tuple[dict[str, AutoCalibration], dict[str, str]]:
    """Return the maps of the signals, and why the others have none."""
    maps: dict[str, AutoCalibration] = {}
    unmapped: dict[str, str] = {}
    for signal in found:
        try:
            maps[signal.name] = fit_map(signal, rows, groups, seed=seed)
        except InputError as error:
            unmapped[signal.name] = str(error)
    return maps, unmapped


def _short(signal: SignalRows, test: Sequence[int]) -> str:
    known = [row for row in test if signal.known[row]]
    n_right = int(signal.correct[known].sum())
    return say_short(len(known), len(test), n_right, (MIN_SHARE, MIN_RIGHT, MIN_WRONG))


def _measured(signal: SignalRows, test: Sequence[int], fitted: AutoCalibration | None) -> MeasuredSignal:
    places = np.array([place for place, row in enumerate(test) if signal.known[row]], dtype=np.int64)
    rows = np.asarray(test)[places]
    correct, confidence = signal.correct[rows], signal.confidence[rows]
    mapped = None if fitted is None else Measured(correct, fitted.predict(confidence))
    return MeasuredSignal(places, Measured(correct, confidence), signal.is_probability, mapped)


def _compared(
    found: Sequence[SignalRows], measured: Mapping[str, MeasuredSignal], maps: Mapping[str, AutoCalibration]
) -> list[str]:
    """Return the signals that speak of the answers, the cheapest first, and of equal ones that of the least loss."""
    same = [signal for signal in found if signal.name in measured and not signal.own_guess]
    loss = {name: map_loss(fitted).mean for name, fitted in maps.items()}
    ordered = sorted(same, key=lambda signal: (*price(signal), loss.get(signal.name, np.inf)))
    return [signal.name for signal in ordered]


def _counts(signal: SignalRows, test: Sequence[int]) -> Content:
    known = [row for row in test if signal.known[row]]
    cost = signal.cost
    return {
        "own_guess": signal.own_guess,
        "is_probability": signal.is_probability,
        "cost": {"readings": cost.readings, "replies": cost.replies, "passes": number(cost.passes)},
        "n": len(known),
        "n_right": int(signal.correct[known].sum()),
        "missing": dict(signal.missing(test).most_common()),
    }


def _no_map(reason: str) -> Content:
    return {"name": None, "label": None, "n": 0, "log_loss": None, "reason": reason}


def _map(fitted: AutoCalibration) -> Content:
    loss = map_loss(fitted)
    return {
        "name": fitted.chosen_,
        "label": _label(fitted),
        "n": loss.n,
        "log_loss": _fold_score(loss.mean, loss.standard_error),
    }


def _fold_score(mean: float, error: float) -> Content:
    return {"mean": number(mean), "standard_error": number(error)}


def _choice(choice: SignalChoice) -> Content:
    base = choice.base
    return {
        "n": choice.n,
        "best": choice.best,
        "log_loss": {name: _fold_score(loss.mean, loss.standard_error) for name, loss in choice.losses.items()},
        "base": None if base is None else _fold_score(base.mean, base.standard_error),
        "left_out": dict(choice.left_out),
    }


def _label(fitted: AutoCalibration | None) -> str:
    """Return how a map is called in the middle of a sentence; empty where a signal is left as it is."""
    return "" if fitted is None or fitted.chosen_ == UNMAPPED else LABELS[fitted.chosen_]


def _found(signal: MeasuredSignal, panel: Content, fitted: AutoCalibration | None) -> Found:
    raw, mapped = panel["raw"], panel["mapped"]
    auroc = raw["auroc"] if isinstance(raw, dict) else {}
    error = None
    if isinstance(mapped, dict):
        error = (mapped["expected_calibration_error"]["value"], mapped["noise_floor"]["mean"])
    ends = (auroc["value"], auroc["low"], auroc["high"])
    return Found(signal.raw.y_true.size, float(signal.raw.y_true.mean()), ends, error, _label(fitted))


def _drawn(
    measured: Mapping[str, MeasuredSignal], maps: Mapping[str, AutoCalibration], choice: SignalChoice
) -> list[str]:
    """Return the signals whose reliability is shown: those of the least loss among the candidates, then the others."""
    losses = {name: (name not in choice.losses, map_loss(maps[name]).mean) for name in measured if name in maps}
    return sorted(losses, key=lambda name: losses[name])[:_N_DRAWN]
