"""Stage 1: (y_true, y_prob) -> numbers with intervals.

Every metric of confidence and correctness is a `Metric`; those of K classes take (labels, one probability a class). The
first line of a docstring says which way is better.
"""

from calibrant.metrics._bootstrap import (
    Interval,
    bootstrap_interval,
    jackknife_weights,
    paired_interval,
    resample_weights,
)
from calibrant.metrics._bootstrap_summary import BootstrapSummary, bootstrap_summary
from calibrant.metrics._brownian import kolmogorov_smirnov_test, kuiper_test
from calibrant.metrics._calibration_accumulator import CalibrationAccumulator
from calibrant.metrics._calibration_error import debiased_calibration_error, expected_calibration_error
from calibrant.metrics._consistency import bootstrap_consistency_test
from calibrant.metrics._curve import CalibrationCurve, calibration_curve
from calibrant.metrics._decomposition import (
    BrierDecomposition,
    RecalibrationDecomposition,
    brier_decomposition,
    brier_skill_score,
    recalibration_decomposition,
)
from calibrant.metrics._error_ranking import auprc_of_errors
from calibrant.metrics._excess_aurc import excess_aurc
from calibrant.metrics._generalised_risk import augrc
from calibrant.metrics._hosmer_lemeshow import hosmer_lemeshow_test
from calibrant.metrics._hypothesis import CalibrationTest
from calibrant.metrics._integrated import integrated_calibration_index
from calibrant.metrics._kernel import kernel_calibration_error
from calibrant.metrics._labels_needed import labels_needed
from calibrant.metrics._mean_accumulator import MeanAccumulator
from calibrant.metrics._metric import Metric
from calibrant.metrics._multiclass_accumulator import MulticlassCalibrationAccumulator
from calibrant.metrics._multiclass_calibration import (
    adaptive_calibration_error,
    classwise_calibration_error,
    top_label_calibration_error,
)
from calibrant.metrics._multiclass_proper import multiclass_brier_score, multiclass_log_loss, ranked_probability_score
from calibrant.metrics._noise_floor import NoiseFloor, calibration_noise_floor
from calibrant.metrics._operating_point import accuracy_at_coverage, coverage_at_risk
from calibrant.metrics._proper import brier_score, log_loss
from calibrant.metrics._quantile_accumulator import QuantileCalibrationAccumulator
from calibrant.metrics._ranking import auroc
from calibrant.metrics._ranking_accumulator import Bounded, RankingAccumulator
from calibrant.metrics._selective import RiskCoverageCurve, aurc, risk_coverage_curve
from calibrant.metrics._sequential import SequentialCalibrationTest
from calibrant.metrics._simultaneous import SimultaneousInterval, simultaneous_intervals
from calibrant.metrics._smooth import smooth_calibration_error
from calibrant.metrics._spiegelhalter import spiegelhalter_test
from calibrant.metrics._summary import accuracy, mean_confidence
from calibrant.metrics._summary_accumulator import StreamSummary, SummaryAccumulator
from calibrant.metrics._wilson import BinomialInterval, WilsonInterval, clopper_pearson_interval, wilson_interval

__all__ = [
    "BinomialInterval",
    "BootstrapSummary",
    "Bounded",
    "BrierDecomposition",
    "CalibrationAccumulator",
    "CalibrationCurve",
    "CalibrationTest",
    "Interval",
    "MeanAccumulator",
    "Metric",
    "MulticlassCalibrationAccumulator",
    "NoiseFloor",
    "QuantileCalibrationAccumulator",
    "RankingAccumulator",
    "RecalibrationDecomposition",
    "RiskCoverageCurve",
    "SequentialCalibrationTest",
    "SimultaneousInterval",
    "StreamSummary",
    "SummaryAccumulator",
    "WilsonInterval",
    "accuracy",
    "accuracy_at_coverage",
    "adaptive_calibration_error",
    "augrc",
    "auprc_of_errors",
    "aurc",
    "auroc",
    "bootstrap_consistency_test",
    "bootstrap_interval",
    "bootstrap_summary",
    "brier_decomposition",
    "brier_score",
    "brier_skill_score",
    "calibration_curve",
    "calibration_noise_floor",
    "classwise_calibration_error",
    "clopper_pearson_interval",
    "coverage_at_risk",
    "debiased_calibration_error",
    "excess_aurc",
    "expected_calibration_error",
    "hosmer_lemeshow_test",
    "integrated_calibration_index",
    "jackknife_weights",
    "kernel_calibration_error",
    "kolmogorov_smirnov_test",
    "kuiper_test",
    "labels_needed",
    "log_loss",
    "mean_confidence",
    "multiclass_brier_score",
    "multiclass_log_loss",
    "paired_interval",
    "ranked_probability_score",
    "recalibration_decomposition",
    "resample_weights",
    "risk_coverage_curve",
    "simultaneous_intervals",
    "smooth_calibration_error",
    "spiegelhalter_test",
    "top_label_calibration_error",
    "wilson_interval",
]
