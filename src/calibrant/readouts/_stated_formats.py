"""The formats in which a model is asked to state how sure it is: what is said to it, stage by stage.

The structure of each is that of its paper; the words are our own. The lines that a reply must have are named as
``calibrant.language`` reads them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.language import PHRASE_TABLES
from calibrant.models import Message
from calibrant.readouts._template import render_template

StatedScale: TypeAlias = Literal["unit", "percent", "words"]
"""What is asked for: a number from 0 to 1, one from 0 to 100, or a phrase of probability."""

_RANKS = ("most likely", "second most likely", "third most likely", "fourth most likely")

TIAN = "Tian et al., EMNLP 2023, arXiv:2305.14975"
XIONG = "Xiong et al., ICLR 2024, arXiv:2306.13063"


@dataclass(frozen=True)
class Stage:
    """One turn of the user's."""

    text: str
    """Jinja text; it sees ``question``, ``choices``, ``options``, ``kind`` (letter or free), ``answer``,
    ``phrases`` and ``ranks`` (most likely, second most likely ...)."""

    max_tokens: int
    """The reply is cut off after so many tokens."""


@dataclass(frozen=True)
class StatedFormat:
    """How a model is asked to state its confidence.

    Examples
    --------
    >>> question = Question(id="q", question="Is ice cold?", choices=("yes", "no"), answer=0)
    >>> print(STATED_FORMATS["tian-2s-1"].conversation(question)[-1].content)
    Answer the question below with your best guess. Reply with this line and nothing else:
    <BLANKLINE>
    Guess: <the letter of one option>
    <BLANKLINE>
    Question: Is ice cold?
    A. yes
    B. no
    """

    name: str
    """What it is called on the command line and in tables."""

    source: str
    """Where its structure was published."""

    stages: tuple[Stage, ...]
    """The user's turns."""

    scale: StatedScale
    """What it asks for."""

    fresh: bool = False
    """Whether a new conversation is held about an answer that was given before, without the one that led to it."""

    @property
    def sha256(self) -> str:
        """Hash of all that is said."""
        said = "\0".join(f"{stage.max_tokens}\0{stage.text}" for stage in self.stages)
        return hashlib.sha256("\0".join([said, *_phrases()]).encode()).hexdigest()

    def conversation(self, question: Question, replies: Sequence[str] = (), *, answer: str = "") -> list[Message]:
        """Return the conversation that asks for the next reply.

        Parameters
        ----------
        question : Question
            The question, with options or without.
        replies : sequence of str
            What the model replied in the stages before.
        answer : str
            The answer that a ``fresh`` format asks about.
        """
        turns: list[Message] = []
        kind = "letter" if question.choices else "free"
        for place, stage in enumerate(self.stages[: len(replies) + 1]):
            said = render_template(stage.text, question, kind, answer=answer, phrases=_phrases(), ranks=_RANKS)
            turns.append(Message("user", said))
            if place < len(replies):
                turns.append(Message("assistant", replies[place]))
        return turns


def find_format(name: str) -> StatedFormat:
    """Return a format by its name, or raise ``InputError`` naming all that there are."""
    if name not in STATED_FORMATS:
        raise InputError(f"stated must be of {', '.join(STATED_FORMATS)}; got {name!r}")
    return STATED_FORMATS[name]


def _phrases() -> tuple[str, ...]:
    return tuple(phrase.capitalize() for phrase in PHRASE_TABLES["survey"].phrases)


_QUESTION = """

Question: {{ question }}{% for letter, choice in options %}
{{ letter }}. {{ choice }}{% endfor %}"""

_GUESS = """{{ "the letter of one option" if kind == "letter" else "a few words at most, no sentence" }}"""

_REASONED = "Explanation: <your reasoning, step by step, in a few sentences>\n"

_UNIT = "a number from 0.0 to 1.0"

# There are no more guesses than options.
_K = """{{% set k = [{k}, choices | length] | min if choices else {k} %}}"""


def _ranked(*, guesses: bool, scale: str | None) -> str:
    """Return the lines of k guesses, of their probabilities, or of both in turn."""
    guess = f"\nG{{{{ loop.index }}}}: <the {{{{ rank }}}} guess: {_GUESS}>" if guesses else ""
    stated = "" if scale is None else f"\nP{{{{ loop.index }}}}: <how probable G{{{{ loop.index }}}} is, {scale}>"
    return f"{{% for rank in ranks[:k] %}}{guess}{stated}{{% endfor %}}"


def _one_stage(k: int) -> Stage:
    asked = (
        "Answer the question below with your {{ k }} best guesses, the best one first, and say of each how probable it "
        "is that it is right, as a number from 0.0 to 1.0. Reply with these lines and nothing else:\n"
    )
    return Stage(_K.format(k=k) + asked + _ranked(guesses=True, scale=_UNIT) + _QUESTION, 40 * k)


