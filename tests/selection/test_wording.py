"""How shares, levels, thresholds and samples are put."""

import pytest

from calibrant.selection._wording import answers, at_threshold, percent, sample, stated, supported


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (1, "100 %"), (0.01, "1 %"), (0.0099, "1.0 %"), (0.004, "0.4 %"), (0.9951, "99.5 %"), (0.5, "50 %")],
)
def test_percent(share, text):
    assert percent(share) == text


def test_a_level_keeps_its_digits():
    assert [stated(level) for level in (0.1, 0.3, 0.95, 0.975, 0.999)] == ["10 %", "30 %", "95 %", "97.5 %", "99.9 %"]
    assert stated(1 - 0.1) == "90 %"


def test_what_is_supported_is_never_put_too_low():
    for n in range(1, 3000):
        assert float(supported(1 / n).removesuffix(" %")) >= 100 / n - 1e-9
    assert supported(0.05) == "5 %"
    assert supported(0.0501) == "5.1 %"


@pytest.mark.parametrize("k", range(0, 1001, 7))
def test_a_threshold_is_put_exactly(k):
    assert float(at_threshold(k / 1000)) == k / 1000


def test_a_sample_says_what_it_is():
    assert sample(1, 1) == "n = 1 question that no map was fitted on"
    assert sample(2, 3).endswith("questions that no map was fitted on, one of each group")


def test_answers_have_their_interval():
    assert answers(0.5, 0.4, 0.6) == "50 % of questions (40 % to 60 %)"
