"""The map that the answers at hand can support: chosen among several, or refused where there are too few answers."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_confidence, check_correctness
from calibrant.calibrators._choice import choose_map
from calibrant.calibrators._contract import ConfidenceMap
from calibrant.calibrators._cross_validation import CrossValidatedLoss, cross_validated_log_loss, uncalibrated_log_loss
from calibrant.exceptions import InputError
from calibrant.types import FloatArray

NONE = "none"
"""The name of no map: the confidence as it was stated."""

_FLOOR = 1e-6


class AutoCalibration(BaseEstimator):
    """Probability that the answer is right, by the map that does best on answers that it was not fitted on.

    The candidates, and no map at all, are judged by cross-validated log loss. Of those of few numbers the best is
    taken, unless one of many numbers is better by more than two standard errors (of the paired difference). With fewer
    than 5 right or 5 wrong answers neither no map nor one of many numbers is taken: among a handful of wrong ones the
    most certain map looks best, since its price is paid later. ``choose_map`` has the rule.

    Parameters
    ----------
    candidates : sequence of str, default=('platt', 'beta', 'isotonic', 'venn-abers')
        Names of maps of a confidence in ``CALIBRATORS``, the simplest first.
    min_samples : int, default=25
        With fewer answers it refuses.
    n_splits : int, default=5
        Folds; groups stay in one.
    random_state : int, default=0
        Seed of the folds.

    Attributes
    ----------
    chosen_ : str
        The name of the map taken, or ``none``.
    calibrator_ : calibrator or None
        That map, fitted on all answers.
    losses_ : dict of str to CrossValidatedLoss
        How no map and each candidate were judged.

    Raises
    ------
    InputError
        Where there are too few answers, a candidate is unknown, or confidences and correctness cannot be used.

    Examples
    --------
    >>> auto = AutoCalibration(candidates=["platt"]).fit([0.99] * 40, [1, 0] * 20)
    >>> auto.chosen_, auto.predict([0.99]).round(3)
    ('platt', array([0.5]))
    """

    input_kind: ClassVar[Literal["probabilities"]] = "probabilities"

    def __init__(
        self,
        candidates: Sequence[str] = ("platt", "beta", "isotonic", "venn-abers"),
        *,
        min_samples: int = 25,
        n_splits: int = 5,
        random_state: int = 0,
    ) -> None:
        self.candidates = candidates
        self.min_samples = min_samples
        self.n_splits = n_splits
        self.random_state = random_state

    def fit(
        self, y_prob: npt.ArrayLike, y_true: npt.ArrayLike, *, groups: npt.ArrayLike | None = None
    ) -> "AutoCalibration":
        """Judge the candidates and fit the one chosen on all answers.

        Parameters
        ----------
        y_prob : array-like of shape (n_answers,)
            Confidence in the answer given, in [0, 1].
        y_true : array-like of shape (n_answers,)
            Correctness of the answer given: 1 right, 0 wrong.
        groups : array-like of shape (n_answers,), default=None
            Answers that belong together, kept in one fold.

        Returns
        -------
        AutoCalibration
            This object, fitted.
        """
        confidence = check_confidence(y_prob)
        correct = check_correctness(y_true, confidence.size)
        makers = self._makers()
        if confidence.size < self.min_samples:
            raise InputError(
                f"choosing a map needs at least {self.min_samples} graded answers; got {confidence.size}. Grade "
                f"{self.min_samples - confidence.size} more, or fit one map by name and say that it was not chosen"
            )
        losses: dict[str, CrossValidatedLoss] = {NONE: uncalibrated_log_loss(confidence, correct, groups=groups)}
        for name, make in makers.items():
            losses[name] = cross_validated_log_loss(
                make(), confidence, correct, groups=groups, n_splits=self.n_splits, random_state=self.random_state
            )
        self.losses_ = losses
        self.chosen_ = choose_map(losses, correct)
        self.calibrator_ = None if self.chosen_ == NONE else makers[self.chosen_]().fit(confidence, correct)
        return self

    def predict(self, y_prob: npt.ArrayLike) -> FloatArray:
        """Probability that each answer is right.

        Parameters
        ----------
        y_prob : array-like of shape (n_answers,)
            Confidence in the answer given, in [0, 1].

        Returns
        -------
        ndarray of shape (n_answers,)
            Probabilities strictly between 0 and 1.
        """
        check_is_fitted(self)
        confidence = check_confidence(y_prob)
        if self.calibrator_ is None:
            return np.clip(confidence, _FLOOR, 1 - _FLOOR)
        return self.calibrator_.predict(confidence)

    def _makers(self) -> dict[str, type[ConfidenceMap]]:
        # The registry is made of all modules of this folder, so it is asked when it is needed.
        from calibrant.calibrators import CALIBRATORS

        maps: dict[str, type[ConfidenceMap]] = {}
        for name in self.candidates:
            found = CALIBRATORS.get(name)
            if found is None or found.input_kind != "probabilities":
                allowed = [key for key, value in CALIBRATORS.items() if value.input_kind == "probabilities"]
                raise InputError(f"candidates must be names out of {', '.join(allowed)}; got {name!r}")
            maps[name] = found
        if not maps:
            raise InputError("candidates must name at least one map; got none")
        return maps
