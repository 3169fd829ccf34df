import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.population import draw_logits

from calibrant.artifact import RAW, Artifact, fit_artifact
from calibrant.calibrators import HistogramBinning, MatrixScaling, TemperatureScaling
from calibrant.exceptions import IdentityError, InputError
from calibrant.metrics import log_loss

IDENTITY = {
    "weights": "sha256:1",
    "dtype": "float32",
    "engine": "e",
    "logprobs": "raw",
    "template": "t",
    "readout": "cloze",
}


def scaled(temperature):
    scaling = TemperatureScaling()
    scaling.temperature_, scaling.at_bound_ = temperature, False
    return Artifact({"temperature": scaling}, "temperature")


def test_raw_by_hand():
    predictions = scaled(2.0).predict([np.log([9.0, 1.0]), np.log([1.0, 1.0, 2.0])], RAW)
    assert predictions.answer.tolist() == [0, 2]
    assert predictions.confidence == pytest.approx([0.9, 0.5])


def test_a_map_on_logits_by_hand():
    # At T = 2 the odds 9 : 1 become 3 : 1, and 1 : 16 : 16 become 1 : 4 : 4.
    predictions = scaled(2.0).predict([np.log([9.0, 1.0]), np.log([1.0, 16.0, 16.0])])
    assert predictions.answer.tolist() == [0, 1]
    assert predictions.confidence == pytest.approx([3 / 4, 4 / 9])


def test_a_map_on_confidence_by_hand():
    binning = HistogramBinning(n_bins=2).fit([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    artifact = Artifact({"histogram": binning}, "histogram")
    predictions = artifact.predict([np.log([1.0, 4.0]), np.log([1.0, 1.0, 1.0])])
    assert predictions.answer.tolist() == [1, 0]
    assert predictions.confidence.tolist() == [0.75, 0.25]


def test_answers_that_a_map_changes_are_counted():
    swap = MatrixScaling().fit(np.log([[0.8, 0.2], [0.2, 0.8]]), [1, 0])
    artifact = Artifact({"matrix": swap}, "matrix")
    logits = np.log([[0.7, 0.3], [0.1, 0.9], [0.9, 0.1]])
    assert artifact.predict(logits).answer.tolist() == [1, 0, 1]
    assert artifact.predict(logits).n_changed == 3
    assert artifact.predict(logits, RAW).n_changed == 0
    assert scaled(2.0).predict(logits).n_changed == 0


def test_the_chosen_map_is_the_default():
    logits, right = draw_logits(200)
    artifact = fit_artifact(logits, right, [str(i) for i in range(200)])
    by_default, by_name = artifact.predict(logits), artifact.predict(logits, artifact.chosen)
    assert by_default.confidence.tolist() == by_name.confidence.tolist()


def test_a_map_helps_on_new_questions():
    logits, right = draw_logits(300, seed=1)
    artifact = fit_artifact(logits, right, [str(i) for i in range(300)])
    new, labels = draw_logits(1000, seed=2)
    before, after = artifact.predict(new, RAW), artifact.predict(new)
    assert (
        log_loss(after.answer == labels, after.confidence) < log_loss(before.answer == labels, before.confidence) - 0.1
    )


def test_an_unknown_method_is_named():
    with pytest.raises(InputError, match=r"^method must be one of raw, temperature; got 'platt'"):
        scaled(2.0).predict([[0.0, 1.0]], "platt")


def test_no_questions():
    assert scaled(2.0).predict([]).answer.size == 0


@pytest.mark.parametrize("options", [[], [np.nan, 0.0], [np.inf, 0.0]])
def test_a_row_that_cannot_be_used_is_named(options):
    with pytest.raises(InputError, match="row 1"):
        scaled(2.0).predict([[0.0, 1.0], options])


@given(st.lists(st.floats(-1e-15, 1e-15), min_size=2, max_size=4), st.sampled_from([1.0, 20.0]))
def test_rounding_never_changes_the_answer(options, temperature):
    # These differ by less than their softmax can show.
    artifact = scaled(temperature)
    answers = {artifact.predict([options], name).answer[0] for name in (RAW, "temperature")}
    assert answers == {int(np.argmax(options))}


def test_the_same_model_and_prompt_are_calibrated():
    assert Artifact({}, RAW, {"identity": IDENTITY}).check_identity(dict(IDENTITY)) == "calibrated"


@pytest.mark.parametrize("key", IDENTITY)
def test_every_part_of_the_identity_counts(key):
    artifact = Artifact({}, RAW, {"identity": IDENTITY})
    with pytest.raises(IdentityError, match=f"{key} is 'other', fitted for '{IDENTITY[key]}'. Fit it again, or force"):
        artifact.check_identity(IDENTITY | {key: "other"})
    with pytest.raises(IdentityError, match=f"{key} is None"):
        artifact.check_identity({k: v for k, v in IDENTITY.items() if k != key})
    assert artifact.check_identity(IDENTITY | {key: "other"}, force=True) == "stale"


def test_an_artifact_without_identity_holds_for_nothing():
    for manifest in ({}, {"identity": None}, {"identity": "all"}):
        with pytest.raises(IdentityError):
            Artifact({}, RAW, manifest).check_identity(IDENTITY)
