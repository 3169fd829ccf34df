"""Stage 1: a file of answers and confidences that any tool wrote -> Predictions, a batch at a time."""

from calibrant.predictions._dialect import Dialect, from_dialect, matching_dialects, to_dialect
from calibrant.predictions._notes import Notes
from calibrant.predictions._open import PredictionFormat, open_predictions
from calibrant.predictions._record import Columns, InMemory, Predictions, PredictionSource, concatenate

__all__ = [
    "Columns",
    "Dialect",
    "InMemory",
    "Notes",
    "PredictionFormat",
    "PredictionSource",
    "Predictions",
    "concatenate",
    "from_dialect",
    "matching_dialects",
    "open_predictions",
    "to_dialect",
]
