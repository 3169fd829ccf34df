"""The words in which a question is put to a model that answers in its own words."""

import hashlib
import json
from dataclasses import dataclass

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.models import Message
from calibrant.readouts._template import compile_template, option_letters, render_template

ANSWER_TEMPLATE = """\
{{ question }}

{% if kind == "letter" %}{% for letter, choice in options %}{{ letter }}. {{ choice }}
{% endfor %}
Answer with the letter of the right option.{% else %}Answer in as few words as possible.{% endif %}"""


@dataclass(frozen=True)
class AnswerTemplate:
    """How a question, with options or without, becomes the user's turn of a conversation.

    Examples
    --------
    >>> question = Question(id="q", question="What is the capital of France?", answer=("Paris",))
    >>> print(AnswerTemplate().messages(question)[-1].content)
    What is the capital of France?
    <BLANKLINE>
    Answer in as few words as possible.
    """

    text: str = ANSWER_TEMPLATE
    """Jinja text; it sees ``question``, ``choices``, ``options`` (pairs of letter and choice) and ``kind``.

    ``kind`` is ``letter`` where the question has options, and ``free`` where it has none.
    """

    examples: tuple[Question, ...] = ()
    """Answered questions shown before, each as a turn of the user and one of the assistant."""

    def __post_init__(self) -> None:
        for example in self.examples:
            if example.answer is None:
                raise InputError(f"examples: question {example.id!r} has no right answer to show")
        compile_template(self.text)

    @property
    def sha256(self) -> str:
        """Hash of the template and its examples."""
        shown = [[example.question, example.choices, example.answer] for example in self.examples]
        return hashlib.sha256(json.dumps([self.text, shown], ensure_ascii=False).encode()).hexdigest()

    def messages(self, question: Question) -> list[Message]:
        """Return the conversation that ends with the user's asking ``question``."""
        messages = []
        for example in self.examples:
            messages += [Message("user", self._render(example)), Message("assistant", _right(example))]
        return [*messages, Message("user", self._render(question))]

    def _render(self, question: Question) -> str:
        return render_template(self.text, question, "letter" if question.choices else "free")


def _right(example: Question) -> str:
    if isinstance(example.answer, int):
        return option_letters(example)[example.answer]
    return example.answer[0] if example.answer else ""
