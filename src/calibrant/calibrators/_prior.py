"""Prior correction: logits of a fixed number of options → probabilities that favour no place on average."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._ragged import check_table
from calibrant.calibrators._softmax_regression import softmax_of
from calibrant.types import FloatArray, OptionLogits

# In the mean, log-probabilities below that of one in a million millions count as that: one of -1e6 would outweigh all.
_FLOOR = np.log(1e-12)


class PriorCorrection(BaseEstimator):
    """Probabilities of the options as softmax(ln p - m), with m the mean of ln p in each place over the questions.

    Where a model favours the letter A by as much in every question, and the questions do not, m is that favour, and it
    is taken off exactly. No label is looked at: what is learnt is what the model says, not what is right. So it needs
    questions whose right options are spread over the places, as shuffled options are; where most right answers truly
    are the first, that is taken off too. An option may overtake another: the answer can change.

    Attributes
    ----------
    intercepts_ : ndarray of shape (n_options,)
        Added to the log-probability of each place (natural log): -m, moved so that the mean is 0.

    Raises
    ------
    InputError
        Where the logits, labels or weights cannot be used, or the numbers of options differ.

    References
    ----------
    Zhou, Wan, Proleev, Mincu, Chen, Heller and Roy (2024), Batch calibration: rethinking calibration for in-context
    learning and prompt engineering, ICLR, arXiv 2309.17249. The paper divides by the mean probability. Here it is the
    geometric mean, of probabilities of at least 1e-12: only that equals the favour whatever the questions are; the mean
    of probabilities near 0 and 1 hardly shows it. The paper takes the mean over the questions being answered; here
    those of the fit, so that an answer does not depend on the questions beside it.

    Examples
    --------
    The model multiplies the odds of the first place by 3; 9 to 1 and 1 to 1 are 3 to 1 and 1 to 3 without that:

    >>> import numpy as np
    >>> correction = PriorCorrection().fit(np.log([[9.0, 1.0], [1.0, 1.0]]), [0, 1])
    >>> for row in correction.predict_proba(np.log([[9.0, 1.0], [1.0, 1.0]])):
    ...     print(row.round(3))
    [0.75 0.25]
    [0.25 0.75]
    """

    input_kind: ClassVar[Literal["logits"]] = "logits"
    fixed_options: ClassVar[bool] = True

    def fit(
        self, logits: OptionLogits, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "PriorCorrection":
        """Find how much the model favours each place.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options, as many in every question and in the same order:
            what is learnt about the first option is used for the first option.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question. They make no difference.
        sample_weight : array-like of shape (n_questions,), default=None
            How many times each question counts; once where None.

        Returns
        -------
        PriorCorrection
            This object, fitted.
        """
        table = check_table(logits)
        check_labels(labels, np.full(len(table), table.shape[1]))
        weight = check_weight(sample_weight, len(table))
        mean = (weight / weight.sum()) @ np.maximum(log_softmax(table, axis=1), _FLOOR)
        self.intercepts_ = mean.mean() - mean
        return self

    def predict_proba(self, logits: OptionLogits) -> list[FloatArray]:
        """Probability of each option: softmax(ln p - m).

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
        return list(softmax_of(check_table(logits, self.intercepts_.size) + self.intercepts_))
