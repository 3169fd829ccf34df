from functools import cache

import numpy as np
import pytest
from tests.checks import evidence_sample

from calibrant.artifact._restore import fitted_state, restore_map
from calibrant.calibrators import CALIBRATORS
from calibrant.exceptions import ArtifactError, InputError

ENTRIES = {name: {"class": cls.__name__, "params": cls().get_params()} for name, cls in CALIBRATORS.items()}


def fitted(name):
    calibrator = CALIBRATORS[name]()
    if calibrator.input_kind == "evidence":
        return calibrator.fit(*evidence_sample(80).take(range(80)))
    if calibrator.input_kind == "logits":
        return calibrator.fit([[3.0, 0.0], [2.0, 1.0], [0.0, 4.0]], [0, 1, 1])
    return calibrator.fit(np.linspace(0, 1, 40), np.arange(40) % 3 > 0)


@cache
def state_of(name):
    return fitted_state(fitted(name))


def arrays_of(name):
    return {f"{name}/{key}": value.copy() for key, value in state_of(name).items()}


@pytest.mark.parametrize("name", CALIBRATORS)
def test_every_map_comes_back_as_it_was(name):
    restored = restore_map(name, ENTRIES[name], arrays_of(name))
    assert type(restored) is CALIBRATORS[name]
    assert restored.get_params() == CALIBRATORS[name]().get_params()
    for key, value in vars(fitted(name)).items():
        assert np.array_equal(getattr(restored, key), value)
        assert np.ndim(value) or type(getattr(restored, key)) is type(value)


@pytest.mark.parametrize("name", [name for name, cls in CALIBRATORS.items() if getattr(cls, "fixed_options", False)])
def test_a_map_of_five_options_comes_back_as_one_of_five(name):
    logits = np.random.default_rng(0).normal(size=(60, 5))
    calibrator = CALIBRATORS[name]().fit(logits, logits.argmax(axis=1) % 4)
    arrays = {f"{name}/{key}": value for key, value in fitted_state(calibrator).items()}
    restored = restore_map(name, ENTRIES[name], arrays)
    assert np.array_equal(restored.predict_proba(logits), calibrator.predict_proba(logits))
    with pytest.raises(InputError, match="must have 5 options in every question, as in the fit"):
        restored.predict_proba([[0.0, 1.0, 2.0]])


def test_parameters_that_json_made_a_list_of_come_back_as_a_tuple():
    entry = ENTRIES["temperature"] | {"params": {"bounds": [0.5, 2]}}
    assert restore_map("temperature", entry, arrays_of("temperature")).bounds == (0.5, 2)


@pytest.mark.parametrize("name", CALIBRATORS)
@pytest.mark.parametrize("attribute", ["__class__", "__dict__", "fit", "predict", "params", "other_", "_x_", ""])
def test_nothing_but_fitted_state_is_set(name, attribute):
    with pytest.raises(ArtifactError, match=f"the map '{name}' must have"):
        restore_map(name, ENTRIES[name], arrays_of(name) | {f"{name}/{attribute}": np.ones(2)})


@pytest.mark.parametrize("name", CALIBRATORS)
def test_all_of_the_fitted_state_must_be_there(name):
    for key in arrays_of(name):
        rest = {other: value for other, value in arrays_of(name).items() if other != key}
        with pytest.raises(ArtifactError, match=f"the map '{name}' must have"):
            restore_map(name, ENTRIES[name], rest)


@pytest.mark.parametrize("name", CALIBRATORS)
@pytest.mark.parametrize(
    "change",
    [
        lambda value: np.full_like(value, np.nan, dtype=np.float64),
        lambda value: np.full_like(value, np.inf, dtype=np.float64),
        lambda value: value.astype(np.float32),
        lambda value: value.astype(np.int64),
        lambda value: value[None],
        lambda value: np.zeros((0, *value.shape)),
    ],
    ids=["NaN", "infinite", "float32", "integers", "one axis more", "empty"],
)
def test_state_of_another_kind_is_refused(name, change):
    for key, value in arrays_of(name).items():
        if change(value).dtype == value.dtype == np.int64 and change(value).shape == value.shape:
            continue  # what counts is an integer anyhow
        with pytest.raises(ArtifactError, match=f"of the map '{name}' must be finite numbers of type"):
            restore_map(name, ENTRIES[name], arrays_of(name) | {key: change(value)})


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("temperature", "temperature_", np.array(0.0)),
        ("isotonic", "values_", np.array([0.5])),
        ("isotonic", "values_", np.array([])),
        ("isotonic", "values_", np.full(40, 1.5)),
        ("histogram", "values_", np.array([])),
        ("histogram", "values_", np.array([0.5])),
        ("histogram", "values_", np.full(10, -0.5)),
        ("temperature-mix", "mix_", np.array(2.0)),
        ("ensemble-temperature", "shares_", np.array([1.0, 0.0])),
        ("ensemble-temperature", "shares_", np.array([0.5, 0.0, 0.0])),
        ("ensemble-temperature", "shares_", np.array([-2.0, 1.0, 2.0])),
        ("count-temperature", "ks_", np.array([3.0, 2.0])),
        ("count-temperature", "ks_", np.array([])),
        ("count-temperature", "ks_", np.array([1.0])),
        ("vector", "weights_", np.ones(3)),
        ("vector", "intercepts_", np.array([])),
        ("vector", "intercepts_", np.zeros(1)),
        ("svs", "weights_", np.ones(1)),
        ("svs", "temperature_", np.array(0.0)),
        ("matrix", "weights_", np.ones((2, 1))),
        ("matrix", "weights_", np.full((2, 2), 1e308)),
        ("sms", "intercepts_", np.zeros(3)),
        ("dirichlet", "weights_", np.ones((2, 3))),
    ],
)
def test_a_map_that_does_not_give_probabilities_is_refused(name, key, value):
    with pytest.raises(ArtifactError, match=f"the map '{name}' (does not work|gives .* no probabilities)"):
        restore_map(name, ENTRIES[name], arrays_of(name) | {f"{name}/{key}": value})


@pytest.mark.parametrize(
    "entry",
    [None, [], {}, {"class": "PlattScaling", "params": {}}, {"class": "os.system", "params": {"bounds": [0.05, 20.0]}}],
)
def test_a_map_of_another_class_is_refused(entry):
    with pytest.raises(ArtifactError, match="knows no map 'temperature' of that class"):
        restore_map("temperature", entry, arrays_of("temperature"))


def test_an_unknown_map_is_refused():
    with pytest.raises(ArtifactError, match=r"knows no map 'spline' of that class: .* later version"):
        restore_map("spline", {"class": "Spline", "params": {}}, {})


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("temperature", None),
        ("temperature", {}),
        ("temperature", {"bounds": [0.05, 20.0], "deep": 1}),
        ("temperature", {"bounds": "0.05"}),
        ("temperature", {"bounds": [0.05]}),
        ("temperature", {"bounds": [0.05, None]}),
        ("histogram", {"n_bins": "10"}),
        ("histogram", {"n_bins": True}),
        ("histogram", {"n_bins": {"a": 1}}),
        ("platt", {"slope_": 1.0}),
    ],
)
def test_parameters_of_another_kind_are_refused(name, params):
    with pytest.raises(ArtifactError, match=r"the map|the parameter"):
        restore_map(name, ENTRIES[name] | {"params": params}, arrays_of(name))
