"""Answers and what they are broken down by → accuracy, confidence and the gap between them, and where it is real."""

from collections.abc import Sequence

from calibrant.evaluation._detail import Answers, Content, number
from calibrant.evaluation._holm import holm
from calibrant.evaluation._refutation import design_effect, mean_gap_test, number_groups, share_interval


def transfer_row(answers: Answers, groups: Sequence[str], *, level: float) -> Content:
    """Return n, accuracy with its Wilson interval, mean confidence and the gap: positive where it claims too much.

    The gap's interval is that of accuracy seen from mean confidence, which is stated and not estimated.

    Examples
    --------
    >>> import numpy as np
    >>> row = transfer_row(Answers(np.array([1.0, 0.0]), np.array([0.9, 0.7])), ["a", "b"], level=0.95)
    >>> row["n"], row["mean_confidence"], round(row["gap"]["value"], 3)
    (2, 0.8, 0.3)
    """
    accuracy, confidence = float(answers.y_true.mean()), float(answers.y_prob.mean())
    low, high = share_interval(answers.y_true, number_groups(groups), level=level)
    return {
        "n": len(groups),
        "n_groups": len(set(groups)),
        "accuracy": {"value": accuracy, "low": low, "high": high},
        "mean_confidence": confidence,
        "gap": {"value": confidence - accuracy, "low": confidence - high, "high": confidence - low},
    }


def transfer_table(
    labels: Sequence[str] | Sequence[int], answers: Answers, groups: Sequence[str], *, alpha: float, level: float
) -> list[Content]:
    """Return a row for each label, with the p-value of its mean gap, alone and adjusted for all rows of the table.

    Parameters
    ----------
    labels : sequence of str or int
        What each answer belongs to.
    answers : Answers
        Correctness and confidence.
    groups : sequence of str
        The group of each answer; those of one may depend on each other.
    alpha : float
        A row fails where its adjusted p-value is smaller.
    level : float
        Of the intervals.

    Examples
    --------
    Eight wrong answers at 0.5 (p = 2 / 256, times 2), and eight of which half are right:

    >>> import numpy as np
    >>> answers = Answers(np.array([0.0] * 8 + [1.0, 0.0] * 4), np.full(16, 0.5))
    >>> rows = transfer_table(["x"] * 8 + ["y"] * 8, answers, list("abcdefghijklmnop"), alpha=0.05, level=0.95)
    >>> [(row["label"], row["p_adjusted"], row["fails"]) for row in rows]
    [('x', 0.015625, True), ('y', 1.0, False)]
    """
    rows, p_values = [], []
    members: dict[tuple[int, str], list[int]] = {}
    for place, label in enumerate(labels):
        # Numbers run by their size, and not by their digits.
        members.setdefault((label if isinstance(label, int) else 0, str(label)), []).append(place)
    for (_, label), places in sorted(members.items()):
        own, own_groups = Answers(answers.y_true[places], answers.y_prob[places]), [groups[place] for place in places]
        group, variance = number_groups(own_groups), own.y_prob * (1 - own.y_prob)
        effect = design_effect(own.y_true - own.y_prob, variance, group)
        p_values.append(mean_gap_test(own, design_effect=effect).p_value)
        rows.append({"label": label, **transfer_row(own, own_groups, level=level)})
    adjusted = holm(p_values)
    return [
        row | {"p_value": number(p), "p_adjusted": number(both), "fails": bool(both < alpha)}
        for row, p, both in zip(rows, p_values, adjusted, strict=True)
    ]
