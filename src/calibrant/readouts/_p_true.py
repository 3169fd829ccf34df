"""P(True): how probable a model finds it, asked with options, that its own answer is right (Kadavath et al. 2022).

Both orders of True and False are read and averaged, since models prefer places and letters.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, cast, runtime_checkable

import numpy as np

from calibrant.data import Question
from calibrant.exceptions import DataError, ModelError
from calibrant.models import AnsweringModel, LanguageModel, Message, Prompt, Reading, common_head, count_nodes
from calibrant.readouts._answer_store import PTrue
from calibrant.readouts._converse import NO_ANSWER, TOO_LONG
from calibrant.readouts._plan import plan_batches
from calibrant.readouts._prompts import build_prompts, read_row
from calibrant.readouts._template import PromptTemplate, option_letters
from calibrant.types import FloatArray

PTrueVariant: TypeAlias = Literal["p-true", "p-true-samples", "p-true-few"]
"""``p-true``: the answer alone. ``p-true-samples``: after other answers that the model gave to the question.
``p-true-few``: after examples of its answers, each with whether it was right."""

P_TRUE_TEMPLATE = """\
{{ question }}

{% for letter, choice in options %}{{ letter }}. {{ choice }}
{% endfor %}
Answer with the letter of the right option."""

_ORDERS = (("True", "False"), ("False", "True"))
_NO_LETTERS = "no letter probabilities"
_NO_SAMPLES = "no samples"
_UNTOLD = "letter not told"
_NEGLIGIBLE = 0.01
_LETTER = re.compile(r"\W*([A-Za-z])(?:\W*|[.):]\s.*)", re.DOTALL)


@dataclass(frozen=True)
class Claim:
    """A question with the model's own answer to it."""

    question: Question
    """The question, with options or without."""

    answer: str
    """What the model answered."""

    samples: tuple[str, ...] = ()
    """Other answers that it gave."""

    right: bool | None = None
    """Whether the answer is right, where the claim is an example."""


class LetterReading(Protocol):
    """How likely each letter is as the answer to one conversation."""

    @property
    def logprobs(self) -> FloatArray | None:
        """Of each letter; minus infinity where it was not told, None where there is an error."""
        ...

    @property
    def missing(self) -> float:
        """Probability of everything that was not told."""
        ...

    @property
    def error(self) -> str | None:
        """Why there is none."""
        ...


@runtime_checkable
class LetterModel(Protocol):
    """A model that tells the probabilities of the letters of options, and no more of its likelihoods."""

    def letter_probabilities(
        self, conversations: Sequence[Sequence[Message]], letters: Sequence[str]
    ) -> Sequence[LetterReading]:
        """Return how likely each letter is as the answer to each conversation, or raise ``ModelError`` if untold."""
        ...


def p_true_question(claim: Claim, order: Sequence[str], *, with_samples: bool = False) -> Question:
    """Return the question whether an answer is right, with the options True and False in an order.

    Examples
    --------
    >>> claim = Claim(Question(id="q", question="What is the capital of France?"), "Paris", ("Lyon", "Paris", "Lyon"))
    >>> print(p_true_question(claim, ("True", "False"), with_samples=True).question)
    Below is a question with a proposed answer. Is the proposed answer true or false?
    <BLANKLINE>
    Question: What is the capital of France?
    Ideas that came up:
    - Lyon
    - Paris
    Proposed answer: Paris
    """
    asked = claim.question
    lines = ["Below is a question with a proposed answer. Is the proposed answer true or false?", ""]
    lines += [f"Question: {asked.question}"]
    if asked.choices:
        # Without letters, which mean True and False here.
        lines += ["Possible answers:", *(f"- {choice}" for choice in asked.choices)]
    if with_samples:
        ideas = dict.fromkeys(_as_text(asked, sample) for sample in claim.samples if sample.strip())
        lines += ["Ideas that came up:", *(f"- {idea}" for idea in ideas)]
    lines += [f"Proposed answer: {_as_text(asked, claim.answer)}"]
    right = None if claim.right is None else order.index("True" if claim.right else "False")
    text = "\n".join(lines)
    return Question(id=asked.id, question=text, choices=tuple(order), answer=right, group=asked.group)


