"""Adaptive temperature scaling: logits of the options and the hidden state → their probabilities."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh
from scipy.special import softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from calibrant.calibrators._checks import check_labels, check_weight
from calibrant.calibrators._evidence import Evidence, EvidenceName
from calibrant.calibrators._evidence_checks import check_evidence, check_logprobs
from calibrant.calibrators._inverse_temperature import check_bounds
from calibrant.calibrators._log_linear import Answers, fit_log_linear
from calibrant.calibrators._ragged import Ragged
from calibrant.calibrators._states import check_states, take_rows
from calibrant.exceptions import InputError
from calibrant.types import FloatArray, IntArray

# Directions along which the states vary by less than this share of the most are rounding.
_NO_VARIANCE = 1e-10
# An option so far below the most likely one is hopeless at any temperature, and how far makes no difference.
_LEAST_GAP = -1e5


class AdaptiveTemperature(BaseEstimator):
    """Probabilities of the options as softmax(logits / T), with a T for each answer: ln (1 / T) is linear in its state.

    Where a model is overconfident about some questions and not about others, and its hidden state tells them apart, one
    temperature for all is wrong for both. The states are standardised and reduced to their principal components;
    the coefficients get a normal prior about 0, so that ln (1 / T) varies over the questions by about the prior's
    width. How wide is weighed by the data: each of ``widths`` counts by its marginal likelihood (by Laplace's
    approximation), 0 beforehand as much as all others together, and what is kept is the mean over them. At the width 0
    nothing depends on the state, and the map is ``TemperatureScaling`` with these ``bounds``.

    No temperature goes beyond those of the questions of the fit, however far out a state lies. The order of the options
    never changes, so neither does the answer.

    Parameters
    ----------
    n_components : int, default=32
        The most principal components kept; fewer where the states vary along fewer directions.
    widths : sequence of floats, default=(0.0, 0.05, 0.1, 0.2, 0.4)
        Prior standard deviations of ln (1 / T) over the questions, about its level: not negative. 0 is plain
        temperature scaling; where it is not among them, the others share its part.
    bounds : tuple of two floats, default=(0.1, 1000.0)
        The least and the greatest temperature allowed: 0 < least <= 1 <= greatest. The least is the paper's.
    loss : {"cross_entropy", "selective"}, default="cross_entropy"
        What is minimised. "cross_entropy" is a proper loss: its minimum says the share of right answers.
        "selective" is the paper's: (1 - smoothing) · cross-entropy where the answer is right, and smoothing ·
        cross-entropy to the uniform where it is wrong. It asks a wrong answer only to be unsure, not to favour another
        option; for smoothing 1/2, K options and a share a of right answers its minimum says a + (1 - a) / K, which is
        too much. It is offered to compare with the paper.
    smoothing : float, default=0.5
        The selective loss's weight of wrong answers, in (0, 1).

    Attributes
    ----------
    intercept_ : float
        ln (1 / T) at a state of 0.
    coef_ : ndarray of shape (width,)
        What each entry of the state adds to ln (1 / T).
    range_ : ndarray of shape (2,)
        The least and the greatest ln (1 / T) of the fit.
    width_shares_ : ndarray of shape (n_widths,)
        The share of each width, which sum to 1. A large share of the width 0 says that no use was found for the states.
    n_features_in_ : int
        Width of the states.

    Raises
    ------
    InputError
        Where the parameters, states, logits, labels or weights cannot be used.

    References
    ----------
    Xie, Chen, Lee, Mitchell and Finn (2024), Calibrating language models with adaptive temperature scaling, EMNLP. The
    paper's head is a layer of a transformer over all tokens, learnt on tens of thousands of answers; this one is for
    hundreds: linear, on one state an answer, and held by a prior. The paper's 1 / T is exp(τ), at most 10, as here.

    Examples
    --------
    Logits (ln 9, 0) say 90 %. Where the state is 1 this holds; where it is -1, 3 in 4 are right, which T = 2 says:

    >>> import numpy as np
    >>> from calibrant.calibrators import Evidence
    >>> logits = [np.log([9.0, 1.0])] * 8000
    >>> states = np.repeat([[1.0], [-1.0]], 4000, axis=0)
    >>> labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1] * 400 + [0, 0, 0, 1] * 1000
    >>> scaling = AdaptiveTemperature().fit(Evidence(logits, states=states), labels)
    >>> scaling.temperatures(Evidence(logits[:2], states=np.array([[1.0], [-1.0]]))).round(1)
    array([1., 2.])
    """

    input_kind: ClassVar[Literal["evidence"]] = "evidence"
    needs: ClassVar[tuple[EvidenceName, ...]] = ("states",)
    needs_to_fit: ClassVar[tuple[EvidenceName, ...]] = ("states",)
    per_row: ClassVar[bool] = True
    """Whether a question's probabilities are the same whatever questions are asked with it."""
    stochastic: ClassVar[bool] = False
    """Whether the fit draws at random, by a seed."""

    def __init__(
        self,
        n_components: int = 32,
        widths: tuple[float, ...] = (0.0, 0.05, 0.1, 0.2, 0.4),
        bounds: tuple[float, float] = (0.1, 1000.0),
        loss: Literal["cross_entropy", "selective"] = "cross_entropy",
        smoothing: float = 0.5,
    ) -> None:
        self.n_components = n_components
        self.widths = widths
        self.bounds = bounds
        self.loss = loss
        self.smoothing = smoothing

    def fit(
        self, evidence: Evidence, labels: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> "AdaptiveTemperature":
        """Find how the temperature follows the state.

        Parameters
        ----------
        evidence : Evidence
            With the options' log-probabilities and the states of n_questions.
        labels : array-like of shape (n_questions,)
            The 0-based index of the right option of each question.
        sample_weight : array-like of shape (n_questions,), default=None
            How many times each question counts; once where None.

        Returns
        -------
        AdaptiveTemperature
            This object, fitted.
        """
        self._check_parameters()
        evidence = check_evidence(evidence, self.needs_to_fit, "ats")
        rows = check_logprobs(evidence)
        states = check_states(evidence)
        label = check_labels(labels, rows.lengths)
        weight = check_weight(sample_weight, label.size)
        there = np.flatnonzero(weight > 0)
        rows, states, label, weight = take_rows(rows, there), states[there], label[there], weight[there]
        answers = self._targets(rows, label, weight)
        scores, directions = _principal_components(states, weight, self.n_components)
        level = -float(np.log(answers.best_temperature(self.bounds)))
        widths = [float(width) for width in self.widths]
        fits = [fit_log_linear(answers, scores, level, width) for width in widths]
        # As likely as not, before any answer is seen, the state tells nothing.
        n_open = sum(width > 0 for width in widths)
        prior = np.array([(1 / max(n_open, 1) if width > 0 else 1 / widths.count(0.0)) for width in widths])
        self.width_shares_ = softmax(np.array([fit.log_marginal for fit in fits]) + np.log(prior))
        mean_level = float(self.width_shares_ @ np.array([fit.level for fit in fits]))
        self.coef_ = directions @ (self.width_shares_ @ np.array([fit.coefficients for fit in fits]))
        self.intercept_ = mean_level - float(np.average(states, axis=0, weights=weight) @ self.coef_)
        self.n_features_in_ = states.shape[1]
        at_fit = self._linear(states)
        most, least = -np.log(self.bounds)
        self.range_ = np.clip([at_fit.min(), at_fit.max()], least, most)
        return self

    def predict_proba(self, evidence: Evidence) -> list[FloatArray]:
        """Probability of each option: softmax(logits / T).

        Parameters
        ----------
        evidence : Evidence
            With the options' log-probabilities and the states of n_questions.

        Returns
        -------
        list of n_questions ndarrays of shape (n_options,)
            The probabilities; each array sums to 1.
        """
        temperature = self.temperatures(evidence)
        rows = check_logprobs(evidence)
        odds = np.exp(rows.below_maximum() / rows.repeat(temperature))
        return rows.split(odds / rows.repeat(rows.sum(odds)))

    def temperatures(self, evidence: Evidence) -> FloatArray:
        """Temperature of each question, by its state: above 1 makes the model less confident. Shape (n_questions,)."""
        check_is_fitted(self)
        states = check_states(check_evidence(evidence, self.needs, "ats"), self.n_features_in_)
        temperature: FloatArray = np.exp(-np.clip(self._linear(states), *self.range_))
        return temperature

    def _linear(self, states: FloatArray) -> FloatArray:
        # Not a matrix product: how that rounds depends on the number of rows.
        result: FloatArray = self.intercept_ + np.einsum("ij,j->i", states, self.coef_)
        return result

    def _targets(self, rows: Ragged, label: IntArray, weight: FloatArray) -> Answers:
        gaps = Ragged(np.maximum(rows.below_maximum(), _LEAST_GAP), rows.starts, rows.lengths)
        target = gaps.values[rows.starts + label]
        if self.loss == "selective":
            wrong = target < 0
            target = np.where(wrong, gaps.sum(gaps.values) / gaps.lengths, target)
            # So that a right answer counts as much as under the cross-entropy.
            weight = np.where(wrong, weight * self.smoothing / (1 - self.smoothing), weight)
        return Answers(gaps, target, weight)

    def _check_parameters(self) -> None:
        check_bounds(self.bounds)
        if self.n_components < 1 or self.n_components % 1:
            raise InputError(f"n_components must be a whole number from 1; got {self.n_components!r}. Try 32.")
        if len(self.widths) == 0 or not all(0 <= width < np.inf for width in self.widths):
            raise InputError(
                f"widths must hold at least one number, none negative; got {self.widths!r}. Leave them out."
            )
        if self.loss not in ("cross_entropy", "selective"):
            raise InputError(f"loss must be 'cross_entropy' or 'selective'; got {self.loss!r}. Take 'cross_entropy'.")
        if not 0 < self.smoothing < 1:
            raise InputError(f"smoothing must lie in (0, 1); got {self.smoothing!r}. The paper's is 0.5.")


def _principal_components(states: FloatArray, weight: FloatArray, most: int) -> tuple[FloatArray, FloatArray]:
    """Scores, shape (n, n_kept), and directions, (width, n_kept): scores = (states - their mean) @ directions.

    The states are standardised first, and the scores scaled so that the mean of their summed squares is 1.
    """
    share = weight / weight.sum()
    mean = share @ states
    centred = states - mean
    deviation = np.sqrt(share @ centred**2)
    varies = deviation > _NO_VARIANCE * np.abs(mean)
    standard = np.where(varies, centred / np.where(varies, deviation, 1), 0)
    by_share = standard * np.sqrt(share)[:, None]
    # The smaller of the two matrices that hold the same variances.
    is_tall = len(states) >= states.shape[1]
    square = by_share.T @ by_share if is_tall else by_share @ by_share.T
    size = len(square)
    variances, vectors = eigh(square, subset_by_index=(max(size - most, 0), size - 1))
    kept = variances > _NO_VARIANCE * max(float(variances[-1]), 1e-300)
    variances, vectors = variances[kept], vectors[:, kept]
    if not is_tall:
        vectors = by_share.T @ vectors / np.sqrt(variances)
    vectors = vectors / np.sqrt(variances.sum())
    return standard @ vectors, np.where(varies, 1 / np.where(varies, deviation, 1), 0)[:, None] * vectors
