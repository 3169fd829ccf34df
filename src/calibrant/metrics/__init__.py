"""Stage 1: (y_true, y_prob) -> numbers with intervals; every metric is a `Metric`, its docstring says what is best."""

from calibrant.metrics._bootstrap import Interval, bootstrap_interval, paired_interval, resample_weights
from calibrant.metrics._calibration_error import debiased_calibration_error, expected_calibration_error
from calibrant.metrics._curve import CalibrationCurve, calibration_curve
from calibrant.metrics._metric import Metric
from calibrant.metrics._noise_floor import NoiseFloor, calibration_noise_floor
from calibrant.metrics._proper import brier_score, log_loss
from calibrant.metrics._ranking import auroc
from calibrant.metrics._selective import RiskCoverageCurve, aurc, risk_coverage_curve
from calibrant.metrics._summary import accuracy, mean_confidence
from calibrant.metrics._wilson import WilsonInterval, wilson_interval

__all__ = [
    "CalibrationCurve",
    "Interval",
    "Metric",
    "NoiseFloor",
    "RiskCoverageCurve",
    "WilsonInterval",
    "accuracy",
    "aurc",
    "auroc",
    "bootstrap_interval",
    "brier_score",
    "calibration_curve",
    "calibration_noise_floor",
    "debiased_calibration_error",
    "expected_calibration_error",
    "log_loss",
    "mean_confidence",
    "paired_interval",
    "resample_weights",
    "risk_coverage_curve",
    "wilson_interval",
]
