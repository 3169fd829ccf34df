import random
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.models._pace import LONGEST_WAIT, Pace, backoff, retry_after

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "in a while"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "86400"}, LONGEST_WAIT),
        ({"retry-after": "inf"}, LONGEST_WAIT),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=9), usegmt=True)}, 9),
        ({"retry-after": format_datetime(NOW - timedelta(hours=1), usegmt=True)}, 0),
        ({"retry-after": format_datetime(NOW + timedelta(days=1), usegmt=True)}, LONGEST_WAIT),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "?", "retry-after": "9"}, 9),
    ],
)
def test_what_a_server_asks_to_wait(headers, seconds):
    assert retry_after(headers, NOW.timestamp()) == seconds


@given(st.integers(0, 40), st.integers(0, 99))
def test_waits_double_and_are_shortened_by_half_at_most(attempt, seed):
    whole = min(0.5 * 2**attempt, LONGEST_WAIT)

    assert whole / 2 <= backoff(attempt, 0.5, random.Random(seed)) <= whole
    assert backoff(attempt, 0.5, random.Random(seed)) == backoff(attempt, 0.5, random.Random(seed))


def test_complaints_halve_and_good_replies_bring_back():
    pace = Pace(8)
    limits = []
    for _ in range(5):
        pace.slow_down(0.0)
        limits.append(pace.limit)
    assert limits == [4, 2, 1, 1, 1]

    for _ in range(100):
        pace.speed_up()
    assert pace.limit == 8


def test_complaints_of_one_pause_count_once():
    pace = Pace(8)
    for _ in range(8):
        pace.slow_down(30.0)

    assert pace.limit == 4


def test_nothing_begins_before_the_pause_is_over():
    pace, started = Pace(2), time.monotonic()
    pace.slow_down(0.1)
    with pace.turn(threading.Event()):
        assert time.monotonic() - started >= 0.1


def test_a_pause_ends_when_the_run_is_stopped():
    pace, halt = Pace(1), threading.Event()
    pace.slow_down(50.0)
    threading.Timer(0.05, halt.set).start()
    started = time.monotonic()
    with pace.turn(halt):
        assert time.monotonic() - started < 5


def test_no_more_at_once_than_allowed():
    pace, lock = Pace(3), threading.Lock()
    active = most = 0

    def work():
        nonlocal active, most
        with pace.turn(threading.Event()):
            with lock:
                active += 1
                most = max(most, active)
            time.sleep(0.005)
            with lock:
                active -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 3
