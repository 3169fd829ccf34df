"""Replies in a model's own words x what is accepted → right, wrong or unknown, each cause counted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, get_args

import numpy as np

from calibrant.exceptions import InputError
from calibrant.grading._normalise import find_words, normalise_text, split_words
from calibrant.grading._number import read_number, same_number
from calibrant.grading._option import read_option
from calibrant.grading._overlap import token_f1
from calibrant.grading._refusal import is_refusal
from calibrant.types import BoolArray, FloatArray

GradeRule: TypeAlias = Literal["exact", "contains", "f1", "number", "letter"]
"""How a reply is held against what is accepted; `grade_texts` says what each does."""

Accepted: TypeAlias = Sequence[str] | int | None
"""The accepted texts, the 0-based index of the right option, or None where nothing is known to be right."""

Graded: TypeAlias = tuple[float, str | None]
"""1 or 0 or NaN, and why the reply was not graded as any other."""

UNLABELLED = "unlabelled"
EMPTY = "empty"
REFUSAL = "refusal"


@dataclass(frozen=True, eq=False)
class GradedTexts:
    """Whether replies are right, and why where they were not graded as any other."""

    correct: FloatArray
    """1 where the reply is right, 0 where it is wrong, NaN where nobody can say; shape (n_replies,)."""

    abstained: BoolArray
    """Whether the model declined to answer, which counts as wrong; known without a label too; shape (n_replies,)."""

    cause: tuple[str | None, ...]
    """Of each reply: ``empty`` or ``refusal``, both wrong; or why it is NaN; None for any other reply."""

    @property
    def causes(self) -> Counter[str]:
        """How often each cause occurs."""
        return Counter(cause for cause in self.cause if cause is not None)


def grade_texts(
    texts: Sequence[str],
    accepted: Sequence[Accepted],
    rule: GradeRule = "exact",
    *,
    choices: Sequence[Sequence[str] | None] | None = None,
    errors: Sequence[str | None] | None = None,
    threshold: float = 0.5,
    tolerance: float = 1e-6,
) -> GradedTexts:
    """Grade replies in a model's own words: 1 is right, 0 is wrong, and what cannot be graded is NaN and counted.

    The rules:

    - ``exact``: without case, articles, punctuation and accents (`normalise_text`) the reply is an accepted answer.
      "It is Paris" is not "Paris".
    - ``contains``: the reply holds an accepted answer as whole words, for models that answer in sentences. It takes
      "not Paris", "Paris or Lyon" and "Paris, Texas" for Paris; in scripts without spaces it takes any substring.
    - ``f1``: the words that the reply shares with an accepted answer give an F1 of ``threshold`` or more (`token_f1`).
    - ``number``: the number that the reply gives (`read_number`) is that of an accepted answer, within ``tolerance``.
    - ``letter``: the reply names the right one of the options, by letter or by text (`read_option`).

    An empty reply is wrong, and so is a refusal (`is_refusal`), unless it is an accepted answer or names an option.

    Parameters
    ----------
    texts : sequence of n_replies str
        The replies.
    accepted : sequence of n_replies entries
        For each the accepted texts; for ``letter`` the 0-based index of the right option; None where nothing is known
        to be right, or where no answer is.
    rule : {"exact", "contains", "f1", "number", "letter"}, default="exact"
        The rule.
    choices : sequence of n_replies sequences of str, optional
        The options of each question, which ``letter`` needs.
    errors : sequence of n_replies (str or None), optional
        Why a reply did not come or must not be graded; None where it can be. Such a reply is NaN, with this cause.
    threshold : float, default=0.5
        Of ``f1``, in (0, 1].
    tolerance : float, default=1e-6
        Of ``number``, relative to the accepted number; at least 0.

    Returns
    -------
    GradedTexts
        Besides those given, the causes are ``empty`` and ``refusal`` (wrong), and ``unlabelled``, ``no number``, ``no
        option`` and ``several options`` (NaN).

    Raises
    ------
    InputError
        If the lengths differ, the rule is unknown, a bound is out of range, or a row's accepted answers do not fit the
        rule; it names the row.

    References
    ----------
    Rajpurkar et al. (2016), SQuAD: 100,000+ questions for machine comprehension of text, EMNLP.

    Examples
    --------
    >>> replies = ["The Eiffel Tower.", "It is the Eiffel Tower", "", "I don't know."]
    >>> graded = grade_texts(replies, [["Eiffel tower", "la tour Eiffel"]] * 4)
    >>> graded.correct.tolist(), graded.abstained.tolist(), dict(graded.causes)
    ([1.0, 0.0, 0.0, 0.0], [False, False, False, True], {'empty': 1, 'refusal': 1})
    >>> grade_texts(["(B)", "A or B", "Lyon"], [1, 1, 1], "letter", choices=[["Lyon", "Paris"]] * 3).correct.tolist()
    [1.0, nan, 0.0]
    """
    held = hold_against(rule, threshold, tolerance)
    options = [None] * len(texts) if choices is None else choices
    causes = [None] * len(texts) if errors is None else errors
    for name, given in (("accepted", accepted), ("choices", options), ("errors", causes)):
        if len(given) != len(texts):
            raise InputError(f"{name} must have one entry a reply, so {len(texts)}; got {len(given)}")
    checked = [
        check_accepted(own, rule, choice, row) for row, (own, choice) in enumerate(zip(accepted, options, strict=True))
    ]
    return grade_rows(texts, checked, [held] * len(texts), options, causes)


def grade_rows(
    texts: Sequence[str],
    accepted: Sequence[Accepted],
    rules: Sequence["Held"],
    choices: Sequence[Sequence[str] | None],
    errors: Sequence[str | None],
) -> GradedTexts:
    """Grade replies whose accepted answers were checked, each by a rule of its own."""
    rows = list(zip(texts, accepted, choices, errors, strict=True))
    abstained = np.array(
        [error is None and _declines(text, own, options) for text, own, options, error in rows], dtype=bool
    )
    graded = [
        _grade(text, own, options, error, declined, held)
        for (text, own, options, error), declined, held in zip(rows, abstained.tolist(), rules, strict=True)
    ]
    correct = np.array([grade for grade, _ in graded], dtype=np.float64)
    return GradedTexts(correct, abstained, tuple(cause for _, cause in graded))


Held: TypeAlias = Callable[[str, Accepted, Sequence[str] | None], Graded]
"""A rule: reply, what is accepted and the options → the grade, and why it is NaN."""


def hold_against(rule: GradeRule, threshold: float, tolerance: float) -> Held:
    """Return a rule, its bounds filled in, or raise ``InputError``."""
    if rule not in get_args(GradeRule):
        raise InputError(f"rule must be one of {', '.join(get_args(GradeRule))}; got {rule!r}")
    if not 0 < threshold <= 1:
        raise InputError(f"threshold must lie above 0 and be at most 1; got {threshold:g}")
    if not 0 <= tolerance < np.inf:
        raise InputError(f"tolerance must be at least 0 and finite; got {tolerance:g}")
    rules: dict[GradeRule, Held] = {
        "exact": _exact,
        "contains": _contains,
        "f1": partial(_f1, threshold=threshold),
        "number": partial(_number, tolerance=tolerance),
        "letter": _letter,
    }
    return rules[rule]


def check_accepted(accepted: Accepted, rule: GradeRule, choices: Sequence[str] | None, row: int) -> Accepted:
    """Return what is accepted, or raise ``InputError`` naming the row where the rule cannot use it."""
    if accepted is None:
        return None
    if rule == "letter":
        # True is an int to Python, but somebody's correctness here.
        n = len(choices or ())
        if not isinstance(accepted, int | np.integer) or isinstance(accepted, bool) or not 0 <= accepted < n:
            raise InputError(f"accepted, row {row}: the index of one of {n} options is needed; got {accepted!r}")
        return int(accepted)
    if isinstance(accepted, int) or not _are_texts(accepted):
        raise InputError(f"accepted, row {row}: a list of texts is needed, none of them blank; got {accepted!r}")
    if not accepted:
        raise InputError(f"accepted, row {row}: an empty list; give the accepted texts, or None where none is known")
    if rule == "number" and not all(read_number(own) for own in accepted):
        raise InputError(f"accepted, row {row}: the rule number needs a number in every text; got {list(accepted)!r}")
    return accepted


def _are_texts(accepted: object) -> bool:
    # A text is a sequence of texts to Python: "Paris" would accept "P".
    if isinstance(accepted, str) or not isinstance(accepted, Sequence):
        return False
    return all(isinstance(own, str) and own.strip() for own in accepted)


def _grade(
    text: str, accepted: Accepted, choices: Sequence[str] | None, error: str | None, declined: bool, held: Held
) -> Graded:
    if error is not None:
        return np.nan, error
    if accepted is None:
        return np.nan, UNLABELLED
    if not text.strip():
        return 0.0, EMPTY
    return (0.0, REFUSAL) if declined else held(text, accepted, choices)


def _declines(text: str, accepted: Accepted, choices: Sequence[str] | None) -> bool:
    if not is_refusal(text):
        return False
    if choices is not None:
        return read_option(text, choices)[0] is None
    return not isinstance(accepted, Sequence) or _exact(text, accepted, None)[0] == 0


def _exact(text: str, accepted: Accepted, choices: Sequence[str] | None) -> Graded:
    del choices
    return float(normalise_text(text) in map(normalise_text, _texts(accepted))), None


def _contains(text: str, accepted: Accepted, choices: Sequence[str] | None) -> Graded:
    del choices
    words = split_words(text)
    return float(any(find_words(words, split_words(own)) for own in _texts(accepted))), None


def _f1(text: str, accepted: Accepted, choices: Sequence[str] | None, threshold: float) -> Graded:
    del choices
    return float(token_f1(text, _texts(accepted)) >= threshold), None


def _number(text: str, accepted: Accepted, choices: Sequence[str] | None, tolerance: float) -> Graded:
    del choices
    given = read_number(text)
    if given is None:
        return np.nan, "no number"
    right = [number for own in _texts(accepted) if (number := read_number(own)) is not None]
    return float(any(same_number(given, number, tolerance) for number in right)), None


def _letter(text: str, accepted: Accepted, choices: Sequence[str] | None) -> Graded:
    option, cause = read_option(text, choices or ())
    return (np.nan, cause) if option is None else (float(option == accepted), None)


def _texts(accepted: Accepted) -> Sequence[str]:
    return accepted if isinstance(accepted, Sequence) else ()
