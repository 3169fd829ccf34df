"""The words in which a question is put to a model: one Jinja template for both ways of asking."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from string import ascii_uppercase

from jinja2 import StrictUndefined, Template, TemplateSyntaxError
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
        compile_template(self.text)

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
                asked = self._render(example, kind)
                answer = option_letters(example)[right] if kind == "letter" else choices[right]
                messages += [Message("user", asked), Message("assistant", answer)]
        return [*messages, Message("user", self._render(question, kind))]

    def _render(self, question: Question, kind: ReadoutKind) -> str:
        _choices(question)
        return render_template(self.text, question, kind)


def render_template(template: str, question: Question, kind: str, **more: object) -> str:
    """Return what a template makes of a question; it sees ``question``, ``choices``, ``options``, ``kind`` and more.

    Examples
    --------
    >>> render_template("{{ question }} ({{ kind }})", Question(id="q", question="Is ice cold?"), "free")
    'Is ice cold? (free)'
    """
    choices = question.choices or ()
    if kind == "letter" and len(choices) > len(ascii_uppercase):
        raise InputError(
            f"question {question.id!r}: {len(choices)} options are more than there are letters; use the cloze readout"
        )
    try:
        text = compile_template(template).render(
            question=question.question,
            choices=choices,
            options=list(zip(ascii_uppercase, choices, strict=False)),
            kind=kind,
            **more,
        )
    except Exception as error:  # a template may fail in any way that an expression can
        seen = ", ".join(["question", "choices", "options", *more])
        raise InputError(f"template, at question {question.id!r}: {error} (it sees {seen} and kind)") from None
    if not text.strip():
        raise InputError(f"template: it leaves nothing to ask of question {question.id!r}")
    return text


def option_letters(question: Question) -> str:
    """Return the letters A, B, C … of a question's options.

    Examples
    --------
    >>> option_letters(Question(id="q", question="Is ice cold?", choices=("yes", "no")))
    'AB'
    """
    return ascii_uppercase[: len(_choices(question))]


@cache
def compile_template(text: str) -> Template:
    """Return a template that is ready to be filled in, or raise ``InputError`` naming the line that is wrong."""
    try:
        return _ENVIRONMENT.from_string(text)
    except TemplateSyntaxError as error:
        raise InputError(f"template, line {error.lineno}: {error.message}") from None


def _choices(question: Question) -> tuple[str, ...]:
    if question.choices is None:
        raise InputError(f"question {question.id!r} has no choices: option likelihoods need at least two options")
    return question.choices
