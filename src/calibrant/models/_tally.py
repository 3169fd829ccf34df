"""What asking a server came to: requests, what went wrong by cause, and tokens."""

import math
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Cause: TypeAlias = Literal[
    "connection",
    "timeout",
    "cut off",
    "rate limit",
    "quota",
    "server error",
    "bad request",
    "too long",
    "unreadable",
    "no log-probs",
    "refused",
]
"""Why there is no answer.

No server was there; it took too long; its reply broke off; it was asked too much at once; the account is used up; it
failed; it would not take the request, or the text was too long for it; its reply was none that is known; the reply had
no log-probabilities where they are the answer; it would not answer this question.
"""


@dataclass(frozen=True)
class ServerStatistics:
    """What asking a server has come to so far."""

    requests: int = 0
    """Requests sent, every try counted."""

    retries: Mapping[str, int] = field(default_factory=dict)
    """Tries after the first, by the cause of the one before."""

    errors: Mapping[str, int] = field(default_factory=dict)
    """Requests given up, by cause."""

    prompt_tokens: int = 0
    """Tokens read, as the server counts them."""

    completion_tokens: int = 0
    """Tokens written, as the server counts them."""

    answers: int = 0
    """Answers received."""

    answers_without_logprobs: int = 0
    """Of these, answers that came without log-probabilities."""

    missing_tokens: int = 0
    """Tokens of answers whose own log-probability was not told."""

    missing_mass: float = math.nan
    """Mean probability that lies outside the likeliest tokens told, over all places; NaN where none were told."""

    models: Mapping[str, int] = field(default_factory=dict)
    """Replies by the name that the server gave its model."""


class Tally:
    """Counts for `ServerStatistics`, from many threads.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.add(requests=1)
    >>> tally.count("errors", "timeout")
    >>> tally.add_mass([0.25, 0.75])
    >>> found = tally.statistics()
    >>> found.requests, dict(found.errors), found.missing_mass
    (1, {'timeout': 1}, 0.5)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: Counter[str] = Counter()
        self._named: dict[str, Counter[str]] = {"retries": Counter(), "errors": Counter(), "models": Counter()}
        self._mass: list[float] = [0.0, 0.0]

    def add(self, **numbers: int) -> None:
        """Add to the counts of these names."""
        with self._lock:
            self._numbers.update(numbers)

    def count(self, table: Literal["retries", "errors", "models"], name: str) -> None:
        """Count one more of a name in a table."""
        with self._lock:
            self._named[table][name] += 1

    def add_mass(self, missing: list[float]) -> None:
        """Note the probability that is missing at some places."""
        with self._lock:
            self._mass[0] += sum(missing)
            self._mass[1] += len(missing)

    def statistics(self) -> ServerStatistics:
        """Return the counts as they stand."""
        with self._lock:
            numbers, (total, places) = self._numbers, self._mass
            tables = {name: dict(sorted(table.items())) for name, table in self._named.items()}
            return ServerStatistics(
                requests=numbers["requests"],
                retries=tables["retries"],
                errors=tables["errors"],
                prompt_tokens=numbers["prompt_tokens"],
                completion_tokens=numbers["completion_tokens"],
                answers=numbers["answers"],
                answers_without_logprobs=numbers["answers_without_logprobs"],
                missing_tokens=numbers["missing_tokens"],
                missing_mass=total / places if places else math.nan,
                models=tables["models"],
            )
