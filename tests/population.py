"""A population of which the truth is known: a model whose logits are three times too large."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from calibrant.data import Question
from calibrant.readouts import Readouts

SHARPNESS = 3.0
MODEL = {"weights": "sha256:0", "dtype": "float32", "engine": "none", "logprobs": "raw"}


def draw_logits(n, seed=0):
    """Overconfident logits of 2 to 5 options each, and the right options: T = 3 repairs them."""
    rng = np.random.default_rng(seed)
    true = [rng.normal(scale=1.2, size=rng.integers(2, 6)) for _ in range(n)]
    right = [int(np.argmax(row + rng.gumbel(size=row.size))) for row in true]
    return [SHARPNESS * row for row in true], right


def make_readouts(logits, right, split, *, groups=None, subjects=None, answerable=None, kind="cloze", requested=None):
    """Give a folder of readouts that was never written."""
    n = len(logits)
    questions = tuple(
        Question(
            id=f"q{i:04}",
            question=f"Question {i}?",
            choices=tuple(f"option {j}" for j in range(len(logits[i]))),
            answer=None if right[i] is None else int(right[i]),
            group=f"q{i:04}" if groups is None else groups[i],
            subject="all" if subjects is None else subjects[i],
            answerable=True if answerable is None else answerable[i],
        )
        for i in range(n)
    )
    lists = [list(map(float, row)) for row in logits]
    table = pa.table(
        {
            "row": range(n),
            "id": [question.id for question in questions],
            "split": list(split),
            "letter_logprobs": lists if kind == "letter" else [None] * n,
            "letter_mass": [0.5] * n if kind == "letter" else [None] * n,
            "cloze_logprobs": lists,
        }
    )
    manifest = {
        "settings": {"model": {**MODEL, "engine_version": "1"}, "template": "t", "readout": requested or kind},
        "model": {"name": "made up", "source": "none", "device": "cpu", "engine_version": "1", **MODEL},
        "data": {"source": "drawn", "sha256": "0", "n": n, "n_duplicates": 0},
        "template": {"text": "{{ question }}", "sha256": "t", "examples": []},
        "splits": {part: list(split).count(part) for part in ("train", "calibration", "test")},
        "seed": 0,
        "kind": kind,
    }
    if requested == "auto":
        manifest["choice"] = {"kind": kind, "letter": 0.25, "cloze": 0.5, "n": list(split).count("train")}
    return Readouts(Path("nowhere"), manifest, questions, table)


def thirds(n):
    """The parts of n questions, one after the other."""
    return [("train", "calibration", "test")[3 * i // n] for i in range(n)]
