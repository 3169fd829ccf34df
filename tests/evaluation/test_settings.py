import pytest

from calibrant.evaluation import EvaluationSettings
from calibrant.exceptions import InputError


def test_the_arguments_of_a_binned_metric():
    settings = EvaluationSettings(n_bins=5, strategy="quantile", edges="left")
    assert settings.bins == {"n_bins": 5, "strategy": "quantile", "edges": "left"}


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match=r"^seed must not be negative; got -1"):
        EvaluationSettings(seed=-1)
