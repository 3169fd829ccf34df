"""Features of the confidences and correctness → coefficients of a logistic regression that are always finite."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from calibrant.types import FloatArray

# Rounding in a softmax moves a logit by up to 1e-10 near the floor: a spread below this is no spread.
LEAST_SPREAD = 1e-9
# A feature of which all but this share of its spread is a combination of those before it says nothing of its own.
_LEAST_OF_ITS_OWN = 1e-6


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """The optimum of a logistic regression."""

    coefficients: FloatArray
    """Of the features, shape (n_features,); exactly 0 for one that says nothing beside those before it."""

    intercept: float
    """Added to the log-odds."""

    loss: float
    """Mean cross-entropy to the smoothed targets; 0 is best."""


def smoothed_targets(y_true: FloatArray, weight: FloatArray) -> FloatArray:
    """Platt's targets, shape (n_rows,): (r + 1) / (r + 2) for a right answer, 1 / (w + 2) for a wrong one.

    r and w are the weights of right and wrong answers. No target is 0 or 1, so no optimum is at infinity.
    """
    n_right, n_wrong = weight @ y_true, weight @ (1 - y_true)
    return np.where(y_true == 1, (n_right + 1) / (n_right + 2), 1 / (n_wrong + 2))


def fit_logistic(features: FloatArray, y_true: FloatArray, weight: FloatArray) -> LogisticFit:
    """Fit log-odds that are linear in the features to Platt's smoothed targets.

    Parameters
    ----------
    features : ndarray of shape (n_rows, n_features)
        Finite features, the most important first: where two say the same, the first gets the coefficient.
    y_true : ndarray of shape (n_rows,)
        Correctness, 0 or 1.
    weight : ndarray of shape (n_rows,)
        How many times each row counts.

    Returns
    -------
    LogisticFit
        Coefficients, intercept and loss at the optimum.
    """
    counted = weight > 0
    rows, share = features[counted], weight[counted] / weight.sum()
    target = smoothed_targets(y_true, weight)[counted]
    kept, basis = _independent(rows, share)
    # On columns of mean 0 and spread 1 that do not vary together, the parameters hardly interact.
    design = np.column_stack([basis, np.ones(share.size)])
    start = np.append(np.zeros(len(kept)), logit(share @ target))
    found = minimise_cross_entropy(design, target, share, start) if kept else start
    coefficients = np.zeros(features.shape[1])
    centred = rows[:, kept] - share @ rows[:, kept]
    coefficients[kept] = np.linalg.solve(basis.T @ (centred * share[:, None]), found[:-1])
    intercept = float(found[-1] - coefficients @ (share @ rows))
    return LogisticFit(coefficients, intercept, cross_entropy(design @ found, target, share))


def cross_entropy(log_odds: FloatArray, target: FloatArray, share: FloatArray) -> float:
    """Mean cross-entropy of targets in (0, 1) under log-odds; the shares of the rows sum to 1."""
    return float(share @ (np.logaddexp(0, log_odds) - target * log_odds))


def minimise_cross_entropy(
    design: FloatArray,
    target: FloatArray,
    share: FloatArray,
    start: FloatArray,
    penalty: FloatArray | None = None,
) -> FloatArray:
    """Find the parameters of least mean cross-entropy, plus half their quadratic form in ``penalty``."""
    ridge = np.zeros((start.size, start.size)) if penalty is None else penalty

    def loss(parameters: FloatArray) -> float:
        return cross_entropy(design @ parameters, target, share) + float(parameters @ ridge @ parameters) / 2

    def gradient(parameters: FloatArray) -> FloatArray:
        slopes: FloatArray = design.T @ (share * (expit(design @ parameters) - target)) + ridge @ parameters
        return slopes

    def hessian(parameters: FloatArray) -> FloatArray:
        p = expit(design @ parameters)
        curvature: FloatArray = design.T @ (design * (share * p * (1 - p))[:, None]) + ridge
        return curvature

    best: FloatArray = minimize(
        loss, x0=start, jac=gradient, hess=hessian, method="trust-exact", options={"gtol": 1e-10}
    ).x
    return best


def _independent(rows: FloatArray, share: FloatArray) -> tuple[list[int], FloatArray]:
    """Features that say something of their own, and orthogonal columns of mean 0 and spread 1 that say the same."""
    kept: list[int] = []
    basis: list[FloatArray] = []
    for j, feature in enumerate(rows.T):
        if np.ptp(feature) < LEAST_SPREAD:
            continue
        column = feature - share @ feature
        column = column / np.sqrt(share @ column**2)
        for _ in range(2):  # the second pass takes out what rounding left of the first
            for other in basis:
                column = column - (share @ (column * other)) * other
        own = np.sqrt(share @ column**2)
        if own > _LEAST_OF_ITS_OWN:
            kept.append(j)
            basis.append(column / own)
    return kept, np.column_stack(basis) if basis else np.empty((share.size, 0))
