"""One model x the questions of one set → right or wrong and how sure: stated, or read from option likelihoods."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias, cast

import numpy as np

from calibrant.cli.readout import draw
from calibrant.cli.survey_sets import SurveyedSet
from calibrant.data import Question
from calibrant.evaluation import Interview
from calibrant.exceptions import InputError
from calibrant.grading import grade_choices, read_option
from calibrant.models import AnsweringModel, ModelIdentity, load_model, need_scoring
from calibrant.readouts import STATED_FORMATS, AnswerTemplate, ask, read
from calibrant.scores import max_probability, read_stated

AskedConfidence: TypeAlias = Literal["auto", "stated", "options"]

SurveyFormat: TypeAlias = Literal["xiong-vanilla", "xiong-cot", "tian-1s-1"]
"""How confidence is asked for: formats of one reply, which holds one answer and a number."""

PROBE = 20
"""So many questions decide whether a model can state its confidence."""

ENOUGH = 0.8
"""It can, if so large a share of these replies can be read."""


class Interviewer:
    """Asks one model; it is loaded once.

    Parameters
    ----------
    source : str
        What `load_model` takes.
    device, dtype : str or None
        Where and in which numbers it runs.
    confidence : {"auto", "stated", "options"}
        ``stated`` asks for it, ``options`` reads option likelihoods, and ``auto`` reads them where fewer than 80 % of
        the replies to 20 questions can be read.
    form : {"xiong-vanilla", "xiong-cot", "tian-1s-1"}
        How it is asked for.
    seed : int
        Draws these questions.
    """

    def __init__(
        self,
        source: str,
        *,
        device: str | None,
        dtype: str | None,
        confidence: AskedConfidence,
        form: SurveyFormat,
        seed: int,
    ) -> None:
        self._model = load_model(source, device=device, dtype=dtype)
        self._confidence = confidence
        self._form = form
        self._seed = seed

    @property
    def identity(self) -> ModelIdentity:
        """Which model it is."""
        return self._model.identity

    def interview(self, name: str, surveyed: SurveyedSet, folder: Path) -> tuple[Interview, str | None]:
        """Ask all questions of a set; what a folder holds already is not asked again.

        Parameters
        ----------
        name : str
            What the model is called.
        surveyed : SurveyedSet
            The questions.
        folder : Path
            For answers and readouts.

        Returns
        -------
        tuple of (Interview, str or None)
            What it said; and a note, where its confidence is not read as it was wanted at first.
        """
        if self._confidence == "options":
            return self._by_options(name, surveyed, folder, {}), None
        if not hasattr(self._model, "generate"):
            if self._confidence == "stated":
                raise InputError(f"model: {name} does not answer in its own words; use --confidence options")
            return self._by_options(name, surveyed, folder, {}), None
        if self._confidence == "stated":
            return self._by_words(name, surveyed, folder / self._form, surveyed.questions, {}), None
        first = draw(surveyed.questions, PROBE, self._seed)
        whole = len(first) == len(surveyed.questions)
        probe = self._by_words(name, surveyed, folder / (self._form if whole else f"{self._form}-probe"), first, {})
        n_read, n = int(probe.read.sum()), len(first)
        facts: dict[str, object] = {"probe": {"n": n, "n_read": n_read, "enough": ENOUGH}}
        if n_read < ENOUGH * n:
            why = ", ".join(f"{count} {cause}" for cause, count in sorted(probe.causes.items()))
            found = f"{name} on {surveyed.name}: {n_read} of {n} replies named an option and a confidence ({why})"
            if hasattr(self._model, "score"):
                by_options = self._by_options(name, surveyed, folder, facts)
                return by_options, f"{found}, so that its option likelihoods are read instead."
            note = f"{found}, and a server does not tell option likelihoods: only such replies count."
        else:
            note = None
        return self._by_words(name, surveyed, folder / self._form, surveyed.questions, facts), note

    def _by_words(
        self,
        name: str,
        surveyed: SurveyedSet,
        folder: Path,
        questions: Sequence[Question],
        facts: dict[str, object],
    ) -> Interview:
        (stage,) = STATED_FORMATS[self._form].stages
        # The request for a confidence is the prompt itself: one reply holds the answer and how sure the model is of it.
        answers = ask(
            cast(AnsweringModel, self._model),
            {"test": questions},
            folder,
            max_tokens=stage.max_tokens,
            template=AnswerTemplate(stage.text),
            seed=self._seed,
            facts={"data": surveyed.facts, "survey": {"model": name, "set": surveyed.name, "format": self._form}},
        )
        readings = [
            (np.nan, np.nan, error) if error else read_reply(self._form, text, question)
            for text, error, question in zip(
                answers.texts(), answers.table.column("error").to_pylist(), answers.questions, strict=True
            )
        ]
        return Interview(
            name,
            surveyed.name,
            "stated",
            np.array([right for right, _, _ in readings]),
            np.array([confidence for _, confidence, _ in readings]),
            [question.group for question in questions],
            [question.subject for question in questions],
            Counter(cause for _, _, cause in readings if cause),
            {"format": self._form, "folder": _place(folder), "seconds": answers.manifest.get("seconds"), **facts},
        )

    def _by_options(self, name: str, surveyed: SurveyedSet, folder: Path, facts: dict[str, object]) -> Interview:
        questions = surveyed.questions
        readouts = read(
            need_scoring(self._model),
            {"test": questions},
            folder / "options",
            kind="letter",
            facts={"data": surveyed.facts, "survey": {"model": name, "set": surveyed.name}},
        )
        logprobs = readouts.option_logprobs()
        return Interview(
            name,
            surveyed.name,
            "options",
            grade_choices(logprobs, [cast(int, question.answer) for question in questions]).correct,
            max_probability(logprobs),
            [question.group for question in questions],
            [question.subject for question in questions],
            {},
            {"readout": "letter", "folder": _place(folder / "options"), **facts},
        )


def read_reply(form: str, text: str, question: Question) -> tuple[float, float, str | None]:
    """Whether a reply names the right option, the confidence it states, and why one of them cannot be read.

    Examples
    --------
    >>> asked = Question(id="q", question="Is ice cold?", choices=("no", "yes"), answer=1)
    >>> read_reply("xiong-vanilla", "Answer and Confidence (0-100): B, 85%", asked)
    (1.0, 0.85, None)
    >>> read_reply("xiong-vanilla", "I do not know.", asked)[:2]
    (nan, nan)
    """
    guess, confidence, cause = read_stated(form, [text])
    if guess is None:
        return np.nan, confidence, cause
    option, why = read_option(guess, question.choices or ())
    return (np.nan if option is None else float(option == question.answer)), confidence, cause or why


def _place(folder: Path) -> str:
    """Return where answers lie within the survey's own folder."""
    return "/".join(folder.parts[-3:])
