"""Confidence ↔ log-odds, with 0 and 1 kept finite."""

import numpy as np
from scipy.special import expit, logit

from calibrant.types import FloatArray

FLOOR = 1e-6
"""Confidences are held this far from 0 and 1 before the logit, and probabilities that come from log-odds after it."""


def clipped_logit(confidence: FloatArray) -> FloatArray:
    """Log-odds of confidences, within ±13.8."""
    log_odds: FloatArray = logit(np.clip(confidence, FLOOR, 1 - FLOOR))
    return log_odds


def clipped_expit(log_odds: FloatArray) -> FloatArray:
    """Probabilities of log-odds, in [1e-6, 1 - 1e-6]."""
    probability: FloatArray = expit(log_odds)
    return np.clip(probability, FLOOR, 1 - FLOOR)
