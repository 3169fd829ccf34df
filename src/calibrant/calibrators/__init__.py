"""Logits of the options, or the confidence in an answer → calibrated probability.

A calibrator is one of three kinds, and says which by ``input_kind``: an ``OptionMap`` ("logits") gives a probability to
every option of a question, an ``EvidenceMap`` ("evidence") does so from all that was read of the question, a
``ConfidenceMap`` ("probabilities") corrects the confidence in the answer that was given.
Add a class to ``CALIBRATORS`` to offer it by name everywhere; the contract tests then run on it too.
"""

from calibrant.calibrators._adaptive_temperature import AdaptiveTemperature
from calibrant.calibrators._alignment import AlignmentToBase
from calibrant.calibrators._auto import AutoCalibration
from calibrant.calibrators._auto_options import AutoOptionCalibration
from calibrant.calibrators._bbq import BBQ
from calibrant.calibrators._beta import BetaCalibration
from calibrant.calibrators._centred_isotonic import CentredIsotonic
from calibrant.calibrators._choice import choose_map
from calibrant.calibrators._compiled import CompiledMap, compile_map
from calibrant.calibrators._confidence_temperature import ConfidenceTemperature
from calibrant.calibrators._contextual import ContextualCalibration
from calibrant.calibrators._contract import Calibrator, ConfidenceMap, EvidenceMap, OptionMap
from calibrant.calibrators._count_temperature import OptionCountTemperature
from calibrant.calibrators._cross_validation import (
    CrossValidatedLoss,
    cross_validated_log_loss,
    cross_validated_option_loss,
    uncalibrated_log_loss,
    uncalibrated_option_loss,
)
from calibrant.calibrators._cyclic import CyclicAverage
from calibrant.calibrators._dirichlet import DirichletCalibration
from calibrant.calibrators._ensemble_temperature import EnsembleTemperature
from calibrant.calibrators._evidence import Evidence, EvidenceName, as_evidence
from calibrant.calibrators._histogram import HistogramBinning
from calibrant.calibrators._isotonic import IsotonicCalibration
from calibrant.calibrators._matrix import MatrixScaling
from calibrant.calibrators._one_vs_rest import OneVsRestPlatt
from calibrant.calibrators._platt import PlattScaling
from calibrant.calibrators._prior import PriorCorrection
from calibrant.calibrators._quadratic import QuadraticScaling
from calibrant.calibrators._scaling_binning import ScalingBinning
from calibrant.calibrators._spline import SplineCalibration
from calibrant.calibrators._structured import StructuredMatrixScaling, StructuredVectorScaling
from calibrant.calibrators._temperature import TemperatureScaling
from calibrant.calibrators._temperature_mix import TemperatureMix
from calibrant.calibrators._thermometer import Thermometer
from calibrant.calibrators._uncertainty import MapInterval, map_interval
from calibrant.calibrators._vector import VectorScaling
from calibrant.calibrators._venn_abers import VennAbers

__all__ = [
    "BBQ",
    "CALIBRATORS",
    "AdaptiveTemperature",
    "AlignmentToBase",
    "AutoCalibration",
    "AutoOptionCalibration",
    "BetaCalibration",
    "Calibrator",
    "CentredIsotonic",
    "CompiledMap",
    "ConfidenceMap",
    "ConfidenceTemperature",
    "ContextualCalibration",
    "CrossValidatedLoss",
    "CyclicAverage",
    "DirichletCalibration",
    "EnsembleTemperature",
    "Evidence",
    "EvidenceMap",
    "EvidenceName",
    "HistogramBinning",
    "IsotonicCalibration",
    "MapInterval",
    "MatrixScaling",
    "OneVsRestPlatt",
    "OptionCountTemperature",
    "OptionMap",
    "PlattScaling",
    "PriorCorrection",
    "QuadraticScaling",
    "ScalingBinning",
    "SplineCalibration",
    "StructuredMatrixScaling",
    "StructuredVectorScaling",
    "TemperatureMix",
    "TemperatureScaling",
    "Thermometer",
    "VectorScaling",
    "VennAbers",
    "as_evidence",
    "choose_map",
    "compile_map",
    "cross_validated_log_loss",
    "cross_validated_option_loss",
    "map_interval",
    "uncalibrated_log_loss",
    "uncalibrated_option_loss",
]

CALIBRATORS: dict[str, type[OptionMap] | type[ConfidenceMap] | type[EvidenceMap]] = {
    "context": ContextualCalibration,
    "cyclic": CyclicAverage,
    "prior": PriorCorrection,
    "daca": AlignmentToBase,
    "temperature": TemperatureScaling,
    "temperature-mix": TemperatureMix,
    "confidence-temperature": ConfidenceTemperature,
    "platt": PlattScaling,
    "beta": BetaCalibration,
    "quadratic": QuadraticScaling,
    "ensemble-temperature": EnsembleTemperature,
    "count-temperature": OptionCountTemperature,
    "spline": SplineCalibration,
    "centred-isotonic": CentredIsotonic,
    "isotonic": IsotonicCalibration,
    "venn-abers": VennAbers,
    "scaling-binning": ScalingBinning,
    "histogram": HistogramBinning,
    "bbq": BBQ,
    "svs": StructuredVectorScaling,
    "vector": VectorScaling,
    "ovr-platt": OneVsRestPlatt,
    "sms": StructuredMatrixScaling,
    "dirichlet": DirichletCalibration,
    "matrix": MatrixScaling,
    "ats": AdaptiveTemperature,
    "thermometer": Thermometer,
}
"""Every calibrator by the name that settings and artifacts use, the simplest first.

The first four learn nothing from the labels; then come those of one parameter, of two, of many.
"""
