"""Temperature scaling with a little of the uniform: logits of the options → probabilities that are never 0."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_weight
from calibrant.calibrators._ragged import check_logits
from calibrant.calibrators._temperature import TemperatureScaling
from calibrant.types import FloatArray, OptionLogits


class TemperatureMix(BaseEstimator):
    """Probabilities of the options as (1 - ε) softmax(logits / T) + ε / K, with K the number of options.

    T is that of ``TemperatureScaling``, and ε = 1 / (n + 1) after n questions. So no option gets the probability 0: a
    model that was right on all n questions may be wrong on the next, and a certain answer that is wrong costs an
    infinite log loss. The order of the options never changes, so neither does the answer.

    Parameters
    ----------
    bounds : tuple of two floats, default=(0.05, 1000.0)
        The least and the greatest temperature allowed: 0 < least <= 1 <= greatest.

    Attributes
    ----------
    temperature_ : float
        The temperature, T.
    at_bound_ : bool
        Whether T was held by one of the bounds.
    mix_ : float
        The share of the uniform, ε.

    Raises
    ------
    InputError
        Where the bounds, logits, labels or weights cannot be used.

    References
    ----------
    Berta, Holzmüller, Jordan and Bach (2025), Structured matrix scaling for multi-class calibration, arXiv 2511.03685.

    Examples
    --------
    Logits (ln 9, 0), 3 of 4 answers right: T = 2 makes 3/4 of them, and a fifth of the uniform 4/5 · 3/4 + 1/5 · 1/2:

    >>> import numpy as np
    >>> scaling = TemperatureMix().fit(np.log([[9.0, 1.0]] * 4), [0, 0, 0, 1])
    >>> scaling.predict_proba([[np.log(9.0), 0.0]])[0].round(6)
    array([0.7, 0.3])
    """

    input_kind: ClassVar[Literal["logits"]] = "logits"
    fixed_options: ClassVar[bool] = False

    def __init__(self, bounds: tuple[float, float] = (0.05, 1000.0)) -> None:
        self.bounds = bounds

    def fit(
        self, logits: OptionLogits, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "TemperatureMix":
        """Find the temperature and the share of the uniform.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options; the numbers of options may differ.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question.
        sample_weight : array-like of shape (n_questions,), default=None
            How many times each question counts; once where None.

        Returns
        -------
        TemperatureMix
            This object, fitted.
        """
        scaling = TemperatureScaling(self.bounds).fit(logits, labels, sample_weight)
        self.temperature_, self.at_bound_ = scaling.temperature_, scaling.at_bound_
        self.mix_ = float(1 / (check_weight(sample_weight, len(logits)).sum() + 1))
        return self

    def predict_proba(self, logits: OptionLogits) -> list[FloatArray]:
        """Probability of each option: (1 - ε) softmax(logits / T) + ε / K.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options; the numbers of options may differ.

        Returns
        -------
        list of n_questions ndarrays of shape (n_options,)
            The probabilities; each array sums to 1, and each entry is at least ε / K.
        """
        check_is_fitted(self)
        rows = check_logits(logits)
        odds = np.exp(rows.below_maximum() / self.temperature_)
        probability = odds / rows.repeat(rows.sum(odds))
        return rows.split((1 - self.mix_) * probability + rows.repeat(self.mix_ / rows.lengths))
