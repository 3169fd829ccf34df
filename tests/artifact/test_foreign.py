import numpy as np
import pytest

from calibrant.artifact import RAW, Artifact
from calibrant.artifact._foreign import check_readout, check_temperature, make_artifact, pick_map, read_foreign
from calibrant.calibrators import PlattScaling, TemperatureScaling
from calibrant.exceptions import ArtifactError, CalibrantError, IdentityError, InputError

IDENTITY = {"weights": "w", "dtype": "float32", "engine": "e", "logprobs": "raw", "template": "t", "readout": "letter"}
TEMPERATURE = TemperatureScaling().fit([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [0, 1, 1])
PLATT = PlattScaling().fit([0.2, 0.8, 0.6], [0, 1, 1])


@pytest.mark.parametrize(
    "content",
    ["", "[]", "nul", '{"a": ' + "9" * 5000 + "}", "[" * 100_000, b"\xff", '{"a": 1', '"a"'],
    ids=["empty", "list", "word", "long", "deep", "bytes", "cut", "text"],
)
def test_what_is_no_json_object_is_refused(tmp_path, content):
    (tmp_path / "f.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CalibrantError, match=r"f\.json"):
        read_foreign(tmp_path / "f.json")


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    (tmp_path / "f.json").write_text('{"a": "' + "x" * (1 << 20) + '"}', encoding="utf-8")
    with pytest.raises(ArtifactError, match=r"must hold no more than 1,048,576 bytes.* it holds 1,048,585"):
        read_foreign(tmp_path / "f.json")


def test_a_file_that_is_not_there_or_a_folder(tmp_path):
    with pytest.raises(InputError, match=r"there is no file .*none"):
        read_foreign(tmp_path / "none")
    with pytest.raises(InputError, match="Is a directory"):
        read_foreign(tmp_path)


@pytest.mark.parametrize("value", [0.05, 1, 1.5, 20])
def test_temperatures(tmp_path, value):
    got = check_temperature(value, tmp_path, "t")
    assert got == value
    assert type(got) is float


@pytest.mark.parametrize(
    "value", [None, True, "1", [1.0], 0, -1.0, 0.049, 1000.1, float("nan"), float("inf"), 10**400, {}]
)
def test_what_is_no_temperature_is_refused(tmp_path, value):
    with pytest.raises(ArtifactError, match=r"t must be a temperature, a number from 0.05 to 1000; it is"):
        check_temperature(value, tmp_path, "t")


def test_the_chosen_map_or_the_one_asked_for():
    artifact = Artifact({"temperature": TEMPERATURE, "platt": PLATT}, "temperature")
    assert pick_map(artifact, None, (TemperatureScaling,), "f") == ("temperature", TEMPERATURE)
    assert pick_map(artifact, "platt", (PlattScaling,), "f") == ("platt", PLATT)


@pytest.mark.parametrize(
    ("maps", "chosen", "message"),
    [
        ({"platt": PLATT}, "platt", "f cannot hold the map platt: it divides the scores .* Fit the map temperature"),
        ({"platt": PLATT, "temperature": TEMPERATURE}, "platt", "Ask for temperature, which the artifact holds too"),
        ({"temperature": TEMPERATURE}, RAW, "cannot hold the map raw: raw is no map"),
        ({}, RAW, "cannot hold the map raw: .* Fit the map temperature"),
        ({"temperature": TEMPERATURE}, "spline", "method must be one of raw, temperature; got 'spline'"),
    ],
)
def test_a_map_that_a_file_cannot_hold(maps, chosen, message):
    with pytest.raises(InputError, match=message):
        pick_map(Artifact(maps, RAW), chosen, (TemperatureScaling,), "f")


def test_another_readout_is_refused_unless_forced():
    assert check_readout([], "a file", "Fit again", force=False) == "calibrated"
    assert check_readout([], "a file", "Fit again", force=True) == "calibrated"
    assert check_readout(["x", "y"], "a file", "Fit again", force=True) == "stale"
    with pytest.raises(IdentityError, match=r"a file is read with others: x; y. Fit again, or force it"):
        check_readout(["x", "y"], "a file", "Fit again", force=False)


@pytest.fixture
def file(tmp_path):
    (tmp_path / "f.json").write_text("{}", encoding="utf-8")
    return tmp_path / "f.json"


def test_an_imported_map_holds_for_nothing(file):
    artifact = make_artifact("temperature", TEMPERATURE, file, "f", "choice", None)
    assert "identity" not in artifact.manifest
    assert artifact.check_identity(IDENTITY, force=True) == "stale"
    with pytest.raises(IdentityError):
        artifact.check_identity(IDENTITY)


def test_an_identity_that_the_user_states_is_kept(file):
    artifact = make_artifact("temperature", TEMPERATURE, file, "f", "choice", IDENTITY)
    assert artifact.check_identity(IDENTITY) == "calibrated"
    with pytest.raises(IdentityError, match="weights is 'other', fitted for 'w'"):
        artifact.check_identity(IDENTITY | {"weights": "other"})


@pytest.mark.parametrize(
    "identity",
    [
        {},
        {"weights": "w"},
        IDENTITY | {"more": "x"},
        IDENTITY | {"readout": "both"},
        IDENTITY | {"weights": None},
        IDENTITY | {"template": " "},
        IDENTITY | {"dtype": np.float32},
    ],
)
def test_half_an_identity_is_refused(file, identity):
    with pytest.raises(InputError, match="identity must give dtype, engine, logprobs, readout, template, weights"):
        make_artifact("temperature", TEMPERATURE, file, "f", "choice", identity)
