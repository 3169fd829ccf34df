"""Labels x the probabilities of many methods → an Evaluation: every metric with its interval, paired with raw."""

from calibrant.evaluation._evaluate import evaluate_readouts
from calibrant.evaluation._panel import Answers, EvaluationSettings, compare_methods
from calibrant.evaluation._record import Estimate, Evaluation, Method, read_evaluation
from calibrant.evaluation._verdict import LABELS, verdict

__all__ = [
    "LABELS",
    "Answers",
    "Estimate",
    "Evaluation",
    "EvaluationSettings",
    "Method",
    "compare_methods",
    "evaluate_readouts",
    "read_evaluation",
    "verdict",
]
