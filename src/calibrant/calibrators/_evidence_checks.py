"""Evidence → its columns of option log-probabilities, laid end to end and checked once."""

from typing import Literal

import numpy as np

from calibrant.calibrators._evidence import Evidence, EvidenceName
from calibrant.calibrators._ragged import Ragged, check_logits
from calibrant.exceptions import InputError
from calibrant.types import FloatArray


def check_evidence(evidence: object, needs: tuple[EvidenceName, ...], asked_by: str) -> Evidence:
    """Give the evidence as it is, if it is one and holds what the map ``asked_by`` needs."""
    if not isinstance(evidence, Evidence):
        raise InputError(
            f"evidence must be an Evidence, which holds {', '.join(('the option log-probabilities', *needs))}; got "
            f"{type(evidence).__name__}. Wrap what was read: Evidence({', '.join(('logprobs', *needs))})."
        )
    for name in needs:
        evidence.need(name, asked_by)
    return evidence


def check_logprobs(evidence: Evidence) -> Ragged:
    """Option log-probabilities: at least one question, at least two options each, all finite."""
    try:
        return check_logits(evidence.logprobs)
    except InputError as error:
        raise InputError(f"logprobs of the evidence: {error}") from error


def check_beside(evidence: Evidence, name: Literal["context", "base"], rows: Ragged) -> Ragged:
    """Log-probabilities of the same options from elsewhere, laid out like those in ``rows``."""
    try:
        column = check_logits(getattr(evidence, name))
    except InputError as error:
        raise InputError(f"{name} of the evidence: {error}") from error
    same = column.lengths == rows.lengths
    if not same.all():
        row = int(np.argmin(same))
        raise InputError(
            f"{name} must have as many options as logprobs in every question, so {rows.lengths[row]} at row {row}; got "
            f"{column.lengths[row]}. Read the same options in both."
        )
    return column


def check_orders(evidence: Evidence, rows: Ragged) -> list[FloatArray]:
    """Log-probabilities in every cyclic order: one array of shape (n_options, n_options) a question, all finite."""
    tables = []
    orders = evidence.orders if evidence.orders is not None else ()
    for row, (order, n_options) in enumerate(zip(orders, rows.lengths.tolist(), strict=True)):
        try:
            table = check_logits(np.asarray(order))
        except ValueError as error:  # of rows of unequal lengths too
            raise InputError(f"orders of the evidence, at row {row}: {error}") from error
        if table.lengths.tolist() != [n_options] * n_options:
            raise InputError(
                f"orders must have shape ({n_options}, {n_options}) at row {row}, where logprobs has {n_options} "
                f"options; got {table.lengths.size} rows of {table.lengths.min()} to {table.lengths.max()} options. "
                "Read the options in every cyclic order, and put the columns back in the options' own order."
            )
        tables.append(table.values.reshape(n_options, n_options))
    return tables
