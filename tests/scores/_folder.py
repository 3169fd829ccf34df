"""Answers in memory, as they would be read back from a folder, with the numbers that a test needs."""

from pathlib import Path

import pyarrow as pa

from calibrant.data import Question
from calibrant.readouts import Answers
from calibrant.readouts._answer_store import ANSWERS


def sample(text, logprob=-1.0, n_tokens=2, finish="stop"):
    error = "timeout" if finish == "error" else None
    return {"text": text, "finish": finish, "logprob": logprob, "n_tokens": n_tokens, "error": error}


def p_true(probability, variant="p-true"):
    return {"variant": variant, "probability": probability, "mass": 1.0, "error": None}


def stated(form, *texts, n_tokens=6):
    return {"format": form, "texts": list(texts), "finish": "stop", "n_tokens": n_tokens, "error": None}


def folder_of(*rows):
    """Each row names what it has; the rest is null, and the answer is Paris."""
    usual = dict.fromkeys(ANSWERS.schema.names) | {"split": "test", "answer": "Paris", "finish": "stop"}
    full = [usual | {"row": i, "id": f"q{i}"} | row for i, row in enumerate(rows)]
    questions = tuple(Question(id=f"q{i}", question=f"Question {i}?", answer=("Paris",)) for i in range(len(rows)))
    return Answers(Path("answers"), {"settings": {}}, questions, pa.Table.from_pylist(full, schema=ANSWERS.schema))
