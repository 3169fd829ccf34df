"""The fitted maps of one model, and what they make of its option likelihoods."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from calibrant.calibrators import Calibrator, Evidence, EvidenceName, as_evidence
from calibrant.exceptions import IdentityError, InputError
from calibrant.grading import grade_choices
from calibrant.scores import option_probabilities
from calibrant.types import FloatArray, IntArray, OptionLogits

RAW = "raw"
"""The name of no map at all: the readout's own softmax."""


@dataclass(frozen=True, eq=False)
class CalibratedAnswers:
    """Answers and how sure to be of them."""

    answer: IntArray
    """0-based index of the option given, shape (n_questions,); where options tie, the most likely one before any map.

    Where that was a tie too, it is the first.
    """

    confidence: FloatArray
    """Probability that it is right, in [0, 1], shape (n_questions,)."""

    n_changed: int = 0
    """How many answers are others than without the map. Temperatures change none."""


@dataclass(frozen=True, eq=False)
class Artifact:
    """Maps fitted on one model's readouts, one of them chosen."""

    maps: Mapping[str, Calibrator]
    """Every fitted map by name; ``raw`` is always there besides."""

    chosen: str
    """The map to use, chosen by cross-validation on the data that it was fitted on; ``raw`` if no map was better."""

    manifest: Mapping[str, object] = field(default_factory=dict)
    """What it was fitted on and for; see ``docs/concepts.md``."""

    @property
    def needs(self) -> frozenset[EvidenceName]:
        """What the maps look at beside the option log-probabilities."""
        return frozenset(need for each in self.maps.values() if each.input_kind == "evidence" for need in each.needs)

    def predict(self, logprobs: OptionLogits | Evidence, method: str | None = None) -> CalibratedAnswers:
        """Give the answer to each question and the calibrated probability that it is right.

        Parameters
        ----------
        logprobs : sequence of n_questions array-likes of shape (n_options,), or Evidence
            Option log-probabilities by the readout that the maps were fitted on, or evidence that holds them and what
            else the map looks at (`gather_evidence`).
        method : str, optional
            A map by name, or ``raw``; by default the chosen one.

        Raises
        ------
        InputError
            If there is no such map, a row cannot be used, or the evidence lacks what the map looks at.
        """
        method, evidence = method or self.chosen, as_evidence(logprobs)
        logprobs = evidence.logprobs
        if method not in {RAW, *self.maps}:
            raise InputError(f"method must be one of {', '.join([RAW, *self.maps])}; got {method!r}")
        given = grade_choices(logprobs, [None] * len(logprobs)).answer
        raw = _top(option_probabilities(logprobs), given)
        if method == RAW or given.size == 0:
            return raw
        calibrator = self.maps[method]
        if calibrator.input_kind == "evidence":
            return _top(calibrator.predict_proba(evidence), given)
        if calibrator.input_kind == "logits":
            return _top(calibrator.predict_proba(logprobs), given)
        return CalibratedAnswers(given, calibrator.predict(raw.confidence))

    def check_identity(self, identity: Mapping[str, object], *, force: bool = False) -> str:
        """Return ``calibrated`` if the maps hold for this model and prompt, ``stale`` if they do not but are forced.

        Raises
        ------
        IdentityError
            If they do not and are not forced; it names what differs.
        """
        found = self.identity_differences(identity)
        if not found:
            return "calibrated"
        if force:
            return "stale"
        raise IdentityError(f"the artifact was fitted for something else: {found}. Fit it again, or force its use")

    def identity_differences(self, identity: Mapping[str, object]) -> str:
        """Say in what this model and prompt differ from those that the maps hold for; nothing where they do not.

        Examples
        --------
        >>> artifact = Artifact({}, RAW, {"identity": {"weights": "a", "readout": "cloze"}})
        >>> artifact.identity_differences({"weights": "a", "readout": "letter"})
        "readout is 'letter', fitted for 'cloze'"
        """
        own = self.manifest.get("identity")
        expected: Mapping[str, object] = own if isinstance(own, Mapping) else {}
        differing = [key for key in sorted({*expected, *identity}) if expected.get(key) != identity.get(key)]
        return "; ".join(f"{key} is {identity.get(key)!r}, fitted for {expected.get(key)!r}" for key in differing)


def _top(probabilities: list[FloatArray], given: IntArray) -> CalibratedAnswers:
    # Rounding can make two options tie that did not: the answer stays the one that it was then.
    answers = [g if p[g] == p.max() else p.argmax() for p, g in zip(probabilities, given, strict=True)]
    return CalibratedAnswers(
        np.array(answers, dtype=np.int64),
        np.array([p.max() for p in probabilities], dtype=np.float64),
        int(np.count_nonzero(np.array(answers, dtype=np.int64) != given)),
    )
