import pytest

from calibrant.exceptions import InputError
from calibrant.models import ModelIdentity, Prompt


def test_the_length_is_that_of_the_longest_path():
    assert Prompt((1, 2), ((3,), (3, 4, 5))).length == 5


def test_the_length_without_continuations_is_that_of_the_prompt():
    assert Prompt((1, 2), ()).length == 2


@pytest.mark.parametrize(("tokens", "continuations"), [((), ((1,),)), ((1,), ((2,), ()))])
def test_a_part_without_tokens_is_refused(tokens, continuations):
    with pytest.raises(InputError, match="at least one token"):
        Prompt(tokens, continuations)


def test_a_map_is_bound_to_what_changes_the_numbers_and_to_nothing_else():
    identity = ModelIdentity("n", "s", "sha256:0", "float32", "transformers", "5", "cpu")

    assert identity.binding() == {
        "weights": "sha256:0",
        "dtype": "float32",
        "engine": "transformers",
        "logprobs": "raw",
    }
