"""Readouts → fitted maps, the best of them chosen without a look at the test part."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from calibrant.artifact._artifact import RAW, Artifact
from calibrant.artifact._domain import note_domain
from calibrant.calibrators import CALIBRATORS, choose_simplest, cross_validated_log_loss, uncalibrated_log_loss
from calibrant.exceptions import InputError
from calibrant.grading import grade_choices
from calibrant.scores import max_probability
from calibrant.types import OptionLogits

METHODS = ("temperature", "platt", "isotonic", "histogram")
"""The maps that are fitted by default; every other of ``CALIBRATORS`` can be asked for by name."""

N_SPLITS = 5


def check_methods(methods: Sequence[str]) -> None:
    """Raise ``InputError`` unless these are names of maps, at least one."""
    unknown = [name for name in methods if name not in CALIBRATORS]
    if unknown or not methods:
        raise InputError(f"methods must be names out of {', '.join(CALIBRATORS)}; got {', '.join(unknown) or 'none'}")


def fit_artifact(
    logprobs: OptionLogits,
    right: Sequence[int],
    groups: Sequence[str],
    *,
    methods: Sequence[str] = METHODS,
    random_state: int = 0,
    manifest: Mapping[str, object] | None = None,
) -> Artifact:
    """Fit maps on option log-probabilities and choose the simplest that cross-validation cannot tell from the best.

    Parameters
    ----------
    logprobs : sequence of n_questions array-likes of shape (n_options,)
        Option log-probabilities of the train and calibration parts.
    right : sequence of int
        0-based index of the right option of each.
    groups : sequence of str
        The group of each question: a group is never in two folds.
    methods : sequence of str
        Which maps, by name.
    random_state : int
        Seed of the folds, the same for every map.
    manifest : mapping, optional
        More to note, such as the identity that the maps hold for.

    Raises
    ------
    InputError
        If there are too few groups for the folds, a method is unknown, or another argument cannot be used.
    """
    check_methods(methods)
    if not 0 <= random_state < 1 << 32:
        raise InputError(f"random_state must lie in 0 to {(1 << 32) - 1}; got {random_state}")
    n_groups = len(set(groups))
    if n_groups < N_SPLITS:
        raise InputError(
            f"fitting needs answered questions of at least {N_SPLITS} groups in train and calibration; got {n_groups}"
        )
    correct = grade_choices(logprobs, right).correct
    confidence = max_probability(logprobs)
    maps = {name: CALIBRATORS[name]() for name in CALIBRATORS if name in methods}
    judge = partial(cross_validated_log_loss, groups=groups, n_splits=N_SPLITS, random_state=random_state)
    losses = {RAW: uncalibrated_log_loss(confidence, correct, groups=groups)}
    for name, calibrator in maps.items():
        if calibrator.input_kind == "logits":
            losses[name] = judge(calibrator, logprobs, right)
            calibrator.fit(logprobs, right)
        else:
            losses[name] = judge(calibrator, confidence, correct)
            calibrator.fit(confidence, correct)
    choice = {
        "by": f"{N_SPLITS}-fold cross-validated log loss: the simplest map within one standard error of the best",
        "n": len(right),
        "log_loss": {name: {"mean": loss.mean, "standard_error": loss.standard_error} for name, loss in losses.items()},
    }
    chosen = choose_simplest(losses)
    facts = {"n": len(right), "n_groups": n_groups, "accuracy": float(np.mean(correct)), "random_state": random_state}
    said = Artifact(maps, chosen)
    domain = note_domain(logprobs, {name: float(said.predict(logprobs, name).confidence.mean()) for name in maps})
    return Artifact(maps, chosen, {**(manifest or {}), **domain, "fitted_on": facts, "choice": choice})
