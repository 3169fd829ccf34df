"""The map of option logits that the questions at hand can support: chosen among several, or refused with too few."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels
from calibrant.calibrators._choice import choose_map
from calibrant.calibrators._contract import OptionMap
from calibrant.calibrators._cross_validation import (
    CrossValidatedLoss,
    cross_validated_option_loss,
    uncalibrated_option_loss,
)
from calibrant.calibrators._ragged import check_logits
from calibrant.exceptions import InputError
from calibrant.types import FloatArray, OptionLogits

NONE = "none"
"""The name of no map: the softmax of the logits."""

SAME_OPTIONS = ("temperature", "temperature-mix", "svs", "sms")
"""The candidates where all questions have as many options: the last two have numbers for each, held near none."""

UNEQUAL_OPTIONS = ("temperature", "temperature-mix", "count-temperature")
"""The candidates where the number of options varies."""


class AutoOptionCalibration(BaseEstimator):
    """Probabilities of the options, by the map that does best on questions that it was not fitted on.

    The candidates, and no map at all, are judged by the cross-validated log loss of the probabilities of all options.
    Of those of few numbers the best is taken, unless one of many numbers is better by more than two standard errors
    (of the paired difference). With fewer than 5 right or 5 wrong answers ``temperature-mix`` is taken where it is a
    candidate, which mixes in a share of the uniform: the others may say 100 % after answers that were all right.
    ``choose_map`` has the rule.

    Parameters
    ----------
    candidates : sequence of str, default=None
        Names of maps of option logits in ``CALIBRATORS``, the simplest first. Where None: ``temperature``,
        ``temperature-mix``, and ``svs`` and ``sms`` where all questions have as many options, ``count-temperature``
        where not. ``svs`` and ``sms`` learn what is true of the first option, of the second, and so on.
    min_samples : int, default=25
        With fewer questions it refuses.
    n_splits : int, default=5
        Folds; groups stay in one.
    random_state : int, default=0
        Seed of the folds.

    Attributes
    ----------
    chosen_ : str
        The name of the map taken, or ``none``.
    calibrator_ : calibrator or None
        That map, fitted on all questions.
    losses_ : dict of str to CrossValidatedLoss
        How no map and each candidate were judged.

    Raises
    ------
    InputError
        Where there are too few questions, a candidate is unknown, or logits and labels cannot be used.

    Examples
    --------
    The first of two options is given 98 %, and is right in three of four questions:

    >>> auto = AutoOptionCalibration(candidates=["temperature"]).fit([[4.0, 0.0]] * 40, [0, 0, 0, 1] * 10)
    >>> auto.chosen_, auto.predict_proba([[4.0, 0.0]])[0].round(6)
    ('temperature', array([0.75, 0.25]))
    """

    input_kind: ClassVar[Literal["logits"]] = "logits"

    def __init__(
        self,
        candidates: Sequence[str] | None = None,
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
        self, logits: OptionLogits, labels: npt.ArrayLike, *, groups: npt.ArrayLike | None = None
    ) -> "AutoOptionCalibration":
        """Judge the candidates and fit the one chosen on all questions.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question.
        groups : array-like of shape (n_questions,), default=None
            Questions that belong together, kept in one fold.

        Returns
        -------
        AutoOptionCalibration
            This object, fitted.
        """
        questions = check_logits(logits)
        rows = questions.split(questions.values)
        right = check_labels(labels, questions.lengths)
        makers = self._makers(same_options=questions.lengths.min() == questions.lengths.max())
        if right.size < self.min_samples:
            raise InputError(
                f"choosing a map needs at least {self.min_samples} answered questions; got {right.size}. Answer "
                f"{self.min_samples - right.size} more, or fit one map by name and say that it was not chosen"
            )
        losses: dict[str, CrossValidatedLoss] = {NONE: uncalibrated_option_loss(rows, right, groups=groups)}
        for name, make in makers.items():
            losses[name] = cross_validated_option_loss(
                make(), rows, right, groups=groups, n_splits=self.n_splits, random_state=self.random_state
            )
        self.losses_ = losses
        self.chosen_ = choose_map(losses, np.array([row.argmax() for row in rows]) == right)
        self.calibrator_ = None if self.chosen_ == NONE else makers[self.chosen_]().fit(rows, right)
        return self

    def predict_proba(self, logits: OptionLogits) -> list[FloatArray]:
        """Probability of each option.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options.

        Returns
        -------
        list of n_questions ndarrays of shape (n_options,)
            The probabilities; each array sums to 1.
        """
        check_is_fitted(self)
        if self.calibrator_ is None:
            questions = check_logits(logits)
            return [softmax(row) for row in questions.split(questions.values)]
        return self.calibrator_.predict_proba(logits)

    def _makers(self, *, same_options: bool) -> dict[str, type[OptionMap]]:
        # The registry is made of all modules of this folder, so it is asked when it is needed.
        from calibrant.calibrators import CALIBRATORS

        names = self.candidates
        if names is None:
            names = SAME_OPTIONS if same_options else UNEQUAL_OPTIONS
        maps: dict[str, type[OptionMap]] = {}
        for name in names:
            found = CALIBRATORS.get(name)
            if found is None or found.input_kind != "logits":
                allowed = [key for key, value in CALIBRATORS.items() if value.input_kind == "logits"]
                raise InputError(f"candidates must be names out of {', '.join(allowed)}; got {name!r}")
            maps[name] = found
        if not maps:
            raise InputError("candidates must name at least one map; got none")
        return maps
