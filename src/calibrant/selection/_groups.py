"""Rows that share a group → one of them, so that the rows that are left are independent."""

from collections.abc import Hashable

import numpy as np
import numpy.typing as npt

from calibrant.exceptions import InputError
from calibrant.types import IntArray


def one_a_group(groups: npt.ArrayLike | None, n_rows: int, random_state: int) -> IntArray:
    """Rows to keep, increasing: one of each group, drawn at random without a look at anything but the groups.

    A binomial bound and a conformal rank both count independent rows, and ten questions on one passage are not ten
    independent ones. With one row a group every group counts once, whatever its size.

    Parameters
    ----------
    groups : array-like of shape (n_rows,) or None
        The group of each row; None where every row is its own.
    n_rows : int
        How many rows there are.
    random_state : int
        Seed of the draw, not negative.

    Returns
    -------
    ndarray of shape (n_groups,)
        Indices of rows.

    Raises
    ------
    InputError
        If there is not one label a row, or a label is missing.

    Examples
    --------
    >>> one_a_group(None, 3, 0)
    array([0, 1, 2])
    >>> one_a_group(["a", "b", "b"], 3, 0).size
    2
    """
    if random_state < 0:
        raise InputError(f"random_state must not be negative; got {random_state!r}.")
    if groups is None:
        return np.arange(n_rows)
    labels = as_labels("groups", groups, n_rows)
    kept: dict[Hashable, int] = {}
    for row in np.random.default_rng(random_state).permutation(n_rows).tolist():
        kept.setdefault(labels[row], row)
    return np.sort(np.fromiter(kept.values(), np.int64, len(kept)))


def as_labels(name: str, labels: npt.ArrayLike, n_rows: int) -> list[Hashable]:
    """One label a row, none of them missing.

    Parameters
    ----------
    name : str
        The argument, for the message.
    labels : array-like of shape (n_rows,)
        Text or whole numbers.
    n_rows : int
        How many rows there are.

    Returns
    -------
    list
        The labels as Python objects.

    Raises
    ------
    InputError
        If there is not one label a row, or one is neither text nor a whole number.
    """
    array = np.asarray(labels)
    if array.shape != (n_rows,):
        raise InputError(
            f"{name} must have one label a row, {n_rows} in all; got shape {array.shape}. Pass the same rows, in order."
        )
    given: list[Hashable] = array.tolist()
    for row, label in enumerate(given):
        if not isinstance(label, str | int | np.integer):
            raise InputError(f"{name} must be text or whole numbers; row {row} is {label!r}. Give every row its label.")
    return given
