import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.population import draw_logits

from calibrant.artifact import Artifact, export_noulxp, import_noulxp, load_artifact, save_artifact
from calibrant.calibrators import OptionCountTemperature, PlattScaling, TemperatureScaling
from calibrant.exceptions import ArtifactError, IdentityError, InputError

IDENTITY = {"weights": "w", "dtype": "float32", "engine": "e", "logprobs": "raw", "template": "t", "readout": "letter"}

ENDS = [(1, 2), (3, 3), (4, 4), (5, 5), (6, None)]


def scaling(temperature=2.5):
    fitted = TemperatureScaling()
    fitted.temperature_, fitted.at_bound_ = temperature, False
    return fitted


def by_count(temperatures, curve=(0.0, 0.0)):
    fitted = OptionCountTemperature()
    fitted.ks_ = np.array(list(temperatures), dtype=np.float64)
    fitted.log_inverse_temperatures_ = -np.log(list(temperatures.values()))
    fitted.a_, fitted.b_ = curve
    return fitted


def artifact(name="temperature", calibrator=None, readout="letter"):
    return Artifact({name: calibrator or scaling()}, name, {"identity": IDENTITY | {"readout": readout}})


def write(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def file_of(path, buckets=(), temperature=None, standard="noulxp/0.2"):
    content = {"standard": standard, "temperature": temperature or {}}
    return write(path, content | ({"by_option_count": list(buckets)} if buckets else {}))


def bucket(least, most, temperature, kind="choice"):
    return {"type": kind, "min": least, "max": most, "temperature": temperature}


def looked_up(content, kind, k):
    """The temperature as the standard says it is found."""
    for entry in content.get("by_option_count", []):
        if entry["type"] == kind and entry["min"] <= k <= (entry["max"] or k):
            return entry["temperature"]
    return content["temperature"].get(kind, 1.0)


def temperature_at(calibrator, k):
    """What a map divides by: of logits (1, 0, 0 …) the log-ratio of the first two probabilities is 1 / T."""
    p = calibrator.predict_proba([[1.0, *[0.0] * (k - 1)]])[0]
    return 1 / np.log(p[0] / p[1])


# Out


def test_one_temperature(tmp_path):
    content = export_noulxp(artifact(), tmp_path / "calibration.json")
    assert json.loads((tmp_path / "calibration.json").read_text(encoding="utf-8")) == content
    assert content["standard"] == "noulxp/0.2"
    assert content["temperature"] == {"choice": 2.5}
    assert "by_option_count" not in content
    assert content["source"]["holds_for"] == IDENTITY
    assert content["source"]["status"] == "calibrated"


def test_one_for_each_number_of_options(tmp_path):
    # Seen at 2, 3 and 5; 4 takes the curve, which stops at 5 for all above.
    curve = (-0.1, -0.2)
    calibrator = by_count({2: 1.5, 3: 2.0, 5: 4.0}, curve)
    content = export_noulxp(artifact("count-temperature", calibrator), tmp_path / "c.json")
    assert [(entry["min"], entry["max"]) for entry in content["by_option_count"]] == ENDS
    expected = [1.5, 2.0, np.exp(0.1 + 0.2 * np.log(4)), 4.0, np.exp(0.1 + 0.2 * np.log(5))]
    assert [entry["temperature"] for entry in content["by_option_count"]] == pytest.approx(expected, rel=1e-12)
    assert content["temperature"] == {}


def test_only_one_number_of_options_seen(tmp_path):
    content = export_noulxp(artifact("count-temperature", by_count({4: 3.0})), tmp_path / "c.json")
    assert [looked_up(content, "choice", k) for k in (2, 3, 4, 5, 40)] == pytest.approx([1, 1, 3, 1, 1], rel=1e-12)


def test_a_fitted_one_is_in_the_file_for_every_number_of_options(tmp_path):
    logits, right = draw_logits(300)
    fitted = OptionCountTemperature().fit(logits, right)
    content = export_noulxp(artifact("count-temperature", fitted), tmp_path / "c.json")
    for k in (2, 3, 4, 5, 6, 48):
        assert looked_up(content, "choice", k) == pytest.approx(temperature_at(fitted, k), rel=1e-12)


def test_other_types_of_question_keep_theirs(tmp_path):
    other = bucket(2, 4, 3.0, "score")
    file_of(tmp_path / "c.json", [bucket(2, 9, 7.0), other], {"noul": 1.5, "choice": 9})
    content = export_noulxp(artifact(), tmp_path / "c.json")
    assert content["temperature"] == {"noul": 1.5, "choice": 2.5}
    assert content["by_option_count"] == [other]


def test_other_maps_are_refused(tmp_path):
    platt = PlattScaling().fit([0.2, 0.8, 0.6], [0, 1, 1])
    with pytest.raises(InputError, match=r"calibration.json of NoulXP cannot hold the map platt"):
        export_noulxp(artifact("platt", platt), tmp_path / "c.json", force=True)
    assert not list(tmp_path.iterdir())


def test_a_cloze_readout_is_refused_unless_forced(tmp_path):
    with pytest.raises(IdentityError, match="the map was fitted on readout 'cloze'"):
        export_noulxp(artifact(readout="cloze"), tmp_path / "c.json")
    assert not list(tmp_path.iterdir())
    content = export_noulxp(artifact(readout="cloze"), tmp_path / "c.json", force=True)
    assert content["source"]["status"] == "stale"


# In


def test_it_comes_back_to_the_last_bit(tmp_path):
    export_noulxp(artifact(calibrator=scaling(np.nextafter(2.5, 3))), tmp_path / "c.json")
    imported = import_noulxp(tmp_path / "c.json")
    assert (imported.chosen, imported.maps["temperature"].temperature_) == ("temperature", np.nextafter(2.5, 3))


def test_what_the_file_says_of_its_identity_is_not_believed(tmp_path):
    export_noulxp(artifact(), tmp_path / "c.json")
    assert import_noulxp(tmp_path / "c.json").check_identity(IDENTITY, force=True) == "stale"
    assert import_noulxp(tmp_path / "c.json", identity=IDENTITY).check_identity(IDENTITY) == "calibrated"


@pytest.mark.parametrize("standard", ["noulxp/0.1", "noulxp/0.2", "odxp/0.1", "odxp/0.2"])
def test_the_versions_that_are_known(tmp_path, standard):
    path = file_of(tmp_path / "c.json", temperature={"choice": 2}, standard=standard)
    assert import_noulxp(path).maps["temperature"].temperature_ == 2.0


@pytest.mark.parametrize(
    ("buckets", "temperature", "expected"),
    [
        ([], {}, 1.0),
        ([], {"choice": 3.0, "noul": 2.0}, 3.0),
        ([bucket(1, None, 4.0)], {"choice": 3.0}, 4.0),
        ([bucket(2, 5, 3.0)], {"choice": 3.0}, 3.0),
        ([bucket(2, None, 4.0), bucket(3, 7, 9.0)], {}, 4.0),  # the second is never reached
        ([bucket(1, 1, 4.0)], {"choice": 3.0}, 3.0),  # no question has one option
        ([bucket(2, 5, 9.0, "score")], {"choice": 3.0}, 3.0),
        ([bucket(2, 10**12, 3.0)], {"choice": 3.0}, 3.0),
        ([{"type": "choice", "min": 2, "temperature": 4.0}], {}, 4.0),
    ],
)
def test_buckets_that_come_to_one_temperature(tmp_path, buckets, temperature, expected):
    imported = import_noulxp(file_of(tmp_path / "c.json", buckets, temperature))
    assert imported.chosen == "temperature"
    assert imported.maps["temperature"].temperature_ == expected


def test_buckets_by_the_number_of_options(tmp_path):
    # The first that matches counts; 6 to 8 are in none; from 9 on it is 3 for ever.
    path = file_of(tmp_path / "c.json", [bucket(3, 5, 2.0), bucket(4, 4, 9.0), bucket(9, None, 3.0)], {"choice": 1.5})
    imported = import_noulxp(path)
    assert imported.chosen == "count-temperature"
    found = {k: temperature_at(imported.maps["count-temperature"], k) for k in (2, 3, 4, 5, 6, 8, 9, 40)}
    assert found == pytest.approx({2: 1.5, 3: 2.0, 4: 2.0, 5: 2.0, 6: 1.5, 8: 1.5, 9: 3.0, 40: 3.0}, rel=1e-12)


def test_it_can_be_saved(tmp_path):
    imported = import_noulxp(file_of(tmp_path / "c.json", [bucket(3, 5, 2.0)]))
    save_artifact(imported, tmp_path / "artifact")
    given = [[1.0, 0.0], [1.0, 0.0, -1.0], [0.0] * 9]
    loaded = load_artifact(tmp_path / "artifact")
    assert loaded.predict(given).confidence.tolist() == imported.predict(given).confidence.tolist()


@given(
    ends=st.lists(st.tuples(st.integers(1, 12), st.none() | st.integers(0, 6), st.floats(0.05, 20)), max_size=5),
    otherwise=st.floats(0.05, 20),
)
def test_every_number_of_options_has_the_temperature_of_the_file(tmp_path_factory, ends, otherwise):
    folder = tmp_path_factory.mktemp("c")
    buckets = [bucket(least, None if more is None else least + more, value) for least, more, value in ends]
    path = file_of(folder / "c.json", buckets, {"choice": otherwise})
    content = json.loads(path.read_text(encoding="utf-8"))
    imported = import_noulxp(path, identity=IDENTITY)
    export_noulxp(imported, folder / "again.json")
    again = json.loads((folder / "again.json").read_text(encoding="utf-8"))
    for k in range(2, 25):
        expected = looked_up(content, "choice", k)
        assert temperature_at(imported.maps[imported.chosen], k) == pytest.approx(expected, rel=1e-9)
        assert looked_up(again, "choice", k) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "its standard is None"),
        ({"standard": "noulxp/0.3", "temperature": {}}, "its standard is 'noulxp/0.3'"),
        ({"standard": ["noulxp/0.2"], "temperature": {}}, "its standard is"),
        ({"standard": "noulxp/0.2"}, "temperature must be an object"),
        (
            {"standard": "noulxp/0.2", "temperature": {"other": 1}},
            "temperature must be an object by choice, score, noul",
        ),
        ({"standard": "noulxp/0.2", "temperature": {"choice": 0}}, "temperature.choice must be a temperature"),
        ({"standard": "noulxp/0.2", "temperature": {}, "by_option_count": {}}, None),
        ({"standard": "noulxp/0.2", "temperature": {}, "by_option_count": {"a": 1}}, "by_option_count must be a list"),
        (
            {"standard": "noulxp/0.2", "temperature": {}, "by_option_count": [1]},
            r"by_option_count\[0\] must have a type",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused(tmp_path, content, message):
    path = write(tmp_path / "c.json", content)
    if message is None:  # nothing in it is nothing said
        assert import_noulxp(path).chosen == "temperature"
        return
    with pytest.raises(ArtifactError, match=message):
        import_noulxp(path)


@pytest.mark.parametrize(
    "entry",
    [
        bucket(2, 4, 0),
        bucket(2, 4, None),
        bucket(2, 4, 1001),
        bucket(2, 4, 0, "score"),  # a broken file is not half believed
        bucket(None, 4, 1.0),
        bucket(2.5, 4, 1.0),
        bucket(True, 4, 1.0),
        bucket(0, 4, 1.0),
        bucket(5, 4, 1.0),
        bucket(2, "4", 1.0),
        bucket(2, 4.0, 1.0),
        bucket(2, 4, 1.0, "free"),
        bucket(2, 4, 1.0, ["choice"]),
    ],
)
def test_a_bucket_that_cannot_be_is_refused(tmp_path, entry):
    with pytest.raises(ArtifactError, match=r"by_option_count\[1\]"):
        import_noulxp(file_of(tmp_path / "c.json", [bucket(2, 3, 1.0), entry]))


def test_more_numbers_of_options_than_can_be_told_apart(tmp_path):
    with pytest.raises(ArtifactError, match="tells 1,000,001 options from fewer"):
        import_noulxp(file_of(tmp_path / "c.json", [bucket(2, 10**6, 2.0)]))


def test_a_type_of_question_that_is_not_known(tmp_path):
    with pytest.raises(InputError, match="question_type must be one of choice, score, noul; got 'free'"):
        import_noulxp(file_of(tmp_path / "c.json"), question_type="free")
