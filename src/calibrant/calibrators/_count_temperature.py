"""A temperature for each number of options, shrunk to a curve: logits of the options → their probabilities."""

from dataclasses import dataclass
from itertools import product
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._ragged import Ragged, check_logits
from calibrant.calibrators._temperature import TemperatureScaling
from calibrant.exceptions import InputError
from calibrant.types import BoolArray, FloatArray, IntArray, OptionLogits

# Prior standard deviations. The level is hardly held (e³ = 20 times); slope and deviations are tried at each of these.
_OF_LEVEL = 3.0
_OF_SLOPE = (0.0, 0.1, 0.3, 1.0)
_OF_DEVIATIONS = (0.0, 0.1, 0.3, 1.0)
# As far from T = 1 as the bounds of the plain temperature by default.
_LARGEST = float(np.log(1000))
# An option so far below the most likely one is hopeless at any temperature, and how far makes no difference.
_LEAST_GAP = -1e5
# A search ends where its step is below this, and takes no step above the other.
_LAST_STEP, _LONGEST_STEP = 1e-9, 1.0
_MAX_STEPS = 200


class OptionCountTemperature(BaseEstimator):
    """Probabilities of the options as softmax(logits / T(K)), with 1 / T(K) = exp(a + b ln K + c_K) for K options.

    A temperature that fits questions of 3 options need not fit those of 40. The deviation c_K of a number of options
    from the curve is shrunk towards 0, the more the fewer questions have that number, and the slope b likewise. How
    much is weighed by the data: b and every c_K get a normal prior, of width 0, which takes them out, 0.1, 0.3 or 1;
    each pair of widths counts by its marginal likelihood (by Laplace's approximation), 0 beforehand as much as all
    others together, and what is kept is the mean over the pairs. Where all questions have the same number of options,
    this is the plain temperature, but for a prior on its level that is hardly felt.

    A number of options that the fit has not seen takes the curve alone. Outside the range that it has seen, the curve
    stops: 48 options, after a fit on 2 to 5, take the curve's value at 5, and ``extrapolates`` says for which questions
    this is so. The order of the options never changes, so neither does the answer.

    Attributes
    ----------
    ks_ : ndarray of shape (n_counts,)
        The numbers of options seen, ascending.
    log_inverse_temperatures_ : ndarray of shape (n_counts,)
        ln (1 / T) at each of them, with its deviation. Within ± ln 1000.
    a_ : float
        Level of the curve.
    b_ : float
        Its slope, in ln K: above 0 where questions with more options need a lower temperature.

    Raises
    ------
    InputError
        Where the logits, labels or weights cannot be used.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML, for the temperature; MacKay
    (1992), Bayesian interpolation, for the weighing of priors. Their combination is our own.

    Examples
    --------
    Of 2 options at (ln 9, 0), 3 in 4 answers are right, which T = 2 explains; of 4 at (ln 9, 0, 0, 0), 3 in 4 as well,
    which T = 1 explains. With many questions the shrinkage is small:

    >>> import numpy as np
    >>> logits = [np.log([9.0, 1.0])] * 4000 + [np.log([9.0, 1.0, 1.0, 1.0])] * 4000
    >>> scaling = OptionCountTemperature().fit(logits, [0, 0, 0, 1] * 2000)
    >>> np.exp(-scaling.log_inverse_temperatures_).round(1)
    array([2., 1.])
    >>> scaling.extrapolates([[0.0] * 3, [0.0] * 48])
    array([False,  True])
    """

    input_kind: ClassVar[Literal["logits"]] = "logits"
    fixed_options: ClassVar[bool] = False

    def fit(
        self, logits: OptionLogits, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "OptionCountTemperature":
        """Find the curve and the deviations from it.

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
        OptionCountTemperature
            This object, fitted.
        """
        rows = check_logits(logits)
        label = check_labels(labels, rows.lengths)
        weight = check_weight(sample_weight, label.size)
        evidence = _Evidence(rows, label, weight)
        start = -float(np.log(TemperatureScaling().fit(logits, labels, sample_weight).temperature_))
        log_k = np.log(evidence.ks)
        middle = float(np.average(log_k, weights=evidence.weight_of_k))
        design = np.column_stack([np.ones_like(log_k), log_k - middle, np.eye(log_k.size)])
        widths = list(product(_OF_SLOPE, _OF_DEVIATIONS)) if log_k.size > 1 else [(0.0, 0.0)]
        fits = [_fit(evidence, design, start, *width) for width in widths]
        # As likely as not, before any question is seen, there is no slope; and so for the deviations.
        log_prior = [sum(np.log(1 / 2 if width == 0 else 1 / 6) for width in pair) for pair in widths]
        of_width = softmax([fit.log_marginal + prior for fit, prior in zip(fits, log_prior, strict=True)])
        level, slope, *deviations = of_width @ np.array([fit.parameters for fit in fits])
        self.ks_ = evidence.ks.astype(np.float64)
        self.a_, self.b_ = float(level - slope * middle), float(slope)
        curve = level + slope * (log_k - middle)
        self.log_inverse_temperatures_ = np.clip(curve + np.array(deviations), -_LARGEST, _LARGEST)
        return self

    def predict_proba(self, logits: OptionLogits) -> list[FloatArray]:
        """Probability of each option: softmax(logits / T(K)).

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
        inverse = np.exp(self._log_inverse(rows.lengths))
        odds = np.exp(rows.below_maximum() * rows.repeat(inverse))
        return rows.split(odds / rows.repeat(rows.sum(odds)))

    def extrapolates(self, logits: OptionLogits) -> BoolArray:
        """Say which questions have fewer or more options than any of the fit: their temperature is a guess.

        Parameters
        ----------
        logits : sequence of n_questions array-likes of shape (n_options,)
            Unnormalised natural-log probabilities of the options; the numbers of options may differ.

        Returns
        -------
        ndarray of shape (n_questions,)
            Whether each question lies outside the range of the fit.
        """
        check_is_fitted(self)
        lengths = check_logits(logits).lengths
        beyond: BoolArray = (lengths < self.ks_[0]) | (lengths > self.ks_[-1])
        return beyond

    def _log_inverse(self, lengths: IntArray) -> FloatArray:
        if self.ks_.shape != self.log_inverse_temperatures_.shape or not (np.diff(self.ks_, prepend=1) > 0).all():
            raise InputError("ks_ must ascend from 2, with one temperature each; this map is damaged. Fit it again.")
        within = np.clip(lengths, self.ks_[0], self.ks_[-1])
        at = np.searchsorted(self.ks_, within)
        curve = np.clip(self.a_ + self.b_ * np.log(within), -_LARGEST, _LARGEST)
        return np.where(self.ks_[at] == lengths, self.log_inverse_temperatures_[at], curve)


class _Evidence:
    """What the questions say about the temperature of each number of options."""

    def __init__(self, rows: Ragged, label: IntArray, weight: FloatArray) -> None:
        # A question of weight 0 is not there: its number of options is not seen.
        self.ks, of_row = np.unique(rows.lengths[weight > 0], return_inverse=True)
        # A row that is not there takes the index of any K; its weight of 0 keeps it out of every sum.
        self._k_of_row = np.zeros(weight.size, dtype=np.int64)
        self._k_of_row[weight > 0] = of_row
        gaps = np.maximum(rows.below_maximum(), _LEAST_GAP)
        self._gaps = Ragged(gaps, rows.starts, rows.lengths)
        self._gap_of_label = self._gaps.values[rows.starts + label]
        self._weight = weight
        self.weight_of_k = self._by_k(np.ones(weight.size))

    def at(self, log_inverse: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log-likelihood at a value for each K, its derivative by each value, and the information about each."""
        inverse = np.exp(log_inverse)[self._k_of_row]
        gaps = self._gaps
        odds = np.exp(gaps.values * gaps.repeat(inverse))
        total = gaps.sum(odds)
        mean = gaps.sum(odds * gaps.values) / total
        variance = gaps.sum(odds * (gaps.values - gaps.repeat(mean)) ** 2) / total
        likelihood = float(self._weight @ (self._gap_of_label * inverse - np.log(total)))
        return likelihood, self._by_k(inverse * (self._gap_of_label - mean)), self._by_k(inverse**2 * variance)

    def _by_k(self, by_row: FloatArray) -> FloatArray:
        sums: FloatArray = np.bincount(self._k_of_row, self._weight * by_row).astype(np.float64)
        return sums


@dataclass(frozen=True)
class _Fit:
    parameters: FloatArray
    """Level, slope and deviations, at the largest posterior; those of no width are 0."""
    log_marginal: float
    """Of the labels, up to a constant, by Laplace's approximation."""


def _fit(evidence: _Evidence, design: FloatArray, start: float, of_slope: float, of_deviations: float) -> _Fit:
    spread = np.array([_OF_LEVEL, of_slope, *np.full(design.shape[1] - 2, of_deviations)])
    # In units of the prior's spread, so that a width of 0 needs no case of its own.
    scaled = design * spread

    def posterior(u: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        likelihood, slope, information = evidence.at(np.clip(scaled @ u, -2 * _LARGEST, 2 * _LARGEST))
        # Where the likelihood falls, its curvature is the expected information less the slope; this is never negative.
        bend = information + np.maximum(-slope, 0)
        curvature: FloatArray = (scaled.T * bend) @ scaled + np.eye(u.size)
        return float(likelihood - u @ u / 2), np.asarray(scaled.T @ slope - u), curvature

    u = np.zeros(spread.size)
    u[0] = start / _OF_LEVEL
    value, gradient, curvature = posterior(u)
    for _ in range(_MAX_STEPS):
        step = np.linalg.solve(curvature, gradient)
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(scaled @ step).max()), 1e-300))
        length = 1.0
        while (after := posterior(u + length * step))[0] < value - 1e-14 * abs(value) and length > _LAST_STEP:
            length /= 2
        step *= length
        u = u + step
        value, gradient, curvature = after
        if np.abs(scaled @ step).max() < _LAST_STEP:
            break
    return _Fit(spread * u, value - float(np.linalg.slogdet(curvature)[1]) / 2)
