"""Further measures, tests, the probabilities of all options -> tables of text, a row a measure, a column a method."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from calibrant.evaluation._record import Classes, Estimate, Evaluation, HypothesisTest, Method
from calibrant.report._text import DASH, count, interval, listing, number, one_line, p_value, percent, ranges, shorten

Row = dict[str, object]

LONGEST_NAME = 80

_LOWER, _HIGHER = "Lower is better", "Higher is better"


class _Measure(NamedTuple):
    """How a measure is introduced."""

    name: str
    better: str
    says: str
    spread: bool = False
    """Whether chance pushes it upwards, so that its range is no confidence interval."""


_MEASURES = {
    "smooth_calibration_error": _Measure(
        "Smooth calibration error",
        _LOWER,
        "The gap between confidence and accuracy, smoothed instead of binned, so that no edges decide it.",
        spread=True,
    ),
    "miscalibration": _Measure(
        "Miscalibration",
        _LOWER,
        "The part of the log loss that the best rising map of these confidences would take away.",
        spread=True,
    ),
    "refinement": _Measure("Refinement", _LOWER, "The part of the log loss that such a map would leave."),
    "brier_skill_score": _Measure(
        "Brier skill score",
        _HIGHER,
        "How far the Brier score is below that of always stating the accuracy: 1 is perfect, 0 no better than that.",
    ),
    "excess_aurc": _Measure(
        "Excess AURC", _LOWER, "What the order of the answers adds to the AURC that the best order would have."
    ),
    "augrc": _Measure(
        "AUGRC", _LOWER, "The share of all questions that is answered, and wrong, averaged over how many are answered."
    ),
    "auprc_of_errors": _Measure(
        "AUPRC of errors",
        _HIGHER,
        "How precisely low confidence points at the wrong answers; guessing gives the share of wrong answers.",
    ),
}

_CLASSES: dict[str, tuple[str, str, str, Callable[[Classes], Row]]] = {
    "log_loss": (
        "Log loss",
        _LOWER,
        "Of the probability that the right option got.",
        lambda found: _cell(found.log_loss),
    ),
    "brier_score": (
        "Brier score",
        _LOWER,
        "Squared errors summed over the options of a question, so from 0 to 2.",
        lambda found: _cell(found.brier_score),
    ),
    "classwise_calibration_error": (
        "Class-wise ECE",
        _LOWER,
        "The calibration error of each option's own probability, averaged over the options.",
        lambda found: _cell(found.classwise_calibration_error, spread=True),
    ),
    "n_zero_mass": (
        "Right option ruled out",
        _LOWER,
        "Questions whose right option got no probability at all; each makes the log loss as large as its clipping lets "
        "it be.",
        lambda found: {"value": f"{found.n_zero_mass:,}", "interval": percent(found.n_zero_mass / max(found.n, 1))},
    ),
    "n_options": (
        "Options of a question",
        "",
        "The numbers of options that occur.",
        lambda found: {"value": ranges(found.n_options) or DASH, "interval": count(found.n, "question")},
    ),
}

T = TypeVar("T")


def name_of(key: str) -> str:
    """Name of a measure; the key in words where it is not known.

    Examples
    --------
    >>> name_of("augrc"), name_of("kernel_error")
    ('AUGRC', 'Kernel error')
    """
    if key in _MEASURES:
        return _MEASURES[key].name
    words = shorten(one_line(key.replace("_", " ")), LONGEST_NAME)
    return words[:1].upper() + words[1:]


def more_measures(evaluation: Evaluation) -> Row | None:
    """Table of the further measures; None where there are none."""
    methods = [method for method in evaluation.methods.values() if method.more]
    if not methods:
        return None
    rows = []
    for key in _in_order(method.more for method in methods):
        measure = _MEASURES.get(key, _Measure(name_of(key), "", ""))
        cells = [_cell(method.more.get(key), spread=measure.spread) for method in methods]
        rows.append({"name": measure.name, "better": measure.better, "says": measure.says, "cells": cells})
    undefined = (
        (method.label, name_of(key), estimate.reason)
        for method in methods
        for key, estimate in method.more.items()
        if estimate.value is None and estimate.reason
    )
    return {"labels": _labels(methods), "rows": rows, "reasons": by_reason(undefined, len(methods))}


def calibration_tests(evaluation: Evaluation) -> Row | None:
    """Table of the tests of perfect calibration; None where none was made."""
    methods = [method for method in evaluation.methods.values() if method.tests]
    if not methods:
        return None
    found = [{test.name: test for test in method.tests} for method in methods]
    rows = [
        {
            "name": shorten(one_line(name), LONGEST_NAME),
            "better": "",
            "says": "",
            "cells": [_test_cell(tests.get(name)) for tests in found],
        }
        for name in _in_order(found)
    ]
    reasons = (
        (method.label, shorten(one_line(test.name), LONGEST_NAME), test.reason)
        for method in methods
        for test in method.tests
        if test.reason
    )
    return {
        "labels": _labels(methods),
        "rows": rows,
        "reasons": by_reason(reasons, len(methods)),
        "together": _together([method for method in evaluation.ends if method.tests]),
    }


def all_options(evaluation: Evaluation) -> Row | None:
    """Table of what the probabilities of all options tell; None where there are none."""
    methods = [method for method in evaluation.methods.values() if method.classes is not None]
    if not methods:
        return None
    return {
        "labels": _labels(methods),
        "rows": [
            {
                "name": name,
                "better": better,
                "says": says,
                "cells": [show(method.classes) for method in methods if method.classes is not None],
            }
            for name, better, says, show in _CLASSES.values()
        ],
    }


def by_reason(found: Iterable[tuple[str, str, str]], n_methods: int) -> list[str]:
    """Sentences on why a number is as it is, once for each measure and reason.

    Parameters
    ----------
    found : iterable of (label, name, reason)
        Whose number, of which measure, and why.
    n_methods : int
        How many methods there are: where a reason holds for all of them, they are not named.

    Examples
    --------
    >>> by_reason([("Raw", "AUROC", "all answers are right"), ("Map", "AURC", "no answers.")], 2)
    ['AUROC of Raw: all answers are right.', 'AURC of Map: no answers.']
    """
    reasons: dict[tuple[str, str], list[str]] = {}
    for label, name, reason in found:
        reasons.setdefault((name, reason), []).append(label)
    return [
        f"{name}{'' if len(labels) == n_methods else f' of {listing(labels)}'}: {reason.rstrip('.')}."
        for (name, reason), labels in reasons.items()
    ]


def _cell(estimate: Estimate | None, *, spread: bool = False) -> Row:
    if estimate is None:
        return {"value": DASH, "interval": ""}
    ends = interval(estimate)
    return {"value": number(estimate.value), "interval": f"spread {ends}" if spread and ends else ends}


def _test_cell(test: HypothesisTest | None) -> Row:
    if test is None:
        return {"value": DASH, "interval": ""}
    return {"value": p_value(test.p_value), "interval": f"statistic {number(test.statistic)}"}


def _together(methods: list[Method]) -> str:
    """Say what the smallest p-value is worth among so many."""
    parts = []
    for method in methods:
        found = [test.p_value for test in method.tests if test.p_value is not None]
        if len(found) > 1:
            parts.append(f"{method.label} {p_value(min(1.0, len(found) * min(found)))}")
    if not parts:
        return ""
    return (
        "Several tests were made, and the more of them there are, the likelier is one small p by chance alone. "
        f"The smallest p, adjusted for that by Holm's method: {listing(parts)}."
    )


def _labels(methods: list[Method]) -> list[str]:
    return [method.label for method in methods]


def _in_order(tables: Iterable[Iterable[T]]) -> list[T]:
    """Every key once, in the order in which they come first."""
    return list(dict.fromkeys(key for table in tables for key in table))
