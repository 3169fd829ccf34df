"""Question → tokens for the model → a row of what it said, for each way of reading."""

from collections.abc import Sequence

import numpy as np

from calibrant.data import Question
from calibrant.exceptions import DataError, InputError
from calibrant.models import LanguageModel, Prompt, Reading
from calibrant.readouts._template import PromptTemplate, option_letters
from calibrant.types import ReadoutKind

Row = dict[str, object]


def build_prompts(
    model: LanguageModel, questions: Sequence[Question], template: PromptTemplate, kind: ReadoutKind
) -> list[Prompt]:
    """Return what the model is asked for each question.

    *Letter*: the prompt, followed by every token form of every option's letter. *Cloze*: the prompt, followed by each
    option's own text. A text and its continuation are tokenised together; where a token would straddle the seam, the
    seam moves back to the last token that all options share, so that options are compared after the same tokens.

    Raises
    ------
    DataError
        If a question does not fit the model's context; it names the question, and the option where one is to blame.
    """
    texts = [model.render(template.messages(question, kind)) for question in questions]
    if kind == "letter":
        tokens = model.encode(texts)
        prompts = [
            Prompt(tuple(own), tuple((form,) for forms in _letter_forms(model, question) for form in forms))
            for own, question in zip(tokens, questions, strict=True)
        ]
    else:
        prompts = _cloze_prompts(model, texts, questions)
    for prompt, question in zip(prompts, questions, strict=True):
        _check_length(prompt, question, model.context_length, kind)
    return prompts


def read_row(model: LanguageModel, question: Question, kind: ReadoutKind, reading: Reading) -> Row:
    """Turn what the model said to one prompt into the columns that are kept of it."""
    if kind == "letter":
        forms = _letter_forms(model, question)
        every = np.concatenate(reading.logprobs)
        parts = np.split(every, np.cumsum([len(tokens) for tokens in forms])[:-1])
        letters = [float(np.logaddexp.reduce(part)) for part in parts]
        return {"letter_logprobs": letters, "letter_mass": float(np.exp(np.logaddexp.reduce(letters)))}
    return {
        "cloze_logprobs": [float(logprobs.sum()) for logprobs in reading.logprobs],
        "cloze_bytes": [len(choice.encode()) for choice in question.choices or ()],
        "cloze_token_logprobs": [logprobs.tolist() for logprobs in reading.logprobs],
    }


def _cloze_prompts(model: LanguageModel, texts: Sequence[str], questions: Sequence[Question]) -> list[Prompt]:
    answers = [
        text + model.answer_prefix + choice
        for text, question in zip(texts, questions, strict=True)
        for choice in question.choices or ()
    ]
    alone, together = model.encode(texts), iter(model.encode(answers))
    prompts = []
    for own, question in zip(alone, questions, strict=True):
        paths = [next(together) for _ in question.choices or ()]
        seam = _shared_prefix([own, *paths])
        empty = next((index for index, path in enumerate(paths) if len(path) == seam), None)
        if empty is not None:
            raise DataError(
                f"question {question.id!r}: option {empty} of its choices has no token that the model knows"
            )
        prompts.append(Prompt(tuple(paths[0][:seam]), tuple(tuple(path[seam:]) for path in paths)))
    return prompts


def _shared_prefix(sequences: Sequence[Sequence[int]]) -> int:
    shortest = min(len(sequence) for sequence in sequences)
    return next((i for i in range(shortest) if len({sequence[i] for sequence in sequences}) > 1), shortest)


def _letter_forms(model: LanguageModel, question: Question) -> list[tuple[int, ...]]:
    letters = option_letters(question)
    forms = [model.token_forms(letter) for letter in letters]
    for letter, tokens in zip(letters, forms, strict=True):
        if not tokens:
            raise InputError(f"readout: the model has no token for the letter {letter}; use the cloze readout")
    return forms


def _check_length(prompt: Prompt, question: Question, limit: int, kind: ReadoutKind) -> None:
    if prompt.length <= limit:
        return
    where = "its text"
    if kind == "cloze" and len(prompt.tokens) < limit:
        longest = max(range(len(prompt.continuations)), key=lambda i: len(prompt.continuations[i]))
        where = f"option {longest} of its choices"
    raise DataError(
        f"question {question.id!r}: {where} is too long: {prompt.length} tokens with the prompt, and the model reads "
        f"{limit}; shorten it or take it out"
    )
