"""What `repair.py` judges on: predictions beside the repository, and folders of readouts, as answered questions."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.special import softmax


@dataclass(frozen=True, eq=False)
class Rows:
    """Answered questions: how sure the model is of its answer, whether it is right, what belongs together."""

    confidence: np.ndarray
    correct: np.ndarray
    groups: np.ndarray
    logits: list[np.ndarray] | None = None
    """Log-probabilities of the options, where they are known."""
    labels: np.ndarray | None = None
    """The option that is right."""

    @classmethod
    def of_options(cls, logits: list[np.ndarray], labels: np.ndarray, groups: np.ndarray) -> "Rows":
        """Take the most likely option as the answer."""
        confidence = np.array([softmax(row).max() for row in logits])
        correct = np.array([row.argmax() for row in logits]) == labels
        return cls(confidence, correct.astype(float), groups, logits, labels)

    def take(self, rows: np.ndarray) -> "Rows":
        """Keep some of them."""
        logits = None if self.logits is None else [self.logits[row] for row in rows]
        labels = None if self.labels is None else self.labels[rows]
        return Rows(self.confidence[rows], self.correct[rows], self.groups[rows], logits, labels)

    @cached_property
    def together(self) -> np.ndarray | None:
        """The groups, where some hold several rows."""
        return self.groups if np.unique(self.groups).size < self.groups.size else None

    @cached_property
    def same_options(self) -> bool:
        """Whether all questions have as many options."""
        return self.logits is not None and len({row.size for row in self.logits}) == 1

    @cached_property
    def answer(self) -> np.ndarray:
        """The most likely option."""
        return np.array([row.argmax() for row in self.logits])

    @cached_property
    def table(self) -> np.ndarray:
        """Probabilities of the options, where all questions have as many."""
        return softmax(np.stack(self.logits), axis=1)


def read(refs: Path | None, readouts: list[Path]) -> Iterator[tuple[str, Rows]]:
    for folder in readouts:
        yield folder.name, read_options(folder)
    if refs is None:
        return
    with np.load(refs / "cifar10_vgg16_probs.npz") as held:
        logits = np.log(np.maximum(held["probs"].astype(float), 1e-12))
        yield "CIFAR-10 VGG-16", Rows.of_options(list(logits), held["labels"], np.arange(len(logits)))
    for network in ("resnet110_c10", "resnet110_c100", "densenet40_c10", "densenet40_c100", "resnet50_birds"):
        lines = list(csv.DictReader((refs / f"top1_{network}.csv").open(newline="")))
        right = [line["true_label"] == line["pred_label"] for line in lines]
        yield network, of_confidences([line["confidence"] for line in lines], right)
    lines = [json.loads(line) for line in (refs / "rlcr_math500.jsonl").read_text().splitlines()]
    for method in ("Base", "RLVR", "RLVR-Classifier", "Answer-Prob", "RLCR"):
        said = [line[method] for line in lines]
        yield f"math500 {method}", of_confidences([row["confidence"] for row in said], [row["correct"] for row in said])
    lines = list(csv.DictReader((refs / "pingkit_simpleqa_probe.csv").open(newline="")))
    yield "SimpleQA probe", of_confidences([row["prob_1"] for row in lines], [row["correct"] for row in lines])


def read_options(folder: Path) -> Rows:
    from calibrant.readouts import load_readouts

    readouts = load_readouts(folder)
    logits = readouts.option_logprobs()
    known = [row for row, question in enumerate(readouts.questions) if isinstance(question.answer, int)]
    questions = [readouts.questions[row] for row in known]
    groups = np.unique([question.group for question in questions], return_inverse=True)[1]
    return Rows.of_options([logits[row] for row in known], np.array([each.answer for each in questions]), groups)


def of_confidences(confidence: list, correct: list) -> Rows:
    return Rows(np.array(confidence, float), np.array(correct, float), np.arange(len(correct)))
