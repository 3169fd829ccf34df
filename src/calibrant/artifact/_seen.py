"""Which questions maps were fitted on, so that nobody measures the maps on them."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from calibrant.artifact._artifact import Artifact
from calibrant.data import Question

_KEY = "fitted_questions"


def note_questions(questions: Iterable[Question]) -> dict[str, object]:
    """Return what a manifest keeps of the questions that maps are fitted on.

    Examples
    --------
    >>> note_questions([Question(id="a", question="Who?", choices=("me", "you"), answer=0)])
    {'fitted_questions': 'ff6d50778b9c'}
    """
    return {_KEY: " ".join(sorted(_fingerprint(question) for question in questions))}


def find_seen(artifact: Artifact, questions: Sequence[Question]) -> list[Question]:
    """Return those of the questions that the artifact was fitted on, as far as its manifest says."""
    noted = artifact.manifest.get(_KEY)
    seen = set(noted.split()) if isinstance(noted, str) else set()
    return [question for question in questions if _fingerprint(question) in seen]


def _fingerprint(question: Question) -> str:
    text = json.dumps([question.question, *sorted(question.choices or ())])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
