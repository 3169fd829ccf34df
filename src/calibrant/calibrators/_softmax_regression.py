"""Scores of the options and labels → the affine map of the scores whose softmax fits best, held near the identity."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from calibrant.types import FloatArray, IntArray

# The largest entry of the gradient of a mean loss that counts as 0.
_FLAT = 1e-10
_MAX_STEPS = 200
# Of the decrease that the gradient promises, what a step must bring; and what rounding may hide of a loss.
_LEAST_DECREASE, _ROUNDING = 1e-4, 1e-14


@dataclass(frozen=True)
class Ridge:
    """Added to the mean cross-entropy: each factor times the sum of squares of its parameters."""

    diagonal: float
    """Of the weight of each option's own score, less 1."""
    intercept: float
    """Of what is added to each option's score."""
    off_diagonal: float | None = None
    """Of the weights of the other options' scores; where None these weights are 0."""


@dataclass(frozen=True)
class SoftmaxRegression:
    """A fitted map: softmax(weights · scores + intercepts)."""

    weights: FloatArray
    """Shape (n_options, n_options), or (n_options,) for a diagonal."""
    intercepts: FloatArray
    """Shape (n_options,)."""
    converged: bool
    """Whether the gradient is 0, within rounding."""


def softmax_of(scores: FloatArray) -> FloatArray:
    """Softmax of each row, shape (n_questions, n_options)."""
    odds: FloatArray = np.exp(scores - scores.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    return odds


def affine(scores: FloatArray, weights: FloatArray, intercepts: FloatArray) -> FloatArray:
    """Apply a map to scores; a row's result does not depend, not even by rounding, on the rows beside it."""
    if weights.ndim == 1:
        return scores * weights.reshape(intercepts.shape) + intercepts
    square = weights.reshape(intercepts.size, intercepts.size)
    # Not a matrix product: how that rounds depends on the number of rows.
    result: FloatArray = np.einsum("ij,kj->ik", scores, square) + intercepts
    return result


def fit_softmax_regression(scores: FloatArray, labels: IntArray, weight: FloatArray, ridge: Ridge) -> SoftmaxRegression:
    """Minimise the mean cross-entropy of softmax(weights · scores + intercepts) plus the ridge.

    The loss is strictly convex where every factor of the ridge is above 0, so the minimum exists, is the only one and
    is finite, whatever the labels. Newton's steps, each solved by conjugate gradients, start at the identity; a warning
    says so where they stop short of it.
    """
    n_options = scores.shape[1]
    share = (weight / weight.sum())[:, None]
    target = np.zeros_like(scores)
    target[np.arange(labels.size), labels] = 1
    is_diagonal = ridge.off_diagonal is None
    if ridge.off_diagonal is None:
        penalty = np.repeat([ridge.diagonal, ridge.intercept], n_options)
    else:
        of_weights = np.full((n_options, n_options), ridge.off_diagonal)
        np.fill_diagonal(of_weights, ridge.diagonal)
        penalty = np.append(of_weights.ravel(), np.full(n_options, ridge.intercept))
    squares = scores**2

    def shift(parameters: FloatArray) -> FloatArray:
        weights, intercepts = parameters[:-n_options], parameters[-n_options:]
        if is_diagonal:
            return scores * weights + intercepts
        moved: FloatArray = scores @ weights.reshape(n_options, n_options).T + intercepts
        return moved

    def collect(by_option: FloatArray, features: FloatArray = scores) -> FloatArray:
        weights = (by_option * features).sum(axis=0) if is_diagonal else (by_option.T @ features).ravel()
        return np.append(weights, by_option.sum(axis=0))

    def loss(parameters: FloatArray) -> float:
        moved = scores + shift(parameters)
        moved -= moved.max(axis=1, keepdims=True)
        lost = np.log(np.exp(moved).sum(axis=1)) - moved[np.arange(labels.size), labels]
        return float(share[:, 0] @ lost + penalty @ parameters**2)

    parameters = np.zeros(penalty.size)
    value = loss(parameters)
    for _ in range(_MAX_STEPS):
        p = softmax_of(scores + shift(parameters))
        gradient = collect(share * (p - target)) + 2 * penalty * parameters
        steepest = np.abs(gradient).max()
        if steepest <= _FLAT:
            break

        def times_hessian(direction: FloatArray, p: FloatArray = p) -> FloatArray:
            moved = p * shift(direction)
            return collect(share * (moved - p * moved.sum(axis=1, keepdims=True))) + 2 * penalty * direction

        curvature = collect(share * p * (1 - p), squares) + 2 * penalty
        step = _solve(times_hessian, -gradient, curvature, min(0.1, float(np.sqrt(steepest))))
        promised, length = float(gradient @ step), 1.0
        while (after := loss(parameters + length * step)) > (
            value + _LEAST_DECREASE * length * promised + _ROUNDING * abs(value)
        ):
            length /= 2
        parameters, value = parameters + length * step, after
    converged = bool(steepest <= _FLAT)
    if not converged:
        warnings.warn(
            f"the map did not converge: after {_MAX_STEPS} steps the gradient is {steepest:.1e}, above {_FLAT:.0e}. "
            "Its probabilities may be improved on; use a map with fewer parameters, or more data.",
            ConvergenceWarning,
            stacklevel=3,
        )
    weights = 1 + parameters[:-n_options]
    if not is_diagonal:
        weights = np.eye(n_options) + parameters[:-n_options].reshape(n_options, n_options)
    return SoftmaxRegression(weights, parameters[-n_options:].copy(), converged)


def _solve(
    times_hessian: Callable[[FloatArray], FloatArray], right: FloatArray, curvature: FloatArray, tolerance: float
) -> FloatArray:
    """Solve Hessian · x = right by conjugate gradients, scaled by the Hessian's own diagonal."""
    x = np.zeros_like(right)
    residual = right.copy()
    scaled = residual / curvature
    direction = scaled.copy()
    product = float(residual @ scaled)
    enough = tolerance**2 * product
    for _ in range(4 * right.size):
        turned = times_hessian(direction)
        bend = float(direction @ turned)
        if product <= enough or bend <= 0:
            break
        x += product / bend * direction
        residual -= product / bend * turned
        scaled = residual / curvature
        before, product = product, float(residual @ scaled)
        direction = scaled + product / before * direction
    return x
