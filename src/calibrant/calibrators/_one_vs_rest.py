"""One map for each option: logits of a fixed number of options → their probabilities, by Platt scaling of each."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._platt import PlattScaling
from calibrant.calibrators._ragged import check_table
from calibrant.types import FloatArray, OptionLogits


class OneVsRestPlatt(BaseEstimator):
    """Probabilities of the options by Platt scaling of each against all others, divided by their sum.

    Each option's own probability is mapped to that of it being right, as ``PlattScaling`` maps a confidence. These do
    not sum to 1 and are normalised, which undoes a part of what was fitted; ``StructuredVectorScaling`` fits all
    options together. All questions must have the same options in the same order. The answer can change.

    Attributes
    ----------
    slopes_ : ndarray of shape (n_options,)
        Factor of the logit of each option's probability.
    intercepts_ : ndarray of shape (n_options,)
        Added to it (natural log).

    Raises
    ------
    InputError
        Where the logits, labels or weights cannot be used, or the numbers of options differ.

    References
    ----------
    Zadrozny and Elkan (2002), Transforming classifier scores into accurate multiclass probability estimates, KDD. The
    paper takes isotonic regression for each class; Platt scaling leaves two numbers an option to be stored.

    Examples
    --------
    Three options that the model cannot tell apart; of 8 questions 4, 2 and 2 have them right. Platt's smoothed targets
    average (4 · 5/6 + 4/6)/8 = 1/2 and (2 · 3/4 + 6/8)/8 = 9/32, and these sum to 34/32:

    >>> import numpy as np
    >>> maps = OneVsRestPlatt().fit(np.zeros((8, 3)), [0, 0, 0, 0, 1, 1, 2, 2])
    >>> (maps.predict_proba([[0.0, 0.0, 0.0]])[0] * 34).round(6)
    array([16.,  9.,  9.])
    """

    input_kind: ClassVar[Literal["logits"]] = "logits"
    fixed_options: ClassVar[bool] = True

    def fit(
        self, logits: OptionLogits, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "OneVsRestPlatt":
        """Find slope and intercept of each option.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options, as many in every question and in the same order.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question.
        sample_weight : array-like of shape (n_questions,), default=None
            How many times each question counts; once where None.

        Returns
        -------
        OneVsRestPlatt
            This object, fitted.
        """
        table = check_table(logits)
        n_options = table.shape[1]
        label = check_labels(labels, np.full(len(table), n_options))
        weight = check_weight(sample_weight, label.size)
        own = softmax(table, axis=1)
        maps = [PlattScaling().fit(own[:, k], label == k, weight) for k in range(n_options)]
        self.slopes_ = np.array([each.slope_ for each in maps])
        self.intercepts_ = np.array([each.intercept_ for each in maps])
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
        own = softmax(check_table(logits, self.intercepts_.size), axis=1)
        mapped = np.empty_like(own)
        each = PlattScaling()
        for k, (slope, intercept) in enumerate(zip(self.slopes_, self.intercepts_, strict=True)):
            each.slope_, each.intercept_ = slope, intercept
            mapped[:, k] = each.predict(own[:, k])
        return list(mapped / mapped.sum(axis=1, keepdims=True))
