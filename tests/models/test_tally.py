import math
import threading

from calibrant.models import ServerStatistics
from calibrant.models._tally import Tally


def test_nothing_asked_is_nothing_known():
    found = Tally().statistics()

    assert found == ServerStatistics(missing_mass=found.missing_mass)
    assert math.isnan(found.missing_mass)


def test_counts_are_by_name():
    tally = Tally()
    tally.add(requests=2, prompt_tokens=5)
    tally.add(requests=1)
    tally.count("retries", "timeout")
    tally.count("errors", "timeout")
    tally.count("errors", "cut off")
    tally.count("errors", "timeout")
    tally.add_mass([])
    tally.add_mass([0.5])
    tally.add_mass([0.0, 0.1])

    found = tally.statistics()

    assert (found.requests, found.prompt_tokens, found.completion_tokens) == (3, 5, 0)
    assert found.retries == {"timeout": 1}
    assert found.errors == {"cut off": 1, "timeout": 2}
    assert math.isclose(found.missing_mass, 0.2)


def test_a_record_does_not_change_afterwards():
    tally = Tally()
    before = tally.statistics()
    tally.count("models", "tiny")

    assert before.models == {}


def test_threads_lose_nothing():
    tally = Tally()
    threads = [threading.Thread(target=lambda: [tally.add(requests=1) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert tally.statistics().requests == 4000
