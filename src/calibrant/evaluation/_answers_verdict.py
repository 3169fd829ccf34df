"""What signals are worth → the sentence that a user takes away."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from calibrant.evaluation._detail import Number
from calibrant.evaluation._signal_choice import SignalChoice
from calibrant.scores import SignalCost


class Found(NamedTuple):
    """What was found of the chosen signal on the test part."""

    n: int
    """Test answers measured."""

    accuracy: Number
    """Share of them that are right."""

    auroc: tuple[Number, Number, Number]
    """Value and both ends of its interval."""

    error: tuple[Number, Number] | None
    """Calibration error after the map and what chance alone shows; None where there is no map."""

    label: str
    """How its map is called in the middle of a sentence; empty where it is left as it is."""


def say_choice(choice: SignalChoice, found: Found | None, reason: str, costs: Mapping[str, SignalCost]) -> str:
    """Say which signal to use, how well it does on the test part, and what it costs.

    Parameters
    ----------
    choice : SignalChoice
        Made without the test part.
    found : Found or None
        What the test part says of the chosen signal; None where it cannot be measured there.
    reason : str
        Then why.
    costs : mapping of str to SignalCost
        Of every signal.

    Examples
    --------
    >>> choice = SignalChoice("margin", "margin", 300)
    >>> found = Found(250, 0.4, (0.71, 0.65, 0.77), (0.031, 0.05), "Platt scaling")
    >>> print(say_choice(choice, found, "", {"margin": SignalCost(0, 0, 0)}))
    Use margin, which costs nothing besides the answer: on 250 test answers, of which 40 % are right, its AUROC is 0.71
    (0.65 to 0.77), and after Platt scaling its calibration error is 3.1 points, where chance alone shows 5.0.
    """
    name = choice.name
    if name is None:
        return _none(choice)
    opening = f"Use {name}, which costs {say_cost(costs[name])}"
    if found is None:
        return f"{opening}; the test part cannot say how well it does: {reason}."
    value, low, high = (_decimal(number) for number in found.auroc)
    sentence = (
        f"{opening}: on {found.n:,} test answers, of which {100 * (found.accuracy or 0):.0f} % are right, its AUROC is "
        f"{value} ({low} to {high})"
    )
    if found.error is not None:
        error, chance = (100 * (number or 0) for number in found.error)
        after = f"after {found.label}" if found.label else "as it is, since no map made it better,"
        sentence += f", and {after} its calibration error is {error:.1f} points, where chance alone shows {chance:.1f}"
    best = choice.best
    if best is None or best == name:
        return f"{sentence}."
    return (
        f"{sentence}. Where signals are chosen, on train and calibration, {best} is better by no more than a standard "
        f"error, and costs {say_cost(costs[best])}."
    )


def say_cost(cost: SignalCost) -> str:
    """Say what a signal costs besides the answer.

    Examples
    --------
    >>> say_cost(SignalCost(2, 0, 2)), say_cost(SignalCost(0, 5, 40.25)), say_cost(SignalCost(0, 1, float("nan")))
    ('2 forward passes an answer', '40 forward passes an answer (5 replies)', '1 reply an answer')
    """
    replies = f"{cost.replies:.3g} {'reply' if cost.replies == 1 else 'replies'}" if cost.replies else ""
    if cost.passes == 0 and not replies:
        return "nothing besides the answer"
    if cost.passes != cost.passes:
        return f"{replies} an answer"
    passes = f"{cost.passes:,.0f} forward {'pass' if round(cost.passes) == 1 else 'passes'} an answer"
    return f"{passes} ({replies})" if replies else passes


def say_short(n: int, n_asked: int, n_right: int, limits: Sequence[float]) -> str:
    """Say why a signal cannot be measured; empty where it can.

    Parameters
    ----------
    n : int
        Test answers that have it.
    n_asked : int
        Test questions with a known answer.
    n_right : int
        Right ones among the n.
    limits : sequence of float
        The least share that must have it, and the least numbers of right and of wrong ones.

    Examples
    --------
    >>> say_short(70, 100, 40, (0.8, 100, 100)), say_short(250, 250, 100, (0.8, 100, 100))
    ('70 of 100 test answers have it, and 80 % must', '')
    """
    share, right, wrong = limits
    if n < share * n_asked or not n:
        return f"{n:,} of {n_asked:,} test answers have it, and {100 * share:.0f} % must"
    if n_right < right or n - n_right < wrong:
        return f"{n_right:,} right and {n - n_right:,} wrong test answers, and {right:.0f} and {wrong:.0f} are needed"
    return ""


def _none(choice: SignalChoice) -> str:
    if choice.best is None or choice.base is None:
        return "No signal could be chosen: none is there for enough graded answers of train and calibration."
    if choice.base.mean == 0:
        return (
            f"No signal can be chosen: all {choice.n:,} graded answers of train and calibration are alike, right or "
            "wrong. Is the rule of grading the one that fits them?"
        )
    return (
        f"No signal is shown to tell right from wrong: on {choice.n:,} answers of train and calibration the best, "
        f"{choice.best}, has a log loss of {choice.losses[choice.best].mean:.3f} after its map, which is not two "
        f"standard errors below that of saying how often answers are right, {choice.base.mean:.3f}."
    )


def _decimal(number: Number) -> str:
    return "–" if number is None else f"{number:.2f}"
