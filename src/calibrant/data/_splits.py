"""Questions -> the parts that choose, that fit the map and that report; no group and no duplicate is in two of them."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from calibrant.data._draw import shuffled
from calibrant.data._duplicates import duplicate_key
from calibrant.data._question import Question
from calibrant.exceptions import InputError

_OVERALL = None
"""Stands beside the subjects for the whole set, whose share is to come out right as well."""


@dataclass(frozen=True)
class Splits:
    """The parts of a set of questions, each in order of id."""

    train: tuple[Question, ...]
    """Chooses readout, layer and method, and fits probes."""
    calibration: tuple[Question, ...]
    """Fits the maps."""
    test: tuple[Question, ...]
    """Only reports."""
    guarantee: tuple[Question, ...] = ()
    """Chooses thresholds with a guarantee; empty unless asked for."""
    dropped: tuple[Question, ...] = ()
    """Questions left out, because they share a group with the official test part or duplicate some of it."""


def split_questions(
    questions: Iterable[Question],
    *,
    fractions: tuple[float, ...] = (0.5, 0.2, 0.3),
    test: Iterable[Question] | None = None,
    random_state: int = 0,
) -> Splits:
    """Split by group, with the share of every subject as near to the fractions as the groups allow.

    Questions of one group stay together, and so do duplicates (see `deduplicate`) together with their groups. Larger
    groups are placed first, each where it keeps the counts of its subjects nearest to their targets; the seed decides
    the order among equals. The order of the input does not matter.

    Parameters
    ----------
    questions : iterable of Question
        With unique ids.
    fractions : tuple of three or four floats, default=(0.5, 0.2, 0.3)
        Of train, calibration and test, and of the guarantee part if wanted; positive, with sum 1.
    test : iterable of Question, optional
        An official test part. It becomes the test part as it is, and the others share ``questions`` in the
        proportion of their fractions. What is tied to the test part by a group or a duplicate is dropped.
    random_state : int, default=0
        Another seed gives another split.

    Returns
    -------
    Splits
        No part is empty.

    Examples
    --------
    >>> questions = [Question(id=f"{i:02}", question=f"What is {i} + 1?", group=f"g{i // 2}") for i in range(20)]
    >>> splits = split_questions(questions)
    >>> len(splits.train), len(splits.calibration), len(splits.test)
    (10, 4, 6)
    """
    _check_fractions(fractions)
    rng = Random(random_state)
    if test is None:
        train, calibration, rest, *guarantee = _fill(_units(_by_id(questions, "questions")), fractions, rng)
        return Splits(train, calibration, rest, *guarantee)
    official = _by_id(test, "test")
    if not official:
        raise InputError("test: the official test part is empty; leave it out to split the questions in three")
    free, dropped = _untied(_by_id(questions, "questions"), official)
    units = _units(free)
    shares = [*fractions[:2], *fractions[3:]]
    if dropped and len(units) < len(shares):
        raise InputError(
            f"test: {len(dropped)} of the {len(dropped) + len(free)} questions share a group with the test part or "
            "duplicate some of it, which leaves too few for the other parts"
        )
    train, calibration, *guarantee = _fill(units, [share / sum(shares) for share in shares], rng)
    return Splits(train, calibration, official, guarantee[0] if guarantee else (), dropped)


def _check_fractions(fractions: Sequence[float]) -> None:
    if len(fractions) not in (3, 4) or not min(fractions) > 0 or abs(sum(fractions) - 1) > 1e-9:
        raise InputError(f"fractions: three or four positive numbers with sum 1 are needed, got {fractions}")


def _by_id(questions: Iterable[Question], name: str) -> tuple[Question, ...]:
    ordered = tuple(sorted(questions, key=lambda question: question.id))
    for first, second in pairwise(ordered):
        if first.id == second.id:
            raise InputError(f"{name}: ids must be unique, got {first.id!r} twice")
    return ordered


def _untied(
    questions: Sequence[Question], official: Sequence[Question]
) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """Tell the questions that have nothing to do with the official test part from those that have."""
    same_id = {question.id: question for question in official}
    for question in questions:
        if duplicate_key(same_id.get(question.id, question)) != duplicate_key(question):
            raise InputError(f"test: the id {question.id!r} is another question in questions; ids must be unique")
    unit_of = _joined([*official, *questions])
    tied = {unit_of(question) for question in official}
    return (
        tuple(question for question in questions if unit_of(question) not in tied),
        tuple(question for question in questions if unit_of(question) in tied),
    )


def _units(questions: Iterable[Question]) -> list[list[Question]]:
    """Put together what must not be split, in order of the first question of each."""
    members = list(questions)
    unit_of = _joined(members)
    units: dict[Hashable, list[Question]] = {}
    for question in members:
        units.setdefault(unit_of(question), []).append(question)
    return list(units.values())


def _joined(questions: Iterable[Question]) -> Callable[[Question], Hashable]:
    """Join questions that share a group or are duplicates, over any number of steps: question -> name of its unit."""
    parent: dict[Hashable, Hashable] = {}

    def root(key: Hashable) -> Hashable:
        while parent.setdefault(key, key) != key:
            # Halving the path on the way keeps it short.
            parent[key] = key = parent[parent[key]]
        return key

    for question in questions:
        parent[root(question.group)] = root(duplicate_key(question))
    return lambda question: root(question.group)


def _fill(units: Sequence[Sequence[Question]], fractions: Sequence[float], rng: Random) -> list[tuple[Question, ...]]:
    if len(units) < len(fractions):
        raise InputError(
            f"questions: {len(fractions)} parts need at least {len(fractions)} groups, got {len(units)} "
            "(duplicates count as one group); give more questions or finer groups"
        )
    counts = [_counts(unit) for unit in units]
    placed: list[Counter[str | None]] = [Counter() for _ in fractions]
    parts: list[list[Question]] = [[] for _ in fractions]
    order = sorted(shuffled(range(len(units)), rng), key=lambda index: -len(units[index]))
    for number, index in enumerate(order):
        empty = [part for part, members in enumerate(parts) if not members]
        candidates = empty if len(units) - number <= len(empty) else range(len(parts))
        best = min(candidates, key=lambda part: _cost(counts[index], placed[part], fractions[part]))
        parts[best] += units[index]
        placed[best] += counts[index]
    return [tuple(sorted(part, key=lambda question: question.id)) for part in parts]


def _cost(unit: Mapping[str | None, int], placed: Mapping[str | None, int], fraction: float) -> float:
    """Rate what a unit adds to the sum of ``(placed - target)**2 / fraction``, up to what is the same for all parts.

    For single questions of one subject this is the method of Sainte-Laguë, by which seats are shared out.
    """
    return sum(n * (2 * placed[subject] + n) for subject, n in unit.items()) / fraction


def _counts(unit: Iterable[Question]) -> Counter[str | None]:
    counts: Counter[str | None] = Counter(question.subject for question in unit)
    counts[_OVERALL] = counts.total()
    return counts
