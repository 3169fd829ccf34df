"""The map that the answers at hand can support: chosen among several, or refused where there are too few answers."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_confidence, check_correctness
from calibrant.calibrators._contract import ConfidenceMap
from calibrant.calibrators._cross_validation import (
    CrossValidatedLoss,
    choose_simplest,
    cross_validated_log_loss,
    uncalibrated_log_loss,
)
from calibrant.exceptions import InputError
from calibrant.types import FloatArray

NONE = "none"
"""The name of no map: the confidence as it was stated."""

_LEAST_OF_EACH = 10
"""Right answers and wrong ones without which no map is not a candidate: so few cannot clear the stated confidence."""

_FLOOR = 1e-6


class AutoCalibration(BaseEstimator):
    """Probability that the answer is right, by the simplest map that cross-validation cannot tell from the best.

    The candidates are judged by log loss on answers that they were not fitted on; of those within one standard error of
    the best (of the paired difference) the first is taken. No map at all is the first candidate, but only where there
    are at least 10 right and 10 wrong answers: among a handful of wrong ones a confidence that is far too high looks as
    good as any map, since its price is paid later.

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
        How each candidate was judged.

    Raises
    ------
    InputError
        Where there are too few answers, a candidate is unknown, or confidences and correctness cannot be used.

    References
    ----------
    Breiman, Friedman, Olshen, Stone (1984), Classification and regression trees, section 3.4.3.

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
        losses: dict[str, CrossValidatedLoss] = {}
        if min(correct.sum(), (1 - correct).sum()) >= _LEAST_OF_EACH:
            losses[NONE] = uncalibrated_log_loss(confidence, correct, groups=groups)
        for name, make in makers.items():
            losses[name] = cross_validated_log_loss(
                make(), confidence, correct, groups=groups, n_splits=self.n_splits, random_state=self.random_state
            )
        self.losses_ = losses
        self.chosen_ = choose_simplest(losses)
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
