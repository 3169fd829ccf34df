"""What `repair.py` sets side by side: Calibrant's maps and choosers, and the defaults of their peers.

A system is fitted on rows and then says of others how sure to be of the answer that the model gave: the most likely
option before any map. A map of the options may move another to the top, which its log loss over the options and its
accuracy show; its confidence is what it leaves to the model's answer, so that all systems are judged on the same
events. (By the confidence in each one's own answer, who answers worse on purpose would win: wrong answers are easy to
be sure of.) Where groups matter, the choosers are told of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from repair_data import Rows
from scipy.special import logit, softmax


@dataclass(frozen=True, eq=False)
class Said:
    """What a system makes of rows: how sure to be of the answer given, and, if it says so, of every option."""

    confidence: np.ndarray
    options: list[np.ndarray] | None = None


Fit = Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]
"""(what the model says, what is right) -> what it says -> what is to be believed."""


@dataclass(frozen=True)
class System:
    """How to fit it, and what it must be given: a confidence, options, or as many options in every question."""

    needs: Literal["confidence", "options", "table"]
    fit: Callable[[Rows], Callable[[Rows], Said]]

    def suits(self, rows: Rows) -> bool:
        """Whether the rows have what it needs."""
        return {"confidence": True, "options": rows.logits is not None, "table": rows.same_options}[self.needs]


def nothing(_: Rows) -> Callable[[Rows], Said]:
    return lambda new: Said(new.confidence, new.logits and [softmax(row) for row in new.logits])


def of_options(options: Sequence[np.ndarray], new: Rows) -> Said:
    return Said(np.array([row[answer] for row, answer in zip(options, new.answer, strict=True)]), list(options))


def of_confidence(fit: Fit) -> System:
    def fit_rows(rows: Rows) -> Callable[[Rows], Said]:
        predict = fit(rows.confidence, rows.correct)
        return lambda new: Said(np.asarray(predict(new.confidence), float))

    return System("confidence", fit_rows)


def of_table(fit: Fit) -> System:
    def fit_rows(rows: Rows) -> Callable[[Rows], Said]:
        predict = fit(rows.table, rows.labels)
        return lambda new: of_options(np.asarray(predict(new.table), float), new)

    return System("table", fit_rows)


def choosers() -> dict[str, System]:
    from calibrant import calibrators

    def auto(rows: Rows) -> Callable[[Rows], Said]:
        fitted = calibrators.AutoCalibration().fit(rows.confidence, rows.correct, groups=rows.together)
        return lambda new: Said(fitted.predict(new.confidence))

    def auto_options(rows: Rows) -> Callable[[Rows], Said]:
        fitted = calibrators.AutoOptionCalibration().fit(rows.logits, rows.labels, groups=rows.together)
        return lambda new: of_options(fitted.predict_proba(new.logits), new)

    def artifact(rows: Rows) -> Callable[[Rows], Said]:
        from calibrant.artifact import RAW, fit_artifact

        fitted = fit_artifact(rows.logits, rows.labels.tolist(), rows.groups.tolist())
        if fitted.chosen == RAW:
            return lambda new: Said(new.confidence)
        chosen = fitted.maps[fitted.chosen]
        if chosen.input_kind == "logits":
            return lambda new: Said(of_options(chosen.predict_proba(new.logits), new).confidence)
        return lambda new: Said(chosen.predict(new.confidence))

    found = {"AutoCalibration": System("confidence", auto), "calibrant fit": System("options", artifact)}
    if hasattr(calibrators, "AutoOptionCalibration"):
        found["AutoOptionCalibration"] = System("options", auto_options)
    return found


def own_maps() -> dict[str, System]:
    """Every registered map that looks at a confidence or at options alone, by itself."""
    from calibrant.calibrators import CALIBRATORS

    def of(cls: type) -> System:
        if cls.input_kind == "probabilities":
            return of_confidence(lambda y_prob, y_true: cls().fit(y_prob, y_true).predict)

        def fit_rows(rows: Rows) -> Callable[[Rows], Said]:
            fitted = cls().fit(rows.logits, rows.labels)
            return lambda new: of_options(fitted.predict_proba(new.logits), new)

        return System("table" if cls.fixed_options else "options", fit_rows)

    return {name: of(cls) for name, cls in CALIBRATORS.items() if cls.input_kind in ("probabilities", "logits")}


def scikit_learn(y_prob: np.ndarray, y_true: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    from sklearn.calibration import _SigmoidCalibration

    fitted = _SigmoidCalibration().fit(log_odds(y_prob), y_true)
    return lambda new: fitted.predict(log_odds(new))


def netcal(name: str) -> Fit:
    def fit(given: np.ndarray, y_true: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        from netcal import scaling

        fitted = getattr(scaling, name)()
        fitted.fit(given, y_true.astype(int))
        return fitted.transform

    return fit


def probmetrics(name: str) -> Fit:
    def fit(given: np.ndarray, y_true: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        from probmetrics.calibrators import get_calibrator

        if given.ndim == 2:
            return get_calibrator(name).fit(given, y_true).predict_proba
        fitted = get_calibrator(name).fit(np.column_stack([1 - given, given]), y_true.astype(int))
        return lambda new: fitted.predict_proba(np.column_stack([1 - new, new]))[:, 1]

    return fit


PEERS = {
    "scikit-learn": of_confidence(scikit_learn),
    "netcal": of_confidence(netcal("LogisticCalibration")),
    "probmetrics": of_confidence(probmetrics("logistic")),
    "netcal, options": of_table(netcal("TemperatureScaling")),
    "probmetrics ts-mix": of_table(probmetrics("ts-mix")),
    "probmetrics, options": of_table(probmetrics("logistic")),
}


def log_odds(y_prob: np.ndarray) -> np.ndarray:
    return logit(np.clip(y_prob, 1e-6, 1 - 1e-6))
