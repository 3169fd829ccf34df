"""What the maps share that have parameters for each option, so that all questions must have the same options."""

from typing import ClassVar, Literal, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._ragged import check_table
from calibrant.calibrators._softmax_regression import Ridge, affine, fit_softmax_regression, softmax_of
from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray, OptionLogits

# Log-probabilities below that of one in a million millions count as that: one of -1e6 would outweigh all other rows.
_FLOOR = np.log(1e-12)

_Self = TypeVar("_Self", bound="FixedOptionsMap")


class FixedOptionsMap(BaseEstimator):
    """Probabilities of the options as softmax(weights · ln p + intercepts), with p the softmax of the logits.

    A subclass says what is penalised (``_ridge``), and may take other scores (``_learn_scores``, ``_scores``).
    """

    input_kind: ClassVar[Literal["logits"]] = "logits"
    fixed_options: ClassVar[bool] = True

    def fit(
        self: _Self, logits: OptionLogits, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> _Self:
        """Find weights and intercepts.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options, as many in every question and in the same order:
            what is learnt about the first option is used for the first option.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question.
        sample_weight : array-like of shape (n_questions,), default=None
            How many times each question counts; once where None.

        Returns
        -------
        FixedOptionsMap
            This object, fitted.
        """
        for name, value in self.get_params().items():
            if isinstance(value, (int, float)) and not (0 <= value < np.inf):
                raise InputError(f"{name} must be a finite number of at least 0; got {value}.")
        table = check_table(logits)
        label = check_labels(labels, np.full(len(table), table.shape[1]))
        weight = check_weight(sample_weight, label.size)
        self._learn_scores(table, label, weight)
        ridge = self._ridge(table.shape[1], float(weight.sum()))
        fitted = fit_softmax_regression(self._scores(table), label, weight, ridge)
        self.weights_, self.intercepts_, self.converged_ = fitted.weights, fitted.intercepts, fitted.converged
        return self

    def predict_proba(self, logits: OptionLogits) -> list[FloatArray]:
        """Probability of each option.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options, as many in every question as in the fit.

        Returns
        -------
        list of n_questions ndarrays of shape (n_options,)
            The probabilities; each array sums to 1.
        """
        check_is_fitted(self)
        table = check_table(logits, self.n_options)
        return list(softmax_of(affine(self._scores(table), self.weights_, self.intercepts_)))

    @property
    def n_options(self) -> int:
        """The number of options that every question has."""
        return int(self.intercepts_.size)

    def _ridge(self, n_options: int, n_questions: float) -> Ridge:
        raise NotImplementedError

    def _learn_scores(self, table: FloatArray, labels: IntArray, weight: FloatArray) -> None:
        """Learn what ``_scores`` needs; nothing, unless a subclass does."""

    def _scores(self, table: FloatArray) -> FloatArray:
        scores: FloatArray = np.maximum(log_softmax(table, axis=1), _FLOOR)
        return scores
