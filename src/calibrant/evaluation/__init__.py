"""Labels x the probabilities of many methods → an Evaluation: every metric with its interval, paired with raw."""

from calibrant.evaluation._answers import evaluate_answers
from calibrant.evaluation._answers_record import AnswersEvaluation, SignalFound, read_answers_evaluation
from calibrant.evaluation._before_after import compare_readouts
from calibrant.evaluation._compare import compare_predictions
from calibrant.evaluation._comparison_record import Comparison, Difference, Gain, read_comparison
from calibrant.evaluation._detail import Answers
from calibrant.evaluation._evaluate import evaluate_readouts
from calibrant.evaluation._panel import compare_methods
from calibrant.evaluation._predictions import evaluate_predictions
from calibrant.evaluation._record import Estimate, Evaluation, Method, read_evaluation
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.evaluation._survey import make_survey
from calibrant.evaluation._survey_cell import ConfidenceSource, Interview
from calibrant.evaluation._survey_headline import is_shown
from calibrant.evaluation._survey_record import ModelCorrelation, Survey, SurveyCell, read_survey
from calibrant.evaluation._transfer import check_transfer, stale_transfer
from calibrant.evaluation._transfer_record import Transfer, TransferRow, read_transfer
from calibrant.evaluation._transfer_status import TransferStatus
from calibrant.evaluation._verdict import LABELS, verdict

__all__ = [
    "LABELS",
    "Answers",
    "AnswersEvaluation",
    "Comparison",
    "ConfidenceSource",
    "Difference",
    "Estimate",
    "Evaluation",
    "EvaluationSettings",
    "Gain",
    "Interview",
    "Method",
    "ModelCorrelation",
    "SignalFound",
    "Survey",
    "SurveyCell",
    "Transfer",
    "TransferRow",
    "TransferStatus",
    "check_transfer",
    "compare_methods",
    "compare_predictions",
    "compare_readouts",
    "evaluate_answers",
    "evaluate_predictions",
    "evaluate_readouts",
    "is_shown",
    "make_survey",
    "read_answers_evaluation",
    "read_comparison",
    "read_evaluation",
    "read_survey",
    "read_transfer",
    "stale_transfer",
    "verdict",
]
