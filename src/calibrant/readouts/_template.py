"""The words in which a question is put to a model: one Jinja template for both ways of asking."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.models import Message
from calibrant.types import ReadoutKind

DEFAULT_TEMPLATE = """\
{{ question }}{% if kind == "letter" %}

{% for letter, choice in options %}{{ letter }}. {{ choice }}
{% endfor %}
Answer with the letter of the right option.{% endif %}"""

_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


@dataclass(frozen=True)
class PromptTemplate:
    """How a question becomes the user's turn of a conversation.

    Examples
    --------
    >>> question = Question(id="q", question="Is ice cold?", choices=("yes", "no"), answer=0)
    >>> print(PromptTemplate().messages(question, "letter")[-1].content)
    Is ice cold?
    <BLANKLINE>
    A. yes
    B. no
    <BLANKLINE>
    Answer with the letter of the right option.
    >>> PromptTemplate().messages(question, "cloze")[-1].content
    'Is ice cold?'
    """

    text: str = DEFAULT_TEMPLATE
    """Jinja text; it sees ``question``, ``choices``, ``options`` (pairs of letter and choice) and ``kind``."""

    examples: tuple[Question, ...] = ()
    """Answered questions shown before, each as a turn of the user and one of the assistant."""

    def __post_init__(self) -> None:
        for example in self.examples:
            if example.choices is None or not isinstance(example.answer, int):
                raise InputError(f"examples: question {example.id!r} has no options with a right one to show")
        try:
            _ENVIRONMENT.parse(self.text)
        except TemplateSyntaxError as error:
            raise InputError(f"template, line {error.lineno}: {error.message}") from None

    @property
    def sha256(self) -> str:
        """Hash of the template and its examples: a map fitted under one prompt need not hold under another."""
        shown = [[example.question, example.choices, example.answer] for example in self.examples]
        return hashlib.sha256(json.dumps([self.text, shown], ensure_ascii=False).encode()).hexdigest()

    def messages(self, question: Question, kind: ReadoutKind) -> list[Message]:
        """Return the conversation that ends with the user's asking ``question``."""
        messages = []
        for example in self.examples:
            choices, right = _choices(example), example.answer
            if isinstance(right, int):
                answer = option_letters(len(choices))[right] if kind == "letter" else choices[right]
                messages += [Message("user", self._render(example, kind)), Message("assistant", answer)]
        return [*messages, Message("user", self._render(question, kind))]

    def _render(self, question: Question, kind: ReadoutKind) -> str:
        choices = _choices(question)
        letters = option_letters(len(choices)) if kind == "letter" else ascii_uppercase
        try:
            return _ENVIRONMENT.from_string(self.text).render(
                question=question.question,
                choices=choices,
                options=list(zip(letters, choices, strict=False)),
                kind=kind,
            )
        except TemplateError as error:
            raise InputError(f"template: {error.message} (it sees question, choices, options and kind)") from None


def option_letters(n_options: int) -> Sequence[str]:
    """Return the letters A, B, C … of a question with so many options.

    Examples
    --------
    >>> option_letters(3)
    'ABC'
    """
    if n_options > len(ascii_uppercase):
        raise InputError(f"readout: {n_options} options are more than there are letters; use the cloze readout")
    return ascii_uppercase[:n_options]


def _choices(question: Question) -> tuple[str, ...]:
    if question.choices is None:
        raise InputError(f"question {question.id!r} has no choices: option likelihoods need at least two options")
    return question.choices
