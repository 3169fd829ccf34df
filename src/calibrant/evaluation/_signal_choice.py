"""Signals on the answers that are not reported → the map of each, and the one signal to use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from calibrant.calibrators import AutoCalibration, CrossValidatedLoss, uncalibrated_log_loss
from calibrant.evaluation._signal_rows import SignalRows
from calibrant.exceptions import InputError
from calibrant.types import FloatArray

MIN_SHARE = 0.8
"""A signal counts only where so large a share of the answers have it."""

_ERRORS = 2.0
"""Standard errors by which the best signal must beat one that only knows how often answers are right."""


@dataclass(frozen=True, eq=False)
class SignalChoice:
    """Which signal to use, and what that rests on."""

    name: str | None
    """The signal; None where none is better than knowing how often answers are right."""

    best: str | None
    """The signal of the least loss, which may cost more than the one chosen; None where there was no candidate."""

    n: int
    """Answers that all candidates were judged on."""

    losses: Mapping[str, CrossValidatedLoss] = field(default_factory=dict)
    """Cross-validated, after the map, of each candidate."""

    base: CrossValidatedLoss | None = None
    """Of saying for each answer how often answers are right."""

    left_out: Mapping[str, str] = field(default_factory=dict)
    """Signals that were no candidates, and why."""


def fit_map(signal: SignalRows, rows: Sequence[int], groups: Sequence[str], *, seed: int) -> AutoCalibration:
    """Fit the map that the rows of a signal can support, leaving out those where it is missing.

    Raises
    ------
    InputError
        If there are too few.
    """
    own = [row for row in rows if signal.known[row]]
    auto = AutoCalibration(random_state=seed)
    return auto.fit(signal.confidence[own], signal.correct[own], groups=[groups[row] for row in own])


def map_loss(auto: AutoCalibration) -> CrossValidatedLoss:
    """Return the cross-validated log loss of the map that was chosen."""
    return auto.losses_[auto.chosen_]


def choose_signal(
    found: Sequence[SignalRows],
    rows: Sequence[int],
    groups: Sequence[str],
    *,
    seed: int,
    maps: Mapping[str, AutoCalibration] = MappingProxyType({}),
) -> SignalChoice:
    """Choose the cheapest signal whose cross-validated log loss, after its map, is within a standard error of the best.

    All candidates are judged on the same answers, those that all of them have, so that the standard errors are paired.
    Signals that speak of guesses of their own are candidates only where none speaks of the answers, and then only the
    one whose guesses are right most often: a loss is low where guesses are bad and known to be so. The cost is that in
    forward passes, or in replies where passes are not told; of equal ones the least loss decides.

    Parameters
    ----------
    found : sequence of SignalRows
        The signals.
    rows : sequence of int
        The graded questions that may be looked at: train and calibration.
    groups : sequence of str
        The group of every row of the folder.
    seed : int
        Of the folds.
    maps : mapping of str to AutoCalibration
        Those of ``fit_map``, for the signals that have them, so that none is fitted again on the same answers.
    """

    def loss(signal: SignalRows) -> CrossValidatedLoss:
        known = maps.get(signal.name)
        # All common answers are among its own, so that equal numbers are the same answers.
        if known is not None and map_loss(known).n == len(common):
            return map_loss(known)
        return map_loss(fit_map(signal, common, groups, seed=seed))

    left_out, candidates = _candidates(found, rows)
    common = _common(candidates, rows)
    while len(candidates) > 1 and len(common) < MIN_SHARE * len(rows):
        worst = min(reversed(candidates), key=lambda signal: int(signal.known[list(rows)].sum()))
        candidates.remove(worst)
        left_out[worst.name] = "missing where the others are not"
        common = _common(candidates, rows)
    if not candidates:
        return SignalChoice(None, None, 0, left_out=left_out)
    try:
        losses = {own.name: loss(own) for own in candidates}
    except InputError as error:
        return SignalChoice(None, None, len(common), left_out=left_out | {own.name: str(error) for own in candidates})
    correct = candidates[0].correct[common]
    base = uncalibrated_log_loss(np.full(len(common), correct.mean()), correct, groups=[groups[row] for row in common])
    best = min(losses, key=lambda name: losses[name].mean)
    name = None
    if base.mean - losses[best].mean > _ERRORS * base.standard_error_of_difference(losses[best]):
        near = [own for own in candidates if _is_near(losses[own.name], losses[best])]
        name = min(near, key=lambda own: (*price(own), losses[own.name].mean)).name
    return SignalChoice(name, best, len(common), losses, base, left_out)


def price(signal: SignalRows) -> tuple[float, float]:
    """Return what signals are ordered by when the cheapest is wanted: passes, infinite where not told, then replies."""
    passes = signal.cost.passes
    return (np.inf if np.isnan(passes) else passes, signal.cost.replies)


def _candidates(found: Sequence[SignalRows], rows: Sequence[int]) -> tuple[dict[str, str], list[SignalRows]]:
    left_out: dict[str, str] = {}
    usable: list[SignalRows] = []
    for signal in found:
        known = [row for row in rows if signal.known[row]]
        if len(known) < MIN_SHARE * len(rows) or not known:
            left_out[signal.name] = f"{len(known):,} of {len(rows):,} answers of train and calibration have it"
        elif np.unique(signal.confidence[known]).size < 2:
            left_out[signal.name] = "it says the same of every answer"
        else:
            usable.append(signal)
    candidates = [signal for signal in usable if not signal.own_guess]
    if usable and not candidates:
        candidates = [max(usable, key=lambda signal: _accuracy(signal, rows))]
    reason = "it speaks of guesses of its own" if not all(own.own_guess for own in candidates) else "other guesses"
    left_out |= {signal.name: reason for signal in usable if signal not in candidates}
    return left_out, candidates


def _common(candidates: Sequence[SignalRows], rows: Sequence[int]) -> list[int]:
    return [row for row in rows if all(signal.known[row] for signal in candidates)]


def _accuracy(signal: SignalRows, rows: Sequence[int]) -> float:
    own: FloatArray = signal.correct[[row for row in rows if signal.known[row]]]
    return float(own.mean())


def _is_near(loss: CrossValidatedLoss, best: CrossValidatedLoss) -> bool:
    return loss.mean - best.mean <= best.standard_error_of_difference(loss)
