import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from tests.population import draw_logits

from calibrant.artifact import (
    RAW,
    Artifact,
    compare_confidence,
    find_outside,
    fit_artifact,
    load_artifact,
    note_domain,
    read_domain,
    save_artifact,
)
from calibrant.exceptions import ArtifactError
from calibrant.scores import max_probability

LOGITS, RIGHT = draw_logits(400)


def domain_of(logprobs):
    return read_domain(Artifact({}, RAW, note_domain(logprobs)))


def pair(p):
    """Two options, the first with this probability."""
    return np.log([p, 1 - p])


# What is noted


def test_by_hand():
    noted = domain_of([pair(0.9), pair(0.7), [0.0, 0.0, 0.0]])
    assert noted.n_options == {2: 2, 3: 1}
    assert noted.n == 3
    confidence, margin, entropy = (noted.features[name] for name in ("confidence", "margin", "entropy"))
    assert (confidence.min, confidence.max) == (pytest.approx(1 / 3), pytest.approx(0.9))
    assert (margin.min, margin.max) == (pytest.approx(0), pytest.approx(0.8))
    # Three options alike have all the entropy there is, whatever their number.
    assert entropy.max == pytest.approx(1)
    assert entropy.min == pytest.approx(-(0.9 * np.log(0.9) + 0.1 * np.log(0.1)) / np.log(2))


def test_quantiles_are_values_that_occurred():
    noted = domain_of(LOGITS)
    values = max_probability(LOGITS)
    assert len(noted.confidence_quantiles) == 201
    assert set(noted.confidence_quantiles) <= set(values)
    assert (noted.confidence_quantiles[0], noted.confidence_quantiles[-1]) == (values.min(), values.max())


def test_one_strange_answer_does_not_widen_the_range():
    # The share of the strange one is below the 0.1 % that are cut off.
    noted = domain_of([pair(0.6), pair(0.7)] * 2000 + [pair(0.99)])
    assert noted.features["confidence"].max == pytest.approx(0.99)
    assert find_outside(noted, [pair(0.8)]).any.tolist() == [True]


def test_fitting_notes_it_and_it_outlives_the_disk(tmp_path):
    artifact = fit_artifact(LOGITS, RIGHT, [str(i) for i in range(400)], methods=["temperature"])
    save_artifact(artifact, tmp_path)
    assert read_domain(load_artifact(tmp_path)) == read_domain(artifact)
    assert read_domain(artifact).features == domain_of(LOGITS).features
    assert len(json.dumps(artifact.manifest["domain"])) < 8000
    supposed = artifact.predict(LOGITS, "temperature").confidence.mean()
    assert read_domain(artifact).mean_confidence == {"temperature": pytest.approx(supposed)}


def test_an_artifact_of_an_earlier_version_notes_none():
    assert read_domain(Artifact({}, RAW, {})) is None


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("n_options", {"two": 3}, "domain.n_options.two"),
        ("n_options", {}, "domain cannot"),
        ("features", {}, "domain cannot"),
        ("features", {"confidence": {"min": 0}}, "domain.features.confidence.low"),
        ("confidence_quantiles", [0.5], "domain.confidence_quantiles"),
        ("confidence_quantiles", [0.5] * 200 + [0.4], "domain cannot"),
        ("confidence_quantiles", None, "domain.confidence_quantiles"),
    ],
)
def test_what_was_tampered_with_is_named(key, value, place):
    noted = note_domain(LOGITS)["domain"] | {key: value}
    with pytest.raises(ArtifactError, match=f"^the artifact's {place}.* fit it again"):
        read_domain(Artifact({}, RAW, {"domain": noted}))


# What lies outside


def test_what_was_fitted_on_lies_inside_but_for_the_tails():
    outside = find_outside(domain_of(LOGITS), LOGITS)
    # At most one answer at either end of each of three features.
    assert outside.any.sum() <= 6
    assert not outside.unseen_options.any()


def test_a_number_of_options_that_never_occurred():
    outside = find_outside(domain_of([pair(0.9), pair(0.6)]), [pair(0.7), [0.7, 0.0, -30.0], [0.7, 0.0, -30.0]])
    assert outside.unseen_options.tolist() == [False, True, True]
    assert outside.any.tolist() == [False, True, True]


def test_the_ends_lie_inside_whatever_the_last_digit():
    noted = domain_of([pair(0.6), pair(0.9)] * 1000)
    outside = find_outside(noted, [pair(0.6 - 1e-12), pair(0.9 + 1e-12), pair(0.59), pair(0.91)])
    assert outside.any.tolist() == [False, False, True, True]
    assert {tuple(rows.tolist()) for rows in outside.beyond.values()} == {(False, False, True, True)}


def test_a_single_option_is_no_accident():
    assert find_outside(domain_of([[0.0], [1.0]]), [[3.0]]).any.tolist() == [False]


# The test of raw confidence


@given(st.integers(0, 2**32 - 1), st.integers(5, 60), st.integers(5, 400), st.booleans())
def test_the_gap_is_never_more_than_that_of_all_values(seed, n, n_fitted, ties):
    rng = np.random.default_rng(seed)
    fitted, here = rng.beta(3, 2, n_fitted) / 2 + 0.5, rng.beta(2, 2, n) / 2 + 0.5
    if ties:
        fitted, here = np.round(fitted, 2), np.round(here, 2)
    rows = [[pair(min(p, 0.999)) for p in sample] for sample in (fitted, here)]
    found = compare_confidence(domain_of(rows[0]), rows[1])
    # Rounded, as equal values of both samples are equal only up to their last digit.
    exact = ks_2samp(*(np.round(max_probability(sample), 9) for sample in rows), method="asymp")
    assert found.statistic <= exact.statistic + 1e-12
    assert found.statistic >= exact.statistic - 0.005 - 1 / n_fitted - 1e-12
    assert found.p_value >= exact.pvalue - 1e-9


def test_samples_of_one_population_seldom_differ():
    rng = np.random.default_rng(0)
    noted = domain_of([pair(p) for p in rng.uniform(0.5, 1, 2000)])
    found = [compare_confidence(noted, [pair(p) for p in rng.uniform(0.5, 1, 150)]).p_value for _ in range(150)]
    assert np.mean(np.array(found) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)
    other = compare_confidence(noted, [pair(p) for p in rng.uniform(0.7, 1, 150)])
    assert other.p_value < 1e-6


def test_groups_count_once():
    noted = domain_of([pair(p) for p in np.linspace(0.5, 0.9, 200)])
    rows = [pair(p) for p in np.linspace(0.6, 0.9, 100)]
    alone, alike = compare_confidence(noted, rows), compare_confidence(noted, rows, n_groups=10, n_fitted_groups=20)
    assert alone.statistic == alike.statistic
    assert alone.p_value < alike.p_value
