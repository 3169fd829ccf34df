"""Structured scaling: logits of a fixed number of options → probabilities, by a temperature and what goes beyond it.

The penalties fall with the number of questions: with few of them the maps are the temperature, with many more.
"""

import numpy as np

from calibrant.calibrators._fixed_options import FixedOptionsMap
from calibrant.calibrators._softmax_regression import Ridge
from calibrant.calibrators._temperature_mix import TemperatureMix
from calibrant.types import FloatArray, IntArray


class _StructuredScaling(FixedOptionsMap):
    def __init__(self, strength: float = 1.0, exponent_options: float = 1.0, exponent_questions: float = 1.0) -> None:
        self.strength = strength
        self.exponent_options = exponent_options
        self.exponent_questions = exponent_questions

    def _learn_scores(self, table: FloatArray, labels: IntArray, weight: FloatArray) -> None:
        scaling = TemperatureMix().fit(table, labels, weight)
        self.temperature_, self.mix_ = scaling.temperature_, scaling.mix_

    def _scores(self, table: FloatArray) -> FloatArray:
        scaling = TemperatureMix()
        scaling.temperature_, scaling.mix_ = self.temperature_, self.mix_
        scores: FloatArray = np.log(np.array(scaling.predict_proba(table)))
        return scores

    def _factor(self, n_parameters: int, n_questions: float) -> float:
        # Never 0, which would leave answers told apart perfectly without a finite optimum.
        factor = self.strength * n_parameters**self.exponent_options / n_questions**self.exponent_questions
        return float(max(factor, 1e-6))


class StructuredVectorScaling(_StructuredScaling):
    """Probabilities of the options as softmax((1 + δ) ∘ z + b), with z the log of what ``TemperatureMix`` gives.

    δ and b, one of each for every option, minimise the mean cross-entropy plus λ K^ρ / n^τ (Σ δ² + Σ b²) with K options
    and n questions: few questions leave the temperature as it is. All questions must have the same options in the same
    order. The answer can change.

    Parameters
    ----------
    strength : float, default=1.0
        The factor λ of the penalty.
    exponent_options : float, default=1.0
        The exponent ρ of the number of options.
    exponent_questions : float, default=1.0
        The exponent τ of the number of questions.

    Attributes
    ----------
    temperature_ : float
        The temperature that the map starts from.
    mix_ : float
        The share of the uniform mixed in before the logarithm, 1 / (n + 1).
    weights_ : ndarray of shape (n_options,)
        1 + δ; 1 leaves a score as it is.
    intercepts_ : ndarray of shape (n_options,)
        Added to the scores, b (natural log).
    converged_ : bool
        Whether the optimum was found; a ``ConvergenceWarning`` is given where it was not.

    Raises
    ------
    InputError
        Where the parameters, logits, labels or weights cannot be used, or the numbers of options differ.

    References
    ----------
    Berta, Holzmüller, Jordan and Bach (2025), Structured matrix scaling for multi-class calibration, arXiv 2511.03685.

    Examples
    --------
    The model cannot tell two options apart, and the first is right in 3 of 4 questions. After 4 questions the penalty
    holds the intercepts back; after 4,000 it is small:

    >>> import numpy as np
    >>> for times in (1, 1000):
    ...     scaling = StructuredVectorScaling().fit(np.zeros((4 * times, 2)), [0, 0, 0, 1] * times)
    ...     print(scaling.predict_proba([[0.0, 0.0]])[0].round(2))
    [0.61 0.39]
    [0.75 0.25]
    """

    def _ridge(self, n_options: int, n_questions: float) -> Ridge:
        factor = self._factor(n_options, n_questions)
        return Ridge(factor, factor)


class StructuredMatrixScaling(_StructuredScaling):
    """Probabilities of the options as softmax((I + Δ) z + b), with z the log of what ``TemperatureMix`` gives.

    Δ and b minimise the mean cross-entropy plus λ K^ρ / n^τ times the squares of b and the diagonal of Δ, plus
    λ (K (K - 1))^ρ / n^τ times the squares of the rest of Δ, with K options and n questions: few questions leave the
    temperature as it is, more move its diagonal, many the matrix. All questions must have the same options in the same
    order. The answer can change.

    Parameters
    ----------
    strength : float, default=1.0
        The factor λ of the penalties.
    exponent_options : float, default=1.0
        The exponent ρ of the number of parameters.
    exponent_questions : float, default=1.0
        The exponent τ of the number of questions.

    Attributes
    ----------
    temperature_ : float
        The temperature that the map starts from.
    mix_ : float
        The share of the uniform mixed in before the logarithm, 1 / (n + 1).
    weights_ : ndarray of shape (n_options, n_options)
        I + Δ: row i makes the score of option i.
    intercepts_ : ndarray of shape (n_options,)
        Added to the scores, b (natural log).
    converged_ : bool
        Whether the optimum was found; a ``ConvergenceWarning`` is given where it was not.

    Raises
    ------
    InputError
        Where the parameters, logits, labels or weights cannot be used, or the numbers of options differ.

    References
    ----------
    Berta, Holzmüller, Jordan and Bach (2025), Structured matrix scaling for multi-class calibration, arXiv 2511.03685.

    Examples
    --------
    Of options that the model cannot tell apart, the first is right in 3 of 4 questions:

    >>> import numpy as np
    >>> scaling = StructuredMatrixScaling().fit(np.zeros((4000, 2)), [0, 0, 0, 1] * 1000)
    >>> scaling.predict_proba([[0.0, 0.0]])[0].round(2)
    array([0.75, 0.25])
    """

    def _ridge(self, n_options: int, n_questions: float) -> Ridge:
        factor = self._factor(n_options, n_questions)
        return Ridge(factor, factor, self._factor(n_options * (n_options - 1), n_questions))
