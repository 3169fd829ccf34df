"""The differences between methods → the sentence that a user takes away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

NAMES = {
    "log_loss": "log loss",
    "brier_score": "Brier score",
    "auroc": "AUROC",
    "accuracy": "accuracy",
    "overconfidence": "overconfidence",
}
"""How the compared metrics are called in the middle of a sentence."""

LOWER_IS_BETTER = {"log_loss": True, "brier_score": True, "auroc": False, "accuracy": False}
"""Metrics of which one side is better; overconfidence is not one."""

NONE_SHOWN = "no difference shown"


@dataclass(frozen=True)
class Compared:
    """One metric of ``b`` minus that of ``a``."""

    a: str
    """The method that is subtracted."""

    b: str
    """The method from which it is subtracted."""

    metric: str
    """Which metric."""

    value: float
    """The difference; NaN where undefined."""

    low: float
    """Lower end of its simultaneous interval."""

    high: float
    """Upper end of its simultaneous interval."""

    @property
    def sign(self) -> int:
        """1 or -1 where the interval excludes 0, else 0."""
        return int(self.low > 0) - int(self.high < 0)

    @property
    def favours(self) -> str | None:
        """Return ``a`` or ``b``, whichever is shown to be better, if either is."""
        if self.sign == 0 or self.metric not in LOWER_IS_BETTER:
            return None
        return "b" if (self.sign < 0) == LOWER_IS_BETTER[self.metric] else "a"

    @property
    def verdict(self) -> str:
        """Say which one is better, or that no difference is shown.

        Examples
        --------
        >>> Compared("A", "B", "log_loss", -0.2, -0.3, -0.1).verdict
        'B is better'
        >>> Compared("A", "B", "overconfidence", -0.2, -0.3, -0.1).verdict
        'A claims more for its accuracy'
        >>> Compared("A", "B", "accuracy", 0.01, -0.1, 0.12).verdict
        'no difference shown'
        """
        if self.value != self.value:
            return "undefined"
        if self.sign == 0:
            return NONE_SHOWN
        if self.metric in LOWER_IS_BETTER:
            return f"{self.a if self.favours == 'a' else self.b} is better"
        return f"{self.b if self.sign > 0 else self.a} claims more for its accuracy"

    def seen_from(self, name: str) -> "Compared":
        """Return the same difference with ``name`` as the method from which the other is subtracted."""
        if name == self.b:
            return self
        return Compared(self.b, self.a, self.metric, -self.value, -self.high, -self.low)


def headline(
    n: int,
    values: Mapping[str, Mapping[str, float]],
    differences: Sequence[Compared],
    *,
    lead: str,
    level: float,
    reference: str | None,
) -> str:
    """Say what the leading metric and accuracy show: of the best method, or of all against the reference.

    Parameters
    ----------
    n : int
        Questions.
    values : mapping
        Method to metric to its value.
    differences : sequence of Compared
        All differences of the family.
    lead : str
        The proper score to speak of.
    level : float
        Of the simultaneous intervals.
    reference : str or None
        The method that all others are compared with, if there is one.

    Examples
    --------
    >>> lower = Compared("A", "B", "log_loss", -0.12, -0.2, -0.04)
    >>> same = Compared("A", "B", "accuracy", -0.012, -0.04, 0.016)
    >>> values = {"A": {"log_loss": 0.62, "accuracy": 0.7}, "B": {"log_loss": 0.5, "accuracy": 0.688}}
    >>> print(headline(500, values, [lower, same], lead="log_loss", level=0.95, reference=None))
    On the same 500 questions B's log loss is lower than A's by 0.120 (simultaneous 95 % interval 0.040 to 0.200); no
    difference in accuracy is shown (B minus A: −1.2 points, −4.0 to 1.6).
    """
    opening = f"On the same {n:,} {'question' if n == 1 else 'questions'} "
    interval = f"simultaneous {100 * level:g} % interval "
    of = {metric: [one for one in differences if one.metric == metric] for metric in (lead, "accuracy")}
    if len(values) == 2:
        return opening + f"{_pair(of[lead][0], interval)}; {_pair(of['accuracy'][0])}."
    if reference is not None:
        return opening + f"{_against(of[lead], reference, interval)}; {_against(of['accuracy'], reference)}."
    return opening + f"{_best(of[lead], values, lead, interval)}; {_best(of['accuracy'], values, 'accuracy')}."


def _pair(one: Compared, interval: str = "") -> str:
    if one.value != one.value:
        return f"the difference in {NAMES[one.metric]} is undefined"
    if one.sign == 0:
        return f"no difference in {NAMES[one.metric]} is shown ({one.b} minus {one.a}: {_said(one, interval)})"
    one = one if one.favours == "b" else one.seen_from(one.a)
    side = "lower" if one.sign < 0 else "higher"
    return f"{one.b}'s {NAMES[one.metric]} is {side} than {one.a}'s by {_size(one, interval)}"


def _best(
    differences: Sequence[Compared], values: Mapping[str, Mapping[str, float]], metric: str, interval: str = ""
) -> str:
    sign = 1 if LOWER_IS_BETTER[metric] else -1
    best = min(values, key=lambda name: sign * values[name][metric])
    mine = [one.seen_from(best) for one in differences if best in (one.a, one.b)]
    ahead = [one for one in mine if one.sign]
    level = [one for one in mine if not one.sign]
    value = f"{100 * values[best][metric]:.1f} %" if metric == "accuracy" else f"{values[best][metric]:.3f}"
    text = f"{best} has the {'lowest' if sign > 0 else 'highest'} {NAMES[metric]} ({value})"
    if ahead:
        text += f", {'below' if sign > 0 else 'above'} {_each(ahead, 'a', interval)}"
    if level:
        text += (
            f", {'and' if ahead else 'but'} no difference is shown to {_each(level, 'a', '' if ahead else interval)}"
        )
    return text


def _against(differences: Sequence[Compared], reference: str, interval: str = "") -> str:
    mine = [one.seen_from(one.a if one.b == reference else one.b) for one in differences]
    parts: list[str] = []
    for side, sign in (("lower for", -1), ("higher for", 1), ("not shown to differ for", 0)):
        found = [one for one in mine if one.sign == sign]
        if found:
            parts.append(f"{side} {_each(found, 'b', '' if parts else interval)}")
    return f"the {NAMES[differences[0].metric]}, against {reference}, is {_listing(parts)}"


def _each(differences: Sequence[Compared], other: Literal["a", "b"], interval: str) -> str:
    """Name a method of each difference and how large it is; only the first tells what the ranges are."""
    parts = []
    for place, one in enumerate(differences):
        words = "" if place else interval
        text = f"by {_size(one, words)}" if one.sign else f"({_said(one, words)})"
        parts.append(f"{one.a if other == 'a' else one.b} {text}")
    return _listing(parts)


def _size(one: Compared, interval: str) -> str:
    """Return how large a difference is, whichever its sign."""
    if one.sign < 0:
        one = one.seen_from(one.a)
    return f"{_number(one.value, one.metric)} ({interval}{_ends(one)})"


def _said(one: Compared, interval: str) -> str:
    if one.value != one.value:
        return "undefined"
    return f"{_number(one.value, one.metric)}, {interval}{_ends(one)}"


def _ends(one: Compared) -> str:
    share = one.metric == "accuracy"
    return f"{_text(one.low, share)} to {_text(one.high, share)}"


def _number(value: float, metric: str) -> str:
    share = metric == "accuracy"
    return _text(value, share) + (" points" if share else "")


def _text(value: float, share: bool) -> str:
    text = f"{100 * value:.1f}" if share else f"{value:.3f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def _listing(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
