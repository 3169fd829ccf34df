"""Logits of the options, or the confidence in an answer → calibrated probability.

A calibrator is one of two kinds, and says which by ``input_kind``: an ``OptionMap`` ("logits") gives a probability to
every option of a question, a ``ConfidenceMap`` ("probabilities") corrects the confidence in the answer that was given.
Add a class to ``CALIBRATORS`` to offer it by name everywhere; the contract tests then run on it too.
"""

from calibrant.calibrators._contract import Calibrator, ConfidenceMap, OptionMap
from calibrant.calibrators._cross_validation import (
    CrossValidatedLoss,
    choose_simplest,
    cross_validated_log_loss,
    uncalibrated_log_loss,
)
from calibrant.calibrators._histogram import HistogramBinning
from calibrant.calibrators._isotonic import IsotonicCalibration
from calibrant.calibrators._platt import PlattScaling
from calibrant.calibrators._temperature import TemperatureScaling

__all__ = [
    "CALIBRATORS",
    "Calibrator",
    "ConfidenceMap",
    "CrossValidatedLoss",
    "HistogramBinning",
    "IsotonicCalibration",
    "OptionMap",
    "PlattScaling",
    "TemperatureScaling",
    "choose_simplest",
    "cross_validated_log_loss",
    "uncalibrated_log_loss",
]

CALIBRATORS: dict[str, type[OptionMap] | type[ConfidenceMap]] = {
    "temperature": TemperatureScaling,
    "platt": PlattScaling,
    "isotonic": IsotonicCalibration,
    "histogram": HistogramBinning,
}
"""Every calibrator by the name that settings and artifacts use, the simplest first: one parameter, two, many."""
