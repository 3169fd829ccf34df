"""The definitions of ``confidence`` in use -> the probability that the answer given is right, where that can be found.

For the probabilities p of n options, the largest being p₁ and the next p₂::

    probability   p₁                              as it is
    percent       100 p₁                          c / 100
    typesafe      (p₁ - 1/n) / (1 - 1/n)          c + (1 - c) / n
    margin        p₁ - p₂                         (1 + c) / 2, for two options only
    entropy       1 - H(p) / log n                by iteration, for two options only
    label-mass    p₁ m, m = mass of all options   c / m
    score-spread  1 - Σ pᵢ |i - k| / D, at least 0, k = mode, D = Σ |i - (n - 1)/2| / n       none

Only the first may be measured against correctness: a calibrated model of two options has an expected calibration error
of 0.18 in ``typesafe``.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import BoolArray, FloatArray

Dialect: TypeAlias = Literal["probability", "percent", "typesafe", "margin", "entropy", "label-mass", "score-spread"]
"""What a column of confidence holds."""

NEEDS_N_OPTIONS: tuple[Dialect, ...] = ("typesafe", "margin", "entropy")
"""Dialects that cannot be read without the number of options."""

_TINY = 1e-9
"""How far rounding may carry a confidence beyond what its definition allows."""


def to_dialect(
    probs: Sequence[npt.ArrayLike] | npt.ArrayLike, dialect: Dialect, *, label_mass: npt.ArrayLike | None = None
) -> FloatArray:
    """Confidence in a dialect, of questions whose probabilities are known; higher = more confident.

    Parameters
    ----------
    probs : sequence of array-like
        Probabilities of at least two options a question, that sum to one; lengths may differ.
    dialect : str
        The definition; see the head of this module.
    label_mass : array-like of shape (n_questions,), optional
        Probability that the options hold together; for ``label-mass``.

    Returns
    -------
    ndarray of shape (n_questions,)
        The confidence.

    Raises
    ------
    InputError
        If the dialect is unknown, or ``label-mass`` comes without the mass.

    Examples
    --------
    >>> [round(to_dialect([[0.1, 0.9]], dialect).item(), 2) for dialect in ("probability", "typesafe", "entropy")]
    [0.9, 0.8, 0.53]
    """
    _check_name(dialect)
    rows = [np.asarray(row, dtype=np.float64) for row in probs]  # type: ignore[union-attr]
    top = np.array([row.max() for row in rows])
    if dialect == "probability":
        return top
    if dialect == "percent":
        return 100 * top
    if dialect == "label-mass":
        if label_mass is None:
            raise InputError("label_mass must be given for the dialect 'label-mass': one number a question")
        return top * np.asarray(label_mass, dtype=np.float64)
    n = np.array([row.size for row in rows])
    if dialect == "typesafe":
        return (top - 1 / n) / (1 - 1 / n)
    if dialect == "margin":
        return np.array([np.subtract(*np.partition(row, -2)[[-1, -2]]) for row in rows])
    return np.array([_entropy(row) if dialect == "entropy" else _score_spread(row) for row in rows])


def from_dialect(
    confidence: npt.ArrayLike,
    dialect: Dialect,
    *,
    n_options: npt.ArrayLike | None = None,
    label_mass: npt.ArrayLike | None = None,
) -> FloatArray:
    """Probability that the answer given is right, in [0, 1], from a confidence in a dialect that can be inverted.

    Parameters
    ----------
    confidence : array-like of shape (n_samples,)
        The confidence; NaN where there is none.
    dialect : str
        Its definition; see the head of this module.
    n_options : array-like of shape (n_samples,) or int, optional
        How many options each question had; for ``typesafe``, ``margin`` and ``entropy``. NaN where unknown.
    label_mass : array-like of shape (n_samples,), optional
        Probability that the options hold together; for ``label-mass``. NaN where unknown.

    Returns
    -------
    ndarray of shape (n_samples,)
        The probability; NaN where anything that it needs is NaN, or where the label mass is 0.

    Raises
    ------
    InputError
        If the dialect has no inverse, lacks what it needs, or a value is outside what it allows.

    Examples
    --------
    >>> from_dialect([0.8, 0.8], "typesafe", n_options=[2, 5]).round(3)
    array([0.9 , 0.84])
    >>> from_dialect([0.8], "margin", n_options=3)
    Traceback (most recent call last):
    calibrant.exceptions.InputError: confidence[0]: with 3 options a margin has no inverse: ...
    """
    check_dialect(dialect, has_n_options=n_options is not None, has_label_mass=label_mass is not None)
    stated = np.asarray(confidence, dtype=np.float64)
    n = None if n_options is None else np.broadcast_to(np.asarray(n_options, dtype=np.float64), stated.shape)
    mass = None if label_mass is None else np.asarray(label_mass, dtype=np.float64)
    if (fault := find_fault(stated, dialect, n, mass)) is not None:
        raise InputError(f"confidence[{fault[0]}]: {fault[1]}")
    return convert(stated, dialect, n, mass)


def check_dialect(dialect: Dialect, *, has_n_options: bool, has_label_mass: bool) -> None:
    """Refuse a dialect that cannot be read, before anything is.

    Parameters
    ----------
    dialect : str
        The definition of the confidence.
    has_n_options, has_label_mass : bool
        Whether the number of options and the label mass will be there.

    Raises
    ------
    InputError
        Saying what to do instead.
    """
    _check_name(dialect)
    if dialect == "score-spread":
        raise InputError(
            "dialect 'score-spread' has no inverse: many probabilities of the levels give the same spread. Use the "
            "probabilities themselves (--probs COLS --label COL)"
        )
    if dialect in NEEDS_N_OPTIONS and not has_n_options:
        raise InputError(
            f"dialect {dialect!r} needs the number of options of each question: name the column that holds it, or give "
            "a number that holds for all (--n-options)"
        )
    if dialect == "label-mass" and not has_label_mass:
        raise InputError(
            "dialect 'label-mass' needs the probability that the options hold together: name its column (--label-mass)"
        )
    if has_label_mass and dialect != "label-mass":
        raise InputError(f"label_mass is read with the dialect 'label-mass' only; the dialect is {dialect!r}")


def find_fault(
    confidence: FloatArray, dialect: Dialect, n_options: FloatArray | None, label_mass: FloatArray | None
) -> tuple[int, str] | None:
    """Find the first row that its dialect does not allow, and say what is wrong; NaN is allowed anywhere."""
    if n_options is not None:
        whole = np.isnan(n_options) | ((n_options >= 2) & (n_options == np.floor(n_options)) & np.isfinite(n_options))
        if (row := _first_false(whole)) is not None:
            return row, f"the number of options must be whole and at least 2; got {n_options[row]:g}"
        if dialect in ("margin", "entropy") and (row := _first_false(~(n_options > 2))) is not None:
            article = "a" if dialect == "margin" else "an"
            return row, (
                f"with {n_options[row]:g} options {article} {dialect} has no inverse: many probabilities of the answer "
                "give the same one. Use the probabilities themselves (--probs COLS --label COL)"
            )
    top = 100.0 if dialect == "percent" else 1.0
    inside = np.isnan(confidence) | ((confidence >= 0) & (confidence <= top))
    if (row := _first_false(inside)) is not None:
        value = confidence[row]
        said = f"confidence must lie in [0, {top:g}] in the dialect {dialect!r}; got {value:g}"
        if dialect == "probability" and 1 < value <= 100:
            said += ". This looks like a percentage: pass --dialect percent"
        return row, said
    if label_mass is not None:
        inside = np.isnan(label_mass) | ((label_mass >= 0) & (label_mass <= 1 + _TINY))
        if (row := _first_false(inside)) is not None:
            return row, f"label mass must lie in [0, 1]; got {label_mass[row]:g}"
        if (row := _first_false(~(confidence > label_mass + _TINY))) is not None:
            return row, (
                f"confidence is the largest probability times the label mass and cannot exceed it; got "
                f"{confidence[row]:g} with a mass of {label_mass[row]:g}. Is it another dialect?"
            )
    return None


def convert(
    confidence: FloatArray, dialect: Dialect, n_options: FloatArray | None, label_mass: FloatArray | None
) -> FloatArray:
    """Convert what has been checked with `check_dialect` and `find_fault`."""
    if dialect == "percent":
        return confidence / 100
    if dialect == "typesafe" and n_options is not None:
        return confidence + (1 - confidence) / n_options
    if dialect == "margin" and n_options is not None:
        return np.where(np.isnan(n_options), np.nan, (1 + confidence) / 2)
    if dialect == "entropy" and n_options is not None:
        return np.where(np.isnan(n_options), np.nan, (1 + _margin_of_entropy(confidence)) / 2)
    if dialect == "label-mass" and label_mass is not None:
        mass = np.where(label_mass > 0, label_mass, np.nan)
        return np.minimum(confidence / mass, 1.0)
    return confidence


def matching_dialects(confidence: FloatArray, probs: Sequence[FloatArray]) -> list[Dialect]:
    """Dialects in which a column of confidence agrees with the probabilities beside it, to the second decimal.

    Parameters
    ----------
    confidence : ndarray of shape (n_samples,)
        The column, without NaN.
    probs : sequence of ndarray
        Probabilities of at least two options a question.

    Returns
    -------
    list of str
        All that agree: those of two options can agree in pairs. Empty where none does, or there are no rows.

    Examples
    --------
    >>> matching_dialects(np.array([0.85]), [np.array([0.9, 0.05, 0.05])])
    ['typesafe', 'margin']
    """
    if not len(probs):
        return []
    comparable: list[Dialect] = [name for name in get_args(Dialect) if name != "label-mass"]

    def agrees(name: Dialect) -> bool:
        unit = 100 if name == "percent" else 1
        return bool(np.all(np.abs(to_dialect(probs, name) - confidence) <= 0.0051 * unit))

    return [name for name in comparable if agrees(name)]


def _check_name(dialect: str) -> None:
    if dialect not in get_args(Dialect):
        allowed = ", ".join(get_args(Dialect))
        raise InputError(f"dialect must be one of {allowed}; got {dialect!r}")


def _first_false(valid: BoolArray) -> int | None:
    return None if valid.all() else int(np.argmin(valid))


def _entropy(row: FloatArray) -> float:
    if row.size == 2:
        # From the margin no digit is lost near 1/2, where 1 - H would lose half of them.
        return float(_entropy_of_margin(np.abs(row[:1] - row[1:]))[0])
    positive = row[row > 0]
    return float(1 + positive @ np.log(positive) / np.log(row.size))


def _score_spread(row: FloatArray) -> float:
    level = np.arange(row.size)
    most = np.abs(level - (row.size - 1) / 2).mean()
    return float(max(0.0, 1 - row @ np.abs(level - np.argmax(row)) / most))


def _entropy_of_margin(margin: FloatArray) -> FloatArray:
    """1 - H / log 2 of two options with p₁ - p₂ = margin."""
    low = 1 - margin
    with np.errstate(divide="ignore", invalid="ignore"):
        last = np.where(low > 0, low * np.log1p(-margin), 0.0)
    value: FloatArray = ((1 + margin) * np.log1p(margin) + last) / (2 * np.log(2))
    return value


def _margin_of_entropy(confidence: FloatArray) -> FloatArray:
    """Inverse of `_entropy_of_margin`: Newton's method in a bracket, which is halved where a step would leave it."""
    target = np.where(np.isnan(confidence), 0.0, confidence)
    low, high = np.sqrt(target), np.minimum(1.0, np.sqrt(2 * np.log(2) * target))
    margin = (low + high) / 2
    for _ in range(60):
        excess = _entropy_of_margin(margin) - target
        low, high = np.where(excess <= 0, margin, low), np.where(excess >= 0, margin, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = margin - excess * np.log(2) / np.arctanh(margin)
        new = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        done = np.abs(new - margin).max(initial=0.0) <= 1e-15
        margin = new
        if done:
            break
    return np.where(np.isnan(confidence), np.nan, margin)
