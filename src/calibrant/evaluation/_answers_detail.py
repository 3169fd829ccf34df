"""What an evaluation of answers says beside its signals: grades, confident errors, and how it was made."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from calibrant.calibrators import AutoCalibration
from calibrant.data import Question
from calibrant.evaluation._detail import Content
from calibrant.evaluation._signal_rows import SignalRows
from calibrant.grading import AnswerRule, GradedTexts
from calibrant.readouts import Answers
from calibrant.scores import signal_texts

_N_ERRORS = 10


def grading_of(graded: GradedTexts, rule: AnswerRule, test: Sequence[int]) -> Content:
    """Count right test answers, and those that are wrong or not graded for a cause of their own."""
    correct = graded.correct[test]
    known = ~np.isnan(correct)
    causes = Counter(
        (cause, bool(there)) for row, there in zip(test, known, strict=True) if (cause := graded.cause[row]) is not None
    )
    return {
        "rule": rule,
        "n": int(known.sum()),
        "n_right": int(correct[known].sum()),
        "wrong": {cause: n for (cause, there), n in causes.most_common() if there},
        "ungraded": {cause: n for (cause, there), n in causes.most_common() if not there},
    }


def confident_errors(
    answers: Answers, signal: SignalRows, test: Sequence[int], fitted: AutoCalibration | None
) -> list[Content]:
    """Return the wrong answers of which the signal is surest."""
    wrong = [row for row in test if signal.known[row] and signal.correct[row] == 0]
    top = sorted(wrong, key=lambda row: -signal.confidence[row])[:_N_ERRORS]
    if not top:
        return []
    confidence = signal.confidence[top]
    calibrated = [None] * len(top) if fitted is None else fitted.predict(confidence).tolist()
    texts = signal_texts(answers, signal.name)
    return [
        {
            "id": answers.questions[row].id,
            "subject": answers.questions[row].subject,
            "question": answers.questions[row].question,
            "answer": texts[row] or "",
            "right": _right(answers.questions[row]),
            "confidence": stated,
            "calibrated": after,
        }
        for row, stated, after in zip(top, confidence.tolist(), calibrated, strict=True)
    ]


def _right(question: Question) -> str:
    right = question.answer
    if isinstance(right, int):
        return (question.choices or ())[right]
    return "; ".join(right or ())


def provenance_of(answers: Answers) -> Content:
    """Return how the answers were made, as their folder tells it."""
    manifest, settings = answers.manifest, answers.settings
    template = manifest.get("template")
    template = template if isinstance(template, dict) else {}
    stated = settings.get("stated")
    return {
        "model": manifest.get("model"),
        "data": manifest.get("data"),
        "template": {"text": template.get("text", ""), "sha256": template.get("sha256")},
        "examples": len(template.get("examples", ())),
        "splits": manifest.get("splits"),
        "seed": manifest.get("seed"),
        "asked": {
            "max_tokens": settings.get("max_tokens"),
            "samples": settings.get("samples"),
            "temperature": settings.get("temperature"),
            "stated": list(stated) if isinstance(stated, dict) else [],
        },
        "asking_seconds": manifest.get("seconds"),
    }
