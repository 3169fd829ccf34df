"""A file, a hub id or the embedded set -> Questions, split by group."""

from calibrant.data._duplicates import Deduplicated, deduplicate
from calibrant.data._hub import Columns, load_hub_questions, questions_from_rows
from calibrant.data._jsonl import encode_questions, read_questions, write_questions
from calibrant.data._load import load_questions
from calibrant.data._open import OPEN_RELATIONS, open_questions
from calibrant.data._question import Question
from calibrant.data._splits import Splits, split_questions
from calibrant.data._world_facts import world_facts

__all__ = [
    "OPEN_RELATIONS",
    "Columns",
    "Deduplicated",
    "Question",
    "Splits",
    "deduplicate",
    "encode_questions",
    "load_hub_questions",
    "load_questions",
    "open_questions",
    "questions_from_rows",
    "read_questions",
    "split_questions",
    "world_facts",
    "write_questions",
]
