"""A folder of answers → every confidence that it allows, each in [0, 1], and what each costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from calibrant.exceptions import InputError
from calibrant.readouts import STATED_FORMATS, Answers
from calibrant.scores._equivalence import Equivalence, by_text
from calibrant.scores._guesses import average_confidence, pair_rank
from calibrant.scores._said import Said
from calibrant.scores._samples import (
    n_semantic_sets,
    predictive_entropy,
    self_consistency,
    semantic_entropy,
    weighted_semantic_entropy,
)
from calibrant.scores._tokens import (
    max_token_entropy,
    mean_logprob,
    mean_token_entropy,
    mean_token_margin,
    min_token_probability,
    sequence_logprob,
)
from calibrant.types import FloatArray

SignalSource: TypeAlias = Literal["answer", "samples", "guesses"]
"""What a signal needs besides the answer: nothing, several samples, or several stated guesses."""

STATED_PREFIX = "stated-"
P_TRUE_READINGS = 2
"""P(True) is read in both orders of True and False."""


@dataclass(frozen=True)
class Signal:
    """A value of every answer, and how it becomes a confidence."""

    value: Callable[[Said], FloatArray]
    """The plain value, as the papers define it."""

    confidence: Callable[[FloatArray, FloatArray], FloatArray]
    """From the plain values and the numbers of samples to confidences in [0, 1]."""

    source: SignalSource
    """What it needs besides the answer."""


class SignalCost(NamedTuple):
    """What a signal costs besides the answer itself."""

    readings: float
    """Prompts read without an answer being written, an answer of the folder."""

    replies: float
    """Replies written, an answer."""

    passes: float
    """Forward passes, an answer: one a reading, and one a token of each reply; NaN where their number is not told."""


def _as_is(values: FloatArray, n_samples: FloatArray) -> FloatArray:
    return values


def _exp(values: FloatArray, n_samples: FloatArray) -> FloatArray:
    return np.exp(values)


def _exp_minus(values: FloatArray, n_samples: FloatArray) -> FloatArray:
    return np.exp(-values)


def _below_largest(values: FloatArray, n_samples: FloatArray) -> FloatArray:
    """How far an entropy stays below that of samples which all differ."""
    most = np.log(np.where(n_samples > 1, n_samples, np.nan))
    return np.clip(1 - values / most, 0.0, 1.0)


def _below_most(values: FloatArray, n_samples: FloatArray) -> FloatArray:
    """How far a number of sets stays below that of the samples."""
    return 1 - (values - 1) / np.where(n_samples > 1, n_samples - 1, np.nan)


def _consistency(said: Said) -> FloatArray:
    return self_consistency([sets.answer for sets in said.sample_sets], [sets.others for sets in said.sample_sets])


def _weighted_entropy(said: Said) -> FloatArray:
    return weighted_semantic_entropy([sets.others for sets in said.sample_sets], said.sample_logprobs)


def _average_confidence(said: Said) -> FloatArray:
    sets, confidences = said.guesses
    return average_confidence([own.answer for own in sets], [own.others for own in sets], confidences)


def _pair_rank(said: Said) -> FloatArray:
    values = []
    for answer, rankings in said.rankings:
        probabilities = pair_rank(rankings)
        values.append(np.nan if answer is None or not probabilities else probabilities.get(answer, 0.0))
    return np.array(values, dtype=np.float64)


SIGNALS: Mapping[str, Signal] = MappingProxyType(
    {
        "likelihood": Signal(lambda said: sequence_logprob(said.logprobs), _exp, "answer"),
        "mean-likelihood": Signal(lambda said: mean_logprob(said.logprobs), _exp, "answer"),
        "min-token": Signal(lambda said: min_token_probability(said.logprobs), _as_is, "answer"),
        "mean-entropy": Signal(lambda said: mean_token_entropy(said.entropies), _exp_minus, "answer"),
        "max-entropy": Signal(lambda said: max_token_entropy(said.entropies), _exp_minus, "answer"),
        "margin": Signal(lambda said: mean_token_margin(said.top_logprobs), _as_is, "answer"),
        "consistency": Signal(_consistency, _as_is, "samples"),
        "semantic-entropy": Signal(
            lambda said: semantic_entropy([sets.others for sets in said.sample_sets]), _below_largest, "samples"
        ),
        "semantic-entropy-likelihood": Signal(_weighted_entropy, _below_largest, "samples"),
        "n-sets": Signal(
            lambda said: n_semantic_sets([sets.others for sets in said.sample_sets]), _below_most, "samples"
        ),
        "predictive-entropy": Signal(lambda said: predictive_entropy(said.sample_logprobs), _exp_minus, "samples"),
        "avg-conf": Signal(_average_confidence, _as_is, "guesses"),
        "pair-rank": Signal(_pair_rank, _as_is, "guesses"),
    }
)
"""The signals that are computed; those that a model is asked for are ``p-true...`` and ``stated-...``."""


def signals(
    answers: Answers, *, equivalence: Equivalence | None = None, end_token: bool = True
) -> dict[str, FloatArray]:
    """Confidences in all answers of a folder, one array a signal, in [0, 1]; higher = more confident.

    A signal is there where the folder holds what it needs for at least one answer. ``stated-...`` are confidences in
    the guesses named beside them, not in the answers: see ``signal_texts``.

    Parameters
    ----------
    answers : Answers
        The folder.
    equivalence : Equivalence, optional
        What sorts answers into sets of those that say the same; by default ``by_text``.
    end_token : bool
        Whether the token that ended an answer counts, where it is known. That of a sample always does.

    Returns
    -------
    dict of str to ndarray of shape (n_answers,)
        NaN where an answer has no such confidence.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from calibrant.data import Question
    >>> from calibrant.models import FakeModel
    >>> from calibrant.readouts import ask
    >>> asked = {"test": [Question(id="fr", question="What is the capital of France?", answer=("Paris",))]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     answers = ask(FakeModel(answers={"": "Paris"}), asked, Path(folder) / "answers", samples=3, quiet=True)
    >>> found = signals(answers)
    >>> found["consistency"].tolist(), found["semantic-entropy"].tolist(), found["n-sets"].tolist()
    ([1.0], [1.0], [1.0])
    """
    said = Said(answers, equivalence or by_text, end_token=end_token)
    came = np.array(said.came, dtype=bool)
    found: dict[str, FloatArray] = {}
    for name, signal in SIGNALS.items():
        if name in _possible(said):
            values = signal.confidence(signal.value(said), said.n_samples)
            found[name] = np.where(came, values, np.nan)
    for name in answers.p_true_variants:
        found[name] = answers.p_true(name)
    for form in answers.stated_formats:
        found[STATED_PREFIX + form] = np.array([value for _, value, _ in said.stated(form)], dtype=np.float64)
    return {name: values for name, values in found.items() if not np.isnan(values).all()}


def signal_texts(answers: Answers, name: str) -> list[str | None]:
    """Return what a signal is the confidence in: the answers, or the guesses named in a format; None where none came.

    Parameters
    ----------
    answers : Answers
        The folder.
    name : str
        A name that ``signals`` gives.

    Raises
    ------
    InputError
        If it is the name of a format in which the model was not asked.
    """
    if name.startswith(STATED_PREFIX):
        said = Said(answers, by_text, end_token=True)
        return [guess for guess, _, _ in said.stated(name.removeprefix(STATED_PREFIX))]
    finishes = answers.finishes()
    return [None if finish == "error" else text for text, finish in zip(answers.texts(), finishes, strict=True)]


def signal_cost(answers: Answers, name: str) -> SignalCost:
    """Return what a signal cost in this folder, besides the answers themselves.

    Sorting samples into sets is not counted: ``by_text`` is free, and another equivalence counts what it judged.

    Parameters
    ----------
    answers : Answers
        The folder.
    name : str
        A name that ``signals`` gives.

    Raises
    ------
    InputError
        If there is no such signal.
    """
    signal = SIGNALS.get(name)
    if signal is None and name not in answers.p_true_variants and not name.startswith(STATED_PREFIX):
        known = [*SIGNALS, *answers.p_true_variants, *(STATED_PREFIX + form for form in answers.stated_formats)]
        raise InputError(f"signal must be one of {', '.join(known)}; got {name!r}")
    said = Said(answers, by_text, end_token=True)
    readings = P_TRUE_READINGS if name in answers.p_true_variants else 0
    replies: list[tuple[int, int | None]] = []
    if name == "p-true-samples" or (signal is not None and signal.source == "samples"):
        replies = [(1, sample["n_tokens"]) for own in said.samples for sample in own]
    elif name == "avg-conf":
        replies = [reply for form in said.own_guess_formats for reply in _replies(answers, form)]
    elif name == "pair-rank":
        replies = [reply for form in said.ranked_formats for reply in _replies(answers, form)]
    elif name.startswith(STATED_PREFIX):
        replies = _replies(answers, name.removeprefix(STATED_PREFIX))
    n_answers = len(answers.questions)
    tokens = sum(np.nan if n_tokens is None else n_tokens for _, n_tokens in replies)
    written = sum(stages for stages, _ in replies)
    return SignalCost(readings, written / n_answers, readings + tokens / n_answers)


def _replies(answers: Answers, form: str) -> list[tuple[int, int | None]]:
    """Return for every answer how many replies a format took, and of how many tokens."""
    probed = STATED_FORMATS[form].fresh
    return [(len(reply["texts"]) - probed, reply["n_tokens"]) for reply in answers.stated(form)]


def _possible(said: Said) -> list[str]:
    """Return the names of the signals for which something is there, so that nothing is sorted in vain."""
    sources: dict[SignalSource, bool] = {"answer": True, "samples": bool(said.n_samples.any()), "guesses": True}
    several = {"avg-conf": len(said.own_guess_formats) > 1, "pair-rank": len(said.ranked_formats) > 1}
    return [name for name, signal in SIGNALS.items() if sources[signal.source] and several.get(name, True)]