_TIAN_1S_1 = f"""\
Answer the question below with your best guess, and say how probable it is that this guess is right, as a number \
from 0.0 to 1.0. Reply with these two lines and nothing else:

Guess: <{_GUESS}>
Probability: <{_UNIT}>{_QUESTION}"""

_TIAN_2S_1 = f"""\
Answer the question below with your best guess. Reply with this line and nothing else:

Guess: <{_GUESS}>{_QUESTION}"""

_TIAN_2S_4 = f"""\
{_K.format(k=4)}Answer the question below with your {{{{ k }}}} best guesses, the best one first. Reply with these \
lines and nothing else:
{_ranked(guesses=True, scale=None)}{_QUESTION}"""

_TIAN_2S_COT = f"""\
Think about the question below before you answer it with your best guess. Reply with these lines and nothing else:

{_REASONED}Guess: <{_GUESS}>{_QUESTION}"""

_THEN_ONE = f"""\
How probable is it that your guess is right? Reply with this line and nothing else:

Probability: <{_UNIT}>"""

_THEN_FOUR = f"""\
{_K.format(k=4)}How probable is it of each of your guesses that it is right? Reply with these lines and nothing else:
{_ranked(guesses=False, scale=_UNIT)}"""

_TIAN_LING = f"""\
Answer the question below with your best guess, and say how likely it is that this guess is right, with one of these \
phrases: {{{{ phrases | join("; ") }}}}. Reply with these two lines and nothing else:

Guess: <{_GUESS}>
Confidence: <a phrase from this list, word for word>{_QUESTION}"""

_CONFIDENCE = "Your confidence, from 0 to 100, says how many percent sure you are that your answer is right."

_JOINT = f"Answer and Confidence (0-100): <{_GUESS}>, <your confidence>%"

_XIONG_VANILLA = f"""\
Answer the question below and give your confidence in the answer. {_CONFIDENCE} Reply with this line and nothing else:

{_JOINT}{_QUESTION}"""

_XIONG_COT = f"""\
Think about the question below, then answer it and give your confidence in the answer. {_CONFIDENCE} Reply with these \
lines and nothing else:

{_REASONED}{_JOINT}{_QUESTION}"""

_XIONG_MULTI_STEP = f"""\
Break the question below down into steps, and give for each step your confidence in it, then answer the question and \
give your overall confidence. {_CONFIDENCE} Reply with these lines and nothing else, with as many steps as you need:

Step 1: <your reasoning>, Confidence: <your confidence in this step>%
Step 2: <your reasoning>, Confidence: <your confidence in this step>%
Final Answer and Overall Confidence (0-100): <{_GUESS}>, <your confidence>%{_QUESTION}"""

_XIONG_TOP_K = f"""\
{_K.format(k=4)}Give your {{{{ k }}}} best guesses for the question below, the best one first, and for each the \
probability that it is right. Reply with these lines and nothing else:
{_ranked(guesses=True, scale="from 0% to 100%")}{_QUESTION}"""

_SELF_PROBING = f"""\
Below are a question and a possible answer to it. How likely is this answer to be right? Give your confidence in it, \
from 0 to 100. Reply with this line and nothing else:

Confidence (0-100): <your confidence>%{_QUESTION}
Possible answer: {{{{ answer }}}}"""


STATED_FORMATS: Mapping[str, StatedFormat] = MappingProxyType(
    {
        form.name: form
        for form in (
            StatedFormat("tian-1s-1", TIAN, (Stage(_TIAN_1S_1, 48),), "unit"),
            StatedFormat("tian-1s-2", TIAN, (_one_stage(2),), "unit"),
            StatedFormat("tian-1s-4", TIAN, (_one_stage(4),), "unit"),
            StatedFormat("tian-2s-1", TIAN, (Stage(_TIAN_2S_1, 32), Stage(_THEN_ONE, 24)), "unit"),
            StatedFormat("tian-2s-4", TIAN, (Stage(_TIAN_2S_4, 120), Stage(_THEN_FOUR, 64)), "unit"),
            StatedFormat("tian-2s-cot", TIAN, (Stage(_TIAN_2S_COT, 256), Stage(_THEN_ONE, 24)), "unit"),
            StatedFormat("tian-ling", TIAN, (Stage(_TIAN_LING, 48),), "words"),
            StatedFormat("xiong-vanilla", XIONG, (Stage(_XIONG_VANILLA, 48),), "percent"),
            StatedFormat("xiong-cot", XIONG, (Stage(_XIONG_COT, 256),), "percent"),
            StatedFormat("xiong-multi-step", XIONG, (Stage(_XIONG_MULTI_STEP, 320),), "percent"),
            StatedFormat("xiong-top-k", XIONG, (Stage(_XIONG_TOP_K, 160),), "percent"),
            StatedFormat("self-probing", XIONG, (Stage(_SELF_PROBING, 24),), "percent", fresh=True),
        )
    }
)
"""Every format by its name."""
