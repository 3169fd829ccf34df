import pytest
from tests.population import draw_logits, make_readouts

from calibrant.artifact import fit_artifact
from calibrant.evaluation import EvaluationSettings, check_transfer, read_transfer, stale_transfer
from calibrant.exceptions import InputError


@pytest.fixture(scope="module")
def found():
    logits, right = draw_logits(200)
    readouts = make_readouts(logits, right, ["test"] * 200)
    groups = [str(i) for i in range(200)]
    artifact = fit_artifact(logits, right, groups, methods=["platt"], manifest={"identity": readouts.identity})
    return check_transfer(readouts, artifact, settings=EvaluationSettings(n_boot=50, n_draws=50))


def test_every_number_is_kept(found):
    record = read_transfer(found)
    assert record.n == 200
    assert record.overall.log_loss == found["overall"]["log_loss"]
    assert record.domain.beyond == found["domain"]["beyond"]
    assert record.label_shift.map.log_loss == found["label_shift"]["map"]["log_loss"]
    assert [row.label for row in record.n_options] == ["2", "3", "4", "5"]


def test_the_bins_are_those_of_all_answers(found):
    record = read_transfer(found)
    curve = record.overall.curve
    assert sum(curve.count) == record.n
    gaps = [n * abs(a - b) for n, a, b in zip(curve.count, curve.accuracy, curve.confidence, strict=True) if n]
    assert sum(gaps) / record.n == pytest.approx(record.overall.expected_calibration_error)


def test_a_check_of_an_earlier_version_can_be_read(found):
    old = {key: value for key, value in found.items() if key not in ("fitted", "alpha", "settings", "n_groups")}
    old["overall"] = {key: value for key, value in found["overall"].items() if key != "curve"}
    old["provenance"] = {"versions": {}, "command": "", "seconds": None}
    record = read_transfer(old)
    assert (record.overall.curve, record.fitted.n, record.settings) == (None, None, None)


def test_where_it_comes_from_is_told(found):
    record = read_transfer(found)
    assert record.provenance.model["name"] == "made up"
    assert record.provenance.data["source"] == "drawn"
    assert (record.fitted.n, record.fitted.model) == (200, {})


def test_a_stale_one_may_lack_numbers():
    logits, right = draw_logits(20)
    artifact = fit_artifact(logits, right, [str(i) for i in range(20)], methods=["platt"])
    assert read_transfer(stale_transfer(artifact, "the model differs")).overall is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "fine"}, r"cannot be used at 'status'"),
        ({"version": 2}, r"cannot be used at 'version'"),
        (
            {"n": None},
            "cannot be used as a whole: Value error, only a check that is stale or out of domain may lack numbers",
        ),
        ({"overall": None}, "only a check that is stale or out of domain may lack numbers"),
        ({"n": None, "overall": None}, "only a check that is stale or out of domain may lack numbers"),
        ({"subjects": [{}]}, "has no key 'subjects.0.label'; run `calibrant check`"),
    ],
)
def test_what_is_wrong_is_named(found, change, message):
    with pytest.raises(InputError, match=message):
        read_transfer(found | change)