def read_p_true(
    model: AnsweringModel,
    claims: Sequence[Claim],
    variant: PTrueVariant,
    *,
    shots: Sequence[Claim] = (),
    batch_tokens: int = 1024,
) -> list[PTrue]:
    """Read how probable the model finds each of its answers; higher = more confident, in [0, 1].

    The probability is that of True among True and False, the mean over both orders; the mass is what the two have
    together, likewise. Where it cannot be read it is None, with the cause.

    Parameters
    ----------
    model : AnsweringModel
        One that scores prompts (`LanguageModel`) or tells letters (`LetterModel`); of any other there is none.
    claims : sequence of Claim
        The answers.
    variant : {"p-true", "p-true-samples", "p-true-few"}
        What is shown with them.
    shots : sequence of Claim
        For ``p-true-few``: the examples, each with whether it is right.
    batch_tokens : int
        Padded tokens that one batch may hold.
    """
    with_samples = variant == "p-true-samples"
    results = [_failed(variant, _missing(claim, with_samples=with_samples)) for claim in claims]
    asked = [place for place, result in enumerate(results) if result["error"] is None]
    both: list[list[_Pair | str]] = []
    for order in _ORDERS:
        shown = tuple(p_true_question(shot, order) for shot in shots) if variant == "p-true-few" else ()
        template = PromptTemplate(P_TRUE_TEMPLATE, shown)
        questions = [p_true_question(claims[place], order, with_samples=with_samples) for place in asked]
        both.append(_read_order(model, questions, template, order.index("True"), batch_tokens))
    for place, *orders in zip(asked, *both, strict=True):
        failed = next((one for one in orders if isinstance(one, str)), None)
        pairs = [one for one in orders if not isinstance(one, str)]
        if failed is not None:
            results[place] = _failed(variant, failed)
            continue
        probability = float(np.mean([true / (true + false) for true, false in pairs]))
        mass = float(np.mean([true + false for true, false in pairs]))
        results[place] = {"variant": variant, "probability": probability, "mass": mass, "error": None}
    return results


def p_true_sha256(shots: Sequence[Claim]) -> str:
    """Hash of all that is said, the examples included."""
    plain = Claim(Question(id="q", question="?", choices=("x", "y"), group="q"), "!", ("a",))
    every = [plain, *shots]
    said = [p_true_question(claim, order, with_samples=not at) for order in _ORDERS for at, claim in enumerate(every)]
    texts = [P_TRUE_TEMPLATE, *(f"{question.question}\0{question.answer}" for question in said)]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


_Pair: TypeAlias = tuple[float, float]
"""The probabilities of True and of False, unnormalised."""


def _read_order(
    model: AnsweringModel, questions: Sequence[Question], template: PromptTemplate, true: int, batch_tokens: int
) -> list[_Pair | str]:
    """Return what the model gives to True and to False, or why it gives nothing."""
    if hasattr(model, "score"):
        return _score(cast(LanguageModel, model), questions, template, true, batch_tokens)
    if not isinstance(model, LetterModel) or not questions:
        return [_NO_LETTERS] * len(questions)
    conversations = [template.messages(question, "letter") for question in questions]
    try:
        told = model.letter_probabilities(conversations, option_letters(questions[0]))
    except ModelError:
        return [_NO_LETTERS] * len(questions)
    return [_told(own, true) for own in told]


def _told(reading: LetterReading, true: int) -> _Pair | str:
    if reading.error is not None or reading.logprobs is None:
        return reading.error or _NO_LETTERS
    pair = (float(np.exp(reading.logprobs[true])), float(np.exp(reading.logprobs[1 - true])))
    # A letter that was not told holds at most what is missing; only where that is next to nothing may it count as 0.
    untold = reading.missing if 0.0 in pair else 0.0
    return pair if sum(pair) > 0 and untold <= _NEGLIGIBLE * sum(pair) else _UNTOLD


def _score(
    model: LanguageModel, questions: Sequence[Question], template: PromptTemplate, true: int, batch_tokens: int
) -> list[_Pair | str]:
    prompts: dict[int, Prompt] = {}
    for place, question in enumerate(questions):
        try:
            (prompts[place],) = build_prompts(model, [question], template, "letter")
        except DataError:
            continue
    readings = _read_all(model, list(prompts.values()), batch_tokens)
    pairs: list[_Pair | str] = [TOO_LONG] * len(questions)
    for place, reading in zip(prompts, readings, strict=True):
        logprobs = np.asarray(read_row(model, questions[place], "letter", reading)["letter_logprobs"])
        pairs[place] = (float(np.exp(logprobs[true])), float(np.exp(logprobs[1 - true])))
    return pairs


def _read_all(model: LanguageModel, prompts: Sequence[Prompt], batch_tokens: int) -> list[Reading]:
    if not prompts:
        return []
    head = common_head(prompts)
    costs = [count_nodes(prompt, head=head) for prompt in prompts]
    readings: dict[int, Reading] = {}
    for batch in plan_batches(costs, batch_tokens):
        own = model.score([prompts[place] for place in batch], head=head)
        readings |= dict(zip(batch, own, strict=True))
    return [readings[place] for place in range(len(prompts))]


def _missing(claim: Claim, *, with_samples: bool) -> str | None:
    if not claim.answer.strip():
        return NO_ANSWER
    return _NO_SAMPLES if with_samples and not any(sample.strip() for sample in claim.samples) else None


def _failed(variant: str, error: str | None) -> PTrue:
    return {"variant": variant, "probability": None, "mass": None, "error": error}


def _as_text(question: Question, answer: str) -> str:
    """Return an answer on one line, with the text of the option in place of its letter."""
    text = " ".join(answer.split())
    found = _LETTER.fullmatch(text)
    if question.choices and found:
        place = ord(found[1].upper()) - ord("A")
        return question.choices[place] if place < len(question.choices) else text
    return text
