import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import log_softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from calibrant.calibrators import TemperatureScaling
from calibrant.exceptions import InputError


def cross_entropy(logits, labels, temperature=1.0):
    """Mean over questions, one row at a time."""
    return np.mean([-log_softmax(np.asarray(row) / temperature)[k] for row, k in zip(logits, labels, strict=True)])


def draw_labels(logits, temperature, rng):
    """The right option, drawn from softmax(logits / temperature)."""
    return [int(np.argmax(np.asarray(row) / temperature + rng.gumbel(size=len(row)))) for row in logits]


@st.composite
def questions(draw):
    """Logits on a grid, so with ties, and the index of the right option."""
    logit = st.integers(-60, 60).map(lambda tenths: tenths / 10)
    logits = draw(st.lists(st.lists(logit, min_size=2, max_size=5), min_size=1, max_size=12))
    return logits, [draw(st.integers(0, len(row) - 1)) for row in logits]


def test_by_hand_two_thirds():
    # (ln 4, 0) says 80 % and 2 of 3 are right: ln 4 / T = ln 2, so T = 2.
    scaling = TemperatureScaling().fit([[np.log(4), 0.0]] * 3, [0, 0, 1])
    assert scaling.temperature_ == pytest.approx(2, abs=1e-10)
    assert not scaling.at_bound_
    assert_allclose(scaling.predict_proba([[np.log(4), 0.0], [0.0, np.log(16)]]), [[2 / 3, 1 / 3], [0.2, 0.8]])


def test_by_hand_unequal_numbers_of_options():
    # Half are right: 8 ** (1 / T) = 4 beside 4 other options, 27 ** (1 / T) = 9 beside 9 others. T = 1.5 solves both.
    logits = [[np.log(8)] + [0.0] * 4] * 2 + [[np.log(27)] + [0.0] * 9] * 2
    assert TemperatureScaling().fit(logits, [0, 1, 0, 1]).temperature_ == pytest.approx(1.5, abs=1e-10)


def test_all_right_keeps_the_lower_bound_and_says_so():
    scaling = TemperatureScaling(bounds=(0.25, 4)).fit([[1.0, 0.0], [0.0, 2.0]], [0, 1])
    assert (scaling.temperature_, scaling.at_bound_) == (0.25, True)


def test_all_wrong_keeps_the_upper_bound_and_says_so():
    scaling = TemperatureScaling(bounds=(0.25, 4)).fit([[1.0, 0.0], [0.0, 2.0]], [1, 0])
    assert (scaling.temperature_, scaling.at_bound_) == (4.0, True)


@pytest.mark.parametrize(
    "logits",
    [
        [[0.0, 0.0], [3.0, 3.0, 3.0]],  # no option stands out
        [[1e9, 0.0], [1e9, 0.0, -1e90]],  # right, and so sure that the loss is 0 at every temperature allowed
    ],
)
def test_flat_loss_leaves_the_logits_as_they_are(logits):
    scaling = TemperatureScaling().fit(logits, [0, 0])
    assert (scaling.temperature_, scaling.at_bound_) == (1.0, False)


def test_extreme_logits_stay_finite():
    scaling = TemperatureScaling().fit([[1e90, -1e90], [0.0, 1.0], [0.0, 1.0]], [1, 1, 0])
    assert scaling.temperature_ == 1000
    assert_allclose(scaling.predict_proba([[1e90, -1e90]]), [[1.0, 0.0]])


@pytest.mark.parametrize("bounds", [(0.0, 2.0), (1.5, 2.0), (0.1, 0.9), (0.5, np.inf), (np.nan, 2.0), (-1.0, 2.0)])
def test_bounds_are_checked(bounds):
    with pytest.raises(InputError, match=r"^bounds must"):
        TemperatureScaling(bounds=bounds).fit([[0.0, 1.0]], [0])


@pytest.mark.parametrize(("label", "row"), [(2, 0), (-1, 0)])
def test_a_label_must_be_an_option_of_its_own_question(label, row):
    with pytest.raises(InputError, match=f"^labels .* got {label} at row {row}"):
        TemperatureScaling().fit([[0.0, 1.0], [0.0, 1.0, 2.0]], [label, 2])


def test_is_the_best_on_a_fine_grid():
    rng = np.random.default_rng(0)
    logits = [rng.normal(scale=4, size=rng.integers(2, 7)) for _ in range(200)]
    labels = draw_labels(logits, 3.0, rng)
    found = TemperatureScaling().fit(logits, labels).temperature_
    grid = np.geomspace(0.05, 20, 200)
    losses = [cross_entropy(logits, labels, t) for t in grid]
    assert cross_entropy(logits, labels, found) <= min(losses)
    assert found == pytest.approx(grid[np.argmin(losses)], rel=0.04)  # the grid's step is 3 %


def test_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 4))
    y = (X @ rng.normal(size=(4, 3)) + rng.gumbel(size=(600, 3))).argmax(axis=1)
    classifier = LogisticRegression(C=0.01).fit(X[:300], y[:300])  # shrunk, so underconfident
    peer = CalibratedClassifierCV(FrozenEstimator(classifier), method="temperature").fit(X[300:], y[300:])
    ours = TemperatureScaling().fit(classifier.decision_function(X[300:]), y[300:])
    assert ours.temperature_ < 1
    assert_allclose(ours.predict_proba(classifier.decision_function(X)), peer.predict_proba(X), atol=1e-6)


def test_pieces_of_the_rows_give_the_same_temperature(monkeypatch):
    rng = np.random.default_rng(0)
    logits = [rng.normal(scale=4, size=rng.integers(2, 7)) for _ in range(200)]
    labels = draw_labels(logits, 3.0, rng)
    found = TemperatureScaling().fit(logits, labels).temperature_
    monkeypatch.setattr("calibrant.calibrators._temperature._BLOCK", 10)
    assert TemperatureScaling().fit(logits, labels).temperature_ == pytest.approx(found, rel=1e-12)


@given(questions())
def test_never_raises_the_log_loss_of_its_fit(data):
    logits, labels = data
    scaling = TemperatureScaling().fit(logits, labels)
    assert cross_entropy(logits, labels, scaling.temperature_) <= cross_entropy(logits, labels) + 1e-12


@given(questions())
def test_keeps_the_answer_and_the_order_of_the_options(data):
    logits, labels = data
    for row, probability in zip(logits, TemperatureScaling().fit(logits, labels).predict_proba(logits), strict=True):
        assert np.argmax(probability) == np.argmax(row)
        assert (np.diff(probability[np.argsort(row)]) >= 0).all()


@given(questions(), st.floats(-50, 50))
def test_a_constant_added_to_a_question_changes_nothing(data, shift):
    logits, labels = data
    moved = [[z + shift * (i + 1) for z in row] for i, row in enumerate(logits)]
    assert_allclose(
        TemperatureScaling().fit(moved, labels).temperature_,
        TemperatureScaling().fit(logits, labels).temperature_,
        rtol=1e-6,
    )


@settings(max_examples=25, deadline=None)
@given(st.floats(0.3, 5.0), st.integers(0, 100))
def test_recovers_a_known_temperature(temperature, seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2, size=(2000, 4)) * temperature
    found = TemperatureScaling().fit(logits, draw_labels(logits, temperature, rng)).temperature_
    assert found == pytest.approx(temperature, rel=0.2)
