"""A folder of answers → what signals are computed from: tokens, samples sorted into sets, guesses sorted into sets."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from calibrant.language import parse_guesses
from calibrant.readouts import STATED_FORMATS, Answers, Sample
from calibrant.scores._equivalence import Equivalence
from calibrant.scores._stated import StatedReading, read_stated
from calibrant.scores._tokens import drop_end_token
from calibrant.types import FloatArray

RANKED_FORMATS = ("tian-1s-2", "tian-1s-4", "tian-2s-4", "xiong-top-k")
"""The formats in which a model names several guesses in order."""


class Sets(NamedTuple):
    """The answers to one question, sorted."""

    answer: int | None
    """The set of the answer whose confidence is wanted; None where it has not come."""

    others: list[int]
    """The sets of the samples, or of the guesses."""


class Said:
    """What a model said, as signals need it; each part is computed once, and only if it is asked for.

    Parameters
    ----------
    answers : Answers
        The folder.
    equivalence : Equivalence
        What sorts answers into sets of those that say the same.
    end_token : bool
        Whether the token that ended an answer counts, where it is known.
    """

    def __init__(self, answers: Answers, equivalence: Equivalence, *, end_token: bool) -> None:
        self.answers = answers
        self._equivalence = equivalence
        self._end_token = end_token
        self._readings: dict[str, list[StatedReading]] = {}

    @cached_property
    def came(self) -> list[bool]:
        """Whether each answer came."""
        return [finish != "error" for finish in self.answers.finishes()]

    @cached_property
    def logprobs(self) -> Sequence[FloatArray | None]:
        """The log-probabilities of the tokens of every answer."""
        return self._counted(self.answers.token_logprobs())

    @cached_property
    def entropies(self) -> Sequence[FloatArray | None]:
        """The entropies at the tokens of every answer."""
        return self._counted(self.answers.token_entropies())

    @cached_property
    def top_logprobs(self) -> list[Sequence[FloatArray] | None]:
        """The largest log-probabilities at every place of every answer."""
        every = self.answers.top_logprobs()
        return [
            None if places is None else places[:-1] if over and not self._end_token else places
            for places, over in zip(every, self._ended, strict=True)
        ]

    @cached_property
    def samples(self) -> list[list[Sample]]:
        """The samples of every question that came."""
        return [[sample for sample in own if sample["finish"] != "error"] for own in self.answers.samples()]

    @cached_property
    def n_samples(self) -> FloatArray:
        """How many they are."""
        return np.array([len(own) for own in self.samples], dtype=np.float64)

    @cached_property
    def sample_logprobs(self) -> list[FloatArray]:
        """The mean log-probability of the tokens of every sample, the end token included where it is known."""
        return [np.array([_mean_logprob(sample) for sample in own]) for own in self.samples]

    @cached_property
    def sample_sets(self) -> list[Sets]:
        """Every answer and its samples, sorted together."""
        return self._sort([[sample["text"] for sample in own] for own in self.samples])

    @property
    def own_guess_formats(self) -> list[str]:
        """The formats in which the model was asked for a guess of its own, not about its answer."""
        return [form for form in self.answers.stated_formats if not STATED_FORMATS[form].fresh]

    @property
    def ranked_formats(self) -> list[str]:
        """Those in which it was asked for several."""
        return [form for form in self.answers.stated_formats if form in RANKED_FORMATS]

    def stated(self, form: str) -> list[StatedReading]:
        """Return the guess of every question in a format, and how sure the model says to be of it."""
        if form not in self._readings:
            self._readings[form] = [read_stated(form, reply["texts"]) for reply in self.answers.stated(form)]
        return self._readings[form]

    @cached_property
    def guesses(self) -> tuple[list[Sets], list[FloatArray]]:
        """Every answer and the guesses of all formats, sorted together, and the confidences stated in the guesses."""
        readings = zip(*(self.stated(form) for form in self.own_guess_formats), strict=True)
        found = [[(guess, value) for guess, value, _ in own if guess is not None] for own in readings]
        sets = self._sort([[guess for guess, _ in own] for own in found])
        return sets, [np.array([value for _, value in own]) for own in found]

    @cached_property
    def rankings(self) -> list[tuple[int | None, list[list[int]]]]:
        """The set of every answer, and for each ranked format the sets of its guesses, the best first."""
        lists = [self._ranked(form) for form in self.ranked_formats]
        per_question = list(zip(*lists, strict=True))
        sorted_together = self._sort([[guess for ranking in own for guess in ranking] for own in per_question])
        rankings = []
        for sets, own in zip(sorted_together, per_question, strict=True):
            numbers = iter(sets.others)
            rankings.append((sets.answer, [[next(numbers) for _ in ranking] for ranking in own]))
        return rankings

    @cached_property
    def _ended(self) -> list[bool]:
        """Whether the last token of every answer is the one that ended it: then the text is that of all others."""
        tokens: list[list[str] | None] = self.answers.table.column("tokens").to_pylist()
        return [
            finish == "stop" and bool(own) and "".join((own or [])[:-1]) == text
            for finish, own, text in zip(self.answers.finishes(), tokens, self.answers.texts(), strict=True)
        ]

    def _counted(self, values: Sequence[FloatArray | None]) -> Sequence[FloatArray | None]:
        return values if self._end_token else drop_end_token(values, self._ended)

    def _ranked(self, form: str) -> list[list[str]]:
        replies = ["\n".join(reply["texts"]) for reply in self.answers.stated(form)]
        return [[guess.answer for guess in parse_guesses(text) if guess.answer] for text in replies]

    def _sort(self, others: Sequence[Sequence[str]]) -> list[Sets]:
        sorted_sets = []
        asked = (question.question for question in self.answers.questions)
        for question, answer, came, texts in zip(asked, self.answers.texts(), self.came, others, strict=True):
            first = [answer] if came else []
            numbers = self._equivalence(question, [*first, *texts])
            sorted_sets.append(Sets(numbers[0] if came else None, numbers[len(first) :]))
        return sorted_sets


def _mean_logprob(sample: Sample) -> float:
    logprob, n_tokens = sample["logprob"], sample["n_tokens"]
    return np.nan if logprob is None or not n_tokens else logprob / n_tokens
