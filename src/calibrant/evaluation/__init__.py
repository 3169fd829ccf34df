"""Labels x the probabilities of many methods → an Evaluation: every metric with its interval, paired with raw."""

from calibrant.evaluation._compare import compare_predictions
from calibrant.evaluation._comparison_record import Comparison, Difference, read_comparison
from calibrant.evaluation._detail import Answers
from calibrant.evaluation._evaluate import evaluate_readouts
from calibrant.evaluation._panel import compare_methods
from calibrant.evaluation._predictions import evaluate_predictions
from calibrant.evaluation._record import Estimate, Evaluation, Method, read_evaluation
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.evaluation._transfer import check_transfer, stale_transfer
from calibrant.evaluation._transfer_record import Transfer, TransferRow, read_transfer
from calibrant.evaluation._transfer_status import TransferStatus
from calibrant.evaluation._verdict import LABELS, verdict

__all__ = [
    "LABELS",
    "Answers",
    "Comparison",
    "Difference",
    "Estimate",
    "Evaluation",
    "EvaluationSettings",
    "Method",
    "Transfer",
    "TransferRow",
    "TransferStatus",
    "check_transfer",
    "compare_methods",
    "compare_predictions",
    "evaluate_predictions",
    "evaluate_readouts",
    "read_comparison",
    "read_evaluation",
    "read_transfer",
    "stale_transfer",
    "verdict",
]
