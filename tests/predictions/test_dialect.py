import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrant.exceptions import InputError
from calibrant.metrics import calibration_noise_floor, expected_calibration_error
from calibrant.predictions import from_dialect, matching_dialects, to_dialect


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("probability", 0.9),
        ("percent", 90),
        ("typesafe", 0.8),
        ("margin", 0.8),
        ("entropy", 0.531004406),
        ("score-spread", 0.8),
    ],
)
def test_a_binary_answer_at_0_9(dialect, expected):
    assert to_dialect([[0.9, 0.1]], dialect) == pytest.approx([expected])


def test_three_options_by_hand():
    probs = [[0.2, 0.5, 0.3]]
    assert to_dialect(probs, "typesafe") == pytest.approx([(0.5 - 1 / 3) / (2 / 3)])
    assert to_dialect(probs, "margin") == pytest.approx([0.2])
    entropy = -(0.2 * np.log(0.2) + 0.5 * np.log(0.5) + 0.3 * np.log(0.3))
    assert to_dialect(probs, "entropy") == pytest.approx([1 - entropy / np.log(3)])
    # The middle level is the mode; half the mass is one step off, and D = (1 + 0 + 1) / 3.
    assert to_dialect(probs, "score-spread") == pytest.approx([1 - 0.5 / (2 / 3)])
    assert to_dialect(probs, "label-mass", label_mass=[0.8]) == pytest.approx([0.4])


@pytest.mark.parametrize("dialect", ["typesafe", "margin", "entropy"])
def test_both_ends(dialect):
    assert from_dialect([0.0, 1.0], dialect, n_options=2).tolist() == [0.5, 1.0]
    assert to_dialect([[0.5, 0.5], [1.0, 0.0]], dialect).tolist() == [0.0, 1.0]


@given(st.floats(0.5, 1.0))
def test_the_inverse_of_two_options_undoes_the_definition(top):
    for dialect in ("typesafe", "margin", "entropy"):
        confidence = to_dialect([[top, 1 - top]], dialect)
        assert from_dialect(confidence, dialect, n_options=2)[0] == pytest.approx(top, abs=1e-12)


@given(st.floats(0.0, 1.0))
def test_the_definition_undoes_the_inverse_of_two_options(confidence):
    for dialect in ("typesafe", "margin", "entropy"):
        top = from_dialect([confidence], dialect, n_options=2)[0]
        assert to_dialect([[top, 1 - top]], dialect)[0] == pytest.approx(confidence, abs=1e-12)


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=20), st.floats(0.05, 1.0))
def test_any_number_of_options(weights, mass):
    probs = np.array(weights) / sum(weights)
    top = pytest.approx(probs.max(), abs=1e-12)
    assert from_dialect(to_dialect([probs], "percent"), "percent")[0] == top
    assert from_dialect(to_dialect([probs], "typesafe").clip(0), "typesafe", n_options=len(weights))[0] == top
    confidence = to_dialect([probs], "label-mass", label_mass=[mass])
    assert from_dialect(confidence, "label-mass", label_mass=[mass])[0] == top


def test_what_is_unknown_stays_unknown():
    assert np.isnan(from_dialect([np.nan, 0.5], "typesafe", n_options=[2, np.nan])).all()
    assert np.isnan(from_dialect([np.nan, 0.5], "margin", n_options=[2, np.nan])).all()
    assert np.isnan(from_dialect([np.nan, 0.5], "entropy", n_options=[2, np.nan])).all()
    assert np.isnan(from_dialect([0.0, 0.5], "label-mass", label_mass=[0.0, np.nan])).all()


@pytest.mark.parametrize(
    ("dialect", "settings", "said"),
    [
        ("score-spread", {}, "no inverse.*--probs"),
        ("typesafe", {}, "number of options"),
        ("margin", {"n_options": 3}, "with 3 options a margin has no inverse"),
        ("entropy", {"n_options": 5}, "with 5 options an entropy has no inverse"),
        ("typesafe", {"n_options": 1}, "at least 2; got 1"),
        ("typesafe", {"n_options": 2.5}, "whole"),
        ("label-mass", {}, "--label-mass"),
        ("label-mass", {"label_mass": [0.4]}, "cannot exceed"),
        ("label-mass", {"label_mass": [1.4]}, "label mass must lie"),
        ("probability", {"label_mass": [0.4]}, "label-mass' only"),
        ("vibes", {}, "must be one of probability"),
    ],
)
def test_what_cannot_be_read_is_refused_with_advice(dialect, settings, said):
    with pytest.raises(InputError, match=said):
        from_dialect([0.5], dialect, **settings)


def test_out_of_range():
    with pytest.raises(
        InputError, match=r"confidence\[1\].*got 85\. This looks like a percentage: pass --dialect percent"
    ):
        from_dialect([0.5, 85], "probability")
    with pytest.raises(InputError, match=r"got -0\.1$"):
        from_dialect([-0.1], "probability")
    with pytest.raises(InputError, match=r"\[0, 100\].*got 101"):
        from_dialect([101], "percent")
    with pytest.raises(InputError, match="got inf"):
        from_dialect([np.inf], "percent")


# A perfectly calibrated model, its confidence measured as if it were a probability: what the definition alone adds.
@pytest.mark.parametrize(("n_options", "expected"), [(2, 0.182), (3, 0.149), (5, 0.113)])
def test_a_calibrated_model_looks_broken_in_typesafe_and_whole_once_converted(n_options, expected):
    rng = np.random.default_rng(0)
    probs = rng.dirichlet([0.5] * n_options, size=200_000)
    top = probs.max(axis=1)
    correct = rng.random(top.size) < top
    confidence = to_dialect(probs, "typesafe")
    assert expected_calibration_error(correct, confidence) == pytest.approx(expected, abs=0.005)
    converted = from_dialect(confidence, "typesafe", n_options=n_options)
    floor = calibration_noise_floor(converted, n_draws=200)
    assert expected_calibration_error(correct, converted) < 1.5 * floor.limit


def test_the_dialect_of_a_column_beside_probabilities():
    probs = [np.array([0.7, 0.2, 0.1]), np.array([0.4, 0.35, 0.25])]
    assert matching_dialects(np.array([0.7, 0.4]), probs) == ["probability"]
    assert matching_dialects(np.array([70.0, 40.0]), probs) == ["percent"]
    assert matching_dialects(np.array([0.5, 0.05]), probs) == ["margin"]
    assert matching_dialects(np.array([0.55, 0.10]), probs) == ["typesafe"]
    assert matching_dialects(np.array([0.1, 0.9]), probs) == []
    assert matching_dialects(np.empty(0), []) == []
