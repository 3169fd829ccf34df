"""Ensemble temperature scaling: logits of the options → a mixture of tempered, raw and uniform probabilities."""

from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._ragged import Ragged, check_logits
from calibrant.calibrators._temperature import TemperatureScaling
from calibrant.types import FloatArray, OptionLogits


class EnsembleTemperature(BaseEstimator):
    """Probabilities of the options as w₁ softmax(logits / T) + w₂ softmax(logits) + w₃ / K, with K their number.

    T is found first, as in ``TemperatureScaling``; then the weights, which are not negative and sum to 1, minimise the
    mean cross-entropy, a convex loss. The uniform keeps at least the share 1 / (n + 1) after n questions, so that no
    option gets the probability 0. Each part keeps the order of the options, and so does the mixture: the answer never
    changes.

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
    shares_ : ndarray of shape (3,)
        The weights of the tempered, the raw and the uniform probabilities.

    Raises
    ------
    InputError
        Where the bounds, logits, labels or weights cannot be used.

    References
    ----------
    Zhang, Kailkhura and Han (2020), Mix-n-match: ensemble and compositional methods for uncertainty calibration in deep
    learning, ICML, section 4.1. The paper leaves the share of the uniform free to be 0.

    Examples
    --------
    Logits (ln 9, 0), 3 of 4 answers right: T = 2 makes 3/4 of them, which no mixture improves on. The uniform's least
    share after 4 questions is 1/5:

    >>> import numpy as np
    >>> ensemble = EnsembleTemperature().fit(np.log([[9.0, 1.0]] * 4), [0, 0, 0, 1])
    >>> ensemble.predict_proba([[np.log(9.0), 0.0]])[0].round(6)
    array([0.75, 0.25])
    >>> ensemble.shares_.round(3)
    array([0.467, 0.333, 0.2  ])

    There the raw 9/10 makes up for the uniform: 0.467 · 0.75 + 0.333 · 0.9 + 0.2 · 0.5 = 0.75.
    """

    input_kind: ClassVar[Literal["logits"]] = "logits"
    fixed_options: ClassVar[bool] = False

    def __init__(self, bounds: tuple[float, float] = (0.05, 1000.0)) -> None:
        self.bounds = bounds

    def fit(
        self, logits: OptionLogits, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "EnsembleTemperature":
        """Find the temperature, then the weights of the mixture.

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
        EnsembleTemperature
            This object, fitted.
        """
        rows = check_logits(logits)
        label = check_labels(labels, rows.lengths)
        weight = check_weight(sample_weight, label.size)
        scaling = TemperatureScaling(self.bounds).fit(logits, labels, sample_weight)
        self.temperature_, self.at_bound_ = scaling.temperature_, scaling.at_bound_
        of_label = rows.starts + label
        tempered, raw = (_tempered(rows, T)[of_label] for T in (self.temperature_, 1.0))
        self.shares_ = _best_shares(tempered, raw, 1 / rows.lengths, weight)
        return self

    def predict_proba(self, logits: OptionLogits) -> list[FloatArray]:
        """Probability of each option.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options; the numbers of options may differ.

        Returns
        -------
        list of n_questions ndarrays of shape (n_options,)
            The probabilities; each array sums to 1.
        """
        check_is_fitted(self)
        rows = check_logits(logits)
        tempered, raw, uniform = self.shares_.reshape(3)
        mixed = tempered * _tempered(rows, self.temperature_) + raw * _tempered(rows, 1.0)
        return rows.split(mixed + rows.repeat(uniform / rows.lengths))


def _tempered(rows: Ragged, temperature: float) -> FloatArray:
    odds: FloatArray = np.exp(rows.below_maximum() / temperature)
    probability: FloatArray = odds / rows.repeat(rows.sum(odds))
    return probability


def _best_shares(tempered: FloatArray, raw: FloatArray, uniform: FloatArray, weight: FloatArray) -> FloatArray:
    """Find the weights that make the mean logarithm of a mixture of three probabilities of what happened largest.

    The mixture is taken as (1 - u) ((1 - v) tempered + v raw) + u uniform. Its mean logarithm is concave in v, and with
    the best v for each u concave in u; so each derivative changes its sign once.
    """
    share = weight / weight.sum()
    least = float(1 / (weight.sum() + 1))

    def model(v: float) -> FloatArray:
        return (1 - v) * tempered + v * raw

    def best_v(u: float) -> float:
        def rise(v: float) -> float:
            return float(share @ ((1 - u) * (raw - tempered) / ((1 - u) * model(v) + u * uniform)))

        return _peak(rise, 0.0, 1.0)

    def rise(u: float, v: float) -> float:
        return float(share @ ((uniform - model(v)) / ((1 - u) * model(v) + u * uniform)))

    u = _peak(lambda u: rise(u, best_v(u)), least, 1 - least)
    v = best_v(u)
    return np.array([(1 - u) * (1 - v), (1 - u) * v, u])


def _peak(rise: Callable[[float], float], low: float, high: float) -> float:
    """Where in [low, high] a derivative that never rises is 0, or the end nearest to it."""
    if rise(low) <= 0:
        return low
    return high if rise(high) >= 0 else float(brentq(rise, low, high, xtol=1e-12))
