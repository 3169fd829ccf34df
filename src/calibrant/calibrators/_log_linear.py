"""Features of the answers → ln (1 / T) as a linear function of them, held near 0 by a normal prior."""

from dataclasses import dataclass

import numpy as np

from calibrant.calibrators._inverse_temperature import solve_temperature
from calibrant.calibrators._ragged import Ragged
from calibrant.types import FloatArray

# ln (1 / T) is kept within these where the likelihood is taken: beyond, a temperature means nothing.
_LARGEST = 2 * float(np.log(1000))
# The prior's standard deviation of the level: e³ = 20.
_OF_LEVEL = 3.0
# The search ends where no ln (1 / T) moves by more than the first in a step, and none moves by more than the second.
_LAST_STEP, _LONGEST_STEP = 1e-9, 1.0
_MAX_STEPS = 200


@dataclass(frozen=True)
class Answers:
    """Log-likelihood of an inverse temperature for each answer."""

    gaps: Ragged
    """Logits below the largest of their question: 0 or negative."""
    target: FloatArray
    """The mean gap under what the option should be: that of the right one, or a mean over several. Shape (n,)."""
    weight: FloatArray
    """How many times each answer counts, shape (n,)."""

    def at(self, log_inverse: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log-likelihood, its derivative by each ln (1 / T), and the information about each, never negative.

        For b = 1 / T the log-likelihood of an answer is b · target − ln Σ exp(b · gap); its second derivative by ln b
        is the first less the information.
        """
        inverse = np.exp(np.clip(log_inverse, -_LARGEST, _LARGEST))
        total, mean, variance = self._moments(inverse)
        likelihood = float(self.weight @ (inverse * self.target - np.log(total)))
        slope = self.weight * inverse * (self.target - mean)
        return likelihood, slope, self.weight * inverse**2 * variance

    def best_temperature(self, bounds: tuple[float, float]) -> float:
        """Temperature that is the most likely where all answers share one."""
        share = self.weight / self.weight.sum()

        def derivatives(inverse: float) -> tuple[float, float]:
            _, mean, variance = self._moments(np.full(share.size, inverse))
            return float(share @ (mean - self.target)), float(share @ variance)

        return solve_temperature(derivatives, bounds)[0]

    def _moments(self, inverse: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Sum of the odds of the options, and mean and variance of their gaps under these odds."""
        odds = np.exp(self.gaps.values * self.gaps.repeat(inverse))
        total = self.gaps.sum(odds)
        mean = self.gaps.sum(odds * self.gaps.values) / total
        return total, mean, self.gaps.sum(odds * (self.gaps.values - self.gaps.repeat(mean)) ** 2) / total


@dataclass(frozen=True)
class LogLinear:
    """The most probable level and coefficients."""

    level: float
    coefficients: FloatArray
    """Shape (n_features,); all 0 where the prior's width is 0."""
    log_marginal: float
    """Of the answers, by Laplace's approximation."""


def fit_log_linear(answers: Answers, features: FloatArray, centre: float, width: float) -> LogLinear:
    """Find the most probable ln (1 / T) = level + features · coefficients.

    A priori the level is normal about ``centre``, and hardly held there; each coefficient is normal about 0 with the
    standard deviation ``width``. Newton's steps, whose curvature is kept positive, so that each goes uphill.
    """
    # In units of the prior's spread, so that a width of 0 needs no case of its own.
    scaled = np.column_stack([np.full(len(features), _OF_LEVEL), width * features])

    def posterior(u: FloatArray) -> tuple[float, FloatArray, FloatArray, FloatArray]:
        likelihood, slope, information = answers.at(centre + scaled @ u)
        return float(likelihood - u @ u / 2), np.asarray(scaled.T @ slope - u), slope, information

    def curvature_of(bend: FloatArray) -> FloatArray:
        curvature: FloatArray = (scaled.T * bend) @ scaled + np.eye(scaled.shape[1])
        return curvature

    u = np.zeros(scaled.shape[1])
    value, gradient, slope, information = posterior(u)
    for _ in range(_MAX_STEPS):
        step = np.linalg.solve(curvature_of(information + np.maximum(-slope, 0)), gradient)
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(scaled @ step).max()), 1e-300))
        length = 1.0
        while (after := posterior(u + length * step))[0] < value - 1e-14 * abs(value) and length > _LAST_STEP:
            length /= 2
        step *= length
        u = u + step
        value, gradient, slope, information = after
        if np.abs(scaled @ step).max() < _LAST_STEP:
            break
    # Laplace's approximation with the expected curvature: the observed one can come close to singular, which would make
    # a wide prior look far too good.
    log_marginal = value - float(np.linalg.slogdet(curvature_of(information))[1]) / 2
    return LogLinear(centre + _OF_LEVEL * float(u[0]), width * u[1:], log_marginal)
