"""Files of questions → the sets of a survey, as they are put to every model."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibrant.cli.readout import draw
from calibrant.data import Question, deduplicate, encode_questions, load_questions
from calibrant.exceptions import InputError


@dataclass(frozen=True)
class SurveyedSet:
    """The questions of one set, as they are put to every model."""

    name: str
    """What it is called."""

    questions: tuple[Question, ...]
    """Questions with options, of which the right one is known."""

    facts: dict[str, object]
    """Where they come from."""


def load_sets(data: str, *, with_context: bool, limit: int | None, seed: int) -> tuple[list[SurveyedSet], list[str]]:
    """Load every set as it is put to the models, with what a reader should know of it."""
    sources = [source.strip() for source in data.split(",")]
    if not all(sources):
        raise InputError(f"data must be a file, or several with commas between; got {data!r}")
    sets, notes = [], []
    for name, source in zip(_set_names(sources), sources, strict=True):
        loaded = load_questions(source)
        asked, note = _prepare(loaded, source)
        notes += [f"{name}: {note}"] if note else []
        drawn = draw(asked, limit, seed)
        if with_context:
            drawn = [_with_context(question) for question in drawn]
        facts: dict[str, object] = {
            "source": source,
            "sha256": hashlib.sha256(encode_questions(loaded)).hexdigest(),
            "n_loaded": len(loaded),
            "n": len(drawn),
            "with_context": with_context and any(map(_context, drawn)),
        }
        sets.append(SurveyedSet(name, tuple(drawn), facts))
    if with_context and not any(one.facts["with_context"] for one in sets):
        raise InputError("with_context: no question has a text in extra.context; leave --with-context out")
    return sets, notes


def slug(name: str) -> str:
    """Return what a folder can be called.

    Examples
    --------
    >>> slug("owner/model: 1"), slug("..")
    ('owner-model-1', 'unnamed')
    """
    return re.sub(r"[^\w.-]+", "-", name).strip(".-") or "unnamed"


def _set_names(sources: Sequence[str]) -> list[str]:
    """Return what to call the sets: the names of their files, with as many folders as tell them apart."""
    paths = [Path(source) for source in sources]
    for depth in range(1, max(len(path.parts) for path in paths) + 1):
        found = ["/".join((*path.parts[-depth:-1], path.stem)) for path in paths]
        if len(set(map(slug, found))) == len(sources):
            return found
    raise InputError("data: a file is given twice, or two differ in nothing but their ending")


def _prepare(questions: Sequence[Question], source: str) -> tuple[list[Question], str]:
    """Return what can be asked, and a note on what is left out."""
    free = next((question for question in questions if question.choices is None), None)
    if free is not None:
        raise InputError(f"{source}: question {free.id!r} has no choices; a survey asks for one of several options")
    test = [question for question in questions if _extra(question, "split") == "test"]
    unique = deduplicate(test or questions).kept
    asked = [question for question in unique if question.answer is not None]
    if not asked:
        raise InputError(f"{source}: of none of its questions the right option is known")
    left: list[tuple[Callable[[int], str], int]] = [
        (lambda n: f"{n:,} outside of its official test part", len(questions) - len(test or questions)),
        (lambda n: f"{n:,} there twice", len(test or questions) - len(unique)),
        (lambda n: f"{n:,} without a known right option", len(unique) - len(asked)),
    ]
    said = ", ".join(say(n) for say, n in left if n)
    return asked, f"left out are questions that are {said}." if said else ""


def _with_context(question: Question) -> Question:
    context = _context(question)
    return question.model_copy(update={"question": f"{context}\n\n{question.question}"}) if context else question


def _context(question: Question) -> str:
    context = _extra(question, "context")
    return context.strip() if isinstance(context, str) else ""


def _extra(question: Question, name: str) -> object:
    extra = (question.model_extra or {}).get("extra")
    return extra.get(name) if isinstance(extra, dict) else None
