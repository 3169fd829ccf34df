"""Readouts → fitted maps, the best of them chosen without a look at the test part."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from calibrant.artifact._artifact import RAW, Artifact
from calibrant.artifact._domain import note_domain
from calibrant.calibrators import (
    CALIBRATORS,
    Evidence,
    EvidenceName,
    as_evidence,
    choose_map,
    cross_validated_log_loss,
    uncalibrated_log_loss,
)
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


def evidence_for(methods: Sequence[str], *, to_fit: bool = True) -> frozenset[EvidenceName]:
    """Return what maps look at beside the option log-probabilities, to predict or also to be fitted.

    Examples
    --------
    >>> sorted(evidence_for(["temperature", "daca"])), sorted(evidence_for(["daca"], to_fit=False))
    (['base'], [])
    """
    classes = [CALIBRATORS[name] for name in methods]
    kinds = [cls for cls in classes if cls.input_kind == "evidence"]
    return frozenset(need for cls in kinds for need in (*cls.needs, *(cls.needs_to_fit if to_fit else ())))


def fit_artifact(
    logprobs: OptionLogits | Evidence,
    right: Sequence[int],
    groups: Sequence[str],
    *,
    methods: Sequence[str] = METHODS,
    random_state: int = 0,
    manifest: Mapping[str, object] | None = None,
) -> Artifact:
    """Fit maps on option log-probabilities and choose one by cross-validation (`calibrant.calibrators.choose_map`).

    Parameters
    ----------
    logprobs : sequence of n_questions array-likes of shape (n_options,), or Evidence
        Option log-probabilities of the train and calibration parts, or evidence that holds them and what else the maps
        look at.
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
        If there are too few groups for the folds, a method is unknown, the evidence lacks what a map looks at, or
        another argument cannot be used.
    """
    check_methods(methods)
    evidence = as_evidence(logprobs)
    logprobs = evidence.logprobs
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
        if calibrator.input_kind == "evidence":
            losses[name] = judge(calibrator, evidence, right)
            calibrator.fit(evidence, right)
        elif calibrator.input_kind == "logits":
            losses[name] = judge(calibrator, logprobs, right)
            calibrator.fit(logprobs, right)
        else:
            losses[name] = judge(calibrator, confidence, correct)
            calibrator.fit(confidence, correct)
    choice = {
        "by": f"{N_SPLITS}-fold cross-validated log loss: the least among maps of few numbers, or one of many that "
        "beats it by two standard errors",
        "n": len(right),
        "log_loss": {name: {"mean": loss.mean, "standard_error": loss.standard_error} for name, loss in losses.items()},
    }
    chosen = choose_map(losses, correct)
    facts = {"n": len(right), "n_groups": n_groups, "accuracy": float(np.mean(correct)), "random_state": random_state}
    said = Artifact(maps, chosen)
    domain = note_domain(logprobs, {name: float(said.predict(evidence, name).confidence.mean()) for name in maps})
    return Artifact(maps, chosen, {**(manifest or {}), **domain, "fitted_on": facts, "choice": choice})
