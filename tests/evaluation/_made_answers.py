"""Folders of answers whose every signal is set by hand, without a model."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from calibrant.data import Question
from calibrant.readouts import Answers
from calibrant.readouts._answer_store import ANSWERS

MANIFEST = {
    "settings": {"max_tokens": 8, "samples": 3, "temperature": 1.0, "stated": {"tian-1s-1": "0" * 64}},
    "model": {
        "name": "made",
        "source": "by hand",
        "weights": "none",
        "dtype": "float32",
        "device": "cpu",
        "engine": "hand",
        "engine_version": "1",
    },
    "data": {"source": "made", "sha256": "0" * 64, "n": 600, "n_duplicates": 0},
    "template": {"text": "{{ question }}", "sha256": "0" * 64, "examples": []},
    "splits": {"train": 0, "calibration": 0, "test": 0},
    "seed": 3,
    "seconds": 12.0,
}


def row(right, *, likelihood=0.5, p_true=None, samples=None, stated=None, split="test", error=None, said=None):
    """One answer: "yes" where it is right, else "no", with its signals."""
    text = said if said is not None else "yes" if right else "no"
    return {
        "split": split,
        "answer": None if error else text,
        "finish": "error" if error else "stop",
        "error": error,
        "tokens": None if error else [text],
        "logprobs": None if error or likelihood is None else [float(np.log(likelihood))],
        "samples": None
        if samples is None
        else [{"text": own, "finish": "stop", "logprob": -1.0, "n_tokens": 2, "error": None} for own in samples],
        "p_true": None
        if p_true is None
        else [
            {
                "variant": "p-true",
                "probability": None if isinstance(p_true, str) else p_true,
                "mass": None if isinstance(p_true, str) else 1.0,
                "error": p_true if isinstance(p_true, str) else None,
            }
        ],
        "stated": None
        if stated is None
        else [{"format": "tian-1s-1", "texts": [stated], "finish": "stop", "n_tokens": 12, "error": None}],
    }


def made_answers(rows, questions=None):
    """Put rows into a folder that is nowhere; every question accepts "yes"."""
    if questions is None:
        questions = [Question(id=f"q{i}", question=f"Is {i} a number?", answer=("yes",)) for i in range(len(rows))]
    table = pa.Table.from_pylist(
        [{"row": i, "id": questions[i].id, **own} for i, own in enumerate(rows)], schema=ANSWERS.schema
    )
    splits = {name: [own["split"] for own in rows].count(name) for name in ("train", "calibration", "test")}
    return Answers(Path("made"), MANIFEST | {"splits": splits}, tuple(questions), table)


def population(n=800, seed=0):
    """Answers of which half are right, in three parts.

    The likelihood tells much, P(True) says the same of all, the samples tell a little, and the stated guess is always
    "no", with a confidence that is read from three of four replies.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        right = bool(i % 2)
        likelihood = 0.5 + (0.2 if right else -0.2) + rng.uniform(-0.29, 0.29)
        drawn = ["yes" if rng.random() < (0.6 if right else 0.5) else "no" for _ in range(3)]
        stated = "I cannot tell" if i % 4 == 3 else f"Guess: no\nProbability: {rng.choice([0.7, 0.8, 0.9])}"
        part = "test" if i % 10 >= 6 else "calibration" if i % 10 == 5 else "train"
        rows.append(row(right, likelihood=likelihood, p_true=0.5, samples=drawn, stated=stated, split=part))
    return made_answers(rows)
