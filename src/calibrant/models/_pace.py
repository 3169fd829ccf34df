"""How fast a server may be asked: how long to wait before another try, and how many requests may be under way."""

import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 60.0
"""Seconds that are waited for at most, whatever a server asks for."""

_LOOK = 0.1
"""Seconds after which a thread that waits for its turn looks whether the run was stopped."""


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that a reply asks to wait, between 0 and a minute; None if it does not say.

    Parameters
    ----------
    headers : mapping
        Of the reply, by lower-case name: ``retry-after-ms``, or ``retry-after`` in seconds or as a date.
    now : float
        Seconds since 1970.

    Examples
    --------
    >>> retry_after({"retry-after": "2"}, 0.0), retry_after({"retry-after-ms": "250"}, 0.0)
    (2.0, 0.25)
    >>> retry_after({"retry-after": "Thu, 01 Jan 1970 00:00:30 GMT"}, 10.0), retry_after({"retry-after": "soon"}, 0.0)
    (20.0, None)
    """
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        try:
            wait = float(text) * unit
        except ValueError:
            try:
                wait = parsedate_to_datetime(text).timestamp() - now
            except ValueError:
                continue
        if wait == wait:
            return min(max(wait, 0.0), LONGEST_WAIT)
    return None


def backoff(attempt: int, base: float, rng: random.Random) -> float:
    """Return the seconds to wait after a failed try, the first being 0: twice as long each time, less up to a half.

    Examples
    --------
    >>> 1.0 <= backoff(1, 1.0, random.Random(0)) <= 2.0
    True
    """
    return min(base * 2.0**attempt, LONGEST_WAIT) * rng.uniform(0.5, 1.0)


class Pace:
    """Turns for threads that ask one server: so many at once at most, and fewer for a while after it complained.

    Parameters
    ----------
    most : int
        Requests under way at once, at most.

    Examples
    --------
    >>> pace = Pace(4)
    >>> pace.slow_down(0.0)
    >>> pace.limit
    2
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = most
        self._active = 0
        self._good = 0
        self._resumes = 0.0
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """Requests that may be under way at once now."""
        return self._limit

    @contextmanager
    def turn(self, halt: threading.Event) -> Iterator[None]:
        """Wait for a turn, or until ``halt`` is set, and hold it while the block runs."""
        with self._changed:
            while not halt.is_set():
                full = self._active >= self._limit
                pause = self._resumes - time.monotonic()
                if not full and pause <= 0:
                    break
                self._changed.wait(_LOOK if full else min(pause, _LOOK))
            self._active += 1
        try:
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    def slow_down(self, seconds: float) -> None:
        """Begin nothing for so long, and then half as much at once; complaints in that time count as one."""
        with self._changed:
            now = time.monotonic()
            if now >= self._resumes:
                self._limit = max(1, self._limit // 2)
                self._good = 0
            self._resumes = max(self._resumes, now + seconds)

    def speed_up(self) -> None:
        """Note a good reply; as many of them as may be under way at once allow one more."""
        with self._changed:
            self._good += 1
            if self._good >= self._limit:
                self._good = 0
                self._limit = min(self._most, self._limit + 1)
                self._changed.notify_all()
