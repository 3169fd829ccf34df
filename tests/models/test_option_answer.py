import math

from calibrant.models import OptionAnswer


def test_what_is_not_known_is_not_a_number():
    answer = OptionAnswer(None, error="timeout")

    assert answer.logprobs is None
    assert math.isnan(answer.mass)
    assert math.isnan(answer.missing)
