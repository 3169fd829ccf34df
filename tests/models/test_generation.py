import pytest

from calibrant.exceptions import InputError
from calibrant.models import GenerationRequest


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"max_tokens": 0}, "max_tokens and n must be at least 1; got 0 and 1"),
        ({"n": 0}, "got 64 and 0"),
        ({"temperature": -0.1}, "temperature must lie in 0 to 10; got -0.1"),
        ({"temperature": float("nan")}, "got nan"),
        ({"top_logprobs": -1}, "top_logprobs must be at least 0"),
        ({"stop": ("\n", "")}, "stop: an empty text"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        GenerationRequest(**wrong)
