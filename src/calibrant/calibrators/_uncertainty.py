"""Calibrator and the rows of its fit → an interval on the probability that it gives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from calibrant.calibrators._checks import check_confidence, check_correctness, check_labels
from calibrant.calibrators._contract import Calibrator, ConfidenceMap, EvidenceMap, OptionMap
from calibrant.calibrators._evidence import Evidence, as_evidence
from calibrant.calibrators._ragged import check_logits
from calibrant.exceptions import InputError
from calibrant.metrics import resample_weights
from calibrant.types import FloatArray, OptionLogits

_Refit = Callable[[npt.ArrayLike | None], FloatArray]
"""Weights of the rows, or None → the probabilities that a map fitted on them gives to the new rows."""


@dataclass(frozen=True, eq=False)
class MapInterval:
    """Calibrated probabilities, and how sure the data of the fit make them."""

    value: FloatArray
    """What the map fitted on all rows gives, shape (n_new,)."""

    low: FloatArray
    """Lower ends, shape (n_new,)."""

    high: FloatArray
    """Upper ends, shape (n_new,)."""

    level: float
    """Coverage aimed at for each row by itself, in (0, 1)."""

    n_boot: int
    """Maps fitted."""


def map_interval(
    calibrator: Calibrator,
    X: OptionLogits | Evidence,
    y: npt.ArrayLike,
    x_new: OptionLogits | Evidence,
    *,
    groups: npt.ArrayLike | None = None,
    n_boot: int = 200,
    level: float = 0.95,
    random_state: int = 0,
) -> MapInterval:
    """Interval on the calibrated probability of new rows: narrow where the rows of the fit say much.

    The map is fitted again on rows, or whole groups of them, drawn with replacement; the interval is that of the
    percentiles. It says how far the map would move with other rows of the same kind. What no map of this kind can show,
    such as the bend that a Platt curve does not have, is not in it; and a binning that is sure of a wrong mean of two
    different confidences looks sure.

    The calibrator itself is left as it is: copies of it are fitted.

    Parameters
    ----------
    calibrator : OptionMap, EvidenceMap or ConfidenceMap
        The map.
    X : sequence of n_rows array-likes of shape (n_options,), Evidence, or array-like of shape (n_rows,)
        What it is fitted on: logits of the options for an option map, evidence for an evidence map, confidences in
        [0, 1] for a confidence map.
    y : array-like of shape (n_rows,)
        Correctness, 0 or 1, for a confidence map; for others the 0-based index of the right option.
    x_new : sequence of n_new array-likes of shape (n_options,), Evidence, or array-like of shape (n_new,)
        Rows to give a probability to, as ``X``. But for a confidence map it is that of the answer: the option most
        probable under the map fitted on all rows (ties: the first).
    groups : array-like of shape (n_rows,), default=None
        The group of each row: rows that share one, such as answers to one question, are drawn together.
    n_boot : int, default=200
        Maps to fit. With 200, an end is the mean of about the 5th and 6th most extreme at a level of 0.95.
    level : float, default=0.95
        Coverage, in (0, 1), of each row by itself, not of all at once.
    random_state : int, default=0
        Seed of the draws.

    Returns
    -------
    MapInterval
        Value and both ends for each new row.

    Raises
    ------
    InputError
        Where an argument cannot be used.

    Examples
    --------
    Every resample of answers that were all right, at one confidence, is the same; so the interval has no width:

    >>> from calibrant.calibrators import HistogramBinning
    >>> found = map_interval(HistogramBinning(), [0.9] * 8, [1] * 8, [0.9], n_boot=20)
    >>> found.value, found.low, found.high
    (array([0.9]), array([0.9]), array([0.9]))
    """
    if not 0 < level < 1:
        raise InputError(f"level must lie between 0 and 1; got {level}. Try 0.95.")
    if calibrator.input_kind == "probabilities":
        n_rows, refit = _of_confidence(calibrator, _plain(X), y, _plain(x_new))
    else:
        n_rows, refit = _of_options(calibrator, X, y, x_new)
    weights = resample_weights(n_rows, groups=groups, n_boot=n_boot, random_state=random_state)
    value = refit(None)
    low, high = np.quantile([refit(weight) for weight in weights], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return MapInterval(value, low, high, level, n_boot)


def _of_confidence(
    confidence_map: ConfidenceMap, X: OptionLogits, y: npt.ArrayLike, x_new: OptionLogits
) -> tuple[int, _Refit]:
    y_prob = check_confidence(X)
    y_true = check_correctness(y, y_prob.size)
    new = check_confidence(x_new)

    def refit(weight: npt.ArrayLike | None) -> FloatArray:
        fitted: ConfidenceMap = clone(confidence_map).fit(y_prob, y_true, sample_weight=weight)
        return fitted.predict(new)

    return y_prob.size, refit


def _of_options(
    option_map: OptionMap | EvidenceMap,
    X: OptionLogits | Evidence,
    y: npt.ArrayLike,
    x_new: OptionLogits | Evidence,
) -> tuple[int, _Refit]:
    labels = check_labels(y, check_logits(as_evidence(X).logprobs).lengths)

    def predict(weight: npt.ArrayLike | None) -> list[FloatArray]:
        own = clone(option_map)
        if own.input_kind == "evidence":
            fitted: EvidenceMap = own.fit(as_evidence(X), labels, sample_weight=weight)
            return fitted.predict_proba(as_evidence(x_new))
        scaled: OptionMap = own.fit(_plain(X), labels, sample_weight=weight)
        return scaled.predict_proba(_plain(x_new))

    answers = [int(options.argmax()) for options in predict(None)]

    def refit(weight: npt.ArrayLike | None) -> FloatArray:
        return np.array([p[answer] for p, answer in zip(predict(weight), answers, strict=True)])

    return labels.size, refit


def _plain(X: OptionLogits | Evidence) -> OptionLogits:
    return X.logprobs if isinstance(X, Evidence) else X
